/* SPDX-License-Identifier: MIT */
/* The soft executor: descriptors on the CPU, by SIMD kernels and a pool of threads. */
#include <fenv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "error.h"
#include "exec_fault.h"
#include "soft/check.h"
#include "soft/cpu_name.h"
#include "soft/program.h"
#include "soft/settings.h"
#include "soft/stream_index.h"
#include "soft/threads.h"

/* Work below which waking another thread costs more than it saves: row-steps of 64 columns. */
#define SMALL_WORK 2000

/* The fewest rows of a column tile that are worth loading its blocks once more for. */
#define MIN_PART_ROWS 32

struct soft {
	struct nmaccel_soft_kernels kernels;
	struct nmaccel_soft_threads *threads;
};

static enum nmaccel_status soft_open(void **executor)
{
	struct nmaccel_soft_settings settings;
	enum nmaccel_status status;
	struct soft *soft;

	status = nmaccel_soft_settings_read(&settings);
	if (status != NMACCEL_OK)
		return status;
	soft = calloc(1, sizeof(*soft));
	if (!soft)
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY, "no memory for the soft backend");
	if (!nmaccel_soft_kernels_init(&soft->kernels, settings.isa)) {
		free(soft);
		return nmaccel_error(NMACCEL_ERR_INTERNAL, "no kernels for instruction set %d",
				     settings.isa);
	}
	status = nmaccel_soft_threads_create(settings.threads, sizeof(struct nmaccel_soft_scratch),
					     &soft->threads);
	if (status != NMACCEL_OK) {
		free(soft);
		return status;
	}
	*executor = soft;
	return NMACCEL_OK;
}

static void soft_close(void *executor)
{
	struct soft *soft = executor;

	nmaccel_soft_threads_destroy(soft->threads);
	free(soft);
}

static void soft_describe(void *executor, struct nmaccel_device_info *info)
{
	const struct soft *soft = executor;
	long pages = sysconf(_SC_PHYS_PAGES);
	long page_bytes = sysconf(_SC_PAGESIZE);
	char cpu[64];

	nmaccel_soft_cpu_name(cpu, sizeof(cpu));
	snprintf(info->backend, sizeof(info->backend), "%s", nmaccel_soft_executor.name);
	snprintf(info->description, sizeof(info->description), "%s, %s", cpu, soft->kernels.isa);
	info->lanes = NMACCEL_SOFT_LANES;
	info->block_rows = NMACCEL_MAX_BLOCK_ROWS;
	info->columns = NMACCEL_SOFT_COLUMNS;
	info->engines = nmaccel_soft_threads_count(soft->threads);
	info->clock_khz = 0;
	info->contract_version = NMACCEL_CONTRACT_VERSION;
	info->memory_bytes =
		pages > 0 && page_bytes > 0 ? (uint64_t)pages * (uint64_t)page_bytes : 0;
	info->max_rows = NMACCEL_MAX_PANEL_ROWS;
	info->max_descs = NMACCEL_MAX_DESCS;
}

static void soft_release(void *executor, void *program)
{
	struct nmaccel_soft_program *prog = program;
	uint32_t i;

	(void)executor;
	for (i = 0; prog->ops && i < prog->n_ops; i++) {
		free(prog->ops[i].block_starts);
		free(prog->ops[i].comp);
	}
	free(prog->ops);
	free(prog->extents);
	free(prog);
}

static enum nmaccel_status prepare_conv(const struct soft *soft, struct nmaccel_soft_op *op,
					const struct nmaccel_exec_buffer *buffers,
					struct nmaccel_hw_record *record)
{
	const uint8_t *stream = buffers[op->desc.weights].data;

	op->n_blocks = nmaccel_soft_stream_blocks(&op->desc);
	op->block_starts = calloc((size_t)op->n_blocks + 1, sizeof(op->block_starts[0]));
	op->comp = calloc(op->desc.out.ch, sizeof(op->comp[0]));
	if (!op->block_starts || !op->comp)
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY, "no memory for a stream's index");
	if (!nmaccel_soft_stream_index(op, &soft->kernels, stream + op->desc.weights_offset,
				       record))
		return nmaccel_fault_error(record);
	return NMACCEL_OK;
}

