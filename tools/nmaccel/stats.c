/* SPDX-License-Identifier: MIT */
#include "stats.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"

const uint32_t stats_sizes[STATS_SIZES] = {4, 8, 16, 32, 64, 128, 256};

static const struct {
	const char *code, *text;
} axes[AXIS_COUNT] = {
	[AXIS_INPUT] = {"input", "input channels"},
	[AXIS_OUTPUT] = {"output", "output channels"},
	[AXIS_FLATTENED] = {"flattened", "flattened (channel, height, width)"},
};

const char *stats_axis_code(enum stats_axis axis)
{
	return axes[axis].code;
}

const char *stats_axis_text(enum stats_axis axis)
{
	return axes[axis].text;
}

/* One byte for each weight, 1 where it is not zero, in the order (row, kernel_h, kernel_w,
 * channel). */
struct mask {
	uint8_t *bits;
	uint64_t rows, taps, channels;
};

static int mask_create(const struct nmaccel_weight_view *view, struct mask *mask)
{
	uint8_t *out;

	mask->rows = view->rows;
	mask->taps = (uint64_t)view->kernel_h * view->kernel_w;
	mask->channels = view->channels;
	mask->bits = malloc(mask->rows * mask->taps * mask->channels);
	if (!mask->bits)
		return fail(FAIL_SYSTEM, "no memory to look at %" PRIu64 " weights",
			    mask->rows * mask->taps * mask->channels);
	out = mask->bits;
	for (uint32_t r = 0; r < view->rows; r++) {
		for (uint32_t tap = 0; tap < mask->taps; tap++) {
			int64_t at = r * view->stride_row + tap / view->kernel_w * view->stride_h +
				     tap % view->kernel_w * view->stride_w;

			for (uint32_t c = 0; c < view->channels; c++, at += view->stride_channel) {
				if (view->type == NMACCEL_TYPE_S8)
					*out++ = ((const int8_t *)view->data)[at] != 0;
				else
					*out++ = ((const float *)view->data)[at] != 0;
			}
		}
	}
	return 0;
}

/* Elements of one line: length times the byte at at + i * stride. */
static void count_line(struct stats_line *line, const uint8_t *at, uint64_t length, uint64_t stride)
{
	uint32_t counts[STATS_SIZES] = {0};

	for (uint64_t i = 0; i < length; i += stats_sizes[0]) {
		uint64_t end = i + stats_sizes[0] < length ? i + stats_sizes[0] : length;

		for (uint64_t j = i; j < end; j++)
			counts[0] += at[j * stride];
		/* Each size is twice the one before: a group closes where its last half does. */
		for (unsigned int s = 0; s < STATS_SIZES; s++) {
			if (end % stats_sizes[s] && end != length)
				break;
			line->groups[s].hist[counts[s]]++;
			line->groups[s].count++;
			if (s + 1 < STATS_SIZES)
				counts[s + 1] += counts[s];
			counts[s] = 0;
		}
	}
}

static uint64_t row_bytes(const struct mask *mask)
{
	return mask->taps * mask->channels;
}

static void scan_input(const struct mask *mask, struct stats_line *line)
{
	line->present = true;
	line->length = mask->channels;
	for (uint64_t i = 0; i < mask->rows * mask->taps; i++)
		count_line(line, mask->bits + i * mask->channels, mask->channels, 1);
}

static void scan_output(const struct mask *mask, struct stats_line *line)
{
	line->present = true;
	line->length = mask->rows;
	for (uint64_t i = 0; i < row_bytes(mask); i++)
		count_line(line, mask->bits + i, mask->rows, row_bytes(mask));
}

static int scan_flattened(const struct mask *mask, struct stats_line *line)
{
	uint8_t *flat;

	if (mask->taps == 1 || mask->channels == 1)
		return 0;
	flat = malloc(row_bytes(mask));
	if (!flat)
		return fail(FAIL_SYSTEM, "no memory to look at %" PRIu64 " weights",
			    row_bytes(mask));
	line->present = true;
	line->length = row_bytes(mask);
	for (uint64_t r = 0; r < mask->rows; r++) {
		const uint8_t *row = mask->bits + r * row_bytes(mask);

		for (uint64_t c = 0; c < mask->channels; c++) {
			for (uint64_t tap = 0; tap < mask->taps; tap++)
				flat[c * mask->taps + tap] = row[tap * mask->channels + c];
		}
		count_line(line, flat, line->length, 1);
	}
	free(flat);
	return 0;
}

static void finish_line(struct stats_line *line)
{
	for (unsigned int s = 0; s < STATS_SIZES; s++) {
		struct stats_groups *groups = &line->groups[s];

		for (uint32_t n = 0; n <= STATS_MAX_SIZE; n++) {
			if (groups->hist[n])
				groups->tightest = n;
		}
		groups->full = groups->hist[groups->tightest];
	}
}

