/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory for the card that user space never sees: jobs, tables, page lists. Their owners may live
 * on after the card has been unbound; the memory may not, so the device can take it away.
 */
#ifndef __NMACCEL_MEM_H__
#define __NMACCEL_MEM_H__

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/sizes.h>
#include <linux/types.h>

struct device;

/* In one piece; what the page allocator can give at all. */
#define NMACCEL_MEM_MAX SZ_4M

struct nmaccel_mem_list {
	struct mutex lock;	/* of the list, and of what is on it */
	struct list_head head;
	struct device *dev;
};

struct nmaccel_mem {
	struct list_head node;
	void *cpu;		/* NULL if there is none, or no more */
	dma_addr_t dma;
	size_t size;
};

/* Bytes that an allocation of that size takes from the system; 0 for 0. */
static inline size_t nmaccel_mem_cost(size_t size)
{
	return size ? PAGE_SIZE << get_order(size) : 0;
}

/* Zeroed; -ENOMEM. Between drm_dev_enter() and drm_dev_exit(). */
int nmaccel_mem_alloc(struct nmaccel_mem_list *list, struct nmaccel_mem *mem, size_t size);
void nmaccel_mem_free(struct nmaccel_mem_list *list, struct nmaccel_mem *mem);

/*
 * Nothing uses the memory any more: neither the card, nor the driver, which touches it between
 * drm_dev_enter() and drm_dev_exit() or with a job on an engine.
 */
void nmaccel_mem_take_away(struct nmaccel_mem_list *list);

#endif /* __NMACCEL_MEM_H__ */
