/* SPDX-License-Identifier: MIT */
/* What the tests of weights share: random numbers from a printed seed, and random dense weights. */
#ifndef NMACCEL_TESTS_WEIGHTS_UTIL_H
#define NMACCEL_TESTS_WEIGHTS_UTIL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "nmaccel.h"

#define N_ELEMENTS(a) (sizeof(a) / sizeof((a)[0]))

/* The status must be the expected one and, for failures, the words must hold a piece of text. */
#define assert_status(call, expected)                                                              \
	do {                                                                                       \
		enum nmaccel_status status_ = (call);                                              \
                                                                                                   \
		if (status_ != (expected))                                                         \
			fail_msg("%s: %s, not %s: %s", #call, nmaccel_status_name(status_),        \
				 nmaccel_status_name(expected), nmaccel_last_error());             \
	} while (0)

#define assert_ok(call) assert_status(call, NMACCEL_OK)

#define assert_words(text)                                                                         \
	do {                                                                                       \
		if (!strstr(nmaccel_last_error(), (text)))                                         \
			fail_msg("no '%s' in: %s", (text), nmaccel_last_error());                  \
	} while (0)

#define assert_fails(call, expected, text)                                                         \
	do {                                                                                       \
		assert_status(call, expected);                                                     \
		assert_words(text);                                                                \
	} while (0)

static uint64_t random_state;

