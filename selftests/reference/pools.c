// SPDX-License-Identifier: MIT
/* Layers without weights: QLinearAdd, MaxPool and QLinearAveragePool of ONNX. */
#include <string.h>

#include "reference.h"

bool ref_add(const struct ref_tensor *a, const struct ref_tensor *b,
	     const struct ref_epilogue *epilogue, struct ref_tensor *out)
{
	size_t count = ref_tensor_count(a);

	memset(out, 0, sizeof(*out));
	if (!ref_type_is_8bit(a->type) || !ref_type_is_8bit(b->type) ||
	    !ref_type_is_8bit(epilogue->type) || a->batch != b->batch || a->height != b->height ||
	    a->width != b->width || a->channels != b->channels)
		return false;
	*out = *a;
	out->type = epilogue->type;
	out->scale = epilogue->scale;
	out->zero_point = epilogue->zero_point;
	if (!ref_tensor_alloc(out))
		return false;

	for (size_t i = 0; i < count; i++) {
		float a_part = (float)(a->q[i] - a->zero_point) * (a->scale / epilogue->scale);
		float b_part = (float)(b->q[i] - b->zero_point) * (b->scale / epilogue->scale);

		out->q[i] = ref_quantise(epilogue, a_part + b_part);
	}
	return true;
}

/* What the part of a window that lies inside the image holds, for one channel. */
struct window_content {
	int32_t max;
	int64_t sum; /* of (q - zero_point) */
	size_t inside;
};

static struct window_content look(const struct ref_tensor *in, const struct ref_window *win,
				  size_t n, size_t oy, size_t ox, size_t c)
{
	struct window_content content = {.max = in->type == REF_U8 ? 0 : -128};

	for (size_t i = 0; i < win->kernel_h; i++) {
		for (size_t j = 0; j < win->kernel_w; j++) {
			size_t y_in, x_in;
			int32_t q;

			if (!ref_window_position(oy, i, win->stride_h, win->dilation_h,
						 win->pad_top, in->height, &y_in) ||
			    !ref_window_position(ox, j, win->stride_w, win->dilation_w,
						 win->pad_left, in->width, &x_in))
				continue;
			q = in->q[ref_tensor_index(in, n, y_in, x_in, c)];
			if (q > content.max)
				content.max = q;
			content.sum += q - in->zero_point;
			content.inside++;
		}
	}
	return content;
}

bool ref_max_pool(const struct ref_tensor *in, const struct ref_window *window,
		  struct ref_tensor *out)
{
	memset(out, 0, sizeof(*out));
	if (!ref_type_is_8bit(in->type) ||
	    !ref_window_shape(in, window, window->kernel_h, window->kernel_w, out) ||
	    !ref_tensor_alloc(out))
		return false;

	for (size_t n = 0; n < out->batch; n++)
		for (size_t y = 0; y < out->height; y++)
			for (size_t x = 0; x < out->width; x++)
				for (size_t c = 0; c < out->channels; c++)
					out->q[ref_tensor_index(out, n, y, x, c)] =
						look(in, window, n, y, x, c).max;
	return true;
}

bool ref_average_pool(const struct ref_tensor *in, const struct ref_window *window,
		      bool count_padding, const struct ref_epilogue *epilogue,
		      struct ref_tensor *out)
{
	float scale = in->scale / epilogue->scale;

	memset(out, 0, sizeof(*out));
	if (!ref_type_is_8bit(in->type) || !ref_type_is_8bit(epilogue->type) ||
	    !ref_window_shape(in, window, window->kernel_h, window->kernel_w, out))
		return false;
	out->type = epilogue->type;
	out->scale = epilogue->scale;
	out->zero_point = epilogue->zero_point;
	if (!ref_tensor_alloc(out))
		return false;

	for (size_t n = 0; n < out->batch; n++) {
		for (size_t y = 0; y < out->height; y++) {
			for (size_t x = 0; x < out->width; x++) {
				for (size_t c = 0; c < out->channels; c++) {
					struct window_content in_window =
						look(in, window, n, y, x, c);
					size_t count = count_padding
							       ? window->kernel_h * window->kernel_w
							       : in_window.inside;
					float f = count ? (float)in_window.sum *
								  (scale / (float)count)
							: 0.0f;

					out->q[ref_tensor_index(out, n, y, x, c)] =
						ref_quantise(epilogue, f);
				}
			}
		}
	}
	return true;
}
