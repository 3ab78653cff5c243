/* SPDX-License-Identifier: MIT */
/*
 * Other engines with as many multipliers, on the same pruned weights: A[R x K] * B[K x P] with R
 * rows, K positions, P columns. docs/performance.md has the formulas and their sources. Memory
 * never makes a rival wait.
 */
#include <math.h>
#include <stdlib.h>

#include "cycles.h"
#include "sparsity.h"

#define VEGETA_CELL 4
#define VEGETA_UNIT 2 /* alpha = beta = 2, VEGETA-S-2-2: a unit has 2 x 2 multipliers */
#define S2TA_CELL   8
#define ENOUGH	    0.99

/* A layer as the arrays see it, and what its pattern means to each of them. */
struct work {
	double rows, positions, columns;
	uint32_t taps, channels; /* of a filter */
	bool depthwise;
	struct sparsity_groups tap;
	double vegeta_share[3]; /* of the rows: those that run as 1:4, 2:4, 4:4 */
	double vegeta_slots[3]; /* of such a row */
	double s2ta_clocks;	/* of a row and column */
};

static double ceil_div(double a, double b)
{
	return ceil(a / b);
}

const char *cycles_rival_name(enum cycles_rival rival)
{
	static const char *const names[CYCLES_RIVALS] = {"dense", "vegeta", "s2ta", "spots"};

	return names[rival];
}

/* Row-wise N:4: each row takes the least N of 1, 2, 4 that all its cells of 4 keep. */
static void prepare_vegeta(const struct cycles_layer *layer, struct cycles_pattern pattern,
			   struct work *work)
{
	double cells = (double)work->taps * ceil_div(work->channels, VEGETA_CELL);
	double below = 0;

	for (int i = 0; i < 2; i++) {
		double keeps = sparsity_row_keeps(layer, pattern, VEGETA_CELL, 1u << i);

		work->vegeta_share[i] = keeps - below;
		work->vegeta_slots[i] = fmin(cells * (1 << i), work->positions);
		below = keeps;
	}
	work->vegeta_share[2] = 1 - below;
	work->vegeta_slots[2] = work->positions;
}

/* The bound that nearly all rows keep in all cells of 8; the rest is taken to be pruned again. */
static void prepare_s2ta(const struct cycles_layer *layer, struct cycles_pattern pattern,
			 uint32_t activations, struct work *work)
{
	double cells = (double)work->taps * ceil_div(work->channels, S2TA_CELL);
	uint32_t bound = 1;

	while (bound < S2TA_CELL && sparsity_row_keeps(layer, pattern, S2TA_CELL, bound) < ENOUGH)
		bound++;
	work->s2ta_clocks =
		fmin(cells * fmin(bound, activations),
		     ceil_div(work->positions, S2TA_CELL) * fmin(S2TA_CELL, activations));
	/* Without padding of the last cell, if nothing is skipped. */
	if (activations == S2TA_CELL)
		work->s2ta_clocks = fmin(work->s2ta_clocks, work->positions);
}

static struct work prepare(const struct cycles_layer *layer, struct cycles_pattern pattern,
			   uint32_t batch, uint32_t activations)
{
	struct work work = {
		.rows = layer->rows,
		.positions = cycles_layer_reduction(layer),
		.columns = (double)cycles_layer_columns(layer, batch),
		.taps = layer->kernel_h * layer->kernel_w,
		.channels = cycles_layer_filter_channels(layer),
		.depthwise = layer->depthwise,
		.tap = sparsity_tap(cycles_layer_filter_channels(layer), pattern),
	};

	prepare_vegeta(layer, pattern, &work);
	prepare_s2ta(layer, pattern, activations, &work);
	return work;
}

/*
 * Tiles of a stationary array for a depthwise layer: c filters side by side are a block-diagonal
 * matrix of c columns and c times the taps. In cells of 4 channels of one tap it is 1:4.
 */
static double diagonal_tiles(const struct work *work, const struct cycles_array *array, double part)
{
	double filters = fmin(array->columns, work->rows);

	return ceil_div(work->rows, array->columns) *
	       ceil_div(ceil(work->taps * filters * part), array->rows);
}

/* A tile of weights stays while all columns pass; the next one is shifted in behind it. */
static double weight_stationary(const struct work *work, const struct cycles_array *array)
{
	double tiles =
		ceil_div(work->positions, array->rows) * ceil_div(work->rows, array->columns);
	double fill = 2.0 * array->rows + array->columns - 2;

	if (work->depthwise)
		tiles = diagonal_tiles(work, array, 1);
	if (array->serial)
		return tiles * (work->columns + fill);
	return tiles * fmax(work->columns, array->rows) + fill;
}

/* So many tiles of rows, each for all tiles of columns, that take so many clocks each. */
static double output_stationary(const struct work *work, const struct cycles_array *array,
				double tiles, double clocks)
{
	double fill = array->rows + array->columns - 2.0;

	tiles *= ceil_div(work->columns, array->columns);
	return array->serial ? tiles * (clocks + fill) : tiles * clocks + fill;
}

