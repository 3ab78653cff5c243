// SPDX-License-Identifier: MIT
#include "engine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "card.h"
#include "limit.h"

/* What the driver sees of a card that died: as after a signal, nothing is cleaned up. */
#define DEATH_STATUS 3

static struct card_engine *to_engine(struct nmaccel_bus *bus)
{
	return (struct card_engine *)bus;
}

/* Wait as an injected stall asks, but not longer than the job lives. */
static void stall(struct card_engine *engine)
{
	pthread_mutex_lock(&engine->lock);
	while (engine->stall && !engine->aborting)
		pthread_cond_wait(&engine->wake, &engine->lock);
	engine->stall = false;
	pthread_mutex_unlock(&engine->lock);
}

static void pause_after_tile(struct card_engine *engine)
{
	const uint64_t until = card_now_ns() + engine->card->build.throttle_ns;
	const struct timespec ts = {
		.tv_sec = (time_t)(until / 1000000000u),
		.tv_nsec = (long)(until % 1000000000u),
	};

	pthread_mutex_lock(&engine->lock);
	while (!engine->aborting &&
	       pthread_cond_timedwait(&engine->wake, &engine->lock, &ts) != ETIMEDOUT)
		;
	pthread_mutex_unlock(&engine->lock);
}

static bool in_dma_width(const struct card *card, uint64_t addr, uint64_t bytes)
{
	const uint32_t bits = card->build.dma_bits;

	return bits == 64 || (addr + bytes - 1) >> bits == 0;
}

/* Add the base, and check all that has nothing to do with maps. */
static bool bus_allows(struct card_engine *engine, uint64_t *addr, uint64_t bytes)
{
	struct card *card = engine->card;

	if (engine->run_mem > UINT64_MAX - *addr)
		return false;
	*addr += engine->run_mem;
	return *addr % NMACCEL_WORD_BYTES == 0 && bytes - 1 <= UINT64_MAX - *addr &&
	       in_dma_width(card, *addr, bytes) && atomic_load(&card->master) &&
	       !card_faults_take(&card->faults, CARD_FAULT_DMA, engine->index);
}

static int refuse(struct card_engine *engine)
{
	card_stats_add(&engine->card->stats.dma_refused, 1);
	card_raise_error(engine->card, NMACCEL_ERROR_DMA);
	return -1;
}

/* Structs of a job that are not for the engine as they are in memory. */
union watched {
	struct nmaccel_hw_job job;
	struct nmaccel_hw_desc desc;
	uint8_t bytes[sizeof(struct nmaccel_hw_desc)];
};

/*
 * A struct that lies at an address, on its way to the engine, whole or in part, as bursts end at
 * pages: the engine gets what edit makes of it.
 */
static void watch(struct card_engine *engine, uint64_t at, uint64_t size,
		  void (*edit)(struct card_engine *engine, union watched *whole), uint64_t addr,
		  struct nmaccel_word *words, uint32_t n)
{
	const uint64_t end = addr + (uint64_t)n * NMACCEL_WORD_BYTES;
	union watched whole;
	uint64_t first, last;

	if (at > UINT64_MAX - size || at >= end || at + size <= addr)
		return;
	first = at > addr ? at : addr;
	last = at + size < end ? at + size : end;
	if (last - first == size)
		memcpy(&whole, (uint8_t *)words + (at - addr), size);
	else if (card_dma_read(&engine->card->dma, at + engine->run_mem, &whole, size))
		return;
	edit(engine, &whole);
	memcpy((uint8_t *)words + (first - addr), whole.bytes + (first - at), last - first);
}

static void edit_job(struct card_engine *engine, union watched *whole)
{
	struct nmaccel_hw_job *job = &whole->job;

	card_limit_job(&engine->card->build, job);
	engine->run_record = job->record;
	engine->run_descs = job->descs;
	engine->run_descs_bytes = (uint64_t)job->n_descs * sizeof(struct nmaccel_hw_desc);
}

static void edit_desc(struct card_engine *engine, union watched *whole)
{
	card_limit_desc(&engine->card->build, &whole->desc);
}

static void watch_read(struct card_engine *engine, uint64_t addr, struct nmaccel_word *words,
		       uint32_t n)
{
	const uint64_t size = sizeof(struct nmaccel_hw_desc);
	const uint64_t behind = addr > engine->run_descs ? addr - engine->run_descs : 0;
	uint64_t at = behind / size * size;

	if (!engine->run_has_record)
		watch(engine, engine->run_job, sizeof(struct nmaccel_hw_job), edit_job, addr, words,
		      n);
	for (; at < engine->run_descs_bytes && at <= behind + (uint64_t)n * NMACCEL_WORD_BYTES;
	     at += size)
		watch(engine, engine->run_descs + at, size, edit_desc, addr, words, n);
}

