/* SPDX-License-Identifier: MIT */
/*
 * The queue of a card: contexts, submissions, and the thread that waits for them.
 *
 * The device has a context for each engine, since a context's jobs follow each other; a job goes to
 * the context that has the least to do. Every submission signals the next point of one timeline, so
 * that ends are seen in the order of submission.
 */
#ifndef NMACCEL_SRC_DRM_QUEUE_H
#define NMACCEL_SRC_DRM_QUEUE_H

#include "backend.h"

struct nmaccel_drm_queue;

/* release is called with priv when the queue is gone, which may be after close has returned. */
struct nmaccel_drm_queue_config {
	int fd;
	uint32_t engines;
	const char *name; /* of the device, for messages; copied */
	void (*release)(void *priv);
	void *priv;
};

enum nmaccel_status nmaccel_drm_queue_open(const struct nmaccel_drm_queue_config *config,
					   struct nmaccel_drm_queue **queue);

/* No job is queued. May be called by a job's done(), and then returns before the thread ends. */
void nmaccel_drm_queue_close(struct nmaccel_drm_queue *queue);

/* As device_ops->submit. job->program is a struct nmaccel_drm_program. */
enum nmaccel_status nmaccel_drm_queue_submit(struct nmaccel_drm_queue *queue,
					     struct nmaccel_job *job);

/* A sync_file that signals with the point, which *job->fence_point has told. */
enum nmaccel_status nmaccel_drm_queue_export(struct nmaccel_drm_queue *queue, uint64_t point,
					     int *fd);

#endif /* NMACCEL_SRC_DRM_QUEUE_H */
