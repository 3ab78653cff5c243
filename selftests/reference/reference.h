/* SPDX-License-Identifier: MIT */
/*
 * Scalar reference: what every layer of a plan means, written straight from the ONNX operators
 * (QLinearMatMul, QLinearConv, QLinearAdd of ONNX Runtime's contrib operators, MaxPool,
 * QLinearAveragePool) for obviousness, not for speed. It shares no code and no header with
 * libnmaccel or the engine, so that agreement between them means something.
 *
 * Functions that return bool give false for wrong arguments or when memory runs out; the output
 * tensor is then empty.
 */
#ifndef NMACCEL_SELFTESTS_REFERENCE_H
#define NMACCEL_SELFTESTS_REFERENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ref_type {
	REF_S8,
	REF_U8,
	REF_S32,
	REF_F32,
};

enum ref_layout {
	REF_NHWC,
	REF_NCHW,
};

/* A tensor with its values held one by one, in NHWC order whatever the caller's layout was. */
struct ref_tensor {
	enum ref_type type;
	size_t batch, height, width, channels;
	float scale; /* S8 and U8: real = scale * (q - zero_point) */
	int32_t zero_point;
	int32_t *q; /* S8, U8, S32 */
	float *f;   /* F32 */
};

/* Allocate the values, all zero, of a tensor whose other fields are set. */
bool ref_tensor_alloc(struct ref_tensor *tensor);
void ref_tensor_free(struct ref_tensor *tensor);

bool ref_type_is_8bit(enum ref_type type);
size_t ref_type_bytes(enum ref_type type);

/* Elements of a tensor, or of its bytes in the caller's memory; 0 if that overflows. */
size_t ref_tensor_count(const struct ref_tensor *tensor);
size_t ref_tensor_bytes(const struct ref_tensor *tensor);

/* Where element (n, y, x, c) is among the values. */
size_t ref_tensor_index(const struct ref_tensor *t, size_t n, size_t y, size_t x, size_t c);

/* Copy between the caller's memory, elements of tensor->type in that layout, and the values. */
void ref_tensor_read(struct ref_tensor *tensor, enum ref_layout layout, const void *memory);
void ref_tensor_write(const struct ref_tensor *tensor, enum ref_layout layout, void *memory);

/* Dense weights: w[rows][kernel_h][kernel_w][channels], channels being those of one group. */
struct ref_weights {
	size_t rows, kernel_h, kernel_w, channels, groups;
	int8_t *w;
	float *scale; /* one a row */
};

void ref_weights_free(struct ref_weights *weights);

struct ref_window {
	size_t kernel_h, kernel_w; /* pools; a convolution takes its weights' */
	size_t stride_h, stride_w;
	size_t dilation_h, dilation_w;
	size_t pad_top, pad_left, pad_bottom, pad_right;
};

/* Give out the shape that the window makes of in; false if the window does not fit. */
bool ref_window_shape(const struct ref_tensor *in, const struct ref_window *w, size_t kernel_h,
		      size_t kernel_w, struct ref_tensor *out);

/* Input coordinate that tap i of output position o reads; false if it lies in the padding. */
bool ref_window_position(size_t o, size_t i, size_t stride, size_t dilation, size_t pad,
			 size_t size, size_t *position);

enum ref_activation {
	REF_NONE,
	REF_RELU,
	REF_CLAMP,
};

struct ref_epilogue {
	enum ref_type type;
	float scale; /* S8 and U8 */
	int32_t zero_point;
	enum ref_activation activation;
	float clamp_min, clamp_max; /* real values */
};

/* To the nearest integer, ties to the even one, kept within [-2^24, 2^24]; NaN gives -2^24. */
int32_t ref_round_half_even(float f);

/* The low 32 bits as a signed number, as an int32 accumulator that wraps would hold. */
int32_t ref_wrap32(int64_t sum);

/* 8-bit result of a real value that is already divided by the output's scale. */
int32_t ref_quantise(const struct ref_epilogue *epilogue, float f);

/* bias: one int32 a row at scale (input scale * weight scale of the row), or NULL. */
bool ref_linear(const struct ref_tensor *in, const struct ref_weights *weights, const int32_t *bias,
		const struct ref_epilogue *epilogue, struct ref_tensor *out);

bool ref_conv2d(const struct ref_tensor *in, const struct ref_weights *weights, const int32_t *bias,
		const struct ref_window *window, const struct ref_epilogue *epilogue,
		struct ref_tensor *out);

bool ref_add(const struct ref_tensor *a, const struct ref_tensor *b,
	     const struct ref_epilogue *epilogue, struct ref_tensor *out);

bool ref_max_pool(const struct ref_tensor *in, const struct ref_window *window,
		  struct ref_tensor *out);

bool ref_average_pool(const struct ref_tensor *in, const struct ref_window *window,
		      bool count_padding, const struct ref_epilogue *epilogue,
		      struct ref_tensor *out);

#endif /* NMACCEL_SELFTESTS_REFERENCE_H */
