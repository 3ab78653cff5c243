/* SPDX-License-Identifier: MIT */
#include "verdict.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>

#include "fail.h"
#include "tree.h"

/* Fewer than one step in twenty saved is not worth the name. */
#define WORTH_PERCENT 95

/* Below, a group of any pattern holds too few weights to choose from. */
#define FEW_CHANNELS 8

const char *verdict_name(enum verdict verdict)
{
	static const char *const names[] = {"sparse", "dense", "no"};

	return names[verdict];
}

void verdict_reason(struct json_object *reasons, const char *code, const char *cure,
		    const char *format, ...)
{
	struct json_object *reason = tree_append(reasons);
	char *text = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = xstrdup("out of memory");
	va_end(args);
	tree_text(reason, "code", code);
	tree_text(reason, "text", text);
	tree_text(reason, "cure", cure);
	free(text);
}

struct facts {
	const struct tensor *t;
	const struct layer *layer;
	const struct stats *stats;
	const struct stats_engine *engine;
	struct nmaccel_pattern along[AXIS_COUNT];
	bool saves;
	double zeros_percent, speedup;
};

static double percent(uint64_t part, uint64_t whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 0;
}

static bool is_nm(const struct facts *f, enum stats_axis axis)
{
	return f->along[axis].kind == NMACCEL_PATTERN_NM;
}

static const char *pattern_text(const struct nmaccel_pattern *pattern, char text[32])
{
	if (nmaccel_pattern_format(pattern, text, 32) != NMACCEL_OK)
		text[0] = '\0';
	return text;
}

/* In the words of the tensor's own axes. */
static const char *input_axis(const struct facts *f)
{
	switch (f->layer->shape.layout) {
	case NMACCEL_WEIGHTS_K_ROWS:
		return "axis 0 of this tensor";
	case NMACCEL_WEIGHTS_OHWI:
		return "axis 3 of this tensor";
	case NMACCEL_WEIGHTS_HWIO:
		return "axis 2 of this tensor";
	default:
		return "axis 1 of this tensor";
	}
}

static void say_wrong_axis(const struct facts *f, struct json_object *reasons)
{
	enum stats_axis axis = is_nm(f, AXIS_OUTPUT) ? AXIS_OUTPUT : AXIS_FLATTENED;
	bool guessed = f->layer->shape.from == FROM_GUESS && axis == AXIS_OUTPUT;
	bool linear = f->layer->shape.kernel_h * f->layer->shape.kernel_w == 1;
	char text[32];
	char *cure;

	if (is_nm(f, AXIS_INPUT) || !is_nm(f, axis))
		return;
	cure = xasprintf("prune again along the input channels, %s%s", input_axis(f),
			 !guessed ? ""
			 : linear ? "; or, if the tensor is [K][rows], give --layout k-rows"
				  : "; or give the tensor's --layout");
	verdict_reason(reasons, axis == AXIS_OUTPUT ? "wrong-axis" : "flattened-axis", cure,
		       "%s holds along %s, but groups must run along the input channels of one "
		       "tap%s",
		       pattern_text(&f->along[axis], text), stats_axis_text(axis),
		       f->saves ? ": the engine still skips these zeros, engines with a fixed "
				  "pattern do not"
				: "");
	free(cure);
}

static void say_nearly(const struct facts *f, struct json_object *reasons)
{
	const struct stats_groups *groups;
	unsigned int size;
	uint64_t bad = 0;
	uint32_t n;
	char *cure;

	if (is_nm(f, AXIS_INPUT))
		return;
	size = stats_nearly(f->stats, AXIS_INPUT, &n);
	if (!size)
		return;
	groups = &f->stats->axes[AXIS_INPUT].groups[size - 1];
	for (uint32_t k = n + 1; k <= STATS_MAX_SIZE; k++)
		bad += groups->hist[k];
	cure = xasprintf("nmaccel check --pattern %" PRIu32 ":%" PRIu32
			 " shows where; nmaccel prune mends it",
			 n, stats_sizes[size - 1]);
	verdict_reason(reasons, "nearly", cure,
		       "%" PRIu32 ":%" PRIu32 " is broken in only %" PRIu64 " of %" PRIu64
		       " groups",
		       n, stats_sizes[size - 1], bad, groups->count);
	free(cure);
}

static void say_zero_point(const struct facts *f, struct json_object *reasons)
{
	const struct layer *layer = f->layer;
	double raw = percent(layer->raw_zeros, f->stats->elements);

	if (layer->wide)
		verdict_reason(reasons, "wide",
			       "quantise symmetrically (int8, zero point 0), or let nmaccel pack "
			       "--requantize do it",
			       "weights minus their zero point run from %" PRId32 " to %" PRId32
			       ", beyond int8",
			       layer->wide_min, layer->wide_max);
	if (!layer->zero_point && !layer->zero_points_differ)
		return;
	if (raw >= f->zeros_percent + 20)
		verdict_reason(reasons, "zeros-lost",
			       "prune before quantising, or quantise symmetrically (int8, zero "
			       "point 0)",
			       "%.1f %% of the bytes are 0, but the zero point is %" PRId32
			       ", so they stand for values far from zero: pruned after quantising?",
			       raw, layer->zero_point);
	else if (f->zeros_percent >= raw + 10)
		verdict_reason(
			reasons, "zeros-hidden",
			"nothing to do here: nmaccel pack subtracts the zero point; for other "
			"software quantise symmetrically",
			"zeros are stored as the zero point %" PRId32
			": software that looks for 0 bytes finds %.1f %%, not %.1f %%",
			layer->zero_point, raw, f->zeros_percent);
}

