/* SPDX-License-Identifier: MIT */
/*
 * A kernel with one card below the drm backend: the ioctls of nmaccel.ko, GEM objects that are
 * memfds, an engine that is the model's. Calls fail on command, the card can hang and go away, and
 * what the driver tells about it can be wrong.
 */
#ifndef NMACCEL_TESTS_FAKE_KERNEL_H
#define NMACCEL_TESTS_FAKE_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

#include <drm.h>

#include "drm/nmaccel_accel.h"
#include "drm/nmaccel_hw.h"

struct fake_settings {
	const char *driver;
	int major, minor;
	struct drm_nmaccel_dev_info info;
	uint32_t query_size; /* what DEV_QUERY says of itself; 0: the truth */
	int open_error;	     /* of open(); 0: none */
	bool bad_handle;     /* BO_CREATE gives handle 0 */
	bool short_bo;	     /* BO_CREATE gives a page too few */
	uint32_t max_jobs;   /* in flight, else ENOSPC; 0: no limit */
	bool no_room;	     /* SUBMIT gives ENOSPC, as when other programs use the user's memory */
	uint32_t max_ctxs;   /* else EMFILE; 0: no limit */
};

struct fake_counts {
	uint32_t files, bos, ctxs, syncobjs; /* alive */
	uint32_t ctxs_made, submits;
	uint32_t full;					   /* submissions that met ENOSPC */
	uint32_t most_descs, most_buffers, most_in_flight; /* of a submission; of a context */
};

/* Take the place of the system; everything is as new. */
void fake_kernel_start(void);
void fake_kernel_stop(void);

/* The settings in force, to be changed while no call is under way. */
struct fake_settings *fake_kernel_settings(void);
struct fake_counts fake_kernel_counts(void);

/* From the skip-th such ioctl from now on, `times` of them fail. EINTR is met by a restart. */
void fake_kernel_fail(unsigned long request, int err, uint32_t skip, uint32_t times);

/* The next mmap() fails with that errno. */
void fake_kernel_fail_mmap(int err);

/* While held, jobs are accepted and do not run. */
void fake_kernel_hold(bool hold);
uint32_t fake_kernel_pending(void);

/* The next job that runs ends so. ETIMEDOUT bans its context; a fault comes with EIO. */
void fake_kernel_end_next(int error, const struct drm_nmaccel_result *result);

/* The card stops answering; with unplug its node is dead as well. */
void fake_kernel_lose(bool unplug);

/* A dma-buf of somebody else. The caller closes it. */
int fake_kernel_foreign(uint64_t bytes);

/* DMA_BUF_IOCTL_SYNC calls so far, and the flags of the i-th, of the first 16. */
uint32_t fake_kernel_syncs(void);
uint64_t fake_kernel_sync_flags(uint32_t i);

#endif /* NMACCEL_TESTS_FAKE_KERNEL_H */
