// SPDX-License-Identifier: GPL-2.0-only
#include <linux/iopoll.h>
#include <linux/pci.h>
#include <linux/pm_runtime.h>

#include <drm/drm_print.h>

#include "nmaccel_ctx.h"
#include "nmaccel_device.h"
#include "nmaccel_irq.h"
#include "nmaccel_job.h"
#include "nmaccel_pm.h"
#include "nmaccel_reset.h"

/* Most jobs end within this; the others are stopped and run again. */
#define NMACCEL_DRAIN_US 200000

static void nmaccel_pm_note_reset(struct nmaccel_engine *engine)
{
	struct nmaccel_job *job;

	/* Paused: the job on it is neither finished nor started by anybody else. */
	job = engine->job;
	if (!job)
		return;
	nmaccel_ctx_note_reset(job->ctx, false);
}

void nmaccel_device_pause(struct nmaccel_device *ndev)
{
	bool idle;
	u32 i, mask = 0;

	mutex_lock(&ndev->reset_lock);
	for (i = 0; i < ndev->card.engines; i++) {
		struct nmaccel_engine *engine = &ndev->engines[i];

		read_poll_timeout(nmaccel_engine_is_idle, idle, idle, 500, NMACCEL_DRAIN_US, false,
				  engine);
		nmaccel_engine_pause(engine);
		nmaccel_pm_note_reset(engine);
		mask |= BIT(i);
	}
	if (!ndev->lost && nmaccel_reset_engines(ndev, mask))
		nmaccel_device_lose(ndev, "the card cannot be stopped");
	if (!ndev->lost)
		nmaccel_irq_enable(ndev, false);
	mutex_unlock(&ndev->reset_lock);
}

void nmaccel_device_resume(struct nmaccel_device *ndev)
{
	u32 i;

	mutex_lock(&ndev->reset_lock);
	if (!ndev->lost && !nmaccel_device_alive(ndev))
		nmaccel_device_lose(ndev, "the card does not answer after its reset");
	if (!ndev->lost)
		nmaccel_irq_enable(ndev, true);
	for (i = 0; i < ndev->card.engines; i++)
		nmaccel_engine_unpause(&ndev->engines[i]);
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
	nmaccel_device_pause(dev_get_drvdata(dev));
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
		nmaccel_irq_enable(ndev, false);
	return 0;
}

static int nmaccel_runtime_resume(struct device *dev)
{
	struct nmaccel_device *ndev = dev_get_drvdata(dev);

	if (READ_ONCE(ndev->lost))
		return 0;
	if (!nmaccel_device_alive(ndev))
		return -ENODEV;
	nmaccel_irq_enable(ndev, true);
	return 0;
}

const struct dev_pm_ops nmaccel_pm_ops = {
	SYSTEM_SLEEP_PM_OPS(nmaccel_suspend, nmaccel_resume)
	RUNTIME_PM_OPS(nmaccel_runtime_suspend, nmaccel_runtime_resume, NULL)
};
