/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __NMACCEL_SYSFS_H__
#define __NMACCEL_SYSFS_H__

#include <linux/sysfs.h>

extern const struct attribute_group *nmaccel_sysfs_groups[];

#endif /* __NMACCEL_SYSFS_H__ */
