// SPDX-License-Identifier: MIT
/*
 * The model executor: the engine of hw/hls, run in the process on the descriptors that a card
 * would get.
 *
 * It lives behind a bus with addresses of its own. Each buffer has a window; every second buffer
 * is given as a list of scattered pages, so that plans meet both kinds of table entry.
 */
#include <fenv.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "exec_fault.h"
#include "executor.h"
#include "nmaccel_engine.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
	       "the contract's structs are little endian, and so are the bus's words");

#define MODEL_LANES	 8
#define MODEL_BLOCK_ROWS 256
#define MODEL_COLUMNS	 64

/* Windows of the address space: the job's structures, the buffers, the page lists. */
#define WINDOW_SHIFT   40
#define WINDOW_BYTES   ((uint64_t)1 << WINDOW_SHIFT)
#define WINDOW_JOB     0
#define WINDOW_BUFFERS 1
#define WINDOW_LISTS   (WINDOW_BUFFERS + NMACCEL_MAX_BUFFERS)
#define WINDOW_END     (WINDOW_LISTS + NMACCEL_MAX_BUFFERS)
#define WINDOW_ADDR(w) ((uint64_t)(w) << WINDOW_SHIFT)

#define JOB_ADDR    0x00000000u
#define RECORD_ADDR 0x00001000u
#define TABLE_ADDR  0x00010000u
#define DESCS_ADDR  0x01000000u

#define JOB_SEQ 1

/*
 * Page i of a list lies at slot i * SCATTER modulo the slots of a window; SCATTER is odd, so it
 * has an inverse and no two pages share a slot.
 */
#define PAGE_SHIFT	NMACCEL_MIN_PAGE_SHIFT
#define PAGE_BYTES	((uint64_t)1 << PAGE_SHIFT)
#define SLOTS		(WINDOW_BYTES >> PAGE_SHIFT)
#define SCATTER		UINT64_C(0x9e3779b1)
#define SCATTER_INVERSE UINT64_C(0xe8b2f51)

_Static_assert(((SCATTER * SCATTER_INVERSE) & (SLOTS - 1)) == 1, "not each other's inverse");

/* On-chip memory of an engine that is not running. */
struct model_engine {
	struct model_engine *next;
	void *state;
};

struct model_executor {
	const struct nmaccel_engine_variant *variant;
	pthread_mutex_t lock;
	struct model_engine *idle; /* under lock */
};

struct model_program {
	uint32_t n_descs;
	uint32_t n_buffers;
	struct nmaccel_hw_desc *descs;
	struct nmaccel_hw_buffer *table;
};

struct model_bus {
	struct nmaccel_bus bus;
	const struct model_program *program;
	const struct nmaccel_exec_buffer *buffers;
	struct nmaccel_hw_job job;
	struct nmaccel_hw_record record;
};

/* A piece of the process's memory as the bus sees it. */
struct model_span {
	uint8_t *data;
	uint64_t bytes; /* from data on, without a gap; the last word may be cut */
};

static int span_of(void *data, uint64_t size, uint64_t offset, struct model_span *span)
{
	if (offset >= size)
		return -1;
	span->data = (uint8_t *)data + offset;
	span->bytes = size - offset;
	return 0;
}

static int job_span(struct model_bus *bus, uint64_t offset, struct model_span *span)
{
	const struct model_program *program = bus->program;

	if (offset >= DESCS_ADDR)
		return span_of(program->descs, (uint64_t)program->n_descs * sizeof(*program->descs),
			       offset - DESCS_ADDR, span);
	if (offset >= TABLE_ADDR)
		return span_of(program->table,
			       (uint64_t)program->n_buffers * sizeof(*program->table),
			       offset - TABLE_ADDR, span);
	if (offset >= RECORD_ADDR)
		return span_of(&bus->record, sizeof(bus->record), offset - RECORD_ADDR, span);
	return span_of(&bus->job, sizeof(bus->job), offset - JOB_ADDR, span);
}

