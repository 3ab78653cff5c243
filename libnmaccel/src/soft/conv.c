/* SPDX-License-Identifier: MIT */
/* NMACCEL_OP_CONV: one panel of packed weights times one column tile. */
#include <string.h>

#include "soft/program.h"

/* Rows that are finished together, while their accumulators are still in the first cache. */
#define FINISH_ROWS 16

struct pass {
	const struct nmaccel_soft_job *job;
	struct nmaccel_soft_scratch *scratch;
	uint32_t tile;
	uint32_t columns; /* that exist */
	uint32_t row0;
	uint32_t rows;
	bool straight;
};

/* A block of the reduction axis: its place in its channel group and in the stream. */
struct block {
	uint32_t index;
	uint32_t channel; /* first one of the group, from in.ch0 */
	uint32_t channels;
	uint32_t position; /* first one, within the group */
};

static void block_next(const struct nmaccel_hw_desc *desc, struct block *block)
{
	uint32_t taps = desc->kernel_h * desc->kernel_w;

	block->index++;
	block->position += desc->block_rows;
	if (block->position < taps * block->channels)
		return;

	block->position = 0;
	block->channel += block->channels;
	block->channels = desc->in.ch - block->channel;
	if (block->channels > desc->block_rows)
		block->channels = desc->block_rows;
}

static const struct nmaccel_soft_gather *pass_gather(struct pass *pass, uint32_t tap)
{
	const struct nmaccel_hw_desc *desc = &pass->job->op->desc;
	uint32_t slot = tap % NMACCEL_SOFT_KEPT_TAPS;
	struct nmaccel_soft_gather *gather = &pass->scratch->taps[slot];

	if (pass->straight)
		return NULL;
	if (pass->scratch->tap_index[slot] != tap) {
		nmaccel_soft_gather_init(gather, desc, pass->tile, tap / desc->kernel_w,
					 tap % desc->kernel_w, (int8_t)desc->in_zero);
		pass->scratch->tap_index[slot] = tap;
	}
	return gather;
}

static void load_block(struct pass *pass, const struct block *block)
{
	const struct nmaccel_hw_desc *desc = &pass->job->op->desc;
	uint32_t end = desc->kernel_h * desc->kernel_w * block->channels;
	uint8_t *dst = pass->scratch->block + NMACCEL_SOFT_BLOCK_MIDDLE;
	uint32_t position = block->position;
	/* A gather's windows start at the tensor, straight rows at this tile. */
	const int8_t *src = nmaccel_soft_tensor(pass->job->buffers, &desc->in, 1,
						pass->straight ? pass->tile : 0);

	if (end > position + desc->block_rows)
		end = position + desc->block_rows;
	src += (size_t)block->channel * NMACCEL_SOFT_COLUMNS;
	while (position < end) {
		uint32_t channel = position % block->channels;
		uint32_t n = block->channels - channel;

		if (n > end - position)
			n = end - position;
		pass->job->kernels->load(dst, src + (size_t)channel * NMACCEL_SOFT_COLUMNS, n,
					 pass_gather(pass, position / block->channels));
		dst += n * NMACCEL_SOFT_COLUMNS;
		position += n;
	}
}

/* Stand before the pass's first row in a block of the stream. */
static void cursor_init(struct nmaccel_soft_cursor *cur, const struct pass *pass,
			const struct block *block)
{
	const struct nmaccel_soft_op *op = pass->job->op;
	const struct nmaccel_hw_desc *desc = &op->desc;
	const uint8_t *stream = pass->job->buffers[desc->weights].data;
	uint64_t left, skip = 0;
	uint32_t r;

	stream += desc->weights_offset;
	cur->counts = stream + op->block_starts[block->index];
	cur->steps = cur->counts + NMACCEL_COUNT_BYTES(desc->out.ch);
	cur->end = stream + op->block_starts[block->index + 1];
	cur->block = pass->scratch->block + NMACCEL_SOFT_BLOCK_MIDDLE;

	for (r = 0; r < pass->row0; r++)
		skip += *cur->counts++;
	skip *= NMACCEL_SOFT_STEP_BYTES;
	left = (uint64_t)(cur->end - cur->steps);
	cur->steps += skip < left ? skip : left;
}

static void finish_init(struct nmaccel_soft_finish *finish, const struct pass *pass)
{
	const struct nmaccel_soft_op *op = pass->job->op;
	const struct nmaccel_hw_desc *desc = &op->desc;
	const uint8_t *params = pass->job->buffers[desc->params].data;

	finish->params = (const struct nmaccel_hw_param *)(params + desc->params_offset);
	finish->params += pass->row0;
	finish->comp = op->comp + pass->row0;
	finish->columns = pass->columns;
	memset(finish->valid, 0, sizeof(finish->valid));
	memset(finish->valid, 0xff, pass->columns);
	finish->out_zero = desc->out_zero;
	finish->act_min = desc->act_min;
	finish->act_max = desc->act_max;
}

/* The last block's products complete the sums, which are finished while they are near. */
static void multiply_and_finish(struct pass *pass, struct nmaccel_soft_cursor *cur, bool first)
{
	const struct nmaccel_soft_kernels *kernels = pass->job->kernels;
	const struct nmaccel_hw_desc *desc = &pass->job->op->desc;
	bool wide = desc->flags & NMACCEL_FLAG_OUT_S32;
	uint32_t elem = wide ? sizeof(int32_t) : 1;
	size_t pitch = NMACCEL_SOFT_COLUMNS * elem;
	int8_t *out = nmaccel_soft_tensor(pass->job->buffers, &desc->out, elem, pass->tile);
	int32_t *acc = pass->scratch->acc;
	struct nmaccel_soft_finish finish;
	uint32_t r, n;

	finish_init(&finish, pass);
	out += pass->row0 * pitch;
	for (r = 0; r < pass->rows; r += n) {
		n = pass->rows - r < FINISH_ROWS ? pass->rows - r : FINISH_ROWS;
		kernels->spmm(acc, cur, n, pass->columns, first);
		if (wide)
			kernels->finish_s32(out, acc, n, &finish);
		else
			kernels->finish_s8(out, acc, n, &finish);
		acc += n * NMACCEL_SOFT_COLUMNS;
		out += n * pitch;
		finish.params += n;
		finish.comp += n;
	}
}

void nmaccel_soft_run_conv(const struct nmaccel_soft_job *job, struct nmaccel_soft_scratch *scratch,
			   uint32_t tile, uint32_t part)
{
	const struct nmaccel_hw_desc *desc = &job->op->desc;
	struct pass pass = {
		.job = job,
		.scratch = scratch,
		.tile = tile,
		.columns = nmaccel_soft_tile_columns(job->op, tile),
		.row0 = part * job->part_rows,
		.straight = nmaccel_soft_gather_straight(desc),
	};
	struct block block = {.channels = desc->in.ch};

	pass.rows = desc->out.ch - pass.row0;
	if (pass.rows > job->part_rows)
		pass.rows = job->part_rows;
	if (block.channels > desc->block_rows)
		block.channels = desc->block_rows;
	memset(scratch->tap_index, 0xff, sizeof(scratch->tap_index));

	while (block.index < job->op->n_blocks) {
		struct nmaccel_soft_cursor cur;
		bool first = block.index == 0;

		load_block(&pass, &block);
		cursor_init(&cur, &pass, &block);
		block_next(desc, &block);
		if (block.index < job->op->n_blocks)
			job->kernels->spmm(scratch->acc, &cur, pass.rows, pass.columns, first);
		else
			multiply_and_finish(&pass, &cur, first);
	}
}
