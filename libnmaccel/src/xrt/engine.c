// SPDX-License-Identifier: MIT
#include "xrt/engine.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "error.h"
#include "exec_fault.h"
#include "drm/nmaccel_xrt.h"

/* How long to let XRT wait before we look for progress ourselves. */
#define SLICE_MS 100u

/* Between two looks at an emulated run: at first, and at most. */
#define MIN_PAUSE_NS 20000
#define MAX_PAUSE_NS 1000000

/* What an engine reads and writes of a job, besides the descriptors. */
struct control {
	struct nmaccel_hw_job job;
	struct nmaccel_hw_record record;
	struct nmaccel_hw_buffer table[NMACCEL_MAX_BUFFERS];
};

static struct control *control_of(const struct nmaccel_xrt_engine *engine)
{
	return engine->control->map;
}

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000u + (uint64_t)ts.tv_nsec / 1000000u;
}

static enum nmaccel_status xrt_failed(const struct nmaccel_xrt_engine *engine, int err,
				      const char *what)
{
	char text[128];

	snprintf(text, sizeof(text), "%s: %s", engine->card->name, what);
	return nmaccel_xrt_error(err, text);
}

/* ---- a job in the card's memory -------------------------------------------------------------- */

/*
 * XRT writes the address of a buffer object into the register `mem`, which the engine adds to all
 * addresses of the job: so they are kept relative to the lowest object that the job uses.
 */
static struct nmaccel_xrt_memory *find_base(const struct nmaccel_xrt_engine *engine,
					    const struct nmaccel_xrt_program *program,
					    const struct nmaccel_binding *bindings)
{
	struct nmaccel_xrt_memory *base = nmaccel_to_xrt_memory(engine->control), *other;
	uint32_t i;

	if (program->descs && nmaccel_to_xrt_memory(program->descs)->address < base->address)
		base = nmaccel_to_xrt_memory(program->descs);
	for (i = 0; i < program->n_bindings; i++) {
		other = nmaccel_to_xrt_memory(bindings[i].memory);
		if (other->address < base->address)
			base = other;
	}
	return base;
}

static void fill_control(const struct nmaccel_xrt_engine *engine,
			 const struct nmaccel_xrt_program *program,
			 const struct nmaccel_binding *bindings, uint64_t base)
{
	const uint64_t here = nmaccel_to_xrt_memory(engine->control)->address - base;
	struct control *control = control_of(engine);
	uint32_t i;

	control->job = (struct nmaccel_hw_job){
		.magic = NMACCEL_MAGIC,
		.version = NMACCEL_CONTRACT_VERSION,
		.seq = engine->seq,
		.descs = program->descs ? nmaccel_to_xrt_memory(program->descs)->address - base : 0,
		.buffers = here + offsetof(struct control, table),
		.record = here + offsetof(struct control, record),
		.n_descs = program->n_descs,
		.n_buffers = program->n_bindings,
	};
	memset(&control->record, 0, sizeof(control->record));
	for (i = 0; i < program->n_bindings; i++)
		control->table[i] = (struct nmaccel_hw_buffer){
			.addr = nmaccel_to_xrt_memory(bindings[i].memory)->address - base,
			.size = bindings[i].memory->bytes,
			.flags = bindings[i].flags,
		};
}

static enum nmaccel_status start(struct nmaccel_xrt_engine *engine,
				 const struct nmaccel_xrt_program *program,
				 const struct nmaccel_binding *bindings)
{
	const struct nmaccel_xrt_calls *calls = engine->card->calls;
	struct nmaccel_xrt_memory *base = find_base(engine, program, bindings);
	enum nmaccel_status status;
	uint64_t job;

	engine->seq++;
	fill_control(engine, program, bindings, base->address);
	status = nmaccel_xrt_memory_sync(engine->card, engine->control, NMACCEL_SYNC_TO_DEVICE, 0,
					 offsetof(struct control, table) +
						 program->n_bindings *
							 sizeof(struct nmaccel_hw_buffer));
	if (status)
		return status;
	job = nmaccel_to_xrt_memory(engine->control)->address - base->address +
	      offsetof(struct control, job);
	errno = 0;
	if (calls->run_set_arg(engine->run, NMACCEL_XRT_ARG_MEM, base->bo) ||
	    calls->run_set_arg(engine->run, NMACCEL_XRT_ARG_JOB, job) ||
	    calls->run_start(engine->run))
		return xrt_failed(engine, errno, "start of a run");
	return NMACCEL_OK;
}

