// SPDX-License-Identifier: GPL-2.0-only
#include <linux/dma-buf.h>
#include <linux/dma-map-ops.h>
#include <linux/dma-mapping.h>
#include <linux/dma-resv.h>
#include <linux/pagemap.h>

#include <drm/drm_drv.h>
#include <drm/drm_file.h>
#include <drm/drm_print.h>
#include <drm/drm_utils.h>

#include "drm/nmaccel_accel.h"
#include "nmaccel_device.h"
#include "nmaccel_file.h"
#include "nmaccel_gem.h"
#include "nmaccel_user.h"

/* Where sizes stop making sense, so that no sum of them overflows. */
#define NMACCEL_GEM_MAX BIT_ULL(40)

static void nmaccel_gem_free(struct drm_gem_object *obj)
{
	struct nmaccel_device *ndev = to_nmaccel_device(obj->dev);
	struct nmaccel_bo *bo = to_nmaccel_bo(obj);

	mutex_lock(&ndev->gem_lock);
	list_del(&bo->node);
	mutex_unlock(&ndev->gem_lock);
	nmaccel_mem_free(&ndev->mem, &bo->pages);
	if (bo->user) {
		atomic64_sub(obj->size, &bo->user->bytes);
		nmaccel_user_put(bo->user);
	}
	mutex_destroy(&bo->table_lock);
	drm_gem_shmem_free(&bo->base);
}

static enum drm_gem_object_status nmaccel_gem_status(struct drm_gem_object *obj)
{
	struct nmaccel_bo *bo = to_nmaccel_bo(obj);

	return bo->base.pages || bo->base.sgt ? DRM_GEM_OBJECT_RESIDENT : 0;
}

static const struct drm_gem_object_funcs nmaccel_gem_funcs = {
	.free = nmaccel_gem_free,
	.print_info = drm_gem_shmem_object_print_info,
	.pin = drm_gem_shmem_object_pin,
	.unpin = drm_gem_shmem_object_unpin,
	.get_sg_table = drm_gem_shmem_object_get_sg_table,
	.vmap = drm_gem_shmem_object_vmap,
	.vunmap = drm_gem_shmem_object_vunmap,
	.mmap = drm_gem_shmem_object_mmap,
	.status = nmaccel_gem_status,
	.vm_ops = &drm_gem_shmem_vm_ops,
};

struct drm_gem_object *nmaccel_gem_create_object(struct drm_device *drm, size_t size)
{
	struct nmaccel_device *ndev = to_nmaccel_device(drm);
	struct nmaccel_bo *bo = kzalloc(sizeof(*bo), GFP_KERNEL);

	if (!bo)
		return ERR_PTR(-ENOMEM);
	bo->base.base.funcs = &nmaccel_gem_funcs;
	bo->base.map_wc = !dev_is_dma_coherent(drm->dev);
	mutex_init(&bo->table_lock);
	mutex_lock(&ndev->gem_lock);
	list_add(&bo->node, &ndev->gem_list);
	mutex_unlock(&ndev->gem_lock);
	return &bo->base.base;
}

/* The largest page size of which [offset, offset + size) consists in the device's address space. */
static u32 nmaccel_gem_page_shift(struct sg_table *sgt, u64 offset, u64 size)
{
	u64 start = 0, mask = 0;
	struct scatterlist *sg;
	u32 i;

	for_each_sgtable_dma_sg(sgt, sg, i) {
		u64 end = start + sg_dma_len(sg);
		u64 from = max(start, offset), to = min(end, offset + size);

		if (from < to) {
			/* Where a piece begins and ends, both in the buffer and on the bus. */
			mask |= (sg_dma_address(sg) + (from - start)) | (from - offset);
			if (to < offset + size)
				mask |= to - offset;
		}
		start = end;
	}
	return mask ? min_t(u32, __ffs64(mask), NMACCEL_MAX_PAGE_SHIFT) : NMACCEL_MAX_PAGE_SHIFT;
}

static void nmaccel_gem_fill_pages(struct sg_table *sgt, u64 offset, u64 size, u32 shift,
				   __le64 *pages)
{
	struct scatterlist *sg;
	u64 start = 0, next = offset;
	u32 i;

	for_each_sgtable_dma_sg(sgt, sg, i) {
		u64 end = start + sg_dma_len(sg);

		for (; next >= start && next < end && next < offset + size; next += 1ull << shift)
			*pages++ = cpu_to_le64(sg_dma_address(sg) + (next - start));
		start = end;
	}
}

/* Is the range one piece on the bus? Then *addr is where. */
static bool nmaccel_gem_is_linear(struct sg_table *sgt, u64 offset, u64 size, u64 *addr)
{
	struct scatterlist *sg;
	u64 start = 0;
	u32 i;

	for_each_sgtable_dma_sg(sgt, sg, i) {
		u64 end = start + sg_dma_len(sg);

		if (offset >= start && offset < end) {
			*addr = sg_dma_address(sg) + (offset - start);
			return offset + size <= end;
		}
		start = end;
	}
	return false;
}

static int nmaccel_gem_build(struct nmaccel_bo *bo, struct sg_table *sgt, u64 offset, u64 size,
			     struct nmaccel_mem *pages, struct nmaccel_hw_buffer *entry)
{
	struct nmaccel_device *ndev = to_nmaccel_device(bo->base.base.dev);
	u32 shift;
	int ret;

