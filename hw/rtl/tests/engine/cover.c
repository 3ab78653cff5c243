// SPDX-License-Identifier: MIT
#include "cover.h"

#include <stdio.h>
#include <stdlib.h>

#include "drm/nmaccel_hw.h"

#define MAX_BINS 160

struct bin {
	const char *point, *name;
	uint64_t count;
};

static struct bin bins[MAX_BINS];
static uint32_t n_bins;

/* Bins are those that are named here, hit or not: each call of hit() names one. */
static void hit(const char *point, const char *name, bool yes)
{
	uint32_t i;

	/* The strings are literals of this file, and a bin is always named in the same place. */
	for (i = 0; i < n_bins && (bins[i].point != point || bins[i].name != name); i++)
		;
	if (i == MAX_BINS)
		abort();
	if (i == n_bins) {
		bins[i].point = point;
		bins[i].name = name;
		n_bins++;
	}
	bins[i].count += yes;
}

static void cover_faults(uint32_t fault)
{
	static const char *const names[] = {
		"none",	  "job",   "op",    "field",	 "limit",    "buffer",	"access",
		"bounds", "align", "index", "truncated", "trailing", "padding", "bus",
	};
	uint32_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		hit("fault", names[i], fault == i);
}

static void cover_table(const struct sim *sim, const struct test_job *job)
{
	uint32_t i;

	for (i = 0; i < job->n_buffers; i++) {
		const struct nmaccel_hw_buffer *entry = &sim->table[i];
		const bool list = entry->flags & NMACCEL_BUF_PAGE_LIST;

		hit("buffer", "linear", !list);
		hit("buffer", "page list, 4 KiB", list && entry->page_shift == 12);
		hit("buffer", "page list, larger", list && entry->page_shift > 12);
		hit("buffer", "page list of several pages",
		    list && entry->size >> entry->page_shift > 1);
	}
}

static void cover_op(const struct nmaccel_hw_desc *desc)
{
	const bool conv = desc->op == NMACCEL_OP_CONV;
	const bool average = desc->op == NMACCEL_OP_POOL_AVG;

	hit("operation", "convolution, 8 bits out", conv && !(desc->flags & NMACCEL_FLAG_OUT_S32));
	hit("operation", "convolution, 32 bits out", conv && desc->flags & NMACCEL_FLAG_OUT_S32);
	hit("operation", "addition", desc->op == NMACCEL_OP_ADD);
	hit("operation", "maximum", desc->op == NMACCEL_OP_POOL_MAX);
	hit("operation", "average of all", average && !(desc->flags & NMACCEL_FLAG_COUNT_VALID));
	hit("operation", "average of the inside",
	    average && desc->flags & NMACCEL_FLAG_COUNT_VALID);
}

static void cover_sizes(const char *point, uint32_t h, uint32_t w, uint32_t limit)
{
	hit(point, "1 x 1", h == 1 && w == 1);
	hit(point, "2 x 2", h == 2 && w == 2);
	hit(point, "3 x 3", h == 3 && w == 3);
	hit(point, "higher than wide", h > w);
	hit(point, "wider than high", h < w);
	hit(point, "4 or more", h >= 4 || w >= 4);
	if (limit)
		hit(point, "the limit", h == limit || w == limit);
}

/* Where the windows of an output row or column lie in the input. */
static void cover_padding(const struct nmaccel_hw_desc *desc)
{
	const uint32_t reach_h = (desc->kernel_h - 1) * desc->dilation_h;
	const uint32_t reach_w = (desc->kernel_w - 1) * desc->dilation_w;
	const uint32_t last_h = (desc->out_h - 1) * desc->stride_h + reach_h;
	const uint32_t last_w = (desc->out_w - 1) * desc->stride_w + reach_w;

	hit("padding", "none", !desc->pad_top && !desc->pad_left);
	hit("padding", "top only", desc->pad_top && !desc->pad_left);
	hit("padding", "left only", !desc->pad_top && desc->pad_left);
	hit("padding", "top and left", desc->pad_top && desc->pad_left);
	hit("padding", "bottom", last_h >= desc->in_h + desc->pad_top);
	hit("padding", "right", last_w >= desc->in_w + desc->pad_left);
	hit("padding", "windows wholly above", desc->pad_top > reach_h);
	hit("padding", "windows wholly to the left", desc->pad_left > reach_w);
	hit("padding", "input that no window reads", last_h + 1 < desc->in_h + desc->pad_top);
}

static void cover_columns(const struct nmaccel_hw_desc *desc)
{
	const uint32_t columns = desc->batch * desc->out_h * desc->out_w;

	hit("columns", "one", columns == 1);
	hit("columns", "less than a tile", columns > 1 && columns < COLUMNS);
	hit("columns", "one tile", columns == COLUMNS);
	hit("columns", "whole tiles", columns > COLUMNS && columns % COLUMNS == 0);
	hit("columns", "a last tile of one", columns > COLUMNS && columns % COLUMNS == 1);
	hit("columns", "another last tile", columns > COLUMNS && columns % COLUMNS > 1);
	hit("batch", "1", desc->batch == 1);
	hit("batch", "more", desc->batch > 1);
	hit("batch", "of single pixels", desc->batch > 1 && desc->out_h * desc->out_w == 1);
}

