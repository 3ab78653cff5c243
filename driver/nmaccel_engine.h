/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One engine: its register page, and the one job that is on it. The scheduler never has more than
 * one job of an engine under way, so that a reset of the engine hits one job only.
 */
#ifndef __NMACCEL_ENGINE_H__
#define __NMACCEL_ENGINE_H__

#include <linux/io.h>
#include <linux/ktime.h>
#include <linux/spinlock.h>

#include <drm/gpu_scheduler.h>

#include "drm/nmaccel_hw.h"

struct nmaccel_device;
struct nmaccel_doorbell;
struct nmaccel_job;

enum nmaccel_verdict {
	NMACCEL_ENGINE_OTHER,	/* the job is not on the engine any more */
	NMACCEL_ENGINE_ALIVE,	/* it has made progress not long ago, or is kept back */
	NMACCEL_ENGINE_STUCK,	/* the engine did not take it: not the job's fault */
	NMACCEL_ENGINE_HUNG,
	NMACCEL_ENGINE_BROKEN,	/* it has ended, and left no record */
	NMACCEL_ENGINE_GONE,	/* reads give all ones */
};

struct nmaccel_engine {
	struct nmaccel_device *ndev;
	u32 index;
	void __iomem *regs;
	struct drm_gpu_scheduler sched;
	char name[32];
	int irq;

	spinlock_t lock;		/* of all below; also taken in interrupts */
	struct nmaccel_job *job;
	bool running;			/* the job has been started */
	bool held;			/* jobs are kept, and not started */
	ktime_t started;
	ktime_t moved;			/* when progress was seen last */
	u64 seen_tiles;			/* of the job's record, at the last look */
	u32 seen_descs;
	u64 fence_context;
	u64 fence_seqno;
	u64 run_ns;
	u64 jobs;
	u64 resets;
	u64 lost_interrupts;

	struct nmaccel_doorbell *doorbell;	/* of a measurement under way, else NULL */
};

static inline u32 nmaccel_engine_read(struct nmaccel_engine *engine, u32 reg)
{
	return readl(engine->regs + reg);
}

static inline void nmaccel_engine_write(struct nmaccel_engine *engine, u32 reg, u32 value)
{
	writel(value, engine->regs + reg);
}

void nmaccel_engine_setup(struct nmaccel_device *ndev);

/*
 * Clear what the engine has raised: a bit that stays set is no edge when it is set again. Returns
 * the bits, all ones if the card is gone.
 */
u32 nmaccel_engine_ack(struct nmaccel_engine *engine);

/* Let the engine raise interrupts, or not. */
void nmaccel_engine_enable(struct nmaccel_engine *engine, bool enable);

/* Hand over a job whose memory is in place. */
void nmaccel_engine_run(struct nmaccel_engine *engine, struct nmaccel_job *job);

/*
 * Finish the job if its record says that it has ended. True if it did. In interrupts, @broken is
 * set when the engine is idle without having said so.
 */
bool nmaccel_engine_poll(struct nmaccel_engine *engine, bool *broken);

/* Count an interrupt that should have come before nmaccel_engine_poll() found the job finished. */
void nmaccel_engine_note_lost(struct nmaccel_engine *engine);

/* Take the job off the engine as failed, whichever it is if @job is NULL. */
void nmaccel_engine_fail(struct nmaccel_engine *engine, struct nmaccel_job *job, int error);

/*
 * What has become of the job? If it has hung or broken, it will not end by itself any more: it
 * stays on the engine until the caller has reset that and called nmaccel_engine_fail().
 */
enum nmaccel_verdict nmaccel_engine_judge(struct nmaccel_engine *engine, struct nmaccel_job *job);

/* After a reset: start the job, which has not been started so far. */
void nmaccel_engine_retry(struct nmaccel_engine *engine);

/* How long the job has run in all, if it runs; otherwise 0. */
u64 nmaccel_engine_run_ns(struct nmaccel_engine *engine);

/* Keep jobs back from now on, the running one excepted; and let them run again. */
void nmaccel_engine_hold(struct nmaccel_engine *engine);
void nmaccel_engine_release(struct nmaccel_engine *engine);
bool nmaccel_engine_is_running(struct nmaccel_engine *engine);

/*
 * The running job, or @job if it is that: it will not end by itself any more, and stays on the
 * engine. NULL if there is none, or nmaccel_engine_poll() has only to look. The caller resets the
 * engine.
 */
struct nmaccel_job *nmaccel_engine_stop(struct nmaccel_engine *engine, struct nmaccel_job *job);

/* After that reset: what the stopped job has finished is not run again. */
void nmaccel_engine_advance(struct nmaccel_engine *engine);

/* No job is on the engine, and none will be started until it is released. */
bool nmaccel_engine_reserve(struct nmaccel_engine *engine);

/* Wait until the engine takes a job; false: it does not. */
bool nmaccel_engine_wait_idle(struct nmaccel_engine *engine);

/* The doorbell: start what lies at that device address. */
void nmaccel_engine_ring(struct nmaccel_engine *engine, u64 addr);

#endif /* __NMACCEL_ENGINE_H__ */
