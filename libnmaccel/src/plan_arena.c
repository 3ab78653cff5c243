// SPDX-License-Identifier: MIT
/*
 * Where activations lie. Each tensor is live over an interval of layers; two tensors may share
 * memory when their intervals do not meet. Placing the largest first, or all in order of
 * production, each at the lowest offset that is free over its interval, comes out near the lower
 * bound for most networks; a short search goes on where they do not.
 */
#include "plan.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "checked.h"
#include "error.h"
#include "layout.h"

/* A cache line, and a multiple of NMACCEL_ALIGN. */
#define ARENA_ALIGN 64u

/* Of one search: comparisons of two tensors. Ceilings rise by this part of the bound. */
#define SEARCH_WORK   2000000u
#define CEILING_STEPS 32

/* A tensor's life: from the layer that writes it to the last that reads it, both included. */
struct life {
	uint32_t tensor;
	uint32_t first, last; /* 0: before the first layer; layer i is time i + 1 */
	uint64_t bytes, offset;
};

static int by_size(const void *a, const void *b)
{
	const struct life *x = a, *y = b;

	if (x->bytes != y->bytes)
		return x->bytes > y->bytes ? -1 : 1;
	return x->tensor < y->tensor ? -1 : x->tensor > y->tensor;
}

static bool meet(const struct life *a, const struct life *b)
{
	return a->first <= b->last && b->first <= a->last;
}

/*
 * The lowest offset at which lives[i] overlaps no earlier one that it meets. Each pass moves it
 * behind one that is in the way, so it ends. False on overflow.
 */
static bool find_offset(const struct life *lives, uint32_t i, uint64_t *offset)
{
	const struct life *life = &lives[i], *other;
	uint64_t at = 0, end = 0;
	bool moved;
	uint32_t j;

	do {
		moved = false;
		if (!nmaccel_add_u64(at, life->bytes, &end))
			return false;
		for (j = 0; j < i; j++) {
			other = &lives[j];
			if (!meet(life, other) || other->offset >= end ||
			    other->offset + other->bytes <= at)
				continue;
			if (!nmaccel_add_u64(other->offset + other->bytes, ARENA_ALIGN - 1, &at))
				return false;
			at &= ~(uint64_t)(ARENA_ALIGN - 1);
			moved = true;
			break;
		}
	} while (moved);
	*offset = at;
	return true;
}

/* Place the lives in their present order; false on overflow. */
static bool place_in_order(struct life *lives, uint32_t n, uint64_t *total)
{
	uint64_t end = 0;
	uint32_t i;

	for (i = 0; i < n; i++) {
		if (!find_offset(lives, i, &lives[i].offset))
			return false;
		if (lives[i].offset + lives[i].bytes > end)
			end = lives[i].offset + lives[i].bytes;
	}
	*total = end;
	return true;
}

/* The most bytes that are live at one time; false on overflow. */
static bool most_live(const struct life *lives, uint32_t n, uint32_t n_layers, uint64_t *most)
{
	uint64_t sum;
	uint32_t time, i;

	*most = 0;
	for (time = 0; time <= n_layers + 1; time++) {
		sum = 0;
		for (i = 0; i < n; i++)
			if (lives[i].first <= time && time <= lives[i].last &&
			    !nmaccel_add_u64(sum, lives[i].bytes, &sum))
				return false;
		if (sum > *most)
			*most = sum;
	}
	return true;
}

static void find_lives(const struct nmaccel_plan *plan, struct life *lives)
{
	uint32_t i;

	for (i = 0; i < plan->n_tensors; i++) {
		lives[i].tensor = i;
		lives[i].bytes =
			nmaccel_layout_bytes(&plan->tensors[i].shape, plan->dev->info.columns);
		lives[i].first = plan->tensors[i].producer == NMACCEL_NO_LAYER
					 ? 0
					 : plan->tensors[i].producer + 1;
		lives[i].last = lives[i].first;
	}
	for (i = 0; i < plan->n_layers; i++) {
		lives[plan->layers[i].in].last = i + 1;
		lives[plan->layers[i].in2].last = i + 1;
	}
	for (i = 0; i < plan->n_outputs; i++)
		lives[plan->outputs[i].tensor].last = plan->n_layers + 1;
}

/* ---- search ---------------------------------------------------------------------------------- */

/* A placement below a ceiling, in order of production, that takes back choices that lead nowhere.
 */
struct search {
	struct life *lives; /* in order of production */
	uint32_t *choices;  /* of each life: the next candidate to try */
	uint32_t n;
	uint64_t ceiling;
	uint64_t work; /* comparisons left */
};

/*
 * Candidate c for lives[i]: the floor, the ceiling, then right above and right below each earlier
 * life that it meets. False if there is none, such as below a life that lies too low.
 */
