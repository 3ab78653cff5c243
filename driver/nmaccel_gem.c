// SPDX-License-Identifier: GPL-2.0-only
#include <linux/dma-buf.h>
#include <linux/dma-map-ops.h>
#include <linux/dma-mapping.h>
#include <linux/dma-resv.h>
#include <linux/pagemap.h>
#include <linux/seq_file.h>

#include <drm/drm_drv.h>
#include <drm/drm_file.h>
#include <drm/drm_prime.h>
#include <drm/drm_print.h>
#include <drm/drm_utils.h>

#include "drm/nmaccel_accel.h"
#include "nmaccel_compat.h"
#include "nmaccel_device.h"
#include "nmaccel_file.h"
#include "nmaccel_gem.h"
#include "nmaccel_pages.h"
#include "nmaccel_user.h"

/* Where sizes stop making sense, so that no sum of them overflows. */
#define NMACCEL_GEM_MAX BIT_ULL(40)

/*
 * Give up the mapping, for which the card must still be bound: with gem_lock held, so that it
 * happens before the object leaves the list, or before removal goes on. An import is detached, as
 * an exporter may keep the mapping until then; its reservation lock is the dma-buf's, which
 * therefore stays.
 */
static void nmaccel_gem_unmap(struct nmaccel_bo *bo)
{
	struct drm_gem_object *obj = &bo->base.base;
	struct dma_buf_attachment *attach = obj->import_attach;
	struct sg_table *sgt;

	dma_resv_lock(obj->resv, NULL);
	sgt = bo->base.sgt;
	bo->base.sgt = NULL;
	if (sgt && attach) {
		dma_buf_unmap_attachment(attach, sgt, DMA_BIDIRECTIONAL);
	} else if (sgt) {
		dma_unmap_sgtable(obj->dev->dev, sgt, DMA_BIDIRECTIONAL, 0);
		sg_free_table(sgt);
		kfree(sgt);
	}
	dma_resv_unlock(obj->resv);
	if (attach) {
		bo->imported = attach->dmabuf;
		obj->import_attach = NULL;
		dma_buf_detach(bo->imported, attach);
	}
}

static void nmaccel_gem_free(struct drm_gem_object *obj)
{
	struct nmaccel_device *ndev = to_nmaccel_device(obj->dev);
	struct nmaccel_bo *bo = to_nmaccel_bo(obj);
	struct dma_buf *imported;

	mutex_lock(&ndev->gem_lock);
	/* One that never got onto the list has nothing of ours yet. */
	if (!list_empty(&bo->node)) {
		nmaccel_gem_unmap(bo);
		list_del(&bo->node);
	}
	mutex_unlock(&ndev->gem_lock);
	imported = bo->imported;
	nmaccel_mem_free(&ndev->mem, &bo->pages);
	if (bo->user) {
		atomic64_sub(bo->charged, &bo->user->bytes);
		nmaccel_user_put(bo->user);
	}
	mutex_destroy(&bo->table_lock);
	drm_gem_shmem_free(&bo->base);
	if (imported)
		dma_buf_put(imported);
}

static enum drm_gem_object_status nmaccel_gem_status(struct drm_gem_object *obj)
{
	struct nmaccel_bo *bo = to_nmaccel_bo(obj);

	return bo->base.pages || bo->base.sgt ? DRM_GEM_OBJECT_RESIDENT : 0;
}

/* The exporter maps what it has exported, by its own rules. */
static int nmaccel_gem_mmap(struct drm_gem_object *obj, struct vm_area_struct *vma)
{
	if (!to_nmaccel_bo(obj)->user)
		return -EINVAL;
	return drm_gem_shmem_object_mmap(obj, vma);
}

/*
 * An importer's mapping leaves the caches alone, as the owner's has dealt with them; so that one
 * comes first. The caller holds off removal: nmaccel_gem_prime_handle_to_fd().
 */
