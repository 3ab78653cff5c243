// SPDX-License-Identifier: MIT
#include <stdbool.h>

#include "checked.h"
#include "error.h"
#include "view.h"

#define N_DIMS 4

struct dim {
	const char *name;
	uint64_t count;
	int64_t stride;
	uint64_t step; /* |stride| */
};

/* Furthest elements below and above the first one. */
struct extent {
	uint64_t below, above;
};

size_t nmaccel_type_bytes(enum nmaccel_type type)
{
	switch (type) {
	case NMACCEL_TYPE_S8:
	case NMACCEL_TYPE_U8:
		return 1;
	case NMACCEL_TYPE_S32:
	case NMACCEL_TYPE_F32:
		return 4;
	}
	return 0;
}

/* Dimensions of one element have no stride that matters. */
static void view_dims(const struct nmaccel_weight_view *view, struct dim *dims)
{
	int i;

	dims[0] = (struct dim){"row", view->rows, view->stride_row, 0};
	dims[1] = (struct dim){"channel", view->channels, view->stride_channel, 0};
	dims[2] = (struct dim){"h", view->kernel_h, view->stride_h, 0};
	dims[3] = (struct dim){"w", view->kernel_w, view->stride_w, 0};
	for (i = 0; i < N_DIMS; i++) {
		if (dims[i].count <= 1)
			dims[i].stride = 0;
		dims[i].step = dims[i].stride < 0 ? 0 - (uint64_t)dims[i].stride
						  : (uint64_t)dims[i].stride;
	}
}

static bool view_extent(const struct dim *dims, struct extent *extent)
{
	int i;

	*extent = (struct extent){0, 0};
	for (i = 0; i < N_DIMS; i++) {
		uint64_t *side = dims[i].stride < 0 ? &extent->below : &extent->above;
		uint64_t span;

		if (dims[i].count <= 1)
			continue;
		if (!nmaccel_mul_u64(dims[i].step, dims[i].count - 1, &span) ||
		    !nmaccel_add_u64(*side, span, side))
			return false;
	}
	return true;
}

/* Every element lies at an address, and no difference of two of them overflows. */
static bool extent_fits(const struct nmaccel_weight_view *view, const struct extent *extent)
{
	uint64_t bytes = nmaccel_type_bytes(view->type);
	uint64_t address = (uintptr_t)view->data;
	uint64_t below, above, all;

	return nmaccel_mul_u64(extent->below, bytes, &below) &&
	       nmaccel_add_u64(extent->above, 1, &above) && nmaccel_mul_u64(above, bytes, &above) &&
	       nmaccel_add_u64(below, above, &all) && all <= PTRDIFF_MAX && below <= address &&
	       above - 1 <= UINTPTR_MAX - address;
}

/* Smallest steps first. */
static void sort_dims(struct dim *dims)
{
	int i, j;

	for (i = 1; i < N_DIMS; i++)
		for (j = i; j > 0 && dims[j].step < dims[j - 1].step; j--) {
			struct dim swap = dims[j];

			dims[j] = dims[j - 1];
			dims[j - 1] = swap;
		}
}

/* With the dimensions nested, no two elements share a place. */
static enum nmaccel_status check_nesting(struct dim *dims, const char *what)
{
	uint64_t inner = 0;
	int i;

	sort_dims(dims);
	for (i = 0; i < N_DIMS; i++) {
		if (dims[i].count <= 1)
			continue;
		if (dims[i].step <= inner)
			return nmaccel_error(NMACCEL_ERR_INVALID,
					     "%s: stride_%s is %lld, so elements overlap; it must "
					     "step over the %llu elements inside it",
					     what, dims[i].name, (long long)dims[i].stride,
					     (unsigned long long)inner + 1);
		inner += dims[i].step * (dims[i].count - 1);
	}
	return NMACCEL_OK;
}

enum nmaccel_status nmaccel_view_check(const struct nmaccel_weight_view *view, const char *what)
{
	struct dim dims[N_DIMS];
	struct extent extent;

	if (!view)
		return nmaccel_error(NMACCEL_ERR_INVALID, "%s is NULL", what);
	if (!view->data)
		return nmaccel_error(NMACCEL_ERR_INVALID, "%s: data is NULL", what);
	if (view->type != NMACCEL_TYPE_S8 && view->type != NMACCEL_TYPE_F32)
		return nmaccel_error(NMACCEL_ERR_INVALID,
				     "%s: type %d is neither NMACCEL_TYPE_S8 nor NMACCEL_TYPE_F32",
				     what, (int)view->type);
	if (!view->rows || !view->channels || !view->kernel_h || !view->kernel_w)
		return nmaccel_error(
			NMACCEL_ERR_INVALID,
			"%s: shape %u x %u x %u x %u (rows, kernel, channels) is empty", what,
			view->rows, view->kernel_h, view->kernel_w, view->channels);
	view_dims(view, dims);
	if (!view_extent(dims, &extent) || !extent_fits(view, &extent))
		return nmaccel_error(NMACCEL_ERR_OVERFLOW,
				     "%s: shape %u x %u x %u x %u with these strides leaves the "
				     "address space",
				     what, view->rows, view->kernel_h, view->kernel_w,
				     view->channels);
	return check_nesting(dims, what);
}