static enum nmaccel_status prepare_op(const struct soft *soft, struct nmaccel_soft_op *op,
				      const struct nmaccel_exec_buffer *buffers, uint32_t n_buffers,
				      struct nmaccel_hw_record *record)
{
	const struct nmaccel_hw_desc *desc = &op->desc;
	uint64_t pixels;

	if (!nmaccel_soft_check_desc(desc, buffers, n_buffers, record))
		return nmaccel_fault_error(record);
	pixels = (uint64_t)desc->batch * desc->out_h * desc->out_w;
	op->tiles = (uint32_t)((pixels + NMACCEL_SOFT_COLUMNS - 1) / NMACCEL_SOFT_COLUMNS);
	if (desc->op == NMACCEL_OP_CONV)
		return prepare_conv(soft, op, buffers, record);
	return NMACCEL_OK;
}

static enum nmaccel_status prepare_ops(const struct soft *soft, struct nmaccel_soft_program *prog,
				       const struct nmaccel_hw_desc *descs,
				       const struct nmaccel_exec_buffer *buffers)
{
	struct nmaccel_hw_record record = {0};
	enum nmaccel_status status;
	uint32_t i;

	if (!nmaccel_soft_check_buffers(buffers, prog->n_buffers, &record))
		return nmaccel_fault_error(&record);
	for (i = 0; i < prog->n_buffers; i++) {
		prog->extents[i].size = buffers[i].size;
		prog->extents[i].flags = buffers[i].flags;
	}
	for (i = 0; i < prog->n_ops; i++) {
		record.fault_desc = i;
		prog->ops[i].desc = descs[i];
		status = prepare_op(soft, &prog->ops[i], buffers, prog->n_buffers, &record);
		if (status != NMACCEL_OK)
			return status;
	}
	return NMACCEL_OK;
}

static enum nmaccel_status job_error(uint32_t n_descs)
{
	struct nmaccel_hw_record record = {.fault = NMACCEL_FAULT_JOB};

	record.fault_detail = n_descs > NMACCEL_MAX_DESCS
				      ? offsetof(struct nmaccel_hw_job, n_descs)
				      : offsetof(struct nmaccel_hw_job, n_buffers);
	return nmaccel_fault_error(&record);
}

static enum nmaccel_status soft_prepare(void *executor, const struct nmaccel_hw_desc *descs,
					uint32_t n_descs, const struct nmaccel_exec_buffer *buffers,
					uint32_t n_buffers, void **program)
{
	struct nmaccel_soft_program *prog;
	enum nmaccel_status status;

	if (n_descs > NMACCEL_MAX_DESCS || n_buffers > NMACCEL_MAX_BUFFERS)
		return job_error(n_descs);
	prog = calloc(1, sizeof(*prog));
	if (!prog)
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY, "no memory for a program");
	prog->n_ops = n_descs;
	prog->n_buffers = n_buffers;
	/* An empty job is one, too, and calloc(0) may give NULL. */
	prog->ops = calloc((size_t)n_descs + 1, sizeof(prog->ops[0]));
	prog->extents = calloc((size_t)n_buffers + 1, sizeof(prog->extents[0]));
	if (!prog->ops || !prog->extents)
		status = nmaccel_error(NMACCEL_ERR_NO_MEMORY, "no memory for %u descriptors",
				       n_descs);
	else
		status = prepare_ops(executor, prog, descs, buffers);
	if (status != NMACCEL_OK) {
		soft_release(executor, prog);
		return status;
	}
	*program = prog;
	return NMACCEL_OK;
}

static void run_item(void *context, void *scratch, uint32_t item)
{
	const struct nmaccel_soft_job *job = context;
	uint32_t tile = item / job->parts;
	uint32_t part = item % job->parts;

	switch (job->op->desc.op) {
	case NMACCEL_OP_CONV:
		nmaccel_soft_run_conv(job, scratch, tile, part);
		break;
	case NMACCEL_OP_ADD:
		nmaccel_soft_run_add(job, scratch, tile, part);
		break;
	default:
		nmaccel_soft_run_pool(job, scratch, tile, part);
	}
}

static uint64_t op_work(const struct nmaccel_soft_op *op)
{
	const struct nmaccel_hw_desc *desc = &op->desc;

	if (desc->op == NMACCEL_OP_CONV)
		return op->steps + op->loads;
	return (uint64_t)op->tiles * desc->out.ch * desc->kernel_h * desc->kernel_w;
}

