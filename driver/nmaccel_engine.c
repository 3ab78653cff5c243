// SPDX-License-Identifier: GPL-2.0-only
#include <linux/iopoll.h>

#include <drm/drm_print.h>

#include "nmaccel_device.h"
#include "nmaccel_engine.h"
#include "nmaccel_job.h"
#include "nmaccel_trace.h"

/* An engine that has just written its record is idle a few clocks later. */
#define NMACCEL_IDLE_US 100

void nmaccel_engine_setup(struct nmaccel_device *ndev)
{
	u32 i;

	for (i = 0; i < ndev->card.engines; i++) {
		struct nmaccel_engine *engine = &ndev->engines[i];

		engine->ndev = ndev;
		engine->index = i;
		engine->regs = ndev->bar + NMACCEL_ENGINE_PAGE(i);
		engine->fence_context = dma_fence_context_alloc(1);
		spin_lock_init(&engine->lock);
		snprintf(engine->name, sizeof(engine->name), "nmaccel-%u", i);
	}
}

u32 nmaccel_engine_ack(struct nmaccel_engine *engine)
{
	u32 isr = nmaccel_engine_read(engine, NMACCEL_REG_ISR);

	if (isr == U32_MAX)
		return isr;
	isr &= NMACCEL_INT_DONE | NMACCEL_INT_READY;
	/* A bit toggles when 1 is written. */
	if (isr)
		nmaccel_engine_write(engine, NMACCEL_REG_ISR, isr);
	return isr;
}

void nmaccel_engine_enable(struct nmaccel_engine *engine, bool enable)
{
	nmaccel_engine_write(engine, NMACCEL_REG_GIER, enable ? NMACCEL_GIER_ENABLE : 0);
	nmaccel_engine_write(engine, NMACCEL_REG_IER, enable ? NMACCEL_INT_DONE : 0);
}

static bool nmaccel_engine_wait_idle(struct nmaccel_engine *engine)
{
	u32 ctrl;

	return !read_poll_timeout_atomic(nmaccel_engine_read, ctrl,
					 ctrl == U32_MAX || ctrl & NMACCEL_CTRL_IDLE, 1,
					 NMACCEL_IDLE_US, false, engine, NMACCEL_REG_CTRL) &&
	       ctrl != U32_MAX;
}

/*
 * An engine that is not idle, or gone, is left alone: the job then makes no progress, and the
 * timeout finds out why.
 */
static void nmaccel_engine_start(struct nmaccel_engine *engine)
{
	struct nmaccel_job *job = engine->job;
	u64 addr = job->mem.dma;

	lockdep_assert_held(&engine->lock);
	engine->seen_tiles = 0;
	engine->seen_descs = 0;
	job->seq = atomic64_inc_return(&engine->ndev->seq);
	memset(job->record, 0, sizeof(*job->record));
	job->hw->seq = job->seq;
	engine->started = ktime_get();
	if (!nmaccel_engine_wait_idle(engine))
		return;
	nmaccel_engine_write(engine, NMACCEL_REG_MEM_LO, 0);
	nmaccel_engine_write(engine, NMACCEL_REG_MEM_HI, 0);
	nmaccel_engine_write(engine, NMACCEL_REG_JOB_LO, lower_32_bits(addr));
	nmaccel_engine_write(engine, NMACCEL_REG_JOB_HI, upper_32_bits(addr));
	/* writel() orders the job in memory before the doorbell. */
	nmaccel_engine_write(engine, NMACCEL_REG_CTRL, NMACCEL_CTRL_START);
	trace_nmaccel_job_run(job, engine);
}

void nmaccel_engine_run(struct nmaccel_engine *engine, struct nmaccel_job *job)
{
	unsigned long flags;

	spin_lock_irqsave(&engine->lock, flags);
	engine->job = job;
	if (!engine->paused)
		nmaccel_engine_start(engine);
	spin_unlock_irqrestore(&engine->lock, flags);
}

/* The card's word is not trusted: a record counts only if it is this run's. */
static bool nmaccel_record_final(const struct nmaccel_job *job, struct nmaccel_hw_record *copy)
{
	u32 state = READ_ONCE(job->record->state);

	/* What came before the state was written before it. */
	dma_rmb();
	*copy = *job->record;
	return copy->seq == job->seq && copy->state == state &&
	       (state == NMACCEL_JOB_DONE || state == NMACCEL_JOB_FAULT);
}

