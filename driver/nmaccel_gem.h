/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __NMACCEL_GEM_H__
#define __NMACCEL_GEM_H__

#include <drm/drm_gem_shmem_helper.h>

#include "drm/nmaccel_hw.h"
#include "nmaccel_mem.h"

struct nmaccel_device;
struct seq_file;
struct nmaccel_user;

struct nmaccel_bo {
	struct drm_gem_shmem_object base;
	struct list_head node;		/* in nmaccel_device.gem_list */
	struct nmaccel_user *user;	/* whom it is charged to; NULL for an import */
	u64 charged;
	struct dma_buf *imported;	/* of an import, once it has been detached */
	struct mutex table_lock;
	bool has_table;
	struct nmaccel_hw_buffer table;	/* the whole object, once it has been used */
	struct nmaccel_mem pages;
};

static inline struct nmaccel_bo *to_nmaccel_bo(struct drm_gem_object *obj)
{
	return container_of(to_drm_gem_shmem_obj(obj), struct nmaccel_bo, base);
}

/* Large pages for buffers, where the kernel has a way for one driver to have them. */
void nmaccel_gem_setup(struct nmaccel_device *ndev);

struct drm_gem_object *nmaccel_gem_create_object(struct drm_device *drm, size_t size);

struct drm_gem_object *nmaccel_gem_import_sg_table(struct drm_device *drm,
						   struct dma_buf_attachment *attach,
						   struct sg_table *sgt);
int nmaccel_gem_prime_handle_to_fd(struct drm_device *drm, struct drm_file *file, u32 handle,
				   u32 flags, int *prime_fd);
int nmaccel_gem_prime_fd_to_handle(struct drm_device *drm, struct drm_file *file, int prime_fd,
				   u32 *handle);

/*
 * Describe [offset, offset + size) of the object for the card. A page list that only this range has
 * goes to @pages, which stays empty otherwise. Pins the object's pages for as long as it lives. The
 * caller is between drm_dev_enter() and drm_dev_exit().
 */
int nmaccel_gem_describe(struct nmaccel_bo *bo, u64 offset, u64 size, struct nmaccel_mem *pages,
			 struct nmaccel_hw_buffer *entry);

/* A line for each buffer. */
void nmaccel_gem_show(struct nmaccel_device *ndev, struct seq_file *m);

/* Give up all DMA mappings; nothing uses them any more. */
void nmaccel_gem_unmap_all(struct nmaccel_device *ndev);

int nmaccel_ioctl_bo_create(struct drm_device *drm, void *data, struct drm_file *file);
int nmaccel_ioctl_bo_mmap_offset(struct drm_device *drm, void *data, struct drm_file *file);
int nmaccel_ioctl_bo_wait(struct drm_device *drm, void *data, struct drm_file *file);

#endif /* __NMACCEL_GEM_H__ */
