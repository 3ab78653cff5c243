/* SPDX-License-Identifier: MIT */
#include "tensor.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
	       "tensor data is kept little endian and read as the host's");

static const struct {
	const char *name;
	size_t bytes;
	bool is_float;
} dtypes[DTYPE_COUNT] = {
	[DTYPE_UNKNOWN] = {"unknown", 0, false}, [DTYPE_F64] = {"f64", 8, true},
	[DTYPE_F32] = {"f32", 4, true},		 [DTYPE_F16] = {"f16", 2, true},
	[DTYPE_BF16] = {"bf16", 2, true},	 [DTYPE_S64] = {"s64", 8, false},
	[DTYPE_S32] = {"s32", 4, false},	 [DTYPE_S16] = {"s16", 2, false},
	[DTYPE_S8] = {"s8", 1, false},		 [DTYPE_U64] = {"u64", 8, false},
	[DTYPE_U32] = {"u32", 4, false},	 [DTYPE_U16] = {"u16", 2, false},
	[DTYPE_U8] = {"u8", 1, false},		 [DTYPE_BOOL] = {"bool", 1, false},
};

size_t dtype_bytes(enum dtype dtype)
{
	return dtypes[dtype].bytes;
}

const char *dtype_name(enum dtype dtype)
{
	return dtypes[dtype].name;
}

bool dtype_is_float(enum dtype dtype)
{
	return dtypes[dtype].is_float;
}

static float f32_from_bits(uint32_t bits)
{
	float value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

static float f32_from_f16(uint16_t half)
{
	uint32_t sign = (uint32_t)(half & 0x8000) << 16;
	uint32_t exponent = (half >> 10) & 0x1f;
	uint32_t fraction = half & 0x3ff;

	if (exponent == 0x1f)
		return f32_from_bits(sign | 0x7f800000 | fraction << 13);
	if (exponent == 0) {
		float value = (float)fraction * 0x1p-24f;

		return sign ? -value : value;
	}
	return f32_from_bits(sign | (exponent + 112) << 23 | fraction << 13);
}

#define GET(type)                                                                                  \
	do {                                                                                       \
		type value;                                                                        \
		memcpy(&value, (const char *)data + i * sizeof(value), sizeof(value));             \
		return (double)value;                                                              \
	} while (0)

double dtype_get(enum dtype dtype, const void *data, uint64_t i)
{
	uint16_t half;

	switch (dtype) {
	case DTYPE_F64:
		GET(double);
	case DTYPE_F32:
		GET(float);
	case DTYPE_F16:
		memcpy(&half, (const char *)data + i * 2, 2);
		return (double)f32_from_f16(half);
	case DTYPE_BF16:
		memcpy(&half, (const char *)data + i * 2, 2);
		return (double)f32_from_bits((uint32_t)half << 16);
	case DTYPE_S64:
		GET(int64_t);
	case DTYPE_S32:
		GET(int32_t);
	case DTYPE_S16:
		GET(int16_t);
	case DTYPE_S8:
		GET(int8_t);
	case DTYPE_U64:
		GET(uint64_t);
	case DTYPE_U32:
		GET(uint32_t);
	case DTYPE_U16:
		GET(uint16_t);
	case DTYPE_U8:
	case DTYPE_BOOL:
		GET(uint8_t);
	case DTYPE_UNKNOWN:
	case DTYPE_COUNT:
		break;
	}
	return 0;
}

void dtype_to_f32(enum dtype dtype, const void *data, uint64_t count, float *out)
{
	if (dtype == DTYPE_F32) {
		if (count)
			memcpy(out, data, count * sizeof(float));
		return;
	}
	for (uint64_t i = 0; i < count; i++)
		out[i] = (float)dtype_get(dtype, data, i);
}

int tensor_set_shape(struct tensor *t, enum dtype dtype, const uint64_t *shape, unsigned int rank,
		     const char *where)
{
	uint64_t elements = 1, bytes;

	if (rank > TENSOR_MAX_RANK)
		return fail(FAIL_INPUT, "%s: %u dimensions; at most %d are read", where, rank,
			    TENSOR_MAX_RANK);
	for (unsigned int i = 0; i < rank; i++) {
		if (__builtin_mul_overflow(elements, shape[i], &elements))
			return fail(FAIL_INPUT,
				    "%s: dimension %u of %" PRIu64 " makes the size overflow",
				    where, i, shape[i]);
	}
	if (__builtin_mul_overflow(elements, (uint64_t)dtype_bytes(dtype), &bytes) ||
	    bytes > PTRDIFF_MAX)
		return fail(FAIL_INPUT, "%s: %" PRIu64 " elements of %s do not fit in memory",
			    where, elements, dtype_name(dtype));
	t->dtype = dtype;
	t->rank = rank;
	for (unsigned int i = 0; i < rank; i++)
		t->shape[i] = shape[i];
	t->elements = elements;
	t->bytes = bytes;
	return 0;
}

static bool ends_with(const char *name, const char *end)
{
	size_t n = strlen(name), e = strlen(end);

	return n >= e && !strcmp(name + n - e, end);
}

static bool names_quantisation(const char *name)
{
	return ends_with(name, "_scale") || ends_with(name, ".scale") ||
	       ends_with(name, "_zero_point") || ends_with(name, ".zero_point");
}

static bool names_embedding(const char *name)
{
	return strcasestr(name, "embed") || strstr(name, "wte.") || strstr(name, "wpe.");
}

void tensor_guess_use(struct tensor *t)
{
	t->use_from = FROM_GUESS;
	t->layout = 0;
	if (names_quantisation(t->name)) {
		t->use = USE_QUANT;
	} else if (t->rank < 2) {
		t->use = USE_BIAS;
	} else if (names_embedding(t->name)) {
		t->use = USE_EMBEDDING;
	} else if (t->rank == 2) {
		t->use = USE_LINEAR;
		t->layout = NMACCEL_WEIGHTS_ROWS_K;
	} else if (t->rank <= 4) {
		t->use = USE_CONV;
		t->layout = NMACCEL_WEIGHTS_OIHW;
	} else {
		t->use = USE_OTHER;
	}
}

void tensor_shape_text(const struct tensor *t, char *text, size_t len)
{
	size_t used = 0;

	snprintf(text, len, "scalar");
	for (unsigned int i = 0; i < t->rank && used < len; i++) {
		int wrote =
			snprintf(text + used, len - used, "%s%" PRIu64, i ? "x" : "", t->shape[i]);

		used += wrote > 0 ? (size_t)wrote : len;
	}
}

void tensor_fini(struct tensor *t)
{
	free(t->name);
	free(t->dtype_text);
	free(t->consumer);
	free(t->quant.scales);
	free(t->quant.zero_points);
	free(t->data);
}