static struct dma_buf *nmaccel_gem_export(struct drm_gem_object *obj, int flags)
{
	struct sg_table *sgt = drm_gem_shmem_get_pages_sgt(&to_nmaccel_bo(obj)->base);

	/* What no bounce buffer is large enough for can still be shared. */
	if (IS_ERR(sgt) && PTR_ERR(sgt) != -EIO)
		return ERR_CAST(sgt);
	return drm_gem_prime_export(obj, flags);
}

static const struct drm_gem_object_funcs nmaccel_gem_funcs = {
	.free = nmaccel_gem_free,
	.export = nmaccel_gem_export,
	.print_info = drm_gem_shmem_object_print_info,
	.pin = drm_gem_shmem_object_pin,
	.unpin = drm_gem_shmem_object_unpin,
	.get_sg_table = drm_gem_shmem_object_get_sg_table,
	.vmap = drm_gem_shmem_object_vmap,
	.vunmap = drm_gem_shmem_object_vunmap,
	.mmap = nmaccel_gem_mmap,
	.status = nmaccel_gem_status,
	.vm_ops = &drm_gem_shmem_vm_ops,
};

void nmaccel_gem_setup(struct nmaccel_device *ndev)
{
#ifdef HAVE_GEM_HUGE_MNT
	/* Without it, buffers have the pages that the system gives all shared memory. */
	if (drm_gem_huge_mnt_create(&ndev->drm, "within_size"))
		drm_dbg(&ndev->drm, "no mount of its own for buffers in large pages\n");
#endif
}

struct drm_gem_object *nmaccel_gem_create_object(struct drm_device *drm, size_t size)
{
	struct nmaccel_bo *bo = kzalloc(sizeof(*bo), GFP_KERNEL);

	if (!bo)
		return ERR_PTR(-ENOMEM);
	bo->base.base.funcs = &nmaccel_gem_funcs;
	bo->base.map_wc = !dev_is_dma_coherent(drm->dev);
	mutex_init(&bo->table_lock);
	/* On no list yet: until it is complete, it may be freed without nmaccel_gem_free(). */
	INIT_LIST_HEAD(&bo->node);
	return &bo->base.base;
}

static void nmaccel_gem_list(struct nmaccel_bo *bo)
{
	struct nmaccel_device *ndev = to_nmaccel_device(bo->base.base.dev);

	guard(mutex)(&ndev->gem_lock);
	list_add(&bo->node, &ndev->gem_list);
}

/*
 * Nothing would copy between the buffer and what the card sees if it were bounced: a card of few
 * address bits without an IOMMU, and memory that is not ours to choose.
 */
static bool nmaccel_gem_bounced(struct device *dev, struct sg_table *sgt)
{
	struct scatterlist *sg;
	u32 i;

	/* Without coherency every buffer is synchronised, and one cannot tell. */
	if (!dev_is_dma_coherent(dev))
		return false;
	/* Behind an IOMMU dma_need_sync() may be true of every address. */
	if (dma_max_mapping_size(dev) == SIZE_MAX)
		return false;
	for_each_sgtable_dma_sg(sgt, sg, i)
		if (dma_need_sync(dev, sg_dma_address(sg)))
			return true;
	return false;
}

static int nmaccel_gem_build_list(struct nmaccel_device *ndev, struct sg_table *sgt, u64 offset,
				  struct nmaccel_mem *pages, struct nmaccel_hw_buffer *entry)
{
	u32 shift = nmaccel_pages_shift(sgt, offset, entry->size);
	u64 count = DIV_ROUND_UP_ULL(entry->size, 1ull << shift);
	int ret;