static bool candidate(const struct search *s, uint32_t i, uint32_t c, uint64_t *offset)
{
	const struct life *other = &s->lives[c / 2 - 1];
	uint64_t bytes = s->lives[i].bytes, top = s->ceiling;

	if (c == 0) {
		*offset = 0;
		return true;
	}
	if (c > 1 && !meet(&s->lives[i], other))
		return false;
	if (c > 1 && c % 2 == 0) {
		*offset = (other->offset + other->bytes + ARENA_ALIGN - 1) &
			  ~(uint64_t)(ARENA_ALIGN - 1);
		return true;
	}
	if (c > 1)
		top = other->offset;
	if (top < bytes)
		return false;
	*offset = (top - bytes) & ~(uint64_t)(ARENA_ALIGN - 1);
	return true;
}

static bool fits(const struct search *s, uint32_t i, uint64_t offset)
{
	const struct life *life = &s->lives[i], *other;
	uint32_t j;

	if (offset > s->ceiling || life->bytes > s->ceiling - offset)
		return false;
	for (j = 0; j < i; j++) {
		other = &s->lives[j];
		if (meet(life, other) && other->offset < offset + life->bytes &&
		    offset < other->offset + other->bytes)
			return false;
	}
	return true;
}

/* The next place for lives[i], from its next candidate on. */
static bool choose(struct search *s, uint32_t i)
{
	uint64_t offset = 0;

	while (s->choices[i] < 2 * (i + 1) && s->work > i) {
		if (!candidate(s, i, s->choices[i]++, &offset))
			continue;
		s->work -= i + 1;
		if (!fits(s, i, offset))
			continue;
		s->lives[i].offset = offset;
		return true;
	}
	return false;
}

/* True if all found a place; false if there is none or the work is used up. */
static bool search_below(struct search *s)
{
	uint32_t i = 0;

	s->choices[0] = 0;
	for (;;) {
		if (choose(s, i)) {
			if (++i == s->n)
				return true;
			s->choices[i] = 0;
		} else if (i-- == 0) {
			return false;
		}
	}
}

/* Lower the best placement, in `best`, towards the bound, under ceilings that rise from it. */
static void improve(struct life *lives, struct life *best, uint32_t *choices, uint32_t n,
		    uint64_t most, uint64_t *total)
{
	struct search s = {.lives = lives, .choices = choices, .n = n, .ceiling = most};
	uint64_t step = most / CEILING_STEPS / ARENA_ALIGN * ARENA_ALIGN + ARENA_ALIGN;

	for (; s.ceiling < *total; s.ceiling += step) {
		s.work = SEARCH_WORK;
		if (!search_below(&s))
			continue;
		memcpy(best, lives, n * sizeof(*lives));
		*total = s.ceiling;
	}
}

/*
 * lives is in order of production; the best placement found is left in `best`, in any order. False
 * on overflow.
 */
static bool place_best(struct life *lives, struct life *best, uint32_t *choices, uint32_t n,
		       uint64_t most, uint64_t *total)
{
	uint64_t by_production = 0;

	memcpy(best, lives, n * sizeof(*lives));
	qsort(best, n, sizeof(*best), by_size);
	if (!place_in_order(best, n, total) || !place_in_order(lives, n, &by_production))
		return false;
	if (by_production < *total) {
		memcpy(best, lives, n * sizeof(*lives));
		*total = by_production;
	}
	improve(lives, best, choices, n, most, total);
	return true;
}

enum nmaccel_status nmaccel_plan_place(struct nmaccel_plan *plan, uint64_t *arena_bytes,
				       uint64_t *live_bytes)
{
	uint32_t n = plan->n_tensors, i;
	uint64_t total = 0, most = 0;
	struct life *lives, *best;
	uint32_t *choices;
	bool ok = false;

	lives = calloc(n, 2 * sizeof(*lives));
	choices = calloc(n, sizeof(*choices));
	if (!lives || !choices) {
		free(lives);
		free(choices);
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY,
				     "no memory to place %" PRIu32 " tensors", n);
	}
	best = lives + n;
	find_lives(plan, lives);
	ok = most_live(lives, n, plan->n_layers, &most) &&
	     place_best(lives, best, choices, n, most, &total);
	for (i = 0; ok && i < n; i++) {
		plan->tensors[best[i].tensor].offset = best[i].offset;
		plan->tensors[best[i].tensor].bytes = best[i].bytes;
	}
	free(lives);
	free(choices);
	if (!ok)
		return nmaccel_error(
			NMACCEL_ERR_OVERFLOW,
			"the activations together are beyond 64 bits; lower the batch");
	*arena_bytes = total;
	*live_bytes = most;
	return NMACCEL_OK;
}
