/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __NMACCEL_PM_H__
#define __NMACCEL_PM_H__

struct nmaccel_device;
struct pci_dev;

extern const struct dev_pm_ops nmaccel_pm_ops;

/*
 * Keep all jobs back, and stop those that run. In between no register may be touched. Afterwards
 * the stopped ones go on.
 */
void nmaccel_device_pause(struct nmaccel_device *ndev);
void nmaccel_device_resume(struct nmaccel_device *ndev);

void nmaccel_reset_prepare(struct pci_dev *pdev);
void nmaccel_reset_done(struct pci_dev *pdev);

#endif /* __NMACCEL_PM_H__ */