	if (!(ndev->card.limits.caps & NMACCEL_CAP_PAGE_LIST)) {
		drm_dbg(&ndev->drm, "scattered buffer, and the card has no page lists\n");
		return -EOPNOTSUPP;
	}
	if (shift < NMACCEL_MIN_PAGE_SHIFT) {
		drm_dbg(&ndev->drm, "imported buffer in pieces smaller than 4 KiB\n");
		return -EINVAL;
	}
	if (count > NMACCEL_MEM_MAX / sizeof(__le64)) {
		drm_dbg(&ndev->drm, "%llu pages are more than a page list can have\n", count);
		return -E2BIG;
	}
	ret = nmaccel_mem_alloc(&ndev->mem, pages, count * sizeof(__le64));
	if (ret)
		return ret;
	if (nmaccel_pages_fill(sgt, offset, entry->size, shift, pages->cpu) != count) {
		drm_dbg(&ndev->drm, "imported buffer with less memory than it says\n");
		return -EINVAL;
	}
	entry->addr = pages->dma;
	entry->flags = NMACCEL_BUF_PAGE_LIST;
	entry->page_shift = shift;
	return 0;
}

static int nmaccel_gem_build(struct nmaccel_bo *bo, struct sg_table *sgt, u64 offset, u64 size,
			     struct nmaccel_mem *pages, struct nmaccel_hw_buffer *entry)
{
	struct nmaccel_device *ndev = to_nmaccel_device(bo->base.base.dev);
	u64 addr;

	*entry = (struct nmaccel_hw_buffer){ .size = size };
	if (nmaccel_gem_bounced(ndev->drm.dev, sgt)) {
		drm_dbg(&ndev->drm, "buffer beyond the card's %u address bits, and no IOMMU\n",
			ndev->card.dma_bits);
		return -EOPNOTSUPP;
	}
	if (!nmaccel_pages_linear(sgt, offset, size, &addr))
		return nmaccel_gem_build_list(ndev, sgt, offset, pages, entry);
	if (!IS_ALIGNED(addr, NMACCEL_ALIGN)) {
		drm_dbg(&ndev->drm, "imported buffer at an odd address\n");
		return -EINVAL;
	}
	entry->addr = addr;
	return 0;
}

/* What an import takes is its exporter's. */
static int nmaccel_gem_charge_list(struct nmaccel_bo *bo)
{
	size_t bytes = bo->pages.cpu ? nmaccel_mem_cost(bo->pages.size) : 0;

	if (!bo->user || !bytes)
		return 0;
	if (!nmaccel_user_charge_bytes(bo->user, bytes))
		return -ENOSPC;
	bo->charged += bytes;
	return 0;
}

/* Once for all jobs that use it from its start, if it can be described as a whole. */
static int nmaccel_gem_describe_whole(struct nmaccel_bo *bo, struct sg_table *sgt,
				      struct nmaccel_hw_buffer *entry)
{
	int ret;

	guard(mutex)(&bo->table_lock);
	if (!bo->has_table) {
		ret = nmaccel_gem_build(bo, sgt, 0, bo->base.base.size, &bo->pages, &bo->table);
		if (!ret)
			ret = nmaccel_gem_charge_list(bo);
		if (ret) {
			nmaccel_mem_free(&to_nmaccel_device(bo->base.base.dev)->mem, &bo->pages);
			return ret;
		}
		bo->has_table = true;
	}
	*entry = bo->table;
	return 0;
}

int nmaccel_gem_describe(struct nmaccel_bo *bo, u64 offset, u64 size, struct nmaccel_mem *pages,
			 struct nmaccel_hw_buffer *entry)
{
	struct sg_table *sgt;

	sgt = drm_gem_shmem_get_pages_sgt(&bo->base);
	/* What no bounce buffer is large enough for. */
	if (IS_ERR(sgt))
		return PTR_ERR(sgt) == -EIO ? -EOPNOTSUPP : PTR_ERR(sgt);
	if (!offset && !nmaccel_gem_describe_whole(bo, sgt, entry)) {
		entry->size = size;
		return 0;
	}
	return nmaccel_gem_build(bo, sgt, offset, size, pages, entry);
}