/* Enough items for all threads: column tiles, and parts of their rows when those are few. */
static void cut_job(struct nmaccel_soft_job *job, uint32_t n_threads)
{
	uint32_t rows = job->op->desc.out.ch;
	uint32_t wanted = (2 * n_threads + job->op->tiles - 1) / job->op->tiles;
	uint32_t part_rows;

	if (n_threads == 1 || op_work(job->op) < SMALL_WORK)
		wanted = 1;
	part_rows = (rows + wanted - 1) / wanted;
	if (part_rows < MIN_PART_ROWS)
		part_rows = MIN_PART_ROWS;
	if (part_rows > NMACCEL_MAX_PANEL_ROWS)
		part_rows = NMACCEL_MAX_PANEL_ROWS;
	job->part_rows = part_rows;
	job->parts = (rows + part_rows - 1) / part_rows;
}

static void run_op(const struct soft *soft, void *scratch, const struct nmaccel_soft_op *op,
		   const struct nmaccel_exec_buffer *buffers)
{
	struct nmaccel_soft_job job = {.kernels = &soft->kernels, .op = op, .buffers = buffers};
	uint64_t items;
	uint32_t i;

	cut_job(&job, nmaccel_soft_threads_count(soft->threads));
	items = (uint64_t)op->tiles * job.parts;
	if (op_work(op) >= SMALL_WORK) {
		nmaccel_soft_threads_run(soft->threads, scratch, run_item, &job, (uint32_t)items);
		return;
	}
	for (i = 0; i < items; i++)
		run_item(&job, scratch, i);
}

static void run_program(const struct soft *soft, const struct nmaccel_soft_program *prog,
			const struct nmaccel_exec_buffer *buffers, void *scratch,
			struct nmaccel_hw_record *record)
{
	fenv_t env;
	uint32_t i;

	/* A caller may have set another rounding mode, or flush denormals. */
	fegetenv(&env);
	fesetenv(FE_DFL_ENV);
	for (i = 0; i < prog->n_ops; i++) {
		run_op(soft, scratch, &prog->ops[i], buffers);
		record->descs_done++;
		record->tiles_done += prog->ops[i].tiles;
		record->steps += prog->ops[i].steps;
		record->loads += prog->ops[i].loads;
	}
	record->state = NMACCEL_JOB_DONE;
	fesetenv(&env);
}

/* The buffers of a run must be those that prepare has checked. */
static enum nmaccel_status check_buffers(const struct nmaccel_soft_program *prog,
					 const struct nmaccel_exec_buffer *buffers,
					 struct nmaccel_hw_record *record)
{
	uint32_t i;

	for (i = 0; i < prog->n_buffers; i++) {
		if (buffers[i].data && (uintptr_t)buffers[i].data % NMACCEL_ALIGN == 0 &&
		    buffers[i].size == prog->extents[i].size &&
		    buffers[i].flags == prog->extents[i].flags)
			continue;
		record->state = NMACCEL_JOB_FAULT;
		record->fault = NMACCEL_FAULT_BUFFER;
		record->fault_buffer = i;
		return nmaccel_fault_error(record);
	}
	return NMACCEL_OK;
}

static enum nmaccel_status soft_run(void *executor, void *program,
				    const struct nmaccel_exec_buffer *buffers,
				    struct nmaccel_hw_record *record)
{
	const struct nmaccel_soft_program *prog = program;
	const struct soft *soft = executor;
	enum nmaccel_status status;
	uint64_t seq = record->seq;
	void *scratch;

	memset(record, 0, sizeof(*record));
	record->seq = seq;
	record->state = NMACCEL_JOB_RUNNING;
	status = check_buffers(prog, buffers, record);
	if (status != NMACCEL_OK)
		return status;
	scratch = nmaccel_soft_threads_borrow(soft->threads);
	if (!scratch)
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY,
				     "no memory for the work of one more thread");
	run_program(soft, prog, buffers, scratch, record);
	nmaccel_soft_threads_give_back(soft->threads, scratch);
	return NMACCEL_OK;
}

const struct nmaccel_executor_ops nmaccel_soft_executor = {
	.name = "soft",
	.open = soft_open,
	.close = soft_close,
	.describe = soft_describe,
	.prepare = soft_prepare,
	.release = soft_release,
	.run = soft_run,
};
