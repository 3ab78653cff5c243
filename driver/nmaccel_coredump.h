/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __NMACCEL_COREDUMP_H__
#define __NMACCEL_COREDUMP_H__

struct nmaccel_engine;
struct nmaccel_job;

/* What there is to know of a job that hangs, as a text for /sys/class/devcoredump. */
void nmaccel_coredump(struct nmaccel_engine *engine, struct nmaccel_job *job);

#endif /* __NMACCEL_COREDUMP_H__ */