	memset(entry, 0, sizeof(*entry));
	entry->size = size;
	if (nmaccel_gem_is_linear(sgt, offset, size, &entry->addr))
		return 0;
	if (!(ndev->card.limits.caps & NMACCEL_CAP_PAGE_LIST)) {
		drm_dbg(&ndev->drm, "scattered buffer, and the card has no page lists\n");
		return -EOPNOTSUPP;
	}
	shift = nmaccel_gem_page_shift(sgt, offset, size);
	if (shift < NMACCEL_MIN_PAGE_SHIFT) {
		drm_dbg(&ndev->drm, "imported buffer in pieces smaller than 4 KiB\n");
		return -EINVAL;
	}
	ret = nmaccel_mem_alloc(&ndev->mem, pages,
				DIV_ROUND_UP_ULL(size, 1ull << shift) * sizeof(__le64));
	if (ret)
		return ret;
	nmaccel_gem_fill_pages(sgt, offset, size, shift, pages->cpu);
	entry->addr = pages->dma;
	entry->flags = NMACCEL_BUF_PAGE_LIST;
	entry->page_shift = shift;
	return 0;
}

int nmaccel_gem_describe(struct nmaccel_bo *bo, u64 offset, u64 size, struct nmaccel_mem *pages,
			 struct nmaccel_hw_buffer *entry)
{
	struct sg_table *sgt = drm_gem_shmem_get_pages_sgt(&bo->base);
	int ret;

	if (IS_ERR(sgt))
		return PTR_ERR(sgt);
	if (offset)
		return nmaccel_gem_build(bo, sgt, offset, size, pages, entry);

	guard(mutex)(&bo->table_lock);
	if (!bo->has_table) {
		ret = nmaccel_gem_build(bo, sgt, 0, bo->base.base.size, &bo->pages, &bo->table);
		if (ret)
			return ret;
		bo->has_table = true;
	}
	*entry = bo->table;
	entry->size = size;
	return 0;
}

static void nmaccel_gem_unmap(struct nmaccel_bo *bo)
{
	struct drm_gem_object *obj = &bo->base.base;
	struct sg_table *sgt;

	dma_resv_lock(obj->resv, NULL);
	sgt = bo->base.sgt;
	if (!sgt) {
		dma_resv_unlock(obj->resv);
		return;
	}
	if (obj->import_attach) {
		dma_buf_unmap_attachment(obj->import_attach, sgt, DMA_BIDIRECTIONAL);
	} else {
		dma_unmap_sgtable(obj->dev->dev, sgt, DMA_BIDIRECTIONAL, 0);
		sg_free_table(sgt);
		kfree(sgt);
	}
	bo->base.sgt = NULL;
	dma_resv_unlock(obj->resv);
}

void nmaccel_gem_unmap_all(struct nmaccel_device *ndev)
{
	struct nmaccel_bo *bo;

	guard(mutex)(&ndev->gem_lock);
	list_for_each_entry(bo, &ndev->gem_list, node)
		nmaccel_gem_unmap(bo);
}

/* Without an IOMMU a card of few address bits would get bounce buffers, which nothing syncs. */
static void nmaccel_gem_keep_low(struct nmaccel_bo *bo)
{
	struct device *dev = bo->base.base.dev->dev;

	if (dma_get_mask(dev) >= dma_get_required_mask(dev) || device_iommu_mapped(dev))
		return;
	mapping_set_gfp_mask(bo->base.base.filp->f_mapping,
			     GFP_USER | __GFP_DMA32 | __GFP_RETRY_MAYFAIL | __GFP_NOWARN);
}

int nmaccel_ioctl_bo_create(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct nmaccel_user *user = to_nmaccel_file(file)->user;
	struct drm_nmaccel_bo_create *args = data;
	struct drm_gem_shmem_object *shmem;
	struct nmaccel_bo *bo;
	u64 size;
	int ret;

	if (args->flags || args->handle || !args->size)
		return -EINVAL;
	if (args->size > NMACCEL_GEM_MAX)
		return -ENOSPC;
	size = PAGE_ALIGN(args->size);
	if (!nmaccel_user_charge_bytes(user, size))
		return -ENOSPC;
	shmem = drm_gem_shmem_create(drm, size);
	if (IS_ERR(shmem)) {
		atomic64_sub(size, &user->bytes);
		return PTR_ERR(shmem);
	}
	bo = to_nmaccel_bo(&shmem->base);
	bo->user = nmaccel_user_ref(user);
	nmaccel_gem_keep_low(bo);
	ret = drm_gem_handle_create(file, &shmem->base, &args->handle);
	drm_gem_object_put(&shmem->base);
	if (!ret)
		args->size = size;
	return ret;
}

int nmaccel_ioctl_bo_mmap_offset(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_nmaccel_bo_mmap_offset *args = data;
	struct drm_gem_object *obj;
	int ret;

	if (args->pad || args->offset)
		return -EINVAL;
	obj = drm_gem_object_lookup(file, args->handle);
	if (!obj)
		return -ENOENT;
	/* The exporter maps what it has exported, by its own rules. */
	ret = obj->import_attach ? -EINVAL : drm_gem_create_mmap_offset(obj);
	if (!ret)
		args->offset = drm_vma_node_offset_addr(&obj->vma_node);
	drm_gem_object_put(obj);
	return ret;
}

int nmaccel_ioctl_bo_wait(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_nmaccel_bo_wait *args = data;
	struct drm_gem_object *obj;
	long ret;

	if (args->flags & ~DRM_NMACCEL_BO_WAIT_WRITE)
		return -EINVAL;
	obj = drm_gem_object_lookup(file, args->handle);
	if (!obj)
		return -ENOENT;
	ret = dma_resv_wait_timeout(obj->resv,
				    dma_resv_usage_rw(args->flags & DRM_NMACCEL_BO_WAIT_WRITE),
				    true, drm_timeout_abs_to_jiffies(args->timeout_ns));
	drm_gem_object_put(obj);
	if (!ret)
		return -ETIME;
	return ret < 0 ? ret : 0;
}