static int engine_bus_read(struct nmaccel_bus *bus, uint64_t addr, struct nmaccel_word *dst,
			   uint32_t words)
{
	struct card_engine *engine = to_engine(bus);
	struct card *card = engine->card;
	const uint64_t bytes = (uint64_t)words * NMACCEL_WORD_BYTES;
	const uint64_t asked = addr;

	if (engine->stall && engine->run_has_record)
		stall(engine);
	if (engine->aborting)
		return -1;
	if (!bus_allows(engine, &addr, bytes) || card_dma_read(&card->dma, addr, dst, bytes))
		return refuse(engine);
	card_stats_add(&card->stats.dma_reads, 1);
	card_stats_add(&card->stats.dma_read_bytes, bytes);
	watch_read(engine, asked, dst, words);
	return 0;
}

/*
 * The record on its way to memory, its first word after the rest: where injected rubbish and the
 * pause come in.
 */
static void watch_rest(struct card_engine *engine, const struct nmaccel_word *rest)
{
	engine->run_tiles_now = rest[0].lo;
}

static void watch_state(struct card_engine *engine, struct nmaccel_word *word, bool *new_tile)
{
	const bool last = (uint32_t)word->hi != NMACCEL_JOB_RUNNING;

	engine->run_has_record = true;
	*new_tile = !last && engine->run_tiles_now > engine->run_tiles;
	engine->run_tiles = engine->run_tiles_now;
	if (last &&
	    card_faults_take(&engine->card->faults, CARD_FAULT_WRONG_STATUS, engine->index)) {
		word->lo = ~word->lo;
		word->hi ^= 0xdeadbeef;
	}
}

static int engine_bus_write(struct nmaccel_bus *bus, uint64_t addr, const struct nmaccel_word *src,
			    uint32_t words)
{
	struct card_engine *engine = to_engine(bus);
	struct card *card = engine->card;
	const uint64_t bytes = (uint64_t)words * NMACCEL_WORD_BYTES;
	struct nmaccel_word state;
	bool new_tile = false;

	if (engine->stall && engine->run_has_record)
		stall(engine);
	if (engine->aborting)
		return -1;
	if (addr == engine->run_record + NMACCEL_WORD_BYTES) {
		watch_rest(engine, src);
	} else if (words == 1 && addr == engine->run_record) {
		state = *src;
		watch_state(engine, &state, &new_tile);
		src = &state;
	}
	if (!bus_allows(engine, &addr, bytes) || card_dma_write(&card->dma, addr, src, bytes))
		return refuse(engine);
	card_stats_add(&card->stats.dma_writes, 1);
	card_stats_add(&card->stats.dma_write_bytes, bytes);
	if (new_tile && card->build.throttle_ns)
		pause_after_tile(engine);
	return 0;
}

/* The interrupt line is a level; lock held. */
static void update_irq(struct card_engine *engine, bool drop)
{
	card_irqs_level(&engine->card->irqs, engine->index, card_registers_interrupt(&engine->regs),
			drop);
}

/* As after power-on; lock held. */
static void clear_registers(struct card_engine *engine)
{
	card_registers_reset(&engine->regs);
	update_irq(engine, false);
}

/* Lock held. */
static void finish(struct card_engine *engine)
{
	struct card *card = engine->card;

	engine->busy_ns += card_now_ns() - engine->started_ns;
	if (engine->aborting) {
		card_stats_add(&card->stats.aborted, 1);
		clear_registers(engine);
		engine->aborting = false;
	} else {
		card_registers_finish(&engine->regs);
		update_irq(engine,
			   card_faults_take(&card->faults, CARD_FAULT_DROP_IRQ, engine->index));
	}
	pthread_cond_broadcast(&engine->wake);
}

static void *engine_thread(void *argument)
{
	struct card_engine *engine = argument;
	struct card *card = engine->card;

	pthread_mutex_lock(&engine->lock);
	while (!engine->quit) {
		if (!engine->regs.running) {
			pthread_cond_wait(&engine->wake, &engine->lock);
			continue;
		}
		engine->run_mem = engine->regs.mem;
		engine->run_job = engine->regs.job;
		engine->run_record = engine->run_descs = engine->run_descs_bytes = 0;
		engine->run_has_record = false;
		engine->run_tiles = engine->run_tiles_now = 0;
		pthread_mutex_unlock(&engine->lock);
		card->variant->run(&engine->bus, engine->state, engine->run_job);
		pthread_mutex_lock(&engine->lock);
		finish(engine);
	}
	pthread_mutex_unlock(&engine->lock);
	return NULL;
}

