// SPDX-License-Identifier: MIT
/* The compute units of the fake XRT: a thread each, with the model of the engine. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "fake_xrt_state.h"
#include "drm/nmaccel_hw.h"
#include "nmaccel_engine.h"

static const struct nmaccel_engine_variant *find_engine(void)
{
	return nmaccel_engine_find(fake_xrt.settings.lanes, fake_xrt.settings.block_rows,
				   fake_xrt.settings.columns);
}

/* An engine's port: what the register `mem` holds is added to every address. */
struct port {
	struct nmaccel_bus bus;
	uint64_t mem;
};

static int port_read(struct nmaccel_bus *bus, uint64_t addr, struct nmaccel_word *dst,
		     uint32_t words)
{
	const struct port *port = (const struct port *)bus;
	const void *card;

	pthread_mutex_lock(&fake_xrt.lock);
	card = fake_xrt_memory_at(port->mem + addr, (uint64_t)words * sizeof(*dst));
	if (card)
		memcpy(dst, card, words * sizeof(*dst));
	pthread_mutex_unlock(&fake_xrt.lock);
	return !card;
}

static int port_write(struct nmaccel_bus *bus, uint64_t addr, const struct nmaccel_word *src,
		      uint32_t words)
{
	const struct port *port = (const struct port *)bus;
	void *card;

	pthread_mutex_lock(&fake_xrt.lock);
	card = fake_xrt_memory_at(port->mem + addr, (uint64_t)words * sizeof(*src));
	if (card)
		memcpy(card, src, words * sizeof(*src));
	pthread_mutex_unlock(&fake_xrt.lock);
	return !card;
}

/* On the card; NULL: the job is nowhere. */
static struct nmaccel_hw_job *job_of(const struct fake_xrt_handle *run)
{
	return fake_xrt_memory_at(run->mem->memory->address + run->job,
				  sizeof(struct nmaccel_hw_job));
}

static struct nmaccel_hw_record *record_of(const struct fake_xrt_handle *run)
{
	const struct nmaccel_hw_job *job = job_of(run);

	if (!job)
		return NULL;
	return fake_xrt_memory_at(run->mem->memory->address + job->record,
				  sizeof(struct nmaccel_hw_record));
}

static void spoil_record(const struct fake_xrt_handle *run)
{
	struct nmaccel_hw_record *record = record_of(run);

	if (!record)
		return;
	switch (run->end) {
	case FAKE_XRT_RUBBISH:
		memset(record, run->end_n, sizeof(*record));
		break;
	case FAKE_XRT_OLD_RECORD:
		record->seq--;
		break;
	case FAKE_XRT_UNFINISHED:
		record->state = NMACCEL_JOB_RUNNING;
		break;
	case FAKE_XRT_BAD_VERSION:
		record->state = NMACCEL_JOB_FAULT;
		record->fault = NMACCEL_FAULT_JOB;
		record->fault_detail = offsetof(struct nmaccel_hw_job, version);
		break;
	default:
		break;
	}
}

static bool is_stuck(const struct fake_xrt_handle *run)
{
	return fake_xrt.held || run->end == FAKE_XRT_HANG || run->end == FAKE_XRT_SLOW ||
	       run->end == FAKE_XRT_SLOW_HANG;
}

/* The lock is held, but not while the engine runs. */
static void execute(struct fake_xrt_handle *kernel, struct fake_xrt_handle *run)
{
	const struct nmaccel_engine_variant *engine = find_engine();
	struct port port = {{port_read, port_write}, run->mem->memory->address};

	if (++fake_xrt.at_once > fake_xrt.counts.most_at_once)
		fake_xrt.counts.most_at_once = fake_xrt.at_once;
	while (is_stuck(run))
		pthread_cond_wait(&fake_xrt.changed, &fake_xrt.lock);
	if (run->end != FAKE_XRT_STATE) {
		pthread_mutex_unlock(&fake_xrt.lock);
		engine->run(&port.bus, kernel->on_chip, run->job);
		pthread_mutex_lock(&fake_xrt.lock);
	}
	spoil_record(run);
	run->state = run->end == FAKE_XRT_STATE ? run->end_n : NMACCEL_XRT_COMPLETED;
	kernel->started = NULL;
	fake_xrt.at_once--;
	fake_xrt.counts.ended++;
	pthread_cond_broadcast(&fake_xrt.changed);
}

static void *unit_main(void *arg)
{
	struct fake_xrt_handle *kernel = arg;

	pthread_mutex_lock(&fake_xrt.lock);
	while (!kernel->closed) {
		if (kernel->started)
			execute(kernel, kernel->started);
		else
			pthread_cond_wait(&fake_xrt.changed, &fake_xrt.lock);
	}
	pthread_mutex_unlock(&fake_xrt.lock);
	return NULL;
}

void fake_xrt_unit_looked_at(const struct fake_xrt_memory *memory)
{
	struct nmaccel_hw_record *record;
	struct fake_xrt_handle *h, *run;

	for (h = fake_xrt.handles; h; h = h->next) {
		run = h->kind == FAKE_XRT_KERNEL ? h->started : NULL;
		if (!run || (run->end != FAKE_XRT_SLOW && run->end != FAKE_XRT_SLOW_HANG))
			continue;
		record = record_of(run);
		if (!record || !fake_xrt_memory_holds(memory, record))
			continue;
		record->seq = job_of(run)->seq;
		record->state = NMACCEL_JOB_RUNNING;
		record->tiles_done++;
		if (--run->end_n)
			continue;
		run->end = run->end == FAKE_XRT_SLOW ? FAKE_XRT_GOOD : FAKE_XRT_HANG;
		pthread_cond_broadcast(&fake_xrt.changed);
	}
}

void fake_xrt_unit_start(struct fake_xrt_handle *kernel)
{
	kernel->on_chip = malloc(find_engine()->state_bytes);
	if (!kernel->on_chip || pthread_create(&kernel->thread, NULL, unit_main, kernel))
		abort();
}

void fake_xrt_unit_run(struct fake_xrt_handle *run)
{
	run->end = FAKE_XRT_GOOD;
	if (fake_xrt.next_end && !fake_xrt.next_skip--) {
		run->end = fake_xrt.next_end;
		run->end_n = fake_xrt.next_n;
		fake_xrt.next_end = FAKE_XRT_GOOD;
	}
	run->state = NMACCEL_XRT_RUNNING;
	run->parent->started = run;
	fake_xrt.counts.started++;
	pthread_cond_broadcast(&fake_xrt.changed);
}
