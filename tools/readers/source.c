/* SPDX-License-Identifier: MIT */
#include "source.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "fail.h"

/* The weaker the mark, the later it is tried. */
static const struct tensor_format *const formats[] = {
	&npy_format, &npz_format, &nmw_format, &safetensors_format, &onnx_format,
};

static const struct tensor_format *probe(const struct input *in)
{
	unsigned char head[16];
	size_t bytes = in->size < sizeof(head) ? (size_t)in->size : sizeof(head);

	if (input_read(in, 0, head, bytes, "the first bytes") < 0)
		return NULL;
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (formats[i]->probe(head, bytes))
			return formats[i];
	}
	fail(FAIL_INPUT,
	     "%s: not a file that is read here (%s); readable are .npy, .npz, .safetensors, .onnx "
	     "and .nmw",
	     in->path, bytes ? "unknown first bytes" : "it is empty");
	return NULL;
}

static int open_input(const struct tensor_format *format, struct input *in,
		      struct tensor_source **out)
{
	struct tensor_source *src;

	if (!format)
		format = probe(in);
	if (!format) {
		input_close(in);
		return -1;
	}
	src = xcalloc(1, sizeof(*src));
	src->format = format;
	src->in = *in;
	if (format->open(src) < 0) {
		source_close(src);
		return -1;
	}
	*out = src;
	return 0;
}

int source_open(const char *path, struct tensor_source **src)
{
	struct input in;

	if (input_open(path, &in) < 0)
		return -1;
	return open_input(NULL, &in, src);
}

int source_open_memory(const struct tensor_format *format, const char *name, const void *data,
		       uint64_t bytes, struct tensor_source **src)
{
	struct input in;

	input_open_memory(name, data, bytes, &in);
	return open_input(format, &in, src);
}

int source_load(struct tensor_source *src, size_t i)
{
	struct tensor *t = &src->tensors[i];

	if (t->data)
		return 0;
	if (t->dtype == DTYPE_UNKNOWN)
		return fail(FAIL_INPUT,
			    "%s: tensor '%s' has elements of type %s, which is not read",
			    src->in.path, t->name, t->dtype_text ? t->dtype_text : "unknown");
	if (src->format->check && src->format->check(src, t) < 0)
		return -1;
	t->data = malloc(t->bytes ? t->bytes : 1);
	if (!t->data)
		return fail(FAIL_SYSTEM, "%s: no memory for the %" PRIu64 " bytes of tensor '%s'",
			    src->in.path, t->bytes, t->name);
	if (src->format->load(src, t) < 0) {
		source_unload(src, i);
		return -1;
	}
	return 0;
}

void source_unload(struct tensor_source *src, size_t i)
{
	free(src->tensors[i].data);
	src->tensors[i].data = NULL;
}

void source_close(struct tensor_source *src)
{
	if (!src)
		return;
	src->format->close(src);
	for (size_t i = 0; i < src->count; i++)
		tensor_fini(&src->tensors[i]);
	free(src->tensors);
	json_object_put(src->metadata);
	input_close(&src->in);
	free(src);
}

struct tensor *source_find(struct tensor_source *src, const char *name)
{
	for (size_t i = 0; i < src->count; i++) {
		if (!strcmp(src->tensors[i].name, name))
			return &src->tensors[i];
	}
	return NULL;
}

struct tensor *source_add(struct tensor_source *src, const char *name)
{
	struct tensor *t;

	if (src->count == src->capacity) {
		src->capacity = src->capacity ? src->capacity * 2 : 16;
		src->tensors = xrealloc_array(src->tensors, src->capacity, sizeof(*t));
	}
	t = &src->tensors[src->count++];
	*t = (struct tensor){.name = xstrdup(name)};
	return t;
}

static struct tensor *find_companion(struct tensor_source *src, const struct tensor *t,
				     const char *suffix)
{
	static const char separators[] = "._";
	struct tensor *found = NULL;

	for (const char *sep = separators; *sep && !found; sep++) {
		char *name = xasprintf("%s%c%s", t->name, *sep, suffix);

		found = source_find(src, name);
		free(name);
	}
	return found;
}

/*
 * The axis whose channels have one scale each: the first one of that length, which is the rows' in
 * all layouts but [K][rows]. -1 if there is none.
 */
static int companion_axis(const struct tensor *t, const struct tensor *companion)
{
	if (!dtype_bytes(companion->dtype) || !companion->elements)
		return -1;
	if (companion->elements == 1)
		return 0;
	for (unsigned int axis = 0; axis < t->rank; axis++) {
		if (companion->elements == t->shape[axis] && (axis == 0 || axis + 1 == t->rank))
			return (int)axis;
	}
	return -1;
}

static int attach_to(struct tensor_source *src, struct tensor *t, struct tensor *scale,
		     struct tensor *zero)
{
	struct tensor_quant *quant = &t->quant;
	bool with_zeros = zero && dtype_bytes(zero->dtype) && zero->elements == scale->elements;

	if (source_load(src, (size_t)(scale - src->tensors)) < 0 ||
	    (with_zeros && source_load(src, (size_t)(zero - src->tensors)) < 0))
		return -1;
	*quant = (struct tensor_quant){.present = true,
				       .has_zero_points = with_zeros,
				       .axis = companion_axis(t, scale),
				       .count = (size_t)scale->elements};
	quant->scales = xcalloc(quant->count, sizeof(float));
	quant->zero_points = xcalloc(quant->count, sizeof(int32_t));
	dtype_to_f32(scale->dtype, scale->data, quant->count, quant->scales);
	for (size_t i = 0; with_zeros && i < quant->count; i++) {
		double value = dtype_get(zero->dtype, zero->data, i);

		quant->zero_points[i] = value >= -128 && value <= 255 ? (int32_t)value : 0;
	}
	source_unload(src, (size_t)(scale - src->tensors));
	if (with_zeros)
		source_unload(src, (size_t)(zero - src->tensors));
	return 0;
}

int source_attach_quant(struct tensor_source *src)
{
	for (size_t i = 0; i < src->count; i++) {
		struct tensor *t = &src->tensors[i];
		struct tensor *scale;

		if (t->dtype != DTYPE_S8 && t->dtype != DTYPE_U8)
			continue;
		scale = find_companion(src, t, "scale");
		if (!scale || companion_axis(t, scale) < 0)
			continue;
		if (attach_to(src, t, scale, find_companion(src, t, "zero_point")) < 0)
			return -1;
	}
	return 0;
}