void nmaccel_gem_unmap_all(struct nmaccel_device *ndev)
{
	struct nmaccel_bo *bo;

	guard(mutex)(&ndev->gem_lock);
	list_for_each_entry(bo, &ndev->gem_list, node)
		nmaccel_gem_unmap(bo);
}

void nmaccel_gem_show(struct nmaccel_device *ndev, struct seq_file *m)
{
	static const char * const kinds[] = { "none", "linear", "pages" };
	struct nmaccel_bo *bo;

	guard(mutex)(&ndev->gem_lock);
	list_for_each_entry(bo, &ndev->gem_list, node) {
		u32 kind = 0, shift = 0;

		mutex_lock(&bo->table_lock);
		if (bo->has_table) {
			kind = bo->table.flags & NMACCEL_BUF_PAGE_LIST ? 2 : 1;
			shift = bo->table.page_shift;
		}
		mutex_unlock(&bo->table_lock);
		seq_printf(m, "size %zu resident %d imported %d table %s shift %u\n",
			   bo->base.base.size, bo->base.pages || bo->base.sgt,
			   !bo->user, kinds[kind], shift);
	}
}

/* A card of few address bits would get bounce buffers. */
static void nmaccel_gem_keep_low(struct nmaccel_bo *bo)
{
	if (!dma_addressing_limited(bo->base.base.dev->dev))
		return;
	mapping_set_gfp_mask(bo->base.base.filp->f_mapping,
			     GFP_USER | __GFP_DMA32 | __GFP_RETRY_MAYFAIL | __GFP_NOWARN);
}

/*
 * The zeros of new pages lie in the cache, and must not be written back over what user space writes
 * past it: mapping for the card cleans them.
 */
static int nmaccel_gem_clean(struct nmaccel_bo *bo)
{
	struct drm_device *drm = bo->base.base.dev;
	struct sg_table *sgt;
	int idx;

	if (!bo->base.map_wc)
		return 0;
	if (!drm_dev_enter(drm, &idx))
		return -ENODEV;
	sgt = drm_gem_shmem_get_pages_sgt(&bo->base);
	drm_dev_exit(idx);
	return PTR_ERR_OR_ZERO(sgt);
}

struct drm_gem_object *nmaccel_gem_import_sg_table(struct drm_device *drm,
						   struct dma_buf_attachment *attach,
						   struct sg_table *sgt)
{
	struct drm_gem_object *obj = drm_gem_shmem_prime_import_sg_table(drm, attach, sgt);

	if (!IS_ERR(obj))
		nmaccel_gem_list(to_nmaccel_bo(obj));
	return obj;
}

/* Removal unmaps and detaches imports; neither may happen while PRIME looks at one. */
int nmaccel_gem_prime_handle_to_fd(struct drm_device *drm, struct drm_file *file, u32 handle,
				   u32 flags, int *prime_fd)
{
	int idx, ret;

	if (!drm_dev_enter(drm, &idx))
		return -ENODEV;
	ret = drm_gem_prime_handle_to_fd(drm, file, handle, flags, prime_fd);
	drm_dev_exit(idx);
	return ret;
}

int nmaccel_gem_prime_fd_to_handle(struct drm_device *drm, struct drm_file *file, int prime_fd,
				   u32 *handle)
{
	int idx, ret;

	if (!drm_dev_enter(drm, &idx))
		return -ENODEV;
	ret = drm_gem_prime_fd_to_handle(drm, file, prime_fd, handle);
	drm_dev_exit(idx);
	return ret;
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
		return -E2BIG;
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
	bo->charged = size;
	nmaccel_gem_list(bo);
	nmaccel_gem_keep_low(bo);
	ret = nmaccel_gem_clean(bo);
	if (!ret)
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
	ret = !to_nmaccel_bo(obj)->user ? -EINVAL : drm_gem_create_mmap_offset(obj);
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
