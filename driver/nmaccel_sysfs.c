// SPDX-License-Identifier: GPL-2.0-only
#include <linux/device.h>

#include "nmaccel_device.h"
#include "nmaccel_sysfs.h"

static ssize_t contract_version_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct nmaccel_device *ndev = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%u.%u\n", ndev->card.version >> 16, ndev->card.version & 0xffff);
}
static DEVICE_ATTR_RO(contract_version);

static ssize_t engines_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct nmaccel_device *ndev = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%u\n", ndev->card.engines);
}
static DEVICE_ATTR_RO(engines);

static ssize_t serial_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct nmaccel_device *ndev = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%016llx\n", ndev->card.serial);
}
static DEVICE_ATTR_RO(serial);

static ssize_t resets_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct nmaccel_device *ndev = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%llu\n", (u64)atomic64_read(&ndev->resets));
}
static DEVICE_ATTR_RO(resets);

static ssize_t state_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct nmaccel_device *ndev = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%s\n", READ_ONCE(ndev->lost) ? "lost" : "ok");
}
static DEVICE_ATTR_RO(state);

static ssize_t busy_time_us_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct nmaccel_device *ndev = dev_get_drvdata(dev);
	u64 ns = 0;
	u32 i;

	for (i = 0; i < ndev->card.engines; i++) {
		struct nmaccel_engine *engine = &ndev->engines[i];

		spin_lock_irq(&engine->lock);
		ns += engine->run_ns;
		if (engine->running)
			ns += ktime_to_ns(ktime_sub(ktime_get(), engine->started));
		spin_unlock_irq(&engine->lock);
	}
	return sysfs_emit(buf, "%llu\n", div_u64(ns, 1000));
}
static DEVICE_ATTR_RO(busy_time_us);

static struct attribute *nmaccel_sysfs_attrs[] = {
	&dev_attr_contract_version.attr,
	&dev_attr_engines.attr,
	&dev_attr_serial.attr,
	&dev_attr_resets.attr,
	&dev_attr_state.attr,
	&dev_attr_busy_time_us.attr,
	NULL
};

static const struct attribute_group nmaccel_sysfs_group = {
	.attrs = nmaccel_sysfs_attrs,
};

const struct attribute_group *nmaccel_sysfs_groups[] = { &nmaccel_sysfs_group, NULL };
