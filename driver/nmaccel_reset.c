// SPDX-License-Identifier: GPL-2.0-only
#include <linux/iopoll.h>
#include <linux/kobject.h>
#include <linux/moduleparam.h>
#include <linux/pci.h>
#include <linux/pm_runtime.h>

#include <drm/drm_file.h>
#include <drm/drm_print.h>

#include "nmaccel_coredump.h"
#include "nmaccel_ctx.h"
#include "nmaccel_device.h"
#include "nmaccel_fault.h"
#include "nmaccel_job.h"
#include "nmaccel_reset.h"
#include "nmaccel_trace.h"

#define NMACCEL_RESET_US 1000000

/* Others may wait for its fence, so that it must end; but a plan may be one job. */
static unsigned int max_job_ms = 600000;
module_param(max_job_ms, uint, 0644);
MODULE_PARM_DESC(max_job_ms, "A job that runs so long is stopped although it makes progress (600000; 0: never)");

/*
 * As drm_dev_wedged_event() does it. That one takes the primary node, which an accel device has
 * not, and falls over it.
 */
static void nmaccel_wedged_event(struct nmaccel_device *ndev)
{
	char wedged[] = "WEDGED=rebind,bus-reset";
	char *envp[2] = { wedged };

	kobject_uevent_env(&ndev->drm.accel->kdev->kobj, KOBJ_CHANGE, envp);
}

void nmaccel_device_lose(struct nmaccel_device *ndev, const char *why)
{
	u32 i;

	lockdep_assert_held(&ndev->reset_lock);
	if (ndev->lost)
		return;
	WRITE_ONCE(ndev->lost, true);
	/* Pairs with the look of a job that has just been put on an engine. */
	smp_mb();
	/* Whatever still runs there cannot write any more into memory that is given back now. */
	pci_clear_master(to_pci_dev(ndev->drm.dev));
	drm_err(&ndev->drm, "%s; reset the device or power-cycle the card, then bind the driver again\n",
		why);
	for (i = 0; i < ndev->card.engines; i++)
		nmaccel_engine_fail(&ndev->engines[i], NULL, -ENODEV);
	nmaccel_wedged_event(ndev);
}

int nmaccel_reset_engines(struct nmaccel_device *ndev, u32 mask)
{
	u32 busy, i;
	int ret;

	lockdep_assert_held(&ndev->reset_lock);
	if (nmaccel_fault_reset())
		return -ETIMEDOUT;
	nmaccel_card_write(ndev, NMACCEL_CARD_RESET, mask);
	ret = read_poll_timeout(nmaccel_card_read, busy, !(busy & mask) || busy == U32_MAX, 50,
				NMACCEL_RESET_US, false, ndev, NMACCEL_CARD_RESET_BUSY);
	if (!ret && busy == U32_MAX)
		ret = -ENODEV;
	if (ret)
		return ret;
	atomic64_inc(&ndev->resets);
	for (i = 0; i < ndev->card.engines; i++) {
		if (!(mask & BIT(i)))
			continue;
		ndev->engines[i].resets++;
		nmaccel_engine_enable(&ndev->engines[i], true);
		trace_nmaccel_engine_reset(&ndev->engines[i]);
	}
	return 0;
}

/* The engine writes into the job's memory until it has been reset. */
static bool nmaccel_reset_engine(struct nmaccel_engine *engine)
{
	struct nmaccel_device *ndev = engine->ndev;

	if (!nmaccel_reset_engines(ndev, BIT(engine->index)))
		return true;
	nmaccel_device_lose(ndev, "an engine does not come out of reset");
	return false;
}

/* The job, which has been stopped, ends with that error. */
static void nmaccel_reset_job(struct nmaccel_engine *engine, struct nmaccel_job *job, int error)
{
	bool guilty = error == -ETIMEDOUT;

	drm_dbg(&engine->ndev->drm, "engine %u: job %llu ends with %d; resetting the engine\n",
		engine->index, job->number, error);
	if (error != -ESRCH)
		nmaccel_coredump(engine, job);
	nmaccel_ctx_note_reset(job->ctx, guilty);
	if (nmaccel_reset_engine(engine))
		nmaccel_engine_fail(engine, job, error);
}

