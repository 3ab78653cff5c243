/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __NMACCEL_SCHED_H__
#define __NMACCEL_SCHED_H__

#include <linux/types.h>

struct drm_sched_entity;
struct nmaccel_device;

/* The schedulers live as long as the drm_device, since contexts of open files use them. */
int nmaccel_sched_setup(struct nmaccel_device *ndev);

/* Drop an entity that gets no more jobs, with those that wait in it; @idle: none does. */
void nmaccel_sched_drop_entity(struct nmaccel_device *ndev, struct drm_sched_entity *entity,
			       bool idle);

#endif /* __NMACCEL_SCHED_H__ */
