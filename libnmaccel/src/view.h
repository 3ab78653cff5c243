/* SPDX-License-Identifier: MIT */
/* Views of dense weight tensors in the caller's memory. */
#ifndef NMACCEL_SRC_VIEW_H
#define NMACCEL_SRC_VIEW_H

#include <string.h>

#include "nmaccel.h"

/*
 * Is the view usable: type, shape, every element inside the address space, no two elements in one
 * place? NMACCEL_ERR_INVALID or _OVERFLOW if not. what names the argument in the message.
 */
enum nmaccel_status nmaccel_view_check(const struct nmaccel_weight_view *view, const char *what);

/* NMACCEL_ERR_INVALID unless both have the same rows, channels and kernel. */
enum nmaccel_status nmaccel_view_check_same_shape(const struct nmaccel_weight_view *a,
						  const struct nmaccel_weight_view *b);

/* Do the memory ranges of two checked views touch? */
int nmaccel_view_overlap(const struct nmaccel_weight_view *a, const struct nmaccel_weight_view *b);

/* First channel of a tap of a checked view; the next is nmaccel_view_step() bytes on. */
static inline char *nmaccel_view_tap(const struct nmaccel_weight_view *view, uint32_t row,
				     uint32_t i, uint32_t j)
{
	int64_t element = row * view->stride_row + i * view->stride_h + j * view->stride_w;
	int64_t bytes = view->type == NMACCEL_TYPE_F32 ? 4 : 1;

	return (char *)view->data + element * bytes;
}

/* Bytes between channels. A dimension of one element has no stride to speak of. */
static inline int64_t nmaccel_view_step(const struct nmaccel_weight_view *view)
{
	int64_t bytes = view->type == NMACCEL_TYPE_F32 ? 4 : 1;

	return view->channels > 1 ? view->stride_channel * bytes : bytes;
}

/* The bits of a float that need not be aligned: .npz members and mapped files are not. */
static inline uint32_t nmaccel_view_f32_bits(const char *p)
{
	uint32_t bits;

	memcpy(&bits, p, sizeof(bits));
	return bits;
}

#endif /* NMACCEL_SRC_VIEW_H */
