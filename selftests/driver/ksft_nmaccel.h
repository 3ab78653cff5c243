/* SPDX-License-Identifier: MIT */
/*
 * The ioctls as functions. They return 0 or -errno, and print nothing.
 */
#ifndef KSFT_NMACCEL_H
#define KSFT_NMACCEL_H

#include <stdbool.h>
#include <stdint.h>

#include "drm/nmaccel_accel.h"
#include "drm/nmaccel_hw.h"

#include "ksft_card.h"

/* ioctl(), started again after a signal. */
int call(int fd, unsigned long request, void *args);

/* Absolute CLOCK_MONOTONIC time in so many seconds; and PATIENCE_S from now. */
int64_t deadline_in(int seconds);
int64_t deadline(void);

int dev_info(int fd, struct drm_nmaccel_dev_info *info);

int ctx_create(int fd, uint32_t priority, uint32_t *ctx);
int ctx_destroy(int fd, uint32_t ctx);
int ctx_query(int fd, uint32_t ctx, struct drm_nmaccel_ctx_query *query);

/* A buffer object and its mapping. */
struct bo {
	int fd;
	uint32_t handle;
	uint64_t size; /* whole pages */
	uint8_t *map;  /* readable and writable; NULL if bo_create() only */
};

int bo_create(int fd, uint64_t size, struct bo *bo);
int bo_offset(int fd, uint32_t handle, uint64_t *offset);
int bo_map(struct bo *bo);
int bo_new(int fd, uint64_t size, struct bo *bo); /* create and map */
void bo_free(struct bo *bo);			  /* all zero is fine */
int gem_close(int fd, uint32_t handle);

/* Until nobody writes it; with write, until nobody reads it either. */
int bo_wait(const struct bo *bo, bool write);
int bo_wait_until(const struct bo *bo, bool write, int64_t until_ns);

int prime_export(int fd, uint32_t handle, int *dmabuf);
int prime_import(int fd, int dmabuf, uint32_t *handle);

/* flags: DRM_SYNCOBJ_CREATE_SIGNALED. Point 0 is a binary syncobj. */
int syncobj_create(int fd, uint32_t flags, uint32_t *handle);
int syncobj_destroy(int fd, uint32_t handle);
int syncobj_signal(int fd, uint32_t handle, uint64_t point);
int syncobj_reset(int fd, uint32_t handle);
int syncobj_point(int fd, uint32_t handle, uint64_t *point);
/* Waits for a fence to appear, too. -ETIME at the deadline. */
int syncobj_wait(int fd, uint32_t handle, uint64_t point);
int syncobj_wait_until(int fd, uint32_t handle, uint64_t point, int64_t until_ns);
/* Of a binary syncobj, as a sync_file and back. */
int syncobj_to_sync_file(int fd, uint32_t handle, int *sync_file);
int syncobj_from_sync_file(int fd, uint32_t handle, int sync_file);
int syncobj_to_fd(int fd, uint32_t handle, int *shared);
int syncobj_from_fd(int fd, int shared, uint32_t *handle);

/*
 * The status of a sync_file's fence: 1 signalled, 0 not, or the -errno of the fence.
 * -EBADF itself if it cannot be asked.
 */
int sync_file_status(int sync_file);
/* The same when it has ended; 0 if it has not after PATIENCE_S. */
int sync_file_wait(int sync_file);

#define SUBMIT_BUFFERS 256
#define SUBMIT_SYNCS   64

/* What becomes one job. args is filled in by submit_run(); before that it is yours to spoil. */
struct submit {
	int fd;
	struct drm_nmaccel_submit args;
	struct nmaccel_hw_desc *descs; /* grows */
	uint32_t n_descs;
	struct drm_nmaccel_buffer buffers[SUBMIT_BUFFERS];
	uint32_t n_buffers;
	struct drm_nmaccel_sync syncs[SUBMIT_SYNCS];
	uint32_t n_syncs;
};

void submit_init(struct submit *submit, int fd, uint32_t ctx);
void submit_free(struct submit *submit);
/* All zero but what it is copied from, if that is not NULL. Valid until the next call. */
struct nmaccel_hw_desc *submit_desc(struct submit *submit, const struct nmaccel_hw_desc *desc);
/* The index in the table. */
uint32_t submit_buffer(struct submit *submit, uint32_t handle, uint32_t flags);
void submit_wait(struct submit *submit, uint32_t syncobj, uint64_t point);
void submit_signal(struct submit *submit, uint32_t syncobj, uint64_t point);
/* Points args at the arrays. submit_run() has done that; for those who then spoil args. */
void submit_prepare(struct submit *submit);
int submit_run(struct submit *submit, uint64_t *job); /* job may be NULL */
int submit_call(struct submit *submit);		      /* args as they are */

/* -ETIME if the job is not finished when the deadline comes; result may be NULL. */
int job_result(int fd, uint32_t ctx, uint64_t job, struct drm_nmaccel_result *result);
int job_wait(int fd, uint32_t ctx, uint64_t job, struct drm_nmaccel_result *result);
/* The end of the job as -errno: 0, -EIO, -ETIMEDOUT, ...; or that of the wait. */
int job_error(int fd, uint32_t ctx, uint64_t job);
/* The same without waiting: EBUSY if it is not finished. */
int job_look(int fd, uint32_t ctx, uint64_t job);

/* A job whose output is known: max pooling by 1 x 1, which copies. */
struct copy {
	struct drm_nmaccel_dev_info info;
	struct bo in, out;
	uint32_t pixels;
	uint32_t channels;
	struct nmaccel_hw_desc desc; /* from buffer 0 to buffer 1 */
};

/* New buffers, filled with random bytes and with rubbish. */
int copy_init(struct copy *copy, int fd, uint32_t pixels, uint32_t channels);
void copy_free(struct copy *copy);
void copy_fill(struct copy *copy, uint32_t seed);
uint64_t copy_bytes(const struct drm_nmaccel_dev_info *info, uint32_t pixels, uint32_t channels);
/* Adds both buffers, and the descriptor times times. */
void copy_add(const struct copy *copy, struct submit *submit, uint32_t times);
int copy_submit(const struct copy *copy, uint32_t ctx, uint32_t times, uint64_t *job);
/* Wrong bytes of the output, padding included: 0 after the job. */
uint64_t copy_check(const struct copy *copy);
/* Fill, submit, wait, look at the result, check: 0, or -EILSEQ if the output is wrong. */
int copy_run(struct copy *copy, uint32_t ctx);

/*
 * How often copy has to be done to keep an engine busy for some ms, from one run of it; at least
 * one and as much as the card takes. It is the size of a job, and nothing to rely on.
 */
int copy_times_for(struct copy *copy, uint32_t ctx, unsigned int ms, uint32_t *times);

/* Good work on a new file, context and buffers: "the card still works". */
int card_still_works(unsigned int index);

/* Random numbers that are the same for the same seed; NMACCEL_SEED gives another start. */
struct prng {
	uint64_t state;
};

void prng_init(struct prng *prng, uint64_t seed);
uint32_t prng_u32(struct prng *prng);
/* min .. max */
uint32_t prng_range(struct prng *prng, uint32_t min, uint32_t max);
void prng_bytes(struct prng *prng, void *to, uint64_t size);

#endif
