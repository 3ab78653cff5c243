// SPDX-License-Identifier: MIT
/*
 * Where activations lie. Each tensor is live over an interval of layers; two tensors may share
 * memory when their intervals do not meet. Placing the largest first, each at the lowest offset
 * that is free over its interval, comes out at or near the lower bound for real networks; placing
 * them in order of production is better for some, so both are tried.
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

static int by_tensor(const void *a, const void *b)
{
	const struct life *x = a, *y = b;

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

static bool place_best(struct life *lives, uint32_t n, uint64_t *total)
{
	uint64_t in_order = 0;

	if (!place_in_order(lives, n, &in_order))
		return false;
	qsort(lives, n, sizeof(*lives), by_size);
	if (!place_in_order(lives, n, total))
		return false;
	if (*total <= in_order)
		return true;
	qsort(lives, n, sizeof(*lives), by_tensor);
	return place_in_order(lives, n, total);
}

enum nmaccel_status nmaccel_plan_place(struct nmaccel_plan *plan, uint64_t *arena_bytes,
				       uint64_t *live_bytes)
{
	uint64_t total = 0, most = 0;
	struct life *lives;
	uint32_t i;
	bool ok;

	lives = calloc(plan->n_tensors, sizeof(*lives));
	if (!lives)
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY,
				     "no memory to place %" PRIu32 " tensors", plan->n_tensors);
	find_lives(plan, lives);
	ok = most_live(lives, plan->n_tensors, plan->n_layers, &most) &&
	     place_best(lives, plan->n_tensors, &total);
	for (i = 0; ok && i < plan->n_tensors; i++) {
		plan->tensors[lives[i].tensor].offset = lives[i].offset;
		plan->tensors[lives[i].tensor].bytes = lives[i].bytes;
	}
	free(lives);
	if (!ok)
		return nmaccel_error(
			NMACCEL_ERR_OVERFLOW,
			"the activations together are beyond 64 bits; lower the batch");
	*arena_bytes = total;
	*live_bytes = most;
	return NMACCEL_OK;
}
