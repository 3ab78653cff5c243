// SPDX-License-Identifier: GPL-2.0-only
#include <linux/cleanup.h>
#include <linux/dma-mapping.h>

#include "nmaccel_mem.h"

int nmaccel_mem_alloc(struct nmaccel_mem_list *list, struct nmaccel_mem *mem, size_t size)
{
	if (size > NMACCEL_MEM_MAX)
		return -ENOMEM;
	mem->cpu = dma_alloc_coherent(list->dev, size, &mem->dma, GFP_KERNEL | __GFP_NOWARN);
	if (!mem->cpu)
		return -ENOMEM;
	mem->size = size;
	guard(mutex)(&list->lock);
	list_add(&mem->node, &list->head);
	return 0;
}

static void nmaccel_mem_release(struct nmaccel_mem_list *list, struct nmaccel_mem *mem)
{
	lockdep_assert_held(&list->lock);
	list_del(&mem->node);
	dma_free_coherent(list->dev, mem->size, mem->cpu, mem->dma);
	mem->cpu = NULL;
}

void nmaccel_mem_free(struct nmaccel_mem_list *list, struct nmaccel_mem *mem)
{
	guard(mutex)(&list->lock);
	if (mem->cpu)
		nmaccel_mem_release(list, mem);
}

void nmaccel_mem_take_away(struct nmaccel_mem_list *list)
{
	struct nmaccel_mem *mem, *next;

	guard(mutex)(&list->lock);
	list_for_each_entry_safe(mem, next, &list->head, node)
		nmaccel_mem_release(list, mem);
}
