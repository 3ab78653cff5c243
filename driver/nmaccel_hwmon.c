// SPDX-License-Identifier: GPL-2.0-only
#include <linux/hwmon.h>

#include <drm/drm_drv.h>
#include <drm/drm_print.h>

#include "nmaccel_device.h"
#include "nmaccel_hwmon.h"

static umode_t nmaccel_hwmon_is_visible(const void *data, enum hwmon_sensor_types type, u32 attr,
					int channel)
{
	const struct nmaccel_device *ndev = data;
	u32 cap = type == hwmon_temp ? NMACCEL_CAP_TEMP : NMACCEL_CAP_POWER;

	return ndev->card.limits.caps & cap ? 0444 : 0;
}

static int nmaccel_hwmon_read(struct device *dev, enum hwmon_sensor_types type, u32 attr,
			      int channel, long *value)
{
	struct nmaccel_device *ndev = dev_get_drvdata(dev);
	u32 reg = type == hwmon_temp ? NMACCEL_CARD_TEMP_MC : NMACCEL_CARD_POWER_MW;
	int idx, ret;
	u32 raw;

	if (!drm_dev_enter(&ndev->drm, &idx))
		return -ENODEV;
	ret = nmaccel_device_get_registers(ndev);
	if (ret)
		goto out_exit;
	raw = nmaccel_card_read(ndev, reg);
	/* -1/1000 degree is also what a card that is gone would say. */
	if (raw == U32_MAX && !nmaccel_device_alive(ndev))
		ret = -ENODEV;
	else
		*value = type == hwmon_temp ? (s32)raw : (long)raw * 1000;
	nmaccel_device_put_registers(ndev);
out_exit:
	drm_dev_exit(idx);
	return ret;
}

static const struct hwmon_ops nmaccel_hwmon_ops = {
	.is_visible = nmaccel_hwmon_is_visible,
	.read = nmaccel_hwmon_read,
};

static const struct hwmon_channel_info * const nmaccel_hwmon_channels[] = {
	HWMON_CHANNEL_INFO(temp, HWMON_T_INPUT),
	HWMON_CHANNEL_INFO(power, HWMON_P_INPUT),
	NULL
};

static const struct hwmon_chip_info nmaccel_hwmon_chip = {
	.ops = &nmaccel_hwmon_ops,
	.info = nmaccel_hwmon_channels,
};

void nmaccel_hwmon_register(struct nmaccel_device *ndev)
{
	struct device *hwmon;

	if (!(ndev->card.limits.caps & (NMACCEL_CAP_TEMP | NMACCEL_CAP_POWER)))
		return;
	hwmon = hwmon_device_register_with_info(ndev->drm.dev, "nmaccel", ndev,
						&nmaccel_hwmon_chip, NULL);
	if (IS_ERR(hwmon))
		drm_warn(&ndev->drm, "no hwmon device (%pe): temperature and power are not shown\n",
			 hwmon);
	else
		ndev->hwmon = hwmon;
}

void nmaccel_hwmon_unregister(struct nmaccel_device *ndev)
{
	if (ndev->hwmon)
		hwmon_device_unregister(ndev->hwmon);
	ndev->hwmon = NULL;
}