static int buffer_span(struct model_bus *bus, uint32_t i, uint64_t offset, struct model_span *span)
{
	const struct nmaccel_exec_buffer *buffer;
	uint64_t page;

	if (i >= bus->program->n_buffers)
		return -1;
	buffer = &bus->buffers[i];
	if (!(bus->program->table[i].flags & NMACCEL_BUF_PAGE_LIST))
		return span_of(buffer->data, buffer->size, offset, span);
	page = ((offset >> PAGE_SHIFT) * SCATTER_INVERSE) & (SLOTS - 1);
	offset &= PAGE_BYTES - 1;
	if (span_of(buffer->data, buffer->size, page << PAGE_SHIFT | offset, span))
		return -1;
	if (span->bytes > PAGE_BYTES - offset)
		span->bytes = PAGE_BYTES - offset;
	return 0;
}

/* words of memory at addr that all lie in one span; the last one may be cut. */
static int bus_span(struct model_bus *bus, uint64_t addr, uint32_t words, struct model_span *span)
{
	const uint64_t window = addr >> WINDOW_SHIFT;
	const uint64_t offset = addr & (WINDOW_BYTES - 1);
	int err;

	if (window < WINDOW_BUFFERS)
		err = job_span(bus, offset, span);
	else if (window < WINDOW_LISTS)
		err = buffer_span(bus, (uint32_t)window - WINDOW_BUFFERS, offset, span);
	else
		err = -1;
	if (err ||
	    words > span->bytes / NMACCEL_WORD_BYTES + (span->bytes % NMACCEL_WORD_BYTES != 0))
		return -1;
	return 0;
}

static uint64_t list_page(uint32_t i, uint64_t page)
{
	return WINDOW_ADDR(WINDOW_BUFFERS + i) | ((page * SCATTER) & (SLOTS - 1)) << PAGE_SHIFT;
}

static int read_list(struct model_bus *bus, uint32_t i, uint64_t offset, struct nmaccel_word *dst,
		     uint32_t words)
{
	uint64_t page = offset / sizeof(uint64_t);
	uint64_t pages;
	uint32_t w;

	if (i >= bus->program->n_buffers || !(bus->program->table[i].flags & NMACCEL_BUF_PAGE_LIST))
		return -1;
	pages = (bus->program->table[i].size + PAGE_BYTES - 1) >> PAGE_SHIFT;
	for (w = 0; w < words; w++, page += 2) {
		if (page >= pages)
			return -1;
		dst[w].lo = list_page(i, page);
		dst[w].hi = list_page(i, page + 1);
	}
	return 0;
}

static int model_bus_read(struct nmaccel_bus *base, uint64_t addr, struct nmaccel_word *dst,
			  uint32_t words)
{
	struct model_bus *bus = (struct model_bus *)base;
	const uint64_t window = addr >> WINDOW_SHIFT;
	size_t bytes = (size_t)words * NMACCEL_WORD_BYTES;
	struct model_span span;

	if (window >= WINDOW_LISTS && window < WINDOW_END)
		return read_list(bus, (uint32_t)window - WINDOW_LISTS, addr & (WINDOW_BYTES - 1),
				 dst, words);
	if (bus_span(bus, addr, words, &span))
		return -1;
	if (span.bytes < bytes) {
		bytes = (size_t)span.bytes;
		dst[words - 1] = (struct nmaccel_word){0, 0};
	}
	memcpy(dst, span.data, bytes);
	return 0;
}

static int model_bus_write(struct nmaccel_bus *base, uint64_t addr, const struct nmaccel_word *src,
			   uint32_t words)
{
	struct model_bus *bus = (struct model_bus *)base;
	const size_t bytes = (size_t)words * NMACCEL_WORD_BYTES;
	struct model_span span;

	if (addr < RECORD_ADDR || (addr >= TABLE_ADDR && addr < WINDOW_ADDR(WINDOW_BUFFERS)))
		return -1;
	if (bus_span(bus, addr, words, &span) || span.bytes < bytes)
		return -1;
	memcpy(span.data, src, bytes);
	return 0;
}

static struct model_engine *engine_get(struct model_executor *model)
{
	struct model_engine *engine;

	pthread_mutex_lock(&model->lock);
	engine = model->idle;
	if (engine)
		model->idle = engine->next;
	pthread_mutex_unlock(&model->lock);
	if (engine)
		return engine;
	engine = calloc(1, sizeof(*engine));
	if (!engine)
		return NULL;
	engine->state = calloc(1, model->variant->state_bytes);
	if (!engine->state) {
		free(engine);
		return NULL;
	}
	return engine;
}

