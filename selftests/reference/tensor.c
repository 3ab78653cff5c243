// SPDX-License-Identifier: MIT
/* Tensors of the reference: plain values, and copies from and to a caller's memory. */
#include <stdlib.h>
#include <string.h>

#include "reference.h"

bool ref_type_is_8bit(enum ref_type type)
{
	return type == REF_S8 || type == REF_U8;
}

size_t ref_type_bytes(enum ref_type type)
{
	return ref_type_is_8bit(type) ? 1 : 4;
}

size_t ref_tensor_count(const struct ref_tensor *tensor)
{
	size_t count;

	if (__builtin_mul_overflow(tensor->batch, tensor->height, &count) ||
	    __builtin_mul_overflow(count, tensor->width, &count) ||
	    __builtin_mul_overflow(count, tensor->channels, &count))
		return 0;
	return count;
}

size_t ref_tensor_bytes(const struct ref_tensor *tensor)
{
	size_t bytes;

	if (__builtin_mul_overflow(ref_tensor_count(tensor), ref_type_bytes(tensor->type), &bytes))
		return 0;
	return bytes;
}

size_t ref_tensor_index(const struct ref_tensor *t, size_t n, size_t y, size_t x, size_t c)
{
	return ((n * t->height + y) * t->width + x) * t->channels + c;
}

bool ref_tensor_alloc(struct ref_tensor *tensor)
{
	size_t count = ref_tensor_count(tensor);

	tensor->q = NULL;
	tensor->f = NULL;
	if (!count)
		return false;
	if (tensor->type == REF_F32) {
		tensor->f = calloc(count, sizeof(*tensor->f));
		return tensor->f;
	}
	tensor->q = calloc(count, sizeof(*tensor->q));
	return tensor->q;
}

void ref_tensor_free(struct ref_tensor *tensor)
{
	free(tensor->q);
	free(tensor->f);
	tensor->q = NULL;
	tensor->f = NULL;
}

void ref_weights_free(struct ref_weights *weights)
{
	free(weights->w);
	free(weights->scale);
	weights->w = NULL;
	weights->scale = NULL;
}

/* Where element (n, y, x, c) of the tensor lies in a caller's memory, counted in elements. */
static size_t memory_index(const struct ref_tensor *t, enum ref_layout layout, size_t n, size_t y,
			   size_t x, size_t c)
{
	if (layout == REF_NCHW)
		return ((n * t->channels + c) * t->height + y) * t->width + x;
	return ((n * t->height + y) * t->width + x) * t->channels + c;
}

static void read_element(struct ref_tensor *t, size_t to, const void *memory, size_t from)
{
	switch (t->type) {
	case REF_S8:
		t->q[to] = ((const int8_t *)memory)[from];
		break;
	case REF_U8:
		t->q[to] = ((const uint8_t *)memory)[from];
		break;
	case REF_S32:
		memcpy(&t->q[to], (const char *)memory + from * sizeof(int32_t), sizeof(int32_t));
		break;
	case REF_F32:
		memcpy(&t->f[to], (const char *)memory + from * sizeof(float), sizeof(float));
		break;
	}
}

static void write_element(const struct ref_tensor *t, size_t from, void *memory, size_t to)
{
	switch (t->type) {
	case REF_S8:
		((int8_t *)memory)[to] = (int8_t)t->q[from];
		break;
	case REF_U8:
		((uint8_t *)memory)[to] = (uint8_t)t->q[from];
		break;
	case REF_S32:
		memcpy((char *)memory + to * sizeof(int32_t), &t->q[from], sizeof(int32_t));
		break;
	case REF_F32:
		memcpy((char *)memory + to * sizeof(float), &t->f[from], sizeof(float));
		break;
	}
}

void ref_tensor_read(struct ref_tensor *tensor, enum ref_layout layout, const void *memory)
{
	size_t to = 0;

	for (size_t n = 0; n < tensor->batch; n++)
		for (size_t y = 0; y < tensor->height; y++)
			for (size_t x = 0; x < tensor->width; x++)
				for (size_t c = 0; c < tensor->channels; c++)
					read_element(tensor, to++, memory,
						     memory_index(tensor, layout, n, y, x, c));
}

void ref_tensor_write(const struct ref_tensor *tensor, enum ref_layout layout, void *memory)
{
	size_t from = 0;

	for (size_t n = 0; n < tensor->batch; n++)
		for (size_t y = 0; y < tensor->height; y++)
			for (size_t x = 0; x < tensor->width; x++)
				for (size_t c = 0; c < tensor->channels; c++)
					write_element(tensor, from++, memory,
						      memory_index(tensor, layout, n, y, x, c));
}
