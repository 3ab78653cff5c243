// SPDX-License-Identifier: GPL-2.0-only
#include <linux/iopoll.h>

#include <drm/drm_print.h>

#include "nmaccel_device.h"
#include "nmaccel_engine.h"
#include "nmaccel_fault.h"
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
		snprintf(engine->name, sizeof(engine->name), "nmaccel-%s-%u",
			 dev_name(ndev->drm.dev), i);
	}
}

u32 nmaccel_engine_ack(struct nmaccel_engine *engine)
{
	unsigned long flags;
	u32 isr;

	/* A bit toggles when 1 is written, so that two of us would set it again. */
	spin_lock_irqsave(&engine->lock, flags);
	isr = nmaccel_engine_read(engine, NMACCEL_REG_ISR);
	if (isr != U32_MAX) {
		isr &= NMACCEL_INT_DONE | NMACCEL_INT_READY;
		if (isr)
			nmaccel_engine_write(engine, NMACCEL_REG_ISR, isr);
	}
	spin_unlock_irqrestore(&engine->lock, flags);
	return isr;
}

void nmaccel_engine_enable(struct nmaccel_engine *engine, bool enable)
{
	nmaccel_engine_write(engine, NMACCEL_REG_GIER, enable ? NMACCEL_GIER_ENABLE : 0);
	nmaccel_engine_write(engine, NMACCEL_REG_IER, enable ? NMACCEL_INT_DONE : 0);
}

bool nmaccel_engine_wait_idle(struct nmaccel_engine *engine)
{
	u32 ctrl;

	return !read_poll_timeout_atomic(nmaccel_engine_read, ctrl,
					 ctrl == U32_MAX || ctrl & NMACCEL_CTRL_IDLE, 1,
					 NMACCEL_IDLE_US, false, engine, NMACCEL_REG_CTRL) &&
	       ctrl != U32_MAX;
}

void nmaccel_engine_ring(struct nmaccel_engine *engine, u64 addr)
{
	nmaccel_engine_write(engine, NMACCEL_REG_MEM_LO, 0);
	nmaccel_engine_write(engine, NMACCEL_REG_MEM_HI, 0);
	nmaccel_engine_write(engine, NMACCEL_REG_JOB_LO, lower_32_bits(addr));
	nmaccel_engine_write(engine, NMACCEL_REG_JOB_HI, upper_32_bits(addr));
	/* writel() orders the job in memory before the doorbell. */
	nmaccel_engine_write(engine, NMACCEL_REG_CTRL, NMACCEL_CTRL_START);
}

/* An engine that is not idle, or gone, is left alone: the timeout finds out why. */
static void nmaccel_engine_start(struct nmaccel_engine *engine)
{
	struct nmaccel_job *job = engine->job;

	lockdep_assert_held(&engine->lock);
	engine->seen_tiles = 0;
	engine->seen_descs = 0;
	job->seq = atomic64_inc_return(&engine->ndev->seq);
	memset(job->record, 0, sizeof(*job->record));
	job->hw->seq = job->seq;
	if (!nmaccel_engine_wait_idle(engine))
		return;
	engine->started = ktime_get();
	engine->moved = engine->started;
	engine->running = true;
	trace_nmaccel_job_run(job, engine);
	if (!nmaccel_fault_start())
		nmaccel_engine_ring(engine, job->mem.dma);
}

void nmaccel_engine_run(struct nmaccel_engine *engine, struct nmaccel_job *job)
{
	unsigned long flags;

	spin_lock_irqsave(&engine->lock, flags);
	engine->job = job;
	if (!engine->held)
		nmaccel_engine_start(engine);
	spin_unlock_irqrestore(&engine->lock, flags);
}

/* The card's word is not trusted: a record counts only if it is this run's. */
static bool nmaccel_record_final(const struct nmaccel_job *job, struct nmaccel_hw_record *copy)
{
	u32 state = READ_ONCE(job->record->state);

	/* The engine writes the state last. */
	dma_rmb();
	*copy = *job->record;
	return copy->seq == job->seq && copy->state == state &&
	       (state == NMACCEL_JOB_DONE || state == NMACCEL_JOB_FAULT);
}

/* The job does not run any more. */
static void nmaccel_engine_count(struct nmaccel_engine *engine)
{
	u64 run_ns;

	lockdep_assert_held(&engine->lock);
	if (!engine->running)
		return;
	run_ns = ktime_to_ns(ktime_sub(ktime_get(), engine->started));
	engine->run_ns += run_ns;
	engine->job->run_ns += run_ns;
	engine->running = false;
}

/* Returns how long the job ran in all. */
static u64 nmaccel_engine_take(struct nmaccel_engine *engine)
{
	struct nmaccel_job *job = engine->job;

	nmaccel_engine_count(engine);
	engine->job = NULL;
	engine->jobs++;
	return job->run_ns;
}

/* Just after the doorbell an engine may still call itself idle, but its start bit is set. */
static bool nmaccel_ctrl_ended(u32 ctrl)
{
	return (ctrl & (NMACCEL_CTRL_IDLE | NMACCEL_CTRL_START)) == NMACCEL_CTRL_IDLE;
}

