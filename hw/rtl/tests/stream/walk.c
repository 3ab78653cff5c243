// SPDX-License-Identifier: MIT
#include "walk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define WINDOW	    64u /* steps */
#define BLOCK_UNITS 4u

/* Where a walk is. */
struct place {
	const struct nmaccel_hw_desc *desc;
	uint32_t desc_index;
	uint64_t tile;
	uint64_t tiles;
	uint64_t at; /* in the stream, bytes of the buffer */
	uint64_t end;
	uint32_t unit;
	bool fresh; /* the next block starts a result */
	bool bank;
	uint64_t steps;
	uint64_t loads;
};

static void *grow(void *array, uint32_t count, size_t size)
{
	if (count & (count - 1))
		return array;
	array = realloc(array, (count ? 2 * (size_t)count : 1) * size);
	assert_non_null(array);
	return array;
}

static void add_hdr(struct walk *walk, const struct shim_hdr *hdr)
{
	walk->hdrs = grow(walk->hdrs, walk->n_hdrs, sizeof(*hdr));
	walk->hdrs[walk->n_hdrs++] = *hdr;
}

static void add_run(struct walk *walk, uint32_t row, uint32_t steps)
{
	walk->runs = grow(walk->runs, walk->n_runs, sizeof(*walk->runs));
	walk->runs[walk->n_runs].row = row;
	walk->runs[walk->n_runs++].steps = steps;
}

static void add_step(struct walk *walk, const struct place *place, uint32_t row,
		     const uint8_t *bytes)
{
	const uint32_t lanes = walk->build.lanes;
	struct walk_core_step *step;

	walk->steps = grow(walk->steps, walk->n_steps, sizeof(*walk->steps));
	step = &walk->steps[walk->n_steps++];
	memset(step, 0, sizeof(*step));
	step->row = row;
	step->bank = place->bank;
	step->max = place->desc->op == NMACCEL_OP_POOL_MAX;
	step->base = place->unit;
	memcpy(step->step.values, bytes, lanes);
	memcpy(step->step.indices, bytes + lanes, lanes);
}

static void add_result(struct walk *walk, const struct shim_result *result)
{
	walk->results = grow(walk->results, walk->n_results, sizeof(*result));
	walk->results[walk->n_results++] = *result;
}

static bool refuse(struct walk *walk, const struct place *place, struct shim_fault fault)
{
	struct shim_result result;

	memset(&result, 0, sizeof(result));
	result.steps = place->steps;
	result.loads = place->loads;
	result.desc = place->desc_index & 1;
	result.fault = fault;
	add_result(walk, &result);
	walk->faulted = true;
	return false;
}

static bool refuse_stream(struct walk *walk, const struct place *place, uint32_t code,
			  uint64_t offset, uint32_t detail)
{
	const struct shim_fault fault = {code, place->desc->weights, detail, offset};

	return refuse(walk, place, fault);
}

/* Whether reading these bytes meets the hole. */
static bool meets_hole(const struct walk *walk, uint32_t buffer, uint64_t at, uint64_t bytes)
{
	const struct walk_hole *hole = &walk->hole;

	return hole->words && hole->buffer == buffer && bytes && at < hole->at + 16 * hole->words &&
	       at + bytes > hole->at;
}

static uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t round_up(uint64_t bytes)
{
	return (bytes + 15) / 16 * 16;
}

uint64_t walk_tiles(const struct walk_build *build, const struct nmaccel_hw_desc *desc)
{
	const uint64_t columns = (uint64_t)desc->batch * desc->out_h * desc->out_w;

	return (columns + build->columns - 1) / build->columns;
}

uint64_t walk_request_start(const struct test_job *job, const struct nmaccel_hw_desc *desc,
			    uint32_t buffer, uint64_t at)
{
	const uint32_t shift = job->buffers[buffer].page_shift;
	const bool params = buffer == desc->params;
	const uint64_t first = params ? desc->params_offset : desc->weights_offset;
	uint64_t start = first;

	if (shift && at >> shift << shift > start)
		start = at >> shift << shift;
	if (params)
		return start + (at - start) / 1024 * 1024;
	return at / 1024 * 1024 > start ? at / 1024 * 1024 : start;
}

