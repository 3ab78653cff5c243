/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __NMACCEL_HWMON_H__
#define __NMACCEL_HWMON_H__

struct nmaccel_device;

#if IS_REACHABLE(CONFIG_HWMON)
/* Temperature and power, if the card reports them. */
void nmaccel_hwmon_register(struct nmaccel_device *ndev);
void nmaccel_hwmon_unregister(struct nmaccel_device *ndev);
#else
static inline void nmaccel_hwmon_register(struct nmaccel_device *ndev)
{
}

static inline void nmaccel_hwmon_unregister(struct nmaccel_device *ndev)
{
}
#endif

#endif /* __NMACCEL_HWMON_H__ */