/* An unsigned tensor without a zero point whose commonest value is not 0 had one once. */
static void say_unknown_zero_point(const struct facts *f, struct json_object *reasons)
{
	uint64_t hist[256] = {0};
	unsigned int commonest = 0;
	char *cure;

	if (f->t->dtype != DTYPE_U8 || f->t->quant.present || f->layer->zero_point)
		return;
	for (uint64_t i = 0; i < f->t->elements; i++)
		hist[f->t->data[i]]++;
	for (unsigned int v = 1; v < 256; v++) {
		if (hist[v] > hist[commonest])
			commonest = v;
	}
	if (!commonest || percent(hist[commonest], f->t->elements) < 20)
		return;
	cure = xasprintf("if that is the zero point, give --zero-point %u", commonest);
	verdict_reason(reasons, "unknown-zero-point", cure,
		       "%.1f %% of these unsigned weights are %u, and the file gives no zero point",
		       percent(hist[commonest], f->t->elements), commonest);
	free(cure);
}

static void say_sparse(const struct facts *f, struct json_object *reasons)
{
	char text[32];

	if (is_nm(f, AXIS_INPUT))
		verdict_reason(reasons, "runs-sparse", NULL,
			       "%s along input channels: %.1f times fewer steps than dense",
			       pattern_text(&f->along[AXIS_INPUT], text), f->speedup);
	else
		verdict_reason(reasons, "runs-unstructured", NULL,
			       "no pattern along input channels, and none is needed: steps are "
			       "counted for each row and block, %.1f times fewer than dense",
			       f->speedup);
}

static void say_dense(const struct facts *f, struct json_object *reasons)
{
	const struct layer_shape *shape = &f->layer->shape;
	uint64_t reduction = (uint64_t)shape->channels * shape->kernel_h * shape->kernel_w;

	if (reduction <= f->engine->lanes)
		verdict_reason(reasons, "short-rows", NULL,
			       "a row has %" PRIu64 " weights and fits one step of %" PRIu32
			       ": zeros cannot make it shorter",
			       reduction, f->engine->lanes);
	else if (f->zeros_percent < 10 && shape->channels < FEW_CHANNELS)
		verdict_reason(reasons, "few-channels",
			       "leave it dense, as first layers usually are",
			       "%.1f %% zeros: as many steps as dense; groups along %" PRIu32
			       " input channels are too short to prune",
			       f->zeros_percent, shape->channels);
	else if (f->zeros_percent < 10)
		verdict_reason(reasons, "no-zeros",
			       "prune it, for example by nmaccel prune --pattern 8:128, and train "
			       "on for a few epochs",
			       "%.1f %% zeros: as many steps as dense", f->zeros_percent);
	else
		verdict_reason(reasons, "zeros-save-nothing",
			       "prune to a lower density, or to N:128 with N a multiple of the "
			       "lanes",
			       "%.1f %% zeros, but each row still fills its steps of %" PRIu32
			       " slots",
			       f->zeros_percent, f->engine->lanes);
}

static void say_notes(const struct facts *f, struct json_object *reasons)
{
	const struct stats *stats = f->stats;
	double full = percent(stats->nonzeros, stats->steps * f->engine->lanes);

	if (f->layer->shape.maybe_depthwise)
		verdict_reason(reasons, "maybe-depthwise",
			       "if it is depthwise, give --groups or leave it out by --skip",
			       "one input channel: a first layer on one-channel images, or a "
			       "depthwise convolution, which the engine does not run");
	if (stats->empty_rows)
		verdict_reason(reasons, "dead-rows",
			       "the rows cost no steps; removing them would also save their "
			       "outputs",
			       "%" PRIu32 " of %" PRIu32 " output rows are all zero",
			       stats->empty_rows, f->layer->shape.rows);
	if (f->saves && full < 60)
		verdict_reason(reasons, "lanes-idle", NULL,
			       "steps are only %.0f %% full: a row has few non-zeros in a block, "
			       "against %" PRIu32 " slots",
			       full, f->engine->lanes);
	if (f->t->quant.present && f->layer->type == NMACCEL_TYPE_F32 && !f->layer->wide)
		verdict_reason(
			reasons, "wrong-scale-axis",
			"quantise with one scale for each output channel, or let nmaccel pack "
			"--requantize do it",
			"the scales do not run along the output channels");
	else if (f->layer->type == NMACCEL_TYPE_F32 && !f->layer->wide)
		verdict_reason(reasons, "float", NULL,
			       "%s weights: nmaccel pack quantises them to int8, with a scale for "
			       "each output channel",
			       dtype_name(f->t->dtype));
}

enum verdict verdict_of(const struct tensor *t, const struct layer *layer,
			const struct stats *stats, const struct stats_engine *engine,
			struct json_object *reasons)
{
	struct facts f = {.t = t, .layer = layer, .stats = stats, .engine = engine};

	for (int axis = 0; axis < AXIS_COUNT; axis++)
		f.along[axis] = stats_detect(stats, axis);
	f.zeros_percent = percent(stats->elements - stats->nonzeros, stats->elements);
	f.speedup = (double)stats->dense_steps / (double)(stats->steps ? stats->steps : 1);
	f.saves = stats->steps * 100 <= stats->dense_steps * WORTH_PERCENT;
	if (!stats->nonzeros)
		verdict_reason(reasons, "all-zero", "was the right checkpoint saved?",
			       "every weight is zero");
	else if (f.saves)
		say_sparse(&f, reasons);
	else
		say_dense(&f, reasons);
	say_wrong_axis(&f, reasons);
	say_nearly(&f, reasons);
	say_zero_point(&f, reasons);
	say_unknown_zero_point(&f, reasons);
	say_notes(&f, reasons);
	return f.saves ? VERDICT_SPARSE : VERDICT_DENSE;
}