/* The header that a block of the tile has; what it ends is filled in by the caller. */
static struct shim_hdr make_hdr(const struct walk *walk, const struct place *place,
				uint32_t positions, uint32_t total)
{
	const struct nmaccel_hw_desc *desc = place->desc;
	const uint64_t columns = (uint64_t)desc->batch * desc->out_h * desc->out_w;
	const bool conv = desc->op == NMACCEL_OP_CONV;
	struct shim_hdr hdr;

	memset(&hdr, 0, sizeof(hdr));
	hdr.desc = place->desc_index & 1;
	hdr.counted = conv;
	hdr.block256 = (conv ? desc->block_rows : walk->build.block_rows) == 256;
	hdr.largest = desc->op == NMACCEL_OP_POOL_MAX;
	hdr.positions = positions;
	hdr.total = total;
	hdr.rows = desc->out.ch;
	hdr.columns =
		(uint32_t)min_u64(columns - place->tile * walk->build.columns, walk->build.columns);
	return hdr;
}

static void end_block(struct walk *walk, struct place *place, const struct shim_hdr *hdr)
{
	struct shim_result result;

	if (hdr->group_end) {
		memset(&result, 0, sizeof(result));
		result.desc = hdr->desc;
		result.bank = place->bank;
		result.first = hdr->first;
		result.rows = hdr->rows;
		result.tile = (uint32_t)place->tile;
		result.columns = hdr->columns;
		result.tile_end = hdr->tile_end;
		result.desc_end = hdr->desc_end;
		result.steps = place->steps;
		result.loads = place->loads;
		add_result(walk, &result);
		place->bank = !place->bank;
	}
	place->unit = (place->unit + (hdr->block256 ? 2 : 1)) % BLOCK_UNITS;
}

/* The loader's part of a block; it is the next one. */
static bool load_block(struct walk *walk, const struct place *place)
{
	if (walk->n_hdrs != walk->blk_fault_at)
		return true;
	return refuse(walk, place, walk->blk_fault);
}

static const uint8_t *stream_bytes(const struct walk *walk, const struct place *place)
{
	return walk->job->buffers[place->desc->weights].data;
}

/* The counts of a block, and its runs. */
static bool walk_counts(struct walk *walk, struct place *place, uint32_t *total)
{
	const uint32_t rows = place->desc->out.ch, bytes = (uint32_t)round_up(rows);
	const uint8_t *counts = stream_bytes(walk, place) + place->at;
	const uint64_t left = place->end - place->at;
	uint32_t r;

	if (left < bytes)
		return refuse_stream(walk, place, NMACCEL_FAULT_TRUNCATED, place->end,
				     (uint32_t)min_u64(left, rows - 1));
	if (meets_hole(walk, place->desc->weights, place->at, bytes))
		return refuse(walk, place, walk->hole.fault);
	for (r = rows; r < bytes; r++)
		if (counts[r])
			return refuse_stream(walk, place, NMACCEL_FAULT_PADDING, place->at + r, 0);
	*total = 0;
	for (r = 0; r < rows; r++) {
		*total += counts[r];
		if (counts[r])
			add_run(walk, r, counts[r]);
	}
	place->at += bytes;
	return true;
}

/* The row of a block that has step number step; the last one if no row has. */
static uint32_t row_of(const uint8_t *counts, uint32_t rows, uint64_t step)
{
	uint64_t sum = 0;
	uint32_t r;

	for (r = 0; r < rows; r++) {
		sum += counts[r];
		if (step < sum)
			return r;
	}
	return rows - 1;
}

/* One step of a window, if it may be issued. */
static bool walk_step(struct walk *walk, struct place *place, const uint8_t *bytes, uint32_t row,
		      uint32_t positions, uint64_t offset)
{
	const uint32_t lanes = walk->build.lanes;
	uint32_t i;

	for (i = 0; i < lanes; i++)
		if (bytes[lanes + i] >= positions)
			return refuse_stream(walk, place, NMACCEL_FAULT_INDEX, offset + lanes + i,
					     row);
	add_step(walk, place, row, bytes);
	return true;
}

/*
 * A window of steps is fetched whole before the first one is carried out. When that fails it does
 * not matter which of them were.
 */