enum nmaccel_status nmaccel_view_check_same_shape(const struct nmaccel_weight_view *a,
						  const struct nmaccel_weight_view *b)
{
	if (a->rows == b->rows && a->channels == b->channels && a->kernel_h == b->kernel_h &&
	    a->kernel_w == b->kernel_w)
		return NMACCEL_OK;
	return nmaccel_error(
		NMACCEL_ERR_INVALID,
		"the views differ in shape (rows, kernel, channels): %u x %u x %u x %u "
		"and %u x %u x %u x %u",
		a->rows, a->kernel_h, a->kernel_w, a->channels, b->rows, b->kernel_h, b->kernel_w,
		b->channels);
}

static void view_range(const struct nmaccel_weight_view *view, uintptr_t *first, uintptr_t *last)
{
	size_t bytes = nmaccel_type_bytes(view->type);
	struct dim dims[N_DIMS];
	struct extent extent;

	view_dims(view, dims);
	view_extent(dims, &extent);
	*first = (uintptr_t)view->data - (uintptr_t)(extent.below * bytes);
	*last = (uintptr_t)view->data + (uintptr_t)((extent.above + 1) * bytes - 1);
}

int nmaccel_view_overlap(const struct nmaccel_weight_view *a, const struct nmaccel_weight_view *b)
{
	uintptr_t a_first, a_last, b_first, b_last;

	view_range(a, &a_first, &a_last);
	view_range(b, &b_first, &b_last);
	return a_first <= b_last && b_first <= a_last;
}

/* The strides of packed memory whose dimensions are listed from the innermost on. */
static bool pack_strides(int64_t *const strides[N_DIMS], const uint32_t counts[N_DIMS])
{
	uint64_t stride = 1;
	int i;

	for (i = 0; i < N_DIMS; i++) {
		if (stride > INT64_MAX)
			return false;
		*strides[i] = (int64_t)stride;
		if (!nmaccel_mul_u64(stride, counts[i], &stride))
			return false;
	}
	return true;
}

static bool layout_strides(struct nmaccel_weight_view *v, enum nmaccel_weight_layout layout)
{
	int64_t *o = &v->stride_row, *i = &v->stride_channel, *h = &v->stride_h, *w = &v->stride_w;
	uint32_t no = v->rows, ni = v->channels, nh = v->kernel_h, nw = v->kernel_w;

	switch (layout) {
	case NMACCEL_WEIGHTS_OIHW:
		return pack_strides((int64_t *[]){w, h, i, o}, (uint32_t[]){nw, nh, ni, no});
	case NMACCEL_WEIGHTS_ROWS_K:
	case NMACCEL_WEIGHTS_OHWI:
		return pack_strides((int64_t *[]){i, w, h, o}, (uint32_t[]){ni, nw, nh, no});
	case NMACCEL_WEIGHTS_K_ROWS:
	case NMACCEL_WEIGHTS_HWIO:
		return pack_strides((int64_t *[]){o, i, w, h}, (uint32_t[]){no, ni, nw, nh});
	}
	return false;
}

enum nmaccel_status nmaccel_weight_view_init(struct nmaccel_weight_view *view,
					     enum nmaccel_weight_layout layout,
					     enum nmaccel_type type, void *data, uint32_t rows,
					     uint32_t channels, uint32_t kernel_h,
					     uint32_t kernel_w)
{
	struct nmaccel_weight_view v = {.data = data,
					.type = type,
					.rows = rows,
					.channels = channels,
					.kernel_h = kernel_h,
					.kernel_w = kernel_w};
	enum nmaccel_status status;

	if (!view)
		return nmaccel_error(NMACCEL_ERR_INVALID, "view is NULL");
	if (layout < NMACCEL_WEIGHTS_ROWS_K || layout > NMACCEL_WEIGHTS_HWIO)
		return nmaccel_error(NMACCEL_ERR_INVALID, "weight layout %d is unknown",
				     (int)layout);
	if ((layout == NMACCEL_WEIGHTS_ROWS_K || layout == NMACCEL_WEIGHTS_K_ROWS) &&
	    (kernel_h != 1 || kernel_w != 1))
		return nmaccel_error(NMACCEL_ERR_INVALID,
				     "a linear layout has kernel 1 x 1, not %u x %u; OIHW, OHWI "
				     "and HWIO are for convolutions",
				     kernel_h, kernel_w);
	if (!layout_strides(&v, layout))
		return nmaccel_error(NMACCEL_ERR_OVERFLOW,
				     "a weight tensor of %u x %u x %u x %u is too large", rows,
				     kernel_h, kernel_w, channels);
	status = nmaccel_view_check(&v, "weight view");
	if (status)
		return status;
	*view = v;
	return NMACCEL_OK;
}
