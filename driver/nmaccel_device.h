/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __NMACCEL_DEVICE_H__
#define __NMACCEL_DEVICE_H__

#include <linux/atomic.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include <drm/drm_device.h>

#include "nmaccel_engine.h"
#include "nmaccel_mem.h"
#include "nmaccel_validate.h"

/* The card page, read once. */
struct nmaccel_card {
	u32 version;
	u32 board;
	u32 engines;
	u32 lanes;
	u32 clock_khz;
	u32 dma_bits;
	u32 max_descs;
	u32 max_buffers;
	u64 serial;
	struct nmaccel_limits limits;
};

struct nmaccel_device {
	struct drm_device drm;
	void __iomem *bar;
	struct nmaccel_card card;

	struct nmaccel_engine engines[NMACCEL_MAX_ENGINES];
	struct drm_gpu_scheduler *sched_list[NMACCEL_MAX_ENGINES];
	u32 n_scheds;
	struct workqueue_struct *timeout_wq;	/* ordered: one recovery at a time */
	int vectors;

	struct mutex sched_lock;		/* who stops a scheduler starts it again */

	/* Resets, pauses and removal exclude each other; never taken in a submission. */
	struct mutex reset_lock;
	bool lost;				/* the card answers no more; read without a lock */
	bool away;				/* no register may be touched; reset_lock */
	struct work_struct check_work;		/* does the card still answer? */
	u64 hang_ns;				/* no progress for so long is a hang */
	atomic64_t resets;
	atomic64_t seq;				/* of the last run of a job */

	char *dump;				/* room for a core dump; taken by xchg() */
	char *dumped;				/* the core dump of dump_work */
	size_t dumped_bytes;
	struct work_struct dump_work;		/* hands it to user space */

	struct nmaccel_mem_list mem;
	struct mutex gem_lock;			/* of gem_list */
	struct list_head gem_list;

	struct mutex user_lock;			/* of users */
	struct list_head users;
	struct device *hwmon;
};

static inline struct nmaccel_device *to_nmaccel_device(struct drm_device *drm)
{
	return container_of(drm, struct nmaccel_device, drm);
}

static inline u32 nmaccel_card_read(struct nmaccel_device *ndev, u32 reg)
{
	return readl(ndev->bar + NMACCEL_CARD_PAGE + reg);
}

static inline void nmaccel_card_write(struct nmaccel_device *ndev, u32 reg, u32 value)
{
	writel(value, ndev->bar + NMACCEL_CARD_PAGE + reg);
}

u64 nmaccel_card_read64(struct nmaccel_device *ndev, u32 reg);

/* Does the card still answer? A card that is gone reads as all ones. */
bool nmaccel_device_alive(struct nmaccel_device *ndev);

/*
 * For who wants to look at registers outside of a job: the card is awake, and neither reset nor
 * taken away, until they are put. -ENODEV: it is lost; -EAGAIN: it is being reset or sleeps;
 * -EINTR. Between drm_dev_enter() and drm_dev_exit().
 */
int nmaccel_device_get_registers(struct nmaccel_device *ndev);
void nmaccel_device_put_registers(struct nmaccel_device *ndev);

int nmaccel_device_init(struct nmaccel_device *ndev);

#endif /* __NMACCEL_DEVICE_H__ */
