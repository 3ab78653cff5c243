// SPDX-License-Identifier: GPL-2.0-only
#include <linux/iopoll.h>
#include <linux/kobject.h>

#include <drm/drm_file.h>
#include <drm/drm_print.h>

#include "nmaccel_coredump.h"
#include "nmaccel_ctx.h"
#include "nmaccel_device.h"
#include "nmaccel_job.h"
#include "nmaccel_reset.h"
#include "nmaccel_trace.h"

#define NMACCEL_RESET_US 1000000

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

static void nmaccel_reset_hung(struct nmaccel_engine *engine, struct nmaccel_job *job,
			       bool guilty)
{
	struct nmaccel_device *ndev = engine->ndev;

	nmaccel_coredump(engine, job);
	drm_dbg(&ndev->drm, "engine %u: job %llu %s; resetting the engine\n", engine->index,
		job->number, guilty ? "makes no progress" : "has ended without a record");
	nmaccel_ctx_note_reset(job->ctx, guilty);
	/* The engine writes into the job's memory until it has been reset. */
	if (nmaccel_reset_engines(ndev, BIT(engine->index))) {
		nmaccel_device_lose(ndev, "an engine does not come out of reset");
		return;
	}
	nmaccel_engine_fail(engine, job, guilty ? -ETIMEDOUT : -EIO);
}

void nmaccel_reset_examine(struct nmaccel_engine *engine, struct nmaccel_job *job)
{
	struct nmaccel_device *ndev = engine->ndev;

	guard(mutex)(&ndev->reset_lock);
	if (nmaccel_engine_poll(engine, NULL)) {
		engine->lost_interrupts++;
		nmaccel_engine_ack(engine);
		return;
	}
	switch (nmaccel_engine_judge(engine, job)) {
	case NMACCEL_ENGINE_OTHER:
	case NMACCEL_ENGINE_ALIVE:
		break;
	case NMACCEL_ENGINE_HUNG:
		nmaccel_reset_hung(engine, job, true);
		break;
	case NMACCEL_ENGINE_BROKEN:
		/* It may have ended since. */
		if (!nmaccel_engine_poll(engine, NULL))
			nmaccel_reset_hung(engine, job, false);
		break;
	case NMACCEL_ENGINE_GONE:
		nmaccel_device_lose(ndev, "the card does not answer any more");
		break;
	}
}
