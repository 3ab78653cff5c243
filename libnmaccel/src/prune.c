// SPDX-License-Identifier: MIT
/*
 * Magnitude pruning. Magnitudes are compared as integers: an IEEE 754 value without its sign bit
 * orders as its bits do, and int8 as |v|.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "pattern.h"
#include "view.h"

#define MAX_GROUP 256

/* Groups up to this size are ranked by comparing all pairs, larger ones by bisection. */
#define PAIR_GROUP 8

/* Keys are counted some at a time, by the vector extensions of gcc and clang. */
typedef int32_t key_vector __attribute__((vector_size(16)));

#define VECTOR_KEYS 4

#define ABS_MASK     0x7fffffffu
#define INFINITY_KEY 0x7f800000

/* One group of one tap: where it lies, and the magnitudes as keys >= 0, with -1 behind them. */
struct group {
	char *data;
	int64_t step;
	uint32_t count;
	bool f32;
	union {
		int32_t keys[MAX_GROUP];
		key_vector vectors[MAX_GROUP / VECTOR_KEYS];
	};
};

static void load_keys(struct group *g)
{
	const char *p = g->data;
	uint32_t i;

	if (g->f32)
		for (i = 0; i < g->count; i++, p += g->step)
			g->keys[i] = (int32_t)(nmaccel_view_f32_bits(p) & ABS_MASK);
	else
		for (i = 0; i < g->count; i++, p += g->step)
			g->keys[i] = abs((int8_t)*p);
	for (; i % VECTOR_KEYS; i++)
		g->keys[i] = -1;
}

static void clear(const struct group *g, uint32_t i)
{
	char *p = g->data + (int64_t)i * g->step;

	if (g->f32)
		memset(p, 0, 4);
	else
		*p = 0;
}

/* Keys that reach the threshold. A comparison that holds gives -1. */
static uint32_t count_from(const struct group *g, int32_t threshold)
{
	int32_t below = threshold - 1;
	key_vector limit = {below, below, below, below}, sums = {0};
	uint32_t i, n = (g->count + VECTOR_KEYS - 1) / VECTOR_KEYS;

	for (i = 0; i < n; i++)
		sums -= g->vectors[i] > limit;
	return (uint32_t)(sums[0] + sums[1] + sums[2] + sums[3]);
}

static int32_t largest_key(const struct group *g)
{
	uint32_t i, n = (g->count + VECTOR_KEYS - 1) / VECTOR_KEYS;
	key_vector most = {0};
	int32_t largest = 0;

	for (i = 0; i < n; i++) {
		key_vector more = g->vectors[i] > most;

		most = (g->vectors[i] & more) | (most & ~more);
	}
	for (i = 0; i < VECTOR_KEYS; i++)
		if (most[i] > largest)
			largest = most[i];
	return largest;
}

/*
 * The largest threshold that at least n keys reach, or an earlier one that exactly n reach.
 * Invariant: at least n keys reach low, fewer reach high.
 */
static int32_t find_threshold(const struct group *g, uint32_t n, uint32_t *reached)
{
	int64_t low = 0, high = (int64_t)largest_key(g) + 1;

	*reached = g->count;
	while (high - low > 1 && *reached != n) {
		int64_t middle = low + (high - low) / 2;
		uint32_t count = count_from(g, (int32_t)middle);

		if (count >= n) {
			low = middle;
			*reached = count;
		} else {
			high = middle;
		}
	}
	return (int32_t)low;
}

/* Keys above the threshold stay; of those equal to it, the first ones until n are kept. */
static void prune_bisect(const struct group *g, uint32_t n)
{
	uint32_t reached, above, i;
	int32_t threshold = find_threshold(g, n, &reached);

	above = reached == n ? 0 : count_from(g, threshold + 1);
	for (i = 0; i < g->count; i++) {
		if (g->keys[i] > threshold)
			continue;
		if (g->keys[i] == threshold && above < n) {
			above += reached != n;
			continue;
		}
		clear(g, i);
	}
}

/* An element's rank is the number of those that go before it: larger ones, and equal ones left. */
static void prune_pairs(const struct group *g, uint32_t n)
{
	uint32_t i, j;

	for (i = 0; i < g->count; i++) {
		uint32_t rank = 0;

		for (j = 0; j < i; j++)
			rank += g->keys[j] >= g->keys[i];
		for (j = i + 1; j < g->count; j++)
			rank += g->keys[j] > g->keys[i];
		if (rank >= n)
			clear(g, i);
	}
}

static void prune_tap(const struct nmaccel_weight_view *view, char *tap, uint32_t n, uint32_t m)
{
	struct group g = {.step = nmaccel_view_step(view), .f32 = view->type == NMACCEL_TYPE_F32};
	uint32_t channel, left;

	for (channel = 0; channel < view->channels; channel += g.count) {
		left = view->channels - channel;
		g.data = tap + (int64_t)channel * g.step;
		g.count = left < m ? left : m;
		if (g.count <= n)
			continue;
		load_keys(&g);
		if (g.count <= PAIR_GROUP)
			prune_pairs(&g, n);
		else
			prune_bisect(&g, n);
	}
}

static enum nmaccel_status refuse_nan_tap(const struct nmaccel_weight_view *view, uint32_t row,
					  uint32_t i, uint32_t j)
{
	const char *p = nmaccel_view_tap(view, row, i, j);
	int64_t step = nmaccel_view_step(view);
	uint32_t c;

	for (c = 0; c < view->channels; c++, p += step)
		if ((nmaccel_view_f32_bits(p) & ABS_MASK) > INFINITY_KEY)
			return nmaccel_error(
				NMACCEL_ERR_INVALID,
				"view: NaN at row %u, tap (%u, %u), channel %u; it has "
				"no magnitude to prune by",
				row, i, j, c);
	return NMACCEL_OK;
}

static enum nmaccel_status refuse_nan(const struct nmaccel_weight_view *view)
{
	enum nmaccel_status status = NMACCEL_OK;
	uint32_t row, i, j;

	for (row = 0; row < view->rows; row++)
		for (i = 0; i < view->kernel_h; i++)
			for (j = 0; j < view->kernel_w && !status; j++)
				status = refuse_nan_tap(view, row, i, j);
	return status;
}

enum nmaccel_status nmaccel_prune(const struct nmaccel_weight_view *view,
				  const struct nmaccel_pattern *pattern)
{
	enum nmaccel_status status = nmaccel_view_check(view, "view");
	uint32_t row, i, j;

	if (!status)
		status = nmaccel_pattern_validate(pattern);
	if (!status && view->type == NMACCEL_TYPE_F32)
		status = refuse_nan(view);
	if (status || pattern->kind != NMACCEL_PATTERN_NM)
		return status;
	for (row = 0; row < view->rows; row++)
		for (i = 0; i < view->kernel_h; i++)
			for (j = 0; j < view->kernel_w; j++)
				prune_tap(view, nmaccel_view_tap(view, row, i, j), pattern->n,
					  pattern->m);
	return NMACCEL_OK;
}