static u64 nmaccel_engine_take(struct nmaccel_engine *engine)
{
	u64 run_ns = ktime_to_ns(ktime_sub(ktime_get(), engine->started));

	lockdep_assert_held(&engine->lock);
	engine->job = NULL;
	engine->run_ns += run_ns;
	engine->jobs++;
	return run_ns;
}

bool nmaccel_engine_poll(struct nmaccel_engine *engine, bool *broken)
{
	struct nmaccel_hw_record record;
	struct nmaccel_job *job;
	unsigned long flags;
	bool final;
	u64 run_ns = 0;

	spin_lock_irqsave(&engine->lock, flags);
	job = engine->paused ? NULL : engine->job;
	final = job && nmaccel_record_final(job, &record);
	if (job && !final && broken &&
	    nmaccel_engine_read(engine, NMACCEL_REG_CTRL) & NMACCEL_CTRL_IDLE) {
		/* It may have ended between the two looks. */
		final = nmaccel_record_final(job, &record);
		*broken = !final;
	}
	if (final)
		run_ns = nmaccel_engine_take(engine);
	spin_unlock_irqrestore(&engine->lock, flags);
	if (!final)
		return false;
	if (record.state == NMACCEL_JOB_FAULT)
		trace_nmaccel_job_fault(job, engine, &record);
	nmaccel_job_finish(job, engine, record.state == NMACCEL_JOB_FAULT ? -EIO : 0, run_ns,
			   &record);
	return true;
}

void nmaccel_engine_fail(struct nmaccel_engine *engine, struct nmaccel_job *job, int error)
{
	unsigned long flags;
	u64 run_ns = 0;

	spin_lock_irqsave(&engine->lock, flags);
	if (!job || engine->job == job) {
		job = engine->job;
		if (job)
			run_ns = nmaccel_engine_take(engine);
	} else {
		job = NULL;
	}
	spin_unlock_irqrestore(&engine->lock, flags);
	if (job)
		nmaccel_job_finish(job, engine, error, run_ns, NULL);
}

static enum nmaccel_verdict nmaccel_engine_progress(struct nmaccel_engine *engine)
{
	const struct nmaccel_hw_record *record = engine->job->record;
	u64 tiles = READ_ONCE(record->tiles_done);
	u32 descs = READ_ONCE(record->descs_done);
	bool moved = tiles != engine->seen_tiles || descs != engine->seen_descs;

	engine->seen_tiles = tiles;
	engine->seen_descs = descs;
	return moved ? NMACCEL_ENGINE_ALIVE : NMACCEL_ENGINE_HUNG;
}

enum nmaccel_verdict nmaccel_engine_judge(struct nmaccel_engine *engine, struct nmaccel_job *job)
{
	enum nmaccel_verdict verdict;
	u32 ctrl = nmaccel_engine_read(engine, NMACCEL_REG_CTRL);
	unsigned long flags;

	spin_lock_irqsave(&engine->lock, flags);
	if (engine->job != job)
		verdict = NMACCEL_ENGINE_OTHER;
	else if (engine->paused)
		verdict = NMACCEL_ENGINE_ALIVE;
	else if (ctrl == U32_MAX)
		verdict = NMACCEL_ENGINE_GONE;
	else if (ctrl & NMACCEL_CTRL_IDLE)
		verdict = NMACCEL_ENGINE_BROKEN;
	else
		verdict = nmaccel_engine_progress(engine);
	spin_unlock_irqrestore(&engine->lock, flags);
	return verdict;
}

void nmaccel_engine_pause(struct nmaccel_engine *engine)
{
	unsigned long flags;

	spin_lock_irqsave(&engine->lock, flags);
	engine->paused = true;
	spin_unlock_irqrestore(&engine->lock, flags);
}

void nmaccel_engine_unpause(struct nmaccel_engine *engine)
{
	unsigned long flags;

	spin_lock_irqsave(&engine->lock, flags);
	engine->paused = false;
	if (engine->job)
		nmaccel_engine_start(engine);
	spin_unlock_irqrestore(&engine->lock, flags);
}

bool nmaccel_engine_is_idle(struct nmaccel_engine *engine)
{
	unsigned long flags;
	bool idle;

	spin_lock_irqsave(&engine->lock, flags);
	idle = !engine->job;
	spin_unlock_irqrestore(&engine->lock, flags);
	return idle;
}
