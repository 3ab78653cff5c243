/* SPDX-License-Identifier: MIT */
/* Memory of a card: GEM objects, mapped for as long as they live. Calls are those of device_ops. */
#ifndef NMACCEL_SRC_DRM_MEMORY_H
#define NMACCEL_SRC_DRM_MEMORY_H

#include <pthread.h>

#include "backend.h"

/*
 * A GEM object of our open file. Importing the same memory again gives the same handle, which must
 * be closed once only: so they are counted, and looked up here.
 */
struct nmaccel_drm_bo {
	struct nmaccel_drm_bo *next;
	uint32_t handle;
	uint32_t refs;
	void *map;
	uint64_t map_bytes;
};

/* The objects of an open file. */
struct nmaccel_drm_heap {
	int fd; /* the node */
	pthread_mutex_t lock;
	struct nmaccel_drm_bo *bos;
};

void nmaccel_drm_heap_init(struct nmaccel_drm_heap *heap, int fd);
void nmaccel_drm_heap_fini(struct nmaccel_drm_heap *heap);

enum nmaccel_status nmaccel_drm_memory_create(struct nmaccel_drm_heap *heap, uint64_t bytes,
					      enum nmaccel_memory_use use,
					      struct nmaccel_memory **memory);
enum nmaccel_status nmaccel_drm_memory_import(struct nmaccel_drm_heap *heap, int fd, uint64_t bytes,
					      struct nmaccel_memory **memory);
enum nmaccel_status nmaccel_drm_memory_export(struct nmaccel_drm_heap *heap,
					      struct nmaccel_memory *memory, int *fd);
enum nmaccel_status nmaccel_drm_memory_sync(struct nmaccel_drm_heap *heap,
					    struct nmaccel_memory *memory,
					    enum nmaccel_sync direction);
enum nmaccel_status nmaccel_drm_memory_begin(struct nmaccel_memory *memory, bool write);
enum nmaccel_status nmaccel_drm_memory_end(struct nmaccel_memory *memory, bool write);
void nmaccel_drm_memory_destroy(struct nmaccel_drm_heap *heap, struct nmaccel_memory *memory);

uint32_t nmaccel_drm_memory_handle(const struct nmaccel_memory *memory);

#endif /* NMACCEL_SRC_DRM_MEMORY_H */