static void cover_channels(const struct nmaccel_hw_desc *desc)
{
	const bool conv = desc->op == NMACCEL_OP_CONV;
	const uint32_t in = desc->in.ch, out = desc->out.ch;

	hit("input channels", "one", in == 1);
	hit("input channels", "less than a block", in > 1 && in < BLOCK_ROWS);
	hit("input channels", "a block", in == BLOCK_ROWS);
	hit("input channels", "one more than a block", in == BLOCK_ROWS + 1);
	hit("input channels", "two blocks", in == 2 * BLOCK_ROWS);
	hit("input channels", "more than two blocks", in > 2 * BLOCK_ROWS);
	hit("output rows", "one", conv && out == 1);
	hit("output rows", "no multiple of 16", conv && out % 16);
	hit("output rows", "a multiple of 16", conv && out % 16 == 0);
	hit("output rows", "512, the limit", conv && out == 512);
	hit("channels of a tensor", "all", desc->in.ch == desc->in.channels);
	hit("channels of a tensor", "not from the first", desc->in.ch0 != 0);
	hit("channels of a tensor", "not to the last",
	    desc->out.ch0 + desc->out.ch < desc->out.channels);
	hit("output", "in a buffer of its own", desc->out.buffer != desc->in.buffer);
	hit("output", "in the input's buffer", desc->out.buffer == desc->in.buffer);
}

static void cover_values(const struct nmaccel_hw_desc *desc)
{
	hit("input zero point", "0", desc->in_zero == 0);
	hit("input zero point", "-128", desc->in_zero == -128);
	hit("input zero point", "127", desc->in_zero == 127);
	hit("input zero point", "another",
	    desc->in_zero > -128 && desc->in_zero < 127 && desc->in_zero);
	hit("output zero point", "0", desc->out_zero == 0);
	hit("output zero point", "-128", desc->out_zero == -128);
	hit("output zero point", "127", desc->out_zero == 127);
	hit("output zero point", "another",
	    desc->out_zero > -128 && desc->out_zero < 127 && desc->out_zero);
	hit("clamp", "to all of 8 bits", desc->act_min == -128 && desc->act_max == 127);
	hit("clamp", "to a part of 8 bits",
	    desc->act_min >= -128 && desc->act_max <= 127 &&
		    (desc->act_min > -128 || desc->act_max < 127));
	hit("clamp", "to one value", desc->act_min == desc->act_max);
	hit("clamp", "to all of 32 bits", desc->act_min == INT32_MIN && desc->act_max == INT32_MAX);
}

static void cover_k(const uint8_t *counts, uint32_t rows)
{
	uint32_t r, total = 0;

	for (r = 0; r < rows; r++) {
		hit("k of a row in a block", "0", counts[r] == 0);
		hit("k of a row in a block", "1", counts[r] == 1);
		hit("k of a row in a block", "2", counts[r] == 2);
		hit("k of a row in a block", "3", counts[r] == 3);
		hit("k of a row in a block", "4 and more", counts[r] > 3);
		total += counts[r];
	}
	hit("block", "without a step", total == 0);
	hit("block", "with steps", total != 0);
	hit("block", "steps that end inside 16 bytes", total * 2 * LANES % 16);
}

static void cover_stream(const struct nmaccel_hw_desc *desc, const struct test_job *job)
{
	const struct test_buffer *buffer = &job->buffers[desc->weights % TEST_MAX_BUFFERS];
	const uint32_t rows = desc->out.ch;
	const uint64_t end = desc->weights_offset + desc->weights_bytes;
	uint64_t at = desc->weights_offset;
	uint32_t blocks, r;

	if (desc->weights >= job->n_buffers || end > buffer->size)
		return;
	for (blocks = 0; at + rows <= end; blocks++) {
		uint64_t steps = 0;

		cover_k(buffer->data + at, rows);
		for (r = 0; r < rows; r++)
			steps += buffer->data[at + r];
		at += (rows + 15) / 16 * 16 + (steps * 2 * LANES + 15) / 16 * 16;
	}
	hit("blocks of a panel", "one", blocks == 1);
	hit("blocks of a panel", "two to four", blocks > 1 && blocks <= 4);
	hit("blocks of a panel", "more", blocks > 4);
}

static void cover_desc(const struct nmaccel_hw_desc *desc, const struct test_job *job)
{
	cover_op(desc);
	if (desc->op != NMACCEL_OP_ADD) {
		cover_sizes("kernel", desc->kernel_h, desc->kernel_w, 0);
		cover_sizes("stride", desc->stride_h, desc->stride_w, NMACCEL_MAX_KERNEL);
		cover_sizes("dilation", desc->dilation_h, desc->dilation_w, NMACCEL_MAX_KERNEL);
		cover_padding(desc);
	}
	cover_columns(desc);
	cover_channels(desc);
	cover_values(desc);
	if (desc->op == NMACCEL_OP_CONV)
		cover_stream(desc, job);
}

void cover_job(const struct sim *sim, const struct test_job *job)
{
	uint32_t d;

	cover_faults(sim->record->fault);
	/* One with a fault has fields that mean nothing. */
	if (sim->record->fault != NMACCEL_FAULT_NONE)
		return;
	cover_table(sim, job);
	hit("descriptors of a job", "none", job->n_descs == 0);
	hit("descriptors of a job", "one", job->n_descs == 1);
	hit("descriptors of a job", "more", job->n_descs > 1);
	for (d = 0; d < job->n_descs; d++)
		cover_desc(&sim->descs[d], job);
}

uint32_t cover_report(void)
{
	const char *name = getenv("NMACCEL_COVERAGE");
	FILE *file = name ? fopen(name, "w") : NULL;
	uint32_t i, unhit = 0;

	for (i = 0; i < n_bins; i++) {
		unhit += bins[i].count == 0;
		if (file)
			fprintf(file, "%-24s %-32s %10llu%s\n", bins[i].point, bins[i].name,
				(unsigned long long)bins[i].count, bins[i].count ? "" : "  UNHIT");
	}
	if (name && (!file || fclose(file)))
		return n_bins + 1;
	return unhit;
}
