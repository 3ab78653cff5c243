// SPDX-License-Identifier: GPL-2.0-only
#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/pci.h>
#include <linux/pm_runtime.h>

#include <drm/drm_print.h>

#include "nmaccel_ctx.h"
#include "nmaccel_device.h"
#include "nmaccel_irq.h"
#include "nmaccel_job.h"
#include "nmaccel_pm.h"
#include "nmaccel_reset.h"

/* Most jobs end within this; the others are stopped. For sleep, as user space stands still. */
#define NMACCEL_DRAIN_MS 200
#define NMACCEL_DRAIN_SLEEP_MS 2000

/* Returns the mask of engines whose jobs do not end in time. */
static u32 nmaccel_pm_drain(struct nmaccel_device *ndev, u32 ms)
{
	ktime_t deadline = ktime_add_ms(ktime_get(), ms);
	u32 i, mask;

	for (;;) {
		mask = 0;
		for (i = 0; i < ndev->card.engines; i++)
			if (nmaccel_engine_is_running(&ndev->engines[i]))
				mask |= BIT(i);
		if (!mask || ktime_after(ktime_get(), deadline))
			return mask;
		usleep_range(200, 500);
	}
}

/* Returns the mask of engines whose jobs have been stopped. */
static u32 nmaccel_pm_stop(struct nmaccel_device *ndev, u32 mask)
{
	struct nmaccel_job *job;
	u32 i;

	for (i = 0; i < ndev->card.engines; i++) {
		if (!(mask & BIT(i)))
			continue;
		job = nmaccel_engine_stop(&ndev->engines[i], NULL);
		if (job) {
			nmaccel_ctx_note_reset(job->ctx, false);
			continue;
		}
		/* It has ended, perhaps without an interrupt; none shall be left to clear later. */
		nmaccel_engine_ack(&ndev->engines[i]);
		nmaccel_engine_poll(&ndev->engines[i], NULL);
		mask &= ~BIT(i);
	}
	return mask;
}

static void nmaccel_pm_pause(struct nmaccel_device *ndev, u32 drain_ms)
{
	u32 i, mask;

	mutex_lock(&ndev->reset_lock);
	for (i = 0; i < ndev->card.engines; i++)
		nmaccel_engine_hold(&ndev->engines[i]);
	mask = nmaccel_pm_stop(ndev, nmaccel_pm_drain(ndev, drain_ms));
	if (!ndev->lost && mask && nmaccel_reset_engines(ndev, mask))
		nmaccel_device_lose(ndev, "the card cannot be stopped");
	if (!ndev->lost)
		nmaccel_irq_quiesce(ndev);
	for (i = 0; i < ndev->card.engines; i++)
		if (mask & BIT(i))
			nmaccel_engine_advance(&ndev->engines[i]);
	ndev->away = true;
	mutex_unlock(&ndev->reset_lock);
}

void nmaccel_device_pause(struct nmaccel_device *ndev)
{
	nmaccel_pm_pause(ndev, NMACCEL_DRAIN_MS);
}

void nmaccel_device_resume(struct nmaccel_device *ndev)
{
	u32 i;

	mutex_lock(&ndev->reset_lock);
	ndev->away = false;
	if (!ndev->lost && !nmaccel_device_alive(ndev))
		nmaccel_device_lose(ndev, "the card does not answer after its reset");
	if (!ndev->lost)
		nmaccel_irq_enable(ndev, true);
	for (i = 0; i < ndev->card.engines; i++)
		nmaccel_engine_release(&ndev->engines[i]);
	mutex_unlock(&ndev->reset_lock);
}

void nmaccel_reset_prepare(struct pci_dev *pdev)
{
	pm_runtime_get_sync(&pdev->dev);
	nmaccel_device_pause(pci_get_drvdata(pdev));
}

void nmaccel_reset_done(struct pci_dev *pdev)
{
	nmaccel_device_resume(pci_get_drvdata(pdev));
	pm_runtime_put_autosuspend(&pdev->dev);
}

static int nmaccel_suspend(struct device *dev)
{
	nmaccel_pm_pause(dev_get_drvdata(dev), NMACCEL_DRAIN_SLEEP_MS);
	return 0;
}

static int nmaccel_resume(struct device *dev)
{
	nmaccel_device_resume(dev_get_drvdata(dev));
	return 0;
}

/* Only when no job is on an engine: each holds a reference. */
static int nmaccel_runtime_suspend(struct device *dev)
{
	struct nmaccel_device *ndev = dev_get_drvdata(dev);

	if (!READ_ONCE(ndev->lost))
		nmaccel_irq_quiesce(ndev);
	return 0;
}

static int nmaccel_runtime_resume(struct device *dev)
{
	struct nmaccel_device *ndev = dev_get_drvdata(dev);

	/* An error would stay with the device, through a rebind too. */
	if (READ_ONCE(ndev->lost))
		return 0;
	if (nmaccel_device_alive(ndev))
		nmaccel_irq_enable(ndev, true);
	else
		nmaccel_reset_check(ndev);
	return 0;
}

const struct dev_pm_ops nmaccel_pm_ops = {
	SYSTEM_SLEEP_PM_OPS(nmaccel_suspend, nmaccel_resume)
	RUNTIME_PM_OPS(nmaccel_runtime_suspend, nmaccel_runtime_resume, NULL)
};