static void engine_put(struct model_executor *model, struct model_engine *engine)
{
	pthread_mutex_lock(&model->lock);
	engine->next = model->idle;
	model->idle = engine;
	pthread_mutex_unlock(&model->lock);
}

static enum nmaccel_status model_open(void **executor)
{
	struct model_executor *model = calloc(1, sizeof(*model));

	if (!model)
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY, "no memory for the model's executor");
	model->variant = nmaccel_engine_find(MODEL_LANES, MODEL_BLOCK_ROWS, MODEL_COLUMNS);
	if (!model->variant) {
		free(model);
		return nmaccel_error(NMACCEL_ERR_INTERNAL,
				     "this library has no engine model of %dx%dx%d", MODEL_LANES,
				     MODEL_BLOCK_ROWS, MODEL_COLUMNS);
	}
	if (pthread_mutex_init(&model->lock, NULL)) {
		free(model);
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY, "no memory for a lock");
	}
	*executor = model;
	return NMACCEL_OK;
}

static void model_close(void *executor)
{
	struct model_executor *model = executor;
	struct model_engine *engine;

	while ((engine = model->idle)) {
		model->idle = engine->next;
		free(engine->state);
		free(engine);
	}
	pthread_mutex_destroy(&model->lock);
	free(model);
}

static void model_describe(void *executor, struct nmaccel_device_info *info)
{
	const struct model_executor *model = executor;

	snprintf(info->backend, sizeof(info->backend), "%s", nmaccel_model_executor.name);
	snprintf(info->description, sizeof(info->description),
		 "bit-exact model of the card's engine DeMM(%u, %u, %u)", model->variant->lanes,
		 model->variant->block_rows, model->variant->columns);
	info->lanes = model->variant->lanes;
	info->block_rows = model->variant->block_rows;
	info->columns = model->variant->columns;
	info->engines = 1;
	info->clock_khz = 0;
	info->contract_version = NMACCEL_CONTRACT_VERSION;
	info->memory_bytes = 0;
	info->max_rows = model->variant->max_rows;
	info->max_descs = NMACCEL_MAX_DESCS;
}

static enum nmaccel_status check_buffers(const struct nmaccel_exec_buffer *buffers,
					 uint32_t n_buffers)
{
	uint32_t i;

	for (i = 0; i < n_buffers; i++) {
		if (buffers[i].flags & ~(NMACCEL_BUF_READ | NMACCEL_BUF_WRITE))
			return nmaccel_error(NMACCEL_ERR_INVALID,
					     "buffer %u has the unknown flags 0x%x", i,
					     buffers[i].flags);
		if (buffers[i].size > WINDOW_BYTES)
			return nmaccel_error(NMACCEL_ERR_OVERFLOW,
					     "buffer %u has %llu bytes; the model can map %llu", i,
					     (unsigned long long)buffers[i].size,
					     (unsigned long long)WINDOW_BYTES);
	}
	return NMACCEL_OK;
}

static void fill_table(struct model_program *program, const struct nmaccel_exec_buffer *buffers)
{
	uint32_t i;

	for (i = 0; i < program->n_buffers; i++) {
		struct nmaccel_hw_buffer *entry = &program->table[i];

		entry->addr = WINDOW_ADDR(WINDOW_BUFFERS + i);
		entry->size = buffers[i].size;
		entry->flags = buffers[i].flags;
		if (i % 2) {
			entry->addr = WINDOW_ADDR(WINDOW_LISTS + i);
			entry->flags |= NMACCEL_BUF_PAGE_LIST;
			entry->page_shift = PAGE_SHIFT;
		}
	}
}

static void model_release(void *executor, void *opaque)
{
	struct model_program *program = opaque;

	(void)executor;
	if (!program)
		return;
	free(program->descs);
	free(program->table);
	free(program);
}