/* ---- its end --------------------------------------------------------------------------------- */

static enum nmaccel_status read_record(const struct nmaccel_xrt_engine *engine,
				       struct nmaccel_hw_record *record)
{
	const struct control *control = control_of(engine);
	enum nmaccel_status status;

	status = nmaccel_xrt_memory_sync(engine->card, engine->control, NMACCEL_SYNC_FROM_DEVICE,
					 offsetof(struct control, record), sizeof(*record));
	if (!status)
		memcpy(record, &control->record, sizeof(*record));
	return status;
}

static bool is_under_way(int state)
{
	return state == NMACCEL_XRT_NEW || state == NMACCEL_XRT_QUEUED ||
	       state == NMACCEL_XRT_RUNNING || state == NMACCEL_XRT_SUBMITTED;
}

/*
 * The run's state, after a moment if it is under way. XRT's own wait heeds no time-out where it
 * emulates, and returns at once.
 */
static int look(const struct nmaccel_xrt_engine *engine, long *pause_ns)
{
	const struct nmaccel_xrt_calls *calls = engine->card->calls;
	const struct timespec pause = {.tv_nsec = *pause_ns};
	int state;

	if (!nmaccel_xrt_is_emulated())
		(void)calls->run_wait_for(engine->run, SLICE_MS);
	state = calls->run_state(engine->run);
	if (is_under_way(state)) {
		nanosleep(&pause, NULL);
		*pause_ns = *pause_ns < MAX_PAUSE_NS / 2 ? 2 * *pause_ns : MAX_PAUSE_NS;
	}
	return state;
}

/* Has the engine done anything since the record was kept? */
static bool made_progress(const struct nmaccel_xrt_engine *engine, struct nmaccel_hw_record *kept)
{
	struct nmaccel_hw_record record;

	if (read_record(engine, &record))
		return false;
	if (record.tiles_done == kept->tiles_done && record.descs_done == kept->descs_done &&
	    record.state == kept->state)
		return false;
	*kept = record;
	return true;
}

static enum nmaccel_status give_up(struct nmaccel_xrt_engine *engine)
{
	atomic_store(&engine->card->lost, true);
	return nmaccel_error(
		NMACCEL_ERR_DEVICE_LOST,
		"%s: the engine has made no progress for %" PRIu32
		" ms and XRT cannot stop it: end the programs that use the card and reset it "
		"(xrt-smi reset); NMACCEL_XRT_TIMEOUT_MS says how long is too long",
		engine->card->name, engine->patience_ms);
}

/* Until the run has ended, or makes no progress. state: how XRT says it ended. */
static enum nmaccel_status wait(struct nmaccel_xrt_engine *engine, int *state)
{
	uint64_t alive_ms = now_ms(), looked_ms = alive_ms, now;
	struct nmaccel_hw_record kept = {0};
	long pause_ns = MIN_PAUSE_NS;

	for (;;) {
		*state = look(engine, &pause_ns);
		if (!is_under_way(*state))
			return NMACCEL_OK;
		now = now_ms();
		if (now - looked_ms < SLICE_MS && now - alive_ms < engine->patience_ms)
			continue;
		looked_ms = now;
		if (made_progress(engine, &kept))
			alive_ms = now;
		else if (now - alive_ms >= engine->patience_ms)
			return give_up(engine);
	}
}

/* The record of a run that XRT says has ended; nothing in it is taken on trust. */
static enum nmaccel_status judge(const struct nmaccel_xrt_engine *engine, int state,
				 struct nmaccel_hw_record *record)
{
	enum nmaccel_status status;