/* Its engine was not idle when its turn came. */
static void nmaccel_reset_stuck(struct nmaccel_engine *engine, struct nmaccel_job *job)
{
	drm_dbg(&engine->ndev->drm, "engine %u does not take job %llu; resetting the engine\n",
		engine->index, job->number);
	if (!nmaccel_reset_engine(engine))
		return;
	if (job->retries++)
		nmaccel_engine_fail(engine, job, -EIO);
	else
		nmaccel_engine_retry(engine);
}

/* Nobody waits for it any more, or it takes longer than an administrator allows. */
static void nmaccel_reset_long(struct nmaccel_engine *engine, struct nmaccel_job *job)
{
	u64 limit_ns = (u64)READ_ONCE(max_job_ms) * NSEC_PER_MSEC;
	bool closed = READ_ONCE(job->ctx->closed);

	if (!closed && !(limit_ns && nmaccel_engine_run_ns(engine) > limit_ns))
		return;
	if (nmaccel_engine_stop(engine, job))
		nmaccel_reset_job(engine, job, closed ? -ESRCH : -ETIMEDOUT);
}

/*
 * It ended, and no interrupt told. What it has raised is cleared before the next job may end, which
 * would raise nothing otherwise. A running job keeps the card awake; from then on the reference
 * here does.
 */
static bool nmaccel_reset_lost_irq(struct nmaccel_engine *engine)
{
	struct device *dev = engine->ndev->drm.dev;
	bool ended = false;

	pm_runtime_get_noresume(dev);
	if (nmaccel_engine_is_running(engine)) {
		nmaccel_engine_ack(engine);
		ended = nmaccel_engine_poll(engine, NULL);
	}
	if (ended)
		nmaccel_engine_note_lost(engine);
	pm_runtime_put_autosuspend(dev);
	return ended;
}

void nmaccel_reset_examine(struct nmaccel_engine *engine, struct nmaccel_job *job)
{
	struct nmaccel_device *ndev = engine->ndev;

	guard(mutex)(&ndev->reset_lock);
	if (nmaccel_reset_lost_irq(engine))
		return;
	switch (nmaccel_engine_judge(engine, job)) {
	case NMACCEL_ENGINE_OTHER:
		break;
	case NMACCEL_ENGINE_ALIVE:
		nmaccel_reset_long(engine, job);
		break;
	case NMACCEL_ENGINE_STUCK:
		nmaccel_reset_stuck(engine, job);
		break;
	case NMACCEL_ENGINE_HUNG:
		nmaccel_reset_job(engine, job, -ETIMEDOUT);
		break;
	case NMACCEL_ENGINE_BROKEN:
		nmaccel_reset_job(engine, job, -EIO);
		break;
	case NMACCEL_ENGINE_GONE:
		nmaccel_device_lose(ndev, "the card does not answer any more");
		break;
	}
}

static void nmaccel_reset_check_work(struct work_struct *work)
{
	struct nmaccel_device *ndev = container_of(work, struct nmaccel_device, check_work);
	bool awake = pm_runtime_resume_and_get(ndev->drm.dev) >= 0;

	mutex_lock(&ndev->reset_lock);
	if (!ndev->away && !(awake && nmaccel_device_alive(ndev)))
		nmaccel_device_lose(ndev, "the card does not wake up");
	mutex_unlock(&ndev->reset_lock);
	if (awake)
		pm_runtime_put_autosuspend(ndev->drm.dev);
}

void nmaccel_reset_check(struct nmaccel_device *ndev)
{
	queue_work(ndev->timeout_wq, &ndev->check_work);
}

void nmaccel_reset_setup(struct nmaccel_device *ndev)
{
	INIT_WORK(&ndev->check_work, nmaccel_reset_check_work);
}
