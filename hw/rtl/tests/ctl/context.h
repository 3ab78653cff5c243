/* SPDX-License-Identifier: MIT */
/* What a context must hold, from the contract and the comments of nmaccel_pkg::desc_t. */
#ifndef CTL_CONTEXT_H
#define CTL_CONTEXT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "shim.h"
#include "world.h"

#define PITCH(bytes) (((bytes)*CTL_COLUMNS + 15u) / 16u * 16u)

#define CONTEXT_PORT(want, port, world, i)                                                         \
	do {                                                                                       \
		const struct nmaccel_hw_buffer *entry = &(world)->table[i];                        \
                                                                                                   \
		(want)->port##_addr = entry->addr;                                                 \
		(want)->port##_size = entry->size;                                                 \
		(want)->port##_paged = !!(entry->flags & NMACCEL_BUF_PAGE_LIST);                   \
		(want)->port##_page_shift = entry->page_shift;                                     \
		(want)->port##_index = i;                                                          \
	} while (0)

#define CONTEXT_TENSOR(want, name, tensor, bytes)                                                  \
	do {                                                                                       \
		(want)->name##_base = (tensor)->offset + (uint64_t)(tensor)->ch0 * PITCH(bytes);   \
		(want)->name##_step = (tensor)->channels * PITCH(bytes);                           \
	} while (0)

static void context_position(__int128 columns, uint64_t *tile, uint64_t *place)
{
	__int128 quotient = columns / CTL_COLUMNS;

	if (columns % CTL_COLUMNS < 0)
		quotient--;
	*tile = (uint32_t)quotient;
	*place = (uint64_t)(columns - quotient * CTL_COLUMNS);
}

static void context_positions(const struct nmaccel_hw_desc *desc, struct ctl_desc *want)
{
	const __int128 row = desc->in_w, image = row * desc->in_h;
	const __int128 last_x = (__int128)(desc->out_w - 1u) * desc->stride_w;
	const __int128 last_y = (__int128)(desc->out_h - 1u) * desc->stride_h * row;
	const __int128 last_tap = (__int128)(desc->kernel_w - 1u) * desc->dilation_w;

	context_position(-(desc->pad_top * row + desc->pad_left), &want->corner_tile,
			 &want->corner_place);
	context_position(desc->stride_w, &want->next_x_tile, &want->next_x_place);
	context_position(desc->stride_h * row - last_x, &want->next_y_tile, &want->next_y_place);
	context_position(image - last_y - last_x, &want->next_image_tile, &want->next_image_place);
	context_position(desc->dilation_w, &want->tap_x_tile, &want->tap_x_place);
	context_position(desc->dilation_h * row - last_tap, &want->tap_y_tile, &want->tap_y_place);
}

static void context_shape(const struct nmaccel_hw_desc *desc, struct ctl_desc *want)
{
	const uint64_t columns = (uint64_t)desc->batch * desc->out_h * desc->out_w;

	want->tiles = (columns + CTL_COLUMNS - 1) / CTL_COLUMNS;
	want->last_columns = columns - (want->tiles - 1) * CTL_COLUMNS;
	want->in_ch = desc->in.ch;
	want->out_ch = desc->out.ch;
	want->in_h = desc->in_h;
	want->in_w = desc->in_w;
	want->out_h = desc->out_h;
	want->out_w = desc->out_w;
	want->kernel_h = desc->kernel_h;
	want->kernel_w = desc->kernel_w;
	want->stride_h = desc->stride_h;
	want->stride_w = desc->stride_w;
	want->pad_top = desc->pad_top;
	want->pad_left = desc->pad_left;
	want->dilation_h = desc->dilation_h;
	want->dilation_w = desc->dilation_w;
}

static void context_quant(const struct nmaccel_hw_desc *desc, struct ctl_desc *want)
{
	want->in_zero = (uint8_t)desc->in_zero;
	want->in2_zero = (uint8_t)desc->in2_zero;
	want->out_zero = (uint8_t)desc->out_zero;
	want->act_min = (uint32_t)desc->act_min;
	want->act_max = (uint32_t)desc->act_max;
	want->scale = desc->scale;
	want->scale2 = desc->scale2;
}

/* Fields that the operation has no use for are taken from got. */
static void context_expect(const struct world *world, uint32_t i, const struct ctl_desc *got,
			   struct ctl_desc *want)
{
	const struct nmaccel_hw_desc *desc = &world->descs[i];
	const bool conv = desc->op == NMACCEL_OP_CONV;
	const bool wide = conv && desc->flags & NMACCEL_FLAG_OUT_S32;

	*want = *got;
	want->op = desc->op;
	want->wide = wide;
	want->count_valid = !!(desc->flags & NMACCEL_FLAG_COUNT_VALID);
	want->block256 = (conv ? desc->block_rows : CTL_BLOCK_ROWS) == 256;
	CONTEXT_PORT(want, in, world, desc->in.buffer);
	CONTEXT_PORT(want, out, world, desc->out.buffer);
	CONTEXT_TENSOR(want, in, &desc->in, 1u);
	CONTEXT_TENSOR(want, out, &desc->out, wide ? 4u : 1u);
	if (desc->op == NMACCEL_OP_ADD) {
		CONTEXT_PORT(want, in2, world, desc->in2.buffer);
		CONTEXT_TENSOR(want, in2, &desc->in2, 1u);
	}
	if (conv) {
		CONTEXT_PORT(want, weights, world, desc->weights);
		CONTEXT_PORT(want, params, world, desc->params);
		want->weights_offset = desc->weights_offset;
		want->weights_end = desc->weights_offset + desc->weights_bytes;
		want->params_offset = desc->params_offset;
	}
	context_shape(desc, want);
	context_quant(desc, want);
	context_positions(desc, want);
}

static void context_check(const struct world *world, uint32_t i, const struct ctl_desc *got)
{
	struct ctl_desc want;
	bool same = true;

	context_expect(world, i, got, &want);
#define CONTEXT_COMPARE(name, bits)                                                                \
	if (got->name != want.name) {                                                              \
		print_message("descriptor %u: " #name " is 0x%llx, not 0x%llx\n", i,               \
			      (unsigned long long)got->name, (unsigned long long)want.name);       \
		same = false;                                                                      \
	}
	CTL_FIELDS(CONTEXT_COMPARE)
#undef CONTEXT_COMPARE
	assert_true(same);
}

#endif /* CTL_CONTEXT_H */
