// SPDX-License-Identifier: MIT
#include "drm/program.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "exec_fault.h"

/* in, in2, out, weights, params */
#define MAX_USES 5

/* ---- limits of the card ---------------------------------------------------------------------- */

static uint32_t needed_caps(const struct nmaccel_hw_desc *desc)
{
	switch (desc->op) {
	case NMACCEL_OP_ADD:
		return NMACCEL_CAP_ADD;
	case NMACCEL_OP_POOL_MAX:
	case NMACCEL_OP_POOL_AVG:
		return NMACCEL_CAP_POOL;
	default:
		return 0;
	}
}

static uint64_t pixels(uint32_t batch, uint32_t h, uint32_t w)
{
	uint64_t image = (uint64_t)h * w, all;

	return __builtin_mul_overflow(image, (uint64_t)batch, &all) ? UINT64_MAX : all;
}

/* The driver would refuse it all the same, but can say no more than EINVAL. */
static enum nmaccel_status check_desc(const struct nmaccel_drm_limits *limits,
				      const struct nmaccel_hw_desc *desc, uint32_t index)
{
	const struct {
		const char *what;
		uint64_t value, max;
	} checks[] = {
		{"input channels", desc->in.channels, limits->max_channels},
		{"output channels", desc->out.channels, limits->max_channels},
		{"rows", desc->op == NMACCEL_OP_CONV ? desc->out.ch : 0, limits->max_rows},
		{"rows of a block", desc->block_rows, limits->block_rows},
		{"input pixels", pixels(desc->batch, desc->in_h, desc->in_w), limits->max_pixels},
		{"output pixels", pixels(desc->batch, desc->out_h, desc->out_w),
		 limits->max_pixels},
		{"rows of a window", desc->kernel_h, limits->max_kernel},
		{"columns of a window", desc->kernel_w, limits->max_kernel},
		{"rows of a stride", desc->stride_h, limits->max_kernel},
		{"columns of a stride", desc->stride_w, limits->max_kernel},
		{"rows of a dilation", desc->dilation_h, limits->max_kernel},
		{"columns of a dilation", desc->dilation_w, limits->max_kernel},
		{"rows of padding", desc->pad_top, limits->max_kernel},
		{"columns of padding", desc->pad_left, limits->max_kernel},
	};
	size_t i;

	if (needed_caps(desc) & ~limits->caps)
		return nmaccel_error(NMACCEL_ERR_UNSUPPORTED,
				     "descriptor %" PRIu32 ": this card cannot %s", index,
				     desc->op == NMACCEL_OP_ADD ? "add tensors" : "pool");
	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		if (checks[i].value > checks[i].max)
			return nmaccel_error(NMACCEL_ERR_UNSUPPORTED,
					     "descriptor %" PRIu32 ": %" PRIu64
					     " %s; this card does %" PRIu64 " at most",
					     index, checks[i].value, checks[i].what, checks[i].max);
	return NMACCEL_OK;
}

/* ---- segments -------------------------------------------------------------------------------- */

/* Fields of a descriptor that name a buffer. */
static size_t list_uses(struct nmaccel_hw_desc *desc, uint32_t *uses[MAX_USES])
{
	size_t n = 0;

	uses[n++] = &desc->in.buffer;
	uses[n++] = &desc->out.buffer;
	if (desc->op == NMACCEL_OP_ADD)
		uses[n++] = &desc->in2.buffer;
	if (desc->op == NMACCEL_OP_CONV) {
		uses[n++] = &desc->weights;
		uses[n++] = &desc->params;
	}
	return n;
}

static uint32_t table_find(const struct nmaccel_drm_segment *segment, uint32_t binding)
{
	uint32_t i;

	for (i = 0; i < segment->n_buffers; i++)
		if (segment->bindings[i] == binding)
			break;
	return i;
}

