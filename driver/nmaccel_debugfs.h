/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __NMACCEL_DEBUGFS_H__
#define __NMACCEL_DEBUGFS_H__

struct nmaccel_device;

#ifdef CONFIG_DEBUG_FS
void nmaccel_debugfs_init(struct nmaccel_device *ndev);
#else
static inline void nmaccel_debugfs_init(struct nmaccel_device *ndev)
{
}
#endif

#endif /* __NMACCEL_DEBUGFS_H__ */
