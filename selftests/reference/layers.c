// SPDX-License-Identifier: MIT
/* Layers with weights: QLinearMatMul and QLinearConv of ONNX, with its Integer-only variants. */
#include <string.h>

#include "reference.h"

/* Turn the exact sum of one output element into the output's type. scale is the sum's. */
static void finish(const struct ref_epilogue *e, float scale, int32_t acc, struct ref_tensor *out,
		   size_t i)
{
	float real = (float)acc * scale;

	switch (e->type) {
	case REF_S8:
	case REF_U8: {
		float multiplier = scale / e->scale;

		out->q[i] = ref_quantise(e, (float)acc * multiplier);
		break;
	}
	case REF_S32:
		out->q[i] = e->activation == REF_RELU && acc < 0 ? 0 : acc;
		break;
	case REF_F32:
		if (e->activation == REF_RELU)
			real = acc < 0 ? 0.0f : real;
		else if (e->activation == REF_CLAMP && real < e->clamp_min)
			real = e->clamp_min;
		else if (e->activation == REF_CLAMP && real > e->clamp_max)
			real = e->clamp_max;
		out->f[i] = real;
		break;
	}
}

/* An integer clamped to real values has no meaning that all its rows share. */
static bool epilogue_is_valid(const struct ref_epilogue *e)
{
	return e->type != REF_S32 || e->activation != REF_CLAMP;
}

bool ref_linear(const struct ref_tensor *in, const struct ref_weights *weights, const int32_t *bias,
		const struct ref_epilogue *epilogue, struct ref_tensor *out)
{
	size_t k_count = weights->channels;
	size_t tokens = in->batch * in->height * in->width;

	memset(out, 0, sizeof(*out));
	if (!ref_type_is_8bit(in->type) || in->channels != k_count || weights->groups != 1 ||
	    weights->kernel_h != 1 || weights->kernel_w != 1 || !epilogue_is_valid(epilogue))
		return false;

	*out = *in;
	out->type = epilogue->type;
	out->channels = weights->rows;
	out->scale = epilogue->scale;
	out->zero_point = epilogue->zero_point;
	if (!ref_tensor_alloc(out))
		return false;

	for (size_t t = 0; t < tokens; t++) {
		for (size_t r = 0; r < weights->rows; r++) {
			int64_t sum = bias ? bias[r] : 0;

			for (size_t k = 0; k < k_count; k++)
				sum += (in->q[t * k_count + k] - in->zero_point) *
				       weights->w[r * k_count + k];
			finish(epilogue, in->scale * weights->scale[r], ref_wrap32(sum), out,
			       t * weights->rows + r);
		}
	}
	return true;
}

/* Sum of one output element of row r: over all taps inside the image and the group's channels. */
static int64_t conv_sum(const struct ref_tensor *in, const struct ref_weights *weights,
			const struct ref_window *win, size_t n, size_t oy, size_t ox, size_t r)
{
	size_t group = r / (weights->rows / weights->groups);
	int64_t sum = 0;

	for (size_t i = 0; i < weights->kernel_h; i++) {
		for (size_t j = 0; j < weights->kernel_w; j++) {
			const int8_t *w =
				weights->w + ((r * weights->kernel_h + i) * weights->kernel_w + j) *
						     weights->channels;
			const int32_t *x;
			size_t y_in, x_in;

			if (!ref_window_position(oy, i, win->stride_h, win->dilation_h,
						 win->pad_top, in->height, &y_in) ||
			    !ref_window_position(ox, j, win->stride_w, win->dilation_w,
						 win->pad_left, in->width, &x_in))
				continue;
			x = in->q + ref_tensor_index(in, n, y_in, x_in, group * weights->channels);
			for (size_t c = 0; c < weights->channels; c++)
				sum += (x[c] - in->zero_point) * w[c];
		}
	}
	return sum;
}

bool ref_conv2d(const struct ref_tensor *in, const struct ref_weights *weights, const int32_t *bias,
		const struct ref_window *window, const struct ref_epilogue *epilogue,
		struct ref_tensor *out)
{
	memset(out, 0, sizeof(*out));
	if (!ref_type_is_8bit(in->type) || !weights->groups || weights->rows % weights->groups ||
	    in->channels != weights->groups * weights->channels || !epilogue_is_valid(epilogue) ||
	    !ref_window_shape(in, window, weights->kernel_h, weights->kernel_w, out))
		return false;
	out->type = epilogue->type;
	out->channels = weights->rows;
	out->scale = epilogue->scale;
	out->zero_point = epilogue->zero_point;
	if (!ref_tensor_alloc(out))
		return false;

	for (size_t n = 0; n < out->batch; n++) {
		for (size_t y = 0; y < out->height; y++) {
			for (size_t x = 0; x < out->width; x++) {
				for (size_t r = 0; r < weights->rows; r++) {
					int64_t sum = conv_sum(in, weights, window, n, y, x, r);

					finish(epilogue, in->scale * weights->scale[r],
					       ref_wrap32(sum + (bias ? bias[r] : 0)), out,
					       ref_tensor_index(out, n, y, x, r));
				}
			}
		}
	}
	return true;
}