static bool walk_window(struct walk *walk, struct place *place, const uint8_t *counts,
			uint32_t first, uint32_t steps, uint32_t positions)
{
	const uint32_t step_bytes = 2 * walk->build.lanes, bytes = steps * step_bytes;
	const uint8_t *data = stream_bytes(walk, place);
	const struct walk before = *walk;
	bool bad = false, memory, padding = false;
	uint64_t pad = bytes;
	uint32_t s;

	memory = meets_hole(walk, place->desc->weights, place->at, round_up(bytes));
	while (!memory && pad < round_up(bytes) && !data[place->at + pad])
		pad++;
	padding = !memory && pad < round_up(bytes);
	walk->sure_steps = walk->n_steps;
	for (s = 0; s < steps && !bad; s++) {
		const uint64_t at = place->at + s * step_bytes;

		if (meets_hole(walk, place->desc->weights, at, step_bytes))
			break;
		bad = !walk_step(walk, place, data + at,
				 row_of(counts, place->desc->out.ch, first + s), positions, at);
		/* Both steps of a word are told together. */
		if (bad || (padding && s == steps - 1))
			walk->loose = walk->build.lanes == 4;
		if (bad && !memory && !padding)
			walk->sure_steps = walk->n_steps - (s & 1 && walk->loose);
	}
	if (memory || padding) {
		walk->n_results = before.n_results;
		walk->loose = walk->build.lanes == 4;
		if (memory)
			return refuse(walk, place, walk->hole.fault);
		return refuse_stream(walk, place, NMACCEL_FAULT_PADDING, place->at + pad, 0);
	}
	if (!bad)
		walk->sure_steps = walk->n_steps;
	place->at += round_up(bytes);
	return !bad;
}

static bool walk_steps(struct walk *walk, struct place *place, const uint8_t *counts,
		       uint32_t total, uint32_t positions)
{
	uint32_t first, steps;

	for (first = 0; first < total; first += steps) {
		steps = (uint32_t)min_u64(total - first, WINDOW);
		if (!walk_window(walk, place, counts, first, steps, positions))
			return false;
	}
	return true;
}

static bool walk_conv_block(struct walk *walk, struct place *place, uint32_t positions, bool last)
{
	const struct nmaccel_hw_desc *desc = place->desc;
	const uint8_t *counts = stream_bytes(walk, place) + place->at;
	const uint32_t step_bytes = 2 * walk->build.lanes;
	struct shim_hdr hdr;
	uint64_t left;
	uint32_t total = 0;
	bool ends;

	if (!walk_counts(walk, place, &total) || !load_block(walk, place))
		return false;
	place->loads += positions;
	left = place->end - place->at;
	hdr = make_hdr(walk, place, positions, total);
	if (left / 16 < round_up((uint64_t)total * step_bytes) / 16) {
		hdr.late = true;
		hdr.total = (uint32_t)(left / step_bytes);
		hdr.truncated = hdr.total < total;
		add_hdr(walk, &hdr);
		return refuse_stream(walk, place, NMACCEL_FAULT_TRUNCATED, place->end,
				     row_of(counts, desc->out.ch, left / step_bytes));
	}
	place->steps += total;
	ends = last && left == round_up((uint64_t)total * step_bytes);
	hdr.group_end = hdr.tile_end = ends;
	hdr.desc_end = ends && place->tile + 1 == place->tiles;
	add_hdr(walk, &hdr);
	if (!walk_steps(walk, place, counts, total, positions))
		return false;
	end_block(walk, place, &hdr);
	if (last && !ends)
		return refuse_stream(walk, place, NMACCEL_FAULT_TRAILING, place->at, 0);
	return true;
}

static bool walk_conv_tile(struct walk *walk, struct place *place)
{
	const struct nmaccel_hw_desc *desc = place->desc;
	uint32_t channel, channels, positions, first, n;

	place->at = desc->weights_offset;
	place->end = desc->weights_offset + desc->weights_bytes;
	for (channel = 0; channel < desc->in.ch; channel += channels) {
		channels = (uint32_t)min_u64(desc->in.ch - channel, desc->block_rows);
		positions = desc->kernel_h * desc->kernel_w * channels;
		for (first = 0; first < positions; first += n) {
			n = (uint32_t)min_u64(positions - first, desc->block_rows);
			if (!walk_conv_block(walk, place, n,
					     channel + channels == desc->in.ch &&
						     first + n == positions))
				return false;
		}
	}
	return true;
}

