// SPDX-License-Identifier: MIT
/* How a window slides over an image, as the operators Conv and MaxPool of ONNX define it. */
#include "reference.h"

/* Outputs along one axis; 0 if the window does not fit. */
static size_t output_size(size_t in, size_t pad_before, size_t pad_after, size_t kernel,
			  size_t stride, size_t dilation)
{
	size_t padded = in + pad_before + pad_after;
	size_t reach;

	if (!kernel || !stride || !dilation)
		return 0;
	reach = dilation * (kernel - 1) + 1;
	return padded < reach ? 0 : (padded - reach) / stride + 1;
}

/* Input coordinate that tap i of output position o reads; false if it lies in the padding. */
bool ref_window_position(size_t o, size_t i, size_t stride, size_t dilation, size_t pad,
			 size_t size, size_t *position)
{
	size_t padded = o * stride + i * dilation;

	if (padded < pad || padded - pad >= size)
		return false;
	*position = padded - pad;
	return true;
}

bool ref_window_shape(const struct ref_tensor *in, const struct ref_window *w, size_t kernel_h,
		      size_t kernel_w, struct ref_tensor *out)
{
	*out = *in;
	out->q = NULL;
	out->f = NULL;
	out->height = output_size(in->height, w->pad_top, w->pad_bottom, kernel_h, w->stride_h,
				  w->dilation_h);
	out->width = output_size(in->width, w->pad_left, w->pad_right, kernel_w, w->stride_w,
				 w->dilation_w);
	return out->height && out->width;
}