/* Take the descriptor's bindings into the segment's table, if it has the room. */
static bool segment_take(struct nmaccel_drm_segment *segment, struct nmaccel_hw_desc *desc,
			 const struct nmaccel_drm_limits *limits)
{
	uint32_t *uses[MAX_USES], before = segment->n_buffers, at;
	size_t n = list_uses(desc, uses), i;

	if (segment->n_descs == limits->max_descs)
		return false;
	for (i = 0; i < n; i++) {
		at = table_find(segment, *uses[i]);
		if (at < segment->n_buffers)
			continue;
		if (at == limits->max_buffers) {
			segment->n_buffers = before;
			return false;
		}
		segment->bindings[segment->n_buffers++] = *uses[i];
	}
	for (i = 0; i < n; i++)
		*uses[i] = table_find(segment, *uses[i]);
	segment->n_descs++;
	return true;
}

static struct nmaccel_drm_segment *segment_add(struct nmaccel_drm_program *program,
					       const struct nmaccel_drm_limits *limits,
					       uint32_t first_desc)
{
	struct nmaccel_drm_segment *segments, *segment;

	segments = realloc(program->segments, (program->n_segments + 1) * sizeof(*segments));
	if (!segments)
		return NULL;
	program->segments = segments;
	segment = &segments[program->n_segments];
	memset(segment, 0, sizeof(*segment));
	segment->first_desc = first_desc;
	segment->bindings = calloc(limits->max_buffers, sizeof(*segment->bindings));
	if (!segment->bindings)
		return NULL;
	program->n_segments++;
	return segment;
}

static enum nmaccel_status add_desc(struct nmaccel_drm_program *program,
				    const struct nmaccel_drm_limits *limits, uint32_t index)
{
	struct nmaccel_drm_segment *segment = NULL;

	if (program->n_segments)
		segment = &program->segments[program->n_segments - 1];
	if (segment && segment_take(segment, &program->descs[index], limits))
		return NMACCEL_OK;
	segment = segment_add(program, limits, index);
	if (!segment)
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY, "no memory for a program");
	if (segment_take(segment, &program->descs[index], limits))
		return NMACCEL_OK;
	return nmaccel_error(NMACCEL_ERR_UNSUPPORTED,
			     "descriptor %" PRIu32 " uses more than the %" PRIu32
			     " buffers that this card takes at once",
			     index, limits->max_buffers);
}

static enum nmaccel_status check_buffers(struct nmaccel_hw_desc *desc, uint32_t index,
					 uint32_t n_bindings)
{
	struct nmaccel_hw_record record = {
		.fault = NMACCEL_FAULT_BUFFER,
		.fault_desc = index,
	};
	uint32_t *uses[MAX_USES];
	size_t n = list_uses(desc, uses), i;

	for (i = 0; i < n; i++) {
		if (*uses[i] < n_bindings)
			continue;
		record.fault_buffer = *uses[i];
		record.fault_detail = (uint32_t)((char *)uses[i] - (char *)desc);
		return nmaccel_fault_error(&record);
	}
	return NMACCEL_OK;
}

/* ---- public ---------------------------------------------------------------------------------- */

enum nmaccel_status nmaccel_drm_program_create(const struct nmaccel_drm_limits *limits,
					       const struct nmaccel_hw_desc *descs,
					       uint32_t n_descs, uint32_t n_bindings,
					       struct nmaccel_drm_program **program)
{
	struct nmaccel_drm_program *p = calloc(1, sizeof(*p));
	enum nmaccel_status status = NMACCEL_OK;
	uint32_t i;

	if (p)
		p->descs = calloc((size_t)n_descs + 1, sizeof(*p->descs));
	if (!p || !p->descs) {
		free(p);
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY, "no memory for %" PRIu32 " descriptors",
				     n_descs);
	}
	for (i = 0; !status && i < n_descs; i++) {
		p->descs[i] = descs[i];
		status = check_desc(limits, &descs[i], i);
		if (!status)
			status = check_buffers(&p->descs[i], i, n_bindings);
		if (!status)
			status = add_desc(p, limits, i);
	}
	if (status) {
		nmaccel_drm_program_destroy(p);
		return status;
	}
	*program = p;
	return NMACCEL_OK;
}

void nmaccel_drm_program_destroy(struct nmaccel_drm_program *program)
{
	uint32_t i;

	for (i = 0; i < program->n_segments; i++)
		free(program->segments[i].bindings);
	free(program->segments);
	free(program->descs);
	free(program);
}