/* As uapi/drm/nmaccel_stream.h cuts a row: channel groups of M, in them taps, blocks of M. */
static void count_steps(const struct mask *mask, const struct stats_engine *engine,
			struct stats *stats)
{
	const uint64_t m = engine->block_rows, n = engine->lanes;

	for (uint64_t r = 0; r < mask->rows; r++) {
		const uint8_t *row = mask->bits + r * row_bytes(mask);

		for (uint64_t first = 0; first < mask->channels; first += m) {
			uint64_t width = mask->channels - first < m ? mask->channels - first : m;
			uint64_t in_block = 0, nonzeros = 0;

			for (uint64_t i = 0; i < width * mask->taps; i++) {
				nonzeros += row[i / width * mask->channels + first + i % width];
				if (++in_block < m && i + 1 < width * mask->taps)
					continue;
				stats->steps += (nonzeros + n - 1) / n;
				stats->dense_steps += (in_block + n - 1) / n;
				in_block = 0;
				nonzeros = 0;
			}
		}
	}
}

static void count_rows(const struct mask *mask, struct stats *stats)
{
	for (uint64_t r = 0; r < mask->rows; r++) {
		const uint8_t *row = mask->bits + r * row_bytes(mask);
		uint64_t nonzeros = 0;

		for (uint64_t i = 0; i < row_bytes(mask); i++)
			nonzeros += row[i];
		stats->nonzeros += nonzeros;
		stats->empty_rows += !nonzeros;
	}
	stats->elements = mask->rows * row_bytes(mask);
}

struct stats *stats_create(const struct nmaccel_weight_view *view,
			   const struct stats_engine *engine)
{
	struct stats *stats;
	struct mask mask;

	if (mask_create(view, &mask) < 0)
		return NULL;
	stats = xcalloc(1, sizeof(*stats));
	count_rows(&mask, stats);
	count_steps(&mask, engine, stats);
	scan_input(&mask, &stats->axes[AXIS_INPUT]);
	scan_output(&mask, &stats->axes[AXIS_OUTPUT]);
	if (scan_flattened(&mask, &stats->axes[AXIS_FLATTENED]) < 0) {
		free(stats);
		stats = NULL;
	} else {
		for (int axis = 0; axis < AXIS_COUNT; axis++)
			finish_line(&stats->axes[axis]);
	}
	free(mask.bits);
	return stats;
}

/* Lines that are shorter than a group are groups of their own length. */
static uint64_t group_length(const struct stats_line *line, unsigned int size)
{
	return line->length < stats_sizes[size] ? line->length : stats_sizes[size];
}

/*
 * Pruning to n:m leaves most groups with n non-zeros exactly; by chance only a few of many groups
 * reach the maximum. A quarter allows for kept weights that quantisation rounded to zero.
 */
static bool made_by_pruning(const struct stats_groups *groups)
{
	return groups->full > 1 ? groups->full * 4 >= groups->count : groups->count == 1;
}

struct nmaccel_pattern stats_detect(const struct stats *stats, enum stats_axis axis)
{
	struct nmaccel_pattern found = {.kind = NMACCEL_PATTERN_DENSE};
	const struct stats_line *line = &stats->axes[axis];
	double best = 1.0;

	/* Chance zeros of a dense layer are no sign of pruning. */
	if (stats->nonzeros * 10 <= stats->elements * 9)
		found.kind = NMACCEL_PATTERN_UNSTRUCTURED;
	if (!line->present || !stats->nonzeros)
		return found;
	for (unsigned int s = 0; s < STATS_SIZES; s++) {
		const struct stats_groups *groups = &line->groups[s];
		double density = (double)groups->tightest / (double)group_length(line, s);

		if (density >= best - 1e-9 || !made_by_pruning(groups))
			continue;
		best = density;
		found = (struct nmaccel_pattern){
			.kind = NMACCEL_PATTERN_NM, .n = groups->tightest, .m = stats_sizes[s]};
	}
	return found;
}

unsigned int stats_nearly(const struct stats *stats, enum stats_axis axis, uint32_t *n)
{
	const struct stats_line *line = &stats->axes[axis];

	for (unsigned int s = 0; line->present && s < STATS_SIZES; s++) {
		const struct stats_groups *groups = &line->groups[s];
		uint64_t beyond = 0;

		if (line->length < stats_sizes[s])
			break;
		/* From the fullest groups down: at most one in a hundred may be too full. */
		for (uint32_t k = groups->tightest; k > 0; k--) {
			if (beyond && k * 2 <= stats_sizes[s] &&
			    groups->hist[k] * 2 >= groups->count) {
				*n = k;
				return s + 1;
			}
			beyond += groups->hist[k];
			if (beyond * 100 > groups->count)
				break;
		}
	}
	return 0;
}
