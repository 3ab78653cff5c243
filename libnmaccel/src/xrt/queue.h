/* SPDX-License-Identifier: MIT */
/*
 * The queue of an XRT card: a thread for each compute unit takes the next job, so that several run
 * at once; their ends are told in the order of submission.
 */
#ifndef NMACCEL_SRC_XRT_QUEUE_H
#define NMACCEL_SRC_XRT_QUEUE_H

#include "xrt/engine.h"

struct nmaccel_xrt_queue;

/* engines: the caller's, and used until the queue is gone. */
struct nmaccel_xrt_queue_config {
	struct nmaccel_xrt_engine *engines;
	uint32_t n_engines;
	const char *name;	     /* of the device, for messages; the caller's as well */
	void (*release)(void *priv); /* the queue is gone, which may be after close has returned */
	void *priv;
};

enum nmaccel_status nmaccel_xrt_queue_open(const struct nmaccel_xrt_queue_config *config,
					   struct nmaccel_xrt_queue **queue);

/* No job is queued. May be called by a job's done(), and then returns before the threads end. */
void nmaccel_xrt_queue_close(struct nmaccel_xrt_queue *queue);

/* As device_ops->submit. job->program is a struct nmaccel_xrt_program. */
enum nmaccel_status nmaccel_xrt_queue_submit(struct nmaccel_xrt_queue *queue,
					     struct nmaccel_job *job);

#endif /* NMACCEL_SRC_XRT_QUEUE_H */
