/* SPDX-License-Identifier: MIT */
/*
 * Tensor source: a file with tensors, of any format that we read. The list is known after opening;
 * the data of a tensor is read when it is asked for, so that one layer of a large model is in
 * memory at a time.
 */
#ifndef NMACCEL_TOOLS_SOURCE_H
#define NMACCEL_TOOLS_SOURCE_H

#include <stdio.h>

#include "input.h"
#include "tensor.h"

struct tensor_source;
struct json_object;

struct tensor_format {
	const char *name;	 /* "npy" */
	const char *extension;	 /* ".npy" */
	const char *description; /* for help and messages */

	/* Could these first bytes of a file be of the format? Every format has such a mark. */
	bool (*probe)(const unsigned char *head, size_t bytes);

	/* List the tensors of src->in. On failure, close is called. */
	int (*open)(struct tensor_source *src);

	/*
	 * Does the file have the data that the shape asks for? Asked before memory is allocated for
	 * it. NULL where open has looked.
	 */
	int (*check)(struct tensor_source *src, const struct tensor *t);

	/* Fill in t->data: t->bytes bytes. */
	int (*load)(struct tensor_source *src, struct tensor *t);

	/*
	 * NULL where only writers/ can write the format. Otherwise: write the file anew, with the
	 * data of all tensors that are loaded in place of the old.
	 */
	int (*rewrite)(struct tensor_source *src, FILE *out);

	void (*close)(struct tensor_source *src);
};

struct tensor_source {
	const struct tensor_format *format;
	struct input in;
	struct tensor *tensors;
	size_t count;
	size_t capacity;
	struct json_object *metadata; /* safetensors: "__metadata__", or NULL */
	void *state;		      /* the format's own */
};

/* Open a file; the format is told by the content. */
int source_open(const char *path, struct tensor_source **src);

/* The same from memory that stays valid; format NULL: told by the content. */
int source_open_memory(const struct tensor_format *format, const char *name, const void *data,
		       uint64_t bytes, struct tensor_source **src);

int source_load(struct tensor_source *src, size_t i);
void source_unload(struct tensor_source *src, size_t i);
void source_close(struct tensor_source *src);

/* Tensor of that name, or NULL. */
struct tensor *source_find(struct tensor_source *src, const char *name);

/* For formats: append a tensor, zeroed but for its name. The pointer is valid until the next one.
 */
struct tensor *source_add(struct tensor_source *src, const char *name);

/*
 * For formats that keep quantisation in tensors beside: NAME.scale or NAME_scale and
 * NAME.zero_point or NAME_zero_point belong to the int8 tensor NAME.
 */
int source_attach_quant(struct tensor_source *src);

extern const struct tensor_format npy_format, npz_format, safetensors_format, onnx_format,
	nmw_format;

#endif /* NMACCEL_TOOLS_SOURCE_H */