static enum nmaccel_status model_prepare(void *executor, const struct nmaccel_hw_desc *descs,
					 uint32_t n_descs,
					 const struct nmaccel_exec_buffer *buffers,
					 uint32_t n_buffers, void **opaque)
{
	struct model_program *program;
	enum nmaccel_status status;

	if (n_descs > NMACCEL_MAX_DESCS || n_buffers > NMACCEL_MAX_BUFFERS)
		return nmaccel_error(NMACCEL_ERR_OVERFLOW,
				     "%u descriptors and %u buffers; a job holds %u and %u",
				     n_descs, n_buffers, NMACCEL_MAX_DESCS, NMACCEL_MAX_BUFFERS);
	status = check_buffers(buffers, n_buffers);
	if (status)
		return status;
	program = calloc(1, sizeof(*program));
	if (!program)
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY, "no memory for a job");
	program->descs = calloc(n_descs ? n_descs : 1, sizeof(*program->descs));
	program->table = calloc(n_buffers ? n_buffers : 1, sizeof(*program->table));
	if (!program->descs || !program->table) {
		model_release(executor, program);
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY, "no memory for a job of %u descriptors",
				     n_descs);
	}
	program->n_descs = n_descs;
	program->n_buffers = n_buffers;
	if (n_descs)
		memcpy(program->descs, descs, n_descs * sizeof(*descs));
	fill_table(program, buffers);
	*opaque = program;
	return NMACCEL_OK;
}

static enum nmaccel_status check_run_buffers(const struct model_program *program,
					     const struct nmaccel_exec_buffer *buffers)
{
	uint32_t i;

	for (i = 0; i < program->n_buffers; i++)
		if (buffers[i].size != program->table[i].size ||
		    buffers[i].flags != (program->table[i].flags & ~NMACCEL_BUF_PAGE_LIST) ||
		    (buffers[i].size && !buffers[i].data))
			return nmaccel_error(NMACCEL_ERR_INVALID,
					     "buffer %u is not the one that the job was made for: "
					     "its size and flags must stay the same",
					     i);
	return NMACCEL_OK;
}

static void fill_job(struct model_bus *bus, const struct model_program *program)
{
	bus->job.magic = NMACCEL_MAGIC;
	bus->job.version = NMACCEL_CONTRACT_VERSION;
	bus->job.seq = JOB_SEQ;
	bus->job.descs = DESCS_ADDR;
	bus->job.buffers = TABLE_ADDR;
	bus->job.record = RECORD_ADDR;
	bus->job.n_descs = program->n_descs;
	bus->job.n_buffers = program->n_buffers;
}

/* The engine rounds to nearest, whatever the thread that lends its CPU has been set to. */
static void run_engine(const struct nmaccel_engine_variant *variant, struct nmaccel_bus *bus,
		       void *state)
{
	fenv_t env;

	fegetenv(&env);
	fesetenv(FE_DFL_ENV);
	variant->run(bus, state, JOB_ADDR);
	fesetenv(&env);
}

static enum nmaccel_status model_run(void *executor, void *opaque,
				     const struct nmaccel_exec_buffer *buffers,
				     struct nmaccel_hw_record *record)
{
	struct model_executor *model = executor;
	const struct model_program *program = opaque;
	struct model_bus bus = {
		.bus = {.read = model_bus_read, .write = model_bus_write},
		.program = program,
		.buffers = buffers,
	};
	enum nmaccel_status status = check_run_buffers(program, buffers);
	struct model_engine *engine;

	if (status)
		return status;
	engine = engine_get(model);
	if (!engine)
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY, "no memory for another engine");
	fill_job(&bus, program);
	run_engine(model->variant, &bus.bus, engine->state);
	engine_put(model, engine);
	*record = bus.record;
	if (record->seq == JOB_SEQ && record->state == NMACCEL_JOB_DONE)
		return NMACCEL_OK;
	if (record->seq == JOB_SEQ && record->state == NMACCEL_JOB_FAULT)
		return nmaccel_fault_error(record);
	return nmaccel_error(NMACCEL_ERR_INTERNAL, "the engine model ended without a result");
}

const struct nmaccel_executor_ops nmaccel_model_executor = {
	.name = "model",
	.open = model_open,
	.close = model_close,
	.describe = model_describe,
	.prepare = model_prepare,
	.release = model_release,
	.run = model_run,
};