/* splitmix64 */
static inline uint64_t random_u64(void)
{
	uint64_t z = (random_state += 0x9e3779b97f4a7c15u);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/* In [low, high]. */
static inline uint32_t random_range(uint32_t low, uint32_t high)
{
	return low + (uint32_t)(random_u64() % ((uint64_t)high - low + 1));
}

/* Seed from NMACCEL_SEED, else from the clock; printed, so that a failure can be had again. */
static inline void random_start(const char *name)
{
	const char *text = getenv("NMACCEL_SEED");
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	random_state = text ? strtoull(text, NULL, 0)
			    : (uint64_t)now.tv_sec * 1000000007u + (uint64_t)now.tv_nsec;
	printf("%s: NMACCEL_SEED=%llu\n", name, (unsigned long long)random_state);
}

/* Shape and memory of dense weights, [rows][kernel_h][kernel_w][channels] int8. */
struct dense {
	uint32_t rows, channels, kernel_h, kernel_w;
	size_t count;
	int8_t *data;
};

static inline void dense_alloc(struct dense *d, uint32_t rows, uint32_t channels, uint32_t kernel_h,
			       uint32_t kernel_w)
{
	*d = (struct dense){rows, channels, kernel_h, kernel_w, 0, NULL};
	d->count = (size_t)rows * channels * kernel_h * kernel_w;
	d->data = calloc(d->count, 1);
	assert_non_null(d->data);
}

static inline void dense_free(struct dense *d)
{
	free(d->data);
}

static inline int8_t *dense_at(const struct dense *d, uint32_t r, uint32_t i, uint32_t j,
			       uint32_t c)
{
	return d->data + (((size_t)r * d->kernel_h + i) * d->kernel_w + j) * d->channels + c;
}

/* A random shape: linear layers up to 600 x 600, or kernels with fewer channels. */
static inline void dense_random_shape(struct dense *d)
{
	if (random_range(0, 1))
		dense_alloc(d, random_range(1, 600), random_range(1, 600), 1, 1);
	else
		dense_alloc(d, random_range(1, 80), random_range(1, 300), random_range(1, 5),
			    random_range(1, 3));
}

/* Zeros with a probability of its own for each row, 0 and 1 included; extremes are frequent. */
static inline void dense_random_fill(struct dense *d)
{
	size_t row = d->count / d->rows, i;
	uint32_t r;

	for (r = 0; r < d->rows; r++) {
		uint32_t zeros = random_range(0, 10) * 10;

		for (i = 0; i < row; i++) {
			int8_t *p = d->data + r * row + i;

			if (random_range(0, 99) < zeros)
				*p = 0;
			else if (random_range(0, 9) == 0)
				*p = random_range(0, 1) ? 127 : -128;
			else
				*p = (int8_t)random_range(0, 255);
		}
	}
}

/* A view with random strides, paddings and directions of enough memory, *base, to be freed. */
static inline void view_random(struct nmaccel_weight_view *view, enum nmaccel_type type,
			       const struct dense *d, void **base)
{
	int64_t *strides[] = {&view->stride_row, &view->stride_channel, &view->stride_h,
			      &view->stride_w};
	uint32_t counts[] = {d->rows, d->channels, d->kernel_h, d->kernel_w};
	size_t size = 1, first = 0, element = nmaccel_type_bytes(type), shift;
	int i, order[] = {0, 1, 2, 3};

	*view = (struct nmaccel_weight_view){.type = type,
					     .rows = d->rows,
					     .channels = d->channels,
					     .kernel_h = d->kernel_h,
					     .kernel_w = d->kernel_w};
	for (i = 3; i > 0; i--) {
		int j = (int)random_range(0, (uint32_t)i), swap = order[i];

		order[i] = order[j];
		order[j] = swap;
	}
	for (i = 0; i < 4; i++) {
		int n = order[i];
		size_t stride = size + random_range(0, 3) % 3;

		*strides[n] = (int64_t)stride;
		if (random_range(0, 4) == 0) {
			*strides[n] = -(int64_t)stride;
			first += stride * (counts[n] - 1);
		}
		size = stride * counts[n];
	}
	/* Not aligned, as members of archives are not. */
	shift = random_range(0, 3);
	*base = malloc(size * element + shift);
	assert_non_null(*base);
	memset(*base, 0x55, size * element + shift);
	view->data = (char *)*base + shift + first * element;
}

static inline void *view_at(const struct nmaccel_weight_view *v, uint32_t r, uint32_t i, uint32_t j,
			    uint32_t c)
{
	int64_t element =
		r * v->stride_row + i * v->stride_h + j * v->stride_w + c * v->stride_channel;

	return (char *)v->data + element * (int64_t)nmaccel_type_bytes(v->type);
}

/* Both ways between a dense and an S8 view; F32 views get the same numbers as floats. */
static inline void view_write(const struct nmaccel_weight_view *v, const struct dense *d)
{
	uint32_t r, i, j, c;

	for (r = 0; r < d->rows; r++)
		for (i = 0; i < d->kernel_h; i++)
			for (j = 0; j < d->kernel_w; j++)
				for (c = 0; c < d->channels; c++) {
					float f = *dense_at(d, r, i, j, c);

					if (v->type == NMACCEL_TYPE_F32)
						memcpy(view_at(v, r, i, j, c), &f, sizeof(f));
					else
						*(int8_t *)view_at(v, r, i, j, c) = (int8_t)f;
				}
}

static inline void view_assert_equal(const struct nmaccel_weight_view *v, const struct dense *d)
{
	uint32_t r, i, j, c;

	for (r = 0; r < d->rows; r++)
		for (i = 0; i < d->kernel_h; i++)
			for (j = 0; j < d->kernel_w; j++)
				for (c = 0; c < d->channels; c++) {
					int got = *(int8_t *)view_at(v, r, i, j, c);

					if (got != *dense_at(d, r, i, j, c))
						fail_msg("row %u tap %u,%u channel %u: %d, not %d",
							 r, i, j, c, got, *dense_at(d, r, i, j, c));
				}
}

/* The natural view of a dense. */
static inline void dense_view(const struct dense *d, struct nmaccel_weight_view *view)
{
	assert_ok(nmaccel_weight_view_init(view, NMACCEL_WEIGHTS_OHWI, NMACCEL_TYPE_S8, d->data,
					   d->rows, d->channels, d->kernel_h, d->kernel_w));
}

/* A random legal n:m. */
static inline struct nmaccel_pattern pattern_random(void)
{
	uint32_t m = 4u << random_range(0, 6);

	return (struct nmaccel_pattern){NMACCEL_PATTERN_NM, random_range(1, m), m};
}

#endif /* NMACCEL_TESTS_WEIGHTS_UTIL_H */