static void init_sync(struct card_engine *engine)
{
	pthread_condattr_t attr;

	pthread_mutex_init(&engine->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&engine->wake, &attr);
	pthread_condattr_destroy(&attr);
}

static void destroy_sync(struct card_engine *engine)
{
	pthread_cond_destroy(&engine->wake);
	pthread_mutex_destroy(&engine->lock);
}

int card_engine_start(struct card_engine *engine, struct card *card, uint32_t index)
{
	int err;

	engine->bus.read = engine_bus_read;
	engine->bus.write = engine_bus_write;
	engine->card = card;
	engine->index = index;
	engine->state = malloc(card->variant->state_bytes);
	if (!engine->state)
		return ENOMEM;
	init_sync(engine);
	err = pthread_create(&engine->thread, NULL, engine_thread, engine);
	if (err) {
		destroy_sync(engine);
		free(engine->state);
	}
	return err;
}

void card_engine_stop(struct card_engine *engine)
{
	pthread_mutex_lock(&engine->lock);
	engine->quit = true;
	engine->aborting = true;
	pthread_cond_broadcast(&engine->wake);
	pthread_mutex_unlock(&engine->lock);
	pthread_join(engine->thread, NULL);
	destroy_sync(engine);
	free(engine->state);
}

uint32_t card_engine_read(struct card_engine *engine, uint32_t offset)
{
	uint32_t value;

	pthread_mutex_lock(&engine->lock);
	value = card_registers_read(&engine->regs, offset);
	pthread_mutex_unlock(&engine->lock);
	return value;
}

/* ap_start; lock held. While it runs ap_start is set already, and setting it again is nothing. */
static void start(struct card_engine *engine)
{
	struct card *card = engine->card;

	if (card_faults_take(&card->faults, CARD_FAULT_DEATH, engine->index))
		_exit(DEATH_STATUS);
	if (engine->regs.running)
		return;
	engine->regs.running = true;
	/* Of several starts the first has the stall, whichever thread is the faster. */
	engine->stall = card_faults_take(&card->faults, CARD_FAULT_STALL, engine->index);
	engine->started_ns = card_now_ns();
	card_stats_add(&card->stats.starts, 1);
	pthread_cond_broadcast(&engine->wake);
}

void card_engine_write(struct card_engine *engine, uint32_t offset, uint32_t value)
{
	pthread_mutex_lock(&engine->lock);
	if (card_registers_write(&engine->regs, offset, value))
		start(engine);
	else if (offset == NMACCEL_REG_GIER || offset == NMACCEL_REG_ISR)
		update_irq(engine, false);
	pthread_mutex_unlock(&engine->lock);
}

void card_engine_reset(struct card_engine *engine)
{
	pthread_mutex_lock(&engine->lock);
	card_stats_add(&engine->card->stats.engine_resets, 1);
	if (engine->regs.running) {
		engine->aborting = true;
		pthread_cond_broadcast(&engine->wake);
	} else {
		clear_registers(engine);
	}
	pthread_mutex_unlock(&engine->lock);
}

bool card_engine_in_reset(struct card_engine *engine)
{
	return engine->aborting;
}

void card_engine_reset_wait(struct card_engine *engine)
{
	pthread_mutex_lock(&engine->lock);
	while (engine->aborting)
		pthread_cond_wait(&engine->wake, &engine->lock);
	pthread_mutex_unlock(&engine->lock);
}

void card_engine_unstall(struct card_engine *engine)
{
	pthread_mutex_lock(&engine->lock);
	engine->stall = false;
	pthread_cond_broadcast(&engine->wake);
	pthread_mutex_unlock(&engine->lock);
}

uint64_t card_engine_busy_ns(struct card_engine *engine)
{
	uint64_t ns;

	pthread_mutex_lock(&engine->lock);
	ns = engine->busy_ns + (engine->regs.running ? card_now_ns() - engine->started_ns : 0);
	pthread_mutex_unlock(&engine->lock);
	return ns;
}

void card_engine_busy_clear(struct card_engine *engine)
{
	pthread_mutex_lock(&engine->lock);
	engine->busy_ns = 0;
	engine->started_ns = card_now_ns();
	pthread_mutex_unlock(&engine->lock);
}
