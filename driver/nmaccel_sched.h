/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __NMACCEL_SCHED_H__
#define __NMACCEL_SCHED_H__

struct nmaccel_device;

/* The schedulers live as long as the drm_device, since contexts of open files use them. */
int nmaccel_sched_setup(struct nmaccel_device *ndev);

#endif /* __NMACCEL_SCHED_H__ */
