/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __NMACCEL_COREDUMP_H__
#define __NMACCEL_COREDUMP_H__

struct drm_device;
struct nmaccel_device;
struct nmaccel_engine;
struct nmaccel_job;

/* What there is to know of a job that hangs, as a text for /sys/class/devcoredump. */
void nmaccel_coredump(struct nmaccel_engine *engine, struct nmaccel_job *job);

void nmaccel_coredump_setup(struct nmaccel_device *ndev);

/* A dump that has been taken is there for user space. */
void nmaccel_coredump_flush(struct nmaccel_device *ndev);

/*
 * Have room for a core dump: when it is taken, memory reclaim may wait for the very job that hangs.
 * Without memory there is no dump, and nothing else fails.
 */
void nmaccel_coredump_prepare(struct nmaccel_device *ndev);
void nmaccel_coredump_release(struct drm_device *drm, void *unused);

#endif /* __NMACCEL_COREDUMP_H__ */