bool nmaccel_engine_poll(struct nmaccel_engine *engine, bool *broken)
{
	struct nmaccel_hw_record record;
	struct nmaccel_job *job;
	unsigned long flags;
	bool final;
	u64 run_ns = 0;

	spin_lock_irqsave(&engine->lock, flags);
	job = engine->running ? engine->job : NULL;
	final = job && nmaccel_record_final(job, &record);
	if (job && !final && broken &&
	    nmaccel_ctrl_ended(nmaccel_engine_read(engine, NMACCEL_REG_CTRL))) {
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
	u64 limit = engine->ndev->hang_ns;
	ktime_t now = ktime_get();

	if (tiles != engine->seen_tiles || descs != engine->seen_descs)
		engine->moved = now;
	engine->seen_tiles = tiles;
	engine->seen_descs = descs;
	/* The scheduler's timer has been started before the engine: it may come a little early. */
	if (ktime_to_ns(ktime_sub(now, engine->moved)) < limit - limit / 4)
		return NMACCEL_ENGINE_ALIVE;
	return NMACCEL_ENGINE_HUNG;
}

static enum nmaccel_verdict nmaccel_engine_look(struct nmaccel_engine *engine)
{
	struct nmaccel_hw_record record;
	u32 ctrl;

	if (engine->held && !engine->running)
		return NMACCEL_ENGINE_ALIVE;
	ctrl = nmaccel_engine_read(engine, NMACCEL_REG_CTRL);
	if (ctrl == U32_MAX)
		return NMACCEL_ENGINE_GONE;
	if (!engine->running)
		return NMACCEL_ENGINE_STUCK;
	/* A good end is left to nmaccel_engine_poll(). */
	if (nmaccel_record_final(engine->job, &record))
		return NMACCEL_ENGINE_ALIVE;
	if (nmaccel_ctrl_ended(ctrl))
		return NMACCEL_ENGINE_BROKEN;
	return nmaccel_engine_progress(engine);
}

enum nmaccel_verdict nmaccel_engine_judge(struct nmaccel_engine *engine, struct nmaccel_job *job)
{
	enum nmaccel_verdict verdict = NMACCEL_ENGINE_OTHER;
	unsigned long flags;

	spin_lock_irqsave(&engine->lock, flags);
	if (engine->job == job)
		verdict = nmaccel_engine_look(engine);
	if (verdict == NMACCEL_ENGINE_HUNG || verdict == NMACCEL_ENGINE_BROKEN)
		nmaccel_engine_count(engine);
	spin_unlock_irqrestore(&engine->lock, flags);
	return verdict;
}

void nmaccel_engine_retry(struct nmaccel_engine *engine)
{
	unsigned long flags;

	spin_lock_irqsave(&engine->lock, flags);
	if (engine->job && !engine->running && !engine->held)
		nmaccel_engine_start(engine);
	spin_unlock_irqrestore(&engine->lock, flags);
}

u64 nmaccel_engine_run_ns(struct nmaccel_engine *engine)
{
	unsigned long flags;
	u64 run_ns = 0;

	spin_lock_irqsave(&engine->lock, flags);
	if (engine->running)
		run_ns = engine->job->run_ns +
			 ktime_to_ns(ktime_sub(ktime_get(), engine->started));
	spin_unlock_irqrestore(&engine->lock, flags);
	return run_ns;
}

void nmaccel_engine_note_lost(struct nmaccel_engine *engine)
{
	unsigned long flags;

	spin_lock_irqsave(&engine->lock, flags);
	engine->lost_interrupts++;
	spin_unlock_irqrestore(&engine->lock, flags);
}

void nmaccel_engine_hold(struct nmaccel_engine *engine)
{
	unsigned long flags;

	spin_lock_irqsave(&engine->lock, flags);
	engine->held = true;
	spin_unlock_irqrestore(&engine->lock, flags);
}

bool nmaccel_engine_reserve(struct nmaccel_engine *engine)
{
	unsigned long flags;
	bool empty;

	spin_lock_irqsave(&engine->lock, flags);
	empty = !engine->job && !engine->held;
	if (empty)
		engine->held = true;
	spin_unlock_irqrestore(&engine->lock, flags);
	return empty;
}

void nmaccel_engine_release(struct nmaccel_engine *engine)
{
	unsigned long flags;

	spin_lock_irqsave(&engine->lock, flags);
	engine->held = false;
	if (engine->job && !engine->running)
		nmaccel_engine_start(engine);
	spin_unlock_irqrestore(&engine->lock, flags);
}

struct nmaccel_job *nmaccel_engine_stop(struct nmaccel_engine *engine, struct nmaccel_job *job)
{
	struct nmaccel_job *stopped = NULL;
	struct nmaccel_hw_record record;
	unsigned long flags;

	spin_lock_irqsave(&engine->lock, flags);
	if (engine->running && (!job || engine->job == job) &&
	    !nmaccel_record_final(engine->job, &record)) {
		stopped = engine->job;
		nmaccel_engine_count(engine);
	}
	spin_unlock_irqrestore(&engine->lock, flags);
	return stopped;
}

void nmaccel_engine_advance(struct nmaccel_engine *engine)
{
	unsigned long flags;

	spin_lock_irqsave(&engine->lock, flags);
	if (engine->job && !engine->running)
		nmaccel_job_advance(engine->job);
	spin_unlock_irqrestore(&engine->lock, flags);
}

bool nmaccel_engine_is_running(struct nmaccel_engine *engine)
{
	unsigned long flags;
	bool running;

	spin_lock_irqsave(&engine->lock, flags);
	running = engine->running;
	spin_unlock_irqrestore(&engine->lock, flags);
	return running;
}
