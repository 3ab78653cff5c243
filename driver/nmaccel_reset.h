/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __NMACCEL_RESET_H__
#define __NMACCEL_RESET_H__

#include <linux/types.h>

struct nmaccel_device;
struct nmaccel_engine;
struct nmaccel_job;

/* A job takes long, or its engine has asked for a look; the scheduler's timeout worker. */
void nmaccel_reset_examine(struct nmaccel_engine *engine, struct nmaccel_job *job);

void nmaccel_reset_setup(struct nmaccel_device *ndev);

/* Lose the card if it does not answer; from any context, done by a worker. */
void nmaccel_reset_check(struct nmaccel_device *ndev);

/* Abort and reset engines; with reset_lock held. */
int nmaccel_reset_engines(struct nmaccel_device *ndev, u32 mask);

/* The card does not come back: every job ends with ENODEV, and user space is told. */
void nmaccel_device_lose(struct nmaccel_device *ndev, const char *why);

#endif /* __NMACCEL_RESET_H__ */