/* A block of a pool or an addition; its rows are those of the result. */
static bool walk_made_block(struct walk *walk, struct place *place, struct shim_hdr *hdr,
			    uint32_t position)
{
	const uint32_t lanes = walk->build.lanes;
	const bool add = place->desc->op == NMACCEL_OP_ADD;
	uint8_t bytes[2 * SHIM_MAX_LANES];
	uint32_t i, row;

	if (!load_block(walk, place))
		return false;
	add_hdr(walk, hdr);
	for (i = 0; i < hdr->total; i++) {
		memset(bytes, 0, sizeof(bytes));
		bytes[0] = 1;
		bytes[lanes] = (uint8_t)i;
		row = (position + i) % hdr->rows;
		if (add) {
			memcpy(bytes, (const uint8_t[]){127, 127, 2, 1}, 4);
			bytes[lanes + 1] = bytes[lanes + 2] = (uint8_t)i;
			bytes[lanes + 3] = (uint8_t)(hdr->total + i);
		}
		add_run(walk, row, 1);
		add_step(walk, place, row, bytes);
	}
	walk->sure_steps = walk->n_steps;
	end_block(walk, place, hdr);
	return true;
}

static bool walk_made_group(struct walk *walk, struct place *place, uint32_t first, uint32_t rows)
{
	const struct nmaccel_hw_desc *desc = place->desc;
	const bool add = desc->op == NMACCEL_OP_ADD;
	const uint32_t block_rows = walk->build.block_rows;
	const uint32_t positions = rows * (add ? 2 : desc->kernel_h * desc->kernel_w);
	const bool last = first + rows == desc->out.ch;
	uint32_t at, n;

	for (at = 0; at < positions; at += n) {
		struct shim_hdr hdr;

		n = (uint32_t)min_u64(positions - at, block_rows);
		hdr = make_hdr(walk, place, n, add ? n / 2 : n);
		hdr.first = first;
		hdr.rows = rows;
		hdr.group_end = at + n == positions;
		hdr.tile_end = hdr.group_end && last;
		hdr.desc_end = hdr.tile_end && place->tile + 1 == place->tiles;
		if (!walk_made_block(walk, place, &hdr, at))
			return false;
	}
	return true;
}

static bool walk_made_tile(struct walk *walk, struct place *place)
{
	const struct nmaccel_hw_desc *desc = place->desc;
	const uint32_t most = walk->build.block_rows / (desc->op == NMACCEL_OP_ADD ? 2 : 1);
	uint32_t first, rows;

	for (first = 0; first < desc->out.ch; first += rows) {
		rows = (uint32_t)min_u64(desc->out.ch - first, most);
		if (!walk_made_group(walk, place, first, rows))
			return false;
	}
	return true;
}

static bool walk_desc(struct walk *walk, struct place *place)
{
	const struct nmaccel_hw_desc *desc = place->desc;
	const bool conv = desc->op == NMACCEL_OP_CONV;

	place->unit = 0;
	place->tiles = walk_tiles(&walk->build, desc);
	if (conv && meets_hole(walk, desc->params, desc->params_offset, 8ull * desc->out.ch))
		return refuse(walk, place, walk->hole.fault);
	for (place->tile = 0; place->tile < place->tiles; place->tile++)
		if (!(conv ? walk_conv_tile(walk, place) : walk_made_tile(walk, place)))
			return false;
	return true;
}

void walk_init(struct walk *walk, const struct walk_build *build, const struct test_job *job)
{
	memset(walk, 0, sizeof(*walk));
	walk->build = *build;
	walk->job = job;
	walk->blk_fault_at = UINT32_MAX;
}

void walk_run(struct walk *walk)
{
	struct place place;
	uint32_t i;

	memset(&place, 0, sizeof(place));
	for (i = 0; i < walk->job->n_descs; i++) {
		place.desc = &walk->job->descs[i];
		place.desc_index = i;
		if (!walk_desc(walk, &place))
			return;
	}
}

void walk_free(struct walk *walk)
{
	free(walk->hdrs);
	free(walk->runs);
	free(walk->steps);
	free(walk->results);
}