	if (state != NMACCEL_XRT_COMPLETED) {
		/* XRT has given up on a compute unit that may be running yet. */
		if (state == NMACCEL_XRT_TIMEOUT || state == NMACCEL_XRT_NORESPONSE)
			atomic_store(&engine->card->lost, true);
		return nmaccel_error(NMACCEL_ERR_DEVICE_LOST,
				     "%s: XRT ended the run in state %d; its own message is on "
				     "standard error. Check the card with `xrt-smi examine`",
				     engine->card->name, state);
	}
	status = read_record(engine, record);
	if (status)
		return status;
	if (record->seq == engine->seq && record->state == NMACCEL_JOB_DONE)
		return NMACCEL_OK;
	if (record->seq == engine->seq && record->state == NMACCEL_JOB_FAULT)
		return nmaccel_fault_error(record);
	memset(record, 0, sizeof(*record));
	return nmaccel_error(NMACCEL_ERR_DEVICE_LOST,
			     "%s: the engine ended the run without a valid record; run it again, "
			     "and check the card with `nmaccel validate` if this happens twice",
			     engine->card->name);
}

/* ---- public ---------------------------------------------------------------------------------- */

enum nmaccel_status nmaccel_xrt_engine_run(struct nmaccel_xrt_engine *engine,
					   const struct nmaccel_xrt_program *program,
					   const struct nmaccel_binding *bindings,
					   struct nmaccel_hw_record *record)
{
	enum nmaccel_status status;
	int state = 0;

	memset(record, 0, sizeof(*record));
	if (atomic_load(&engine->card->lost))
		return nmaccel_error(NMACCEL_ERR_DEVICE_LOST,
				     "%s: an engine of it hangs; reset the card (xrt-smi reset) "
				     "and start the program again",
				     engine->card->name);
	status = start(engine, program, bindings);
	if (!status)
		status = wait(engine, &state);
	return status ? status : judge(engine, state, record);
}

enum nmaccel_status nmaccel_xrt_engine_open(struct nmaccel_xrt_engine *engine,
					    struct nmaccel_xrt_card *card,
					    const unsigned char *uuid, const char *unit,
					    uint32_t patience_ms, uint32_t *group)
{
	int argument_group;

	*engine = (struct nmaccel_xrt_engine){.card = card, .patience_ms = patience_ms};
	errno = 0;
	engine->kernel = card->calls->kernel_open(card->device, uuid, unit);
	if (!engine->kernel)
		return xrt_failed(engine, errno, unit);
	argument_group = card->calls->kernel_arg_group(engine->kernel, NMACCEL_XRT_ARG_MEM);
	if (argument_group < 0)
		return xrt_failed(engine, errno, "memory group of the argument mem");
	*group = (uint32_t)argument_group;
	engine->run = card->calls->run_open(engine->kernel);
	if (!engine->run)
		return xrt_failed(engine, errno, "a run");
	return NMACCEL_OK;
}

enum nmaccel_status nmaccel_xrt_engine_prove(struct nmaccel_xrt_engine *engine)
{
	const struct nmaccel_xrt_program empty = {0};
	struct nmaccel_hw_record record;
	enum nmaccel_status status;

	status = nmaccel_xrt_memory_create(engine->card, sizeof(struct control), &engine->control);
	if (!status)
		status = nmaccel_xrt_engine_run(engine, &empty, NULL, &record);
	if (status == NMACCEL_ERR_FAULT && record.fault == NMACCEL_FAULT_JOB)
		return nmaccel_error(NMACCEL_ERR_VERSION,
				     "%s: the engine does not take jobs of contract %d.%d; use the "
				     ".xclbin and the library of one release",
				     engine->card->name, NMACCEL_CONTRACT_MAJOR,
				     NMACCEL_CONTRACT_MINOR);
	return status;
}

void nmaccel_xrt_engine_close(struct nmaccel_xrt_engine *engine)
{
	const struct nmaccel_xrt_calls *calls = engine->card->calls;

	nmaccel_xrt_memory_destroy(engine->card, engine->control);
	if (atomic_load(&engine->card->lost))
		return;
	if (engine->run)
		calls->run_close(engine->run);
	if (engine->kernel)
		calls->kernel_close(engine->kernel);
}