/* Filters of a depthwise layer share no input, so each has the array by itself. */
static double row_tiles(const struct work *work, const struct cycles_array *array)
{
	return work->depthwise ? work->rows : ceil_div(work->rows, array->rows);
}

static double run_dense(const struct work *work, const struct cycles_array *array)
{
	if (array->weight_stationary)
		return weight_stationary(work, array);
	return output_stationary(work, array, row_tiles(work, array), work->positions);
}

static double vegeta_tiles(const struct work *work, const struct cycles_array *array)
{
	double tiles = 0;

	if (work->depthwise)
		return diagonal_tiles(work, array, 1.0 / VEGETA_CELL);
	for (int i = 0; i < 3; i++) {
		double rows = work->rows * work->vegeta_share[i];
		double deep = ceil_div(work->vegeta_slots[i], array->rows);

		/* All rows alike: whole tiles. Else rows are sorted, and tiles shared at will. */
		if (work->vegeta_share[i] > 1 - 1e-9)
			return ceil_div(work->rows, array->columns) * deep;
		tiles += rows / array->columns * deep;
	}
	return ceil(tiles - 1e-9);
}

static double run_vegeta(const struct work *work, const struct cycles_array *array)
{
	double load = ceil_div(array->rows, VEGETA_UNIT);
	double across = ceil_div(array->columns, VEGETA_UNIT);

	double fill = 2 * load + across + 3;

	if (array->serial)
		return vegeta_tiles(work, array) * (work->columns + fill);
	return vegeta_tiles(work, array) * fmax(work->columns, load) + fill;
}

static double run_s2ta(const struct work *work, const struct cycles_array *array)
{
	return output_stationary(work, array, row_tiles(work, array), work->s2ta_clocks);
}

/* Positions of a row at which one of so many rows at least has a weight. */
static double live_positions(const struct work *work, double rows)
{
	const struct sparsity_groups *g = &work->tap;
	double live = g->count * g->size * (1 - pow(1 - (double)g->nonzeros / g->size, rows));

	if (g->rest_count)
		live += g->rest_size * (1 - pow(1 - (double)g->rest_nonzeros / g->rest_size, rows));
	return work->taps * live;
}

static double run_spots(const struct work *work, const struct cycles_array *array)
{
	double whole = floor(work->rows / array->rows);
	double rest = work->rows - whole * array->rows;
	double clocks = whole * live_positions(work, array->rows) +
			(rest > 0 ? live_positions(work, rest) : 0);

	if (work->depthwise)
		clocks = work->rows * work->positions;
	return output_stationary(work, array, 1, ceil(clocks));
}

static double run(const struct work *work, const struct cycles_array *array)
{
	switch (array->rival) {
	case CYCLES_DENSE:
		return run_dense(work, array);
	case CYCLES_VEGETA:
		return run_vegeta(work, array);
	case CYCLES_S2TA:
		return run_s2ta(work, array);
	default:
		return run_spots(work, array);
	}
}

/*
 * Only the dense array may choose what stays in place. SPOTS is a tall array: that is what its
 * skipping of columns and its registers are made for.
 */
static bool is_allowed(const struct cycles_array *array)
{
	if (array->weight_stationary && array->rival != CYCLES_DENSE)
		return false;
	return array->rival != CYCLES_SPOTS || array->rows >= array->columns;
}

static double run_all(const struct work *works, size_t count, const struct cycles_array *array)
{
	double sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += run(&works[i], array);
	return sum;
}

static struct cycles_array find_best(enum cycles_rival rival, const struct cycles_grant *grant,
				     const struct work *works, size_t count)
{
	struct cycles_array best = {0};
	double least = INFINITY;

	for (uint32_t i = 0; i < 2 * grant->multipliers; i++) {
		struct cycles_array array = {
			.rival = rival,
			.serial = grant->serial && rival <= CYCLES_VEGETA,
			.weight_stationary = i % 2,
			.rows = i / 2 + 1,
			.columns = grant->multipliers / (i / 2 + 1),
		};
		double cycles;

		if (!is_allowed(&array))
			continue;
		cycles = run_all(works, count, &array);
		if (cycles < least) {
			least = cycles;
			best = array;
		}
	}
	return best;
}

int cycles_rival_run(enum cycles_rival rival, const struct cycles_grant *grant,
		     const struct cycles_network *network, const struct cycles_pattern *pattern,
		     uint32_t batch, struct cycles_array *array, uint64_t *cycles)
{
	struct work *works = calloc(network->count, sizeof(*works));

	if (!works)
		return -1;
	for (size_t i = 0; i < network->count; i++) {
		const struct cycles_layer *layer = &network->layers[i];

		works[i] = prepare(layer, cycles_layer_pattern(layer, pattern), batch,
				   grant->activations);
	}
	*array = find_best(rival, grant, works, network->count);
	for (size_t i = 0; i < network->count; i++)
		cycles[i] = (uint64_t)llround(run(&works[i], array));
	free(works);
	return 0;
}
