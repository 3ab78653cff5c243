/* SPDX-License-Identifier: MIT */
/* Writing tensors to .npy, .npz and .safetensors files. */
#ifndef NMACCEL_TOOLS_WRITER_H
#define NMACCEL_TOOLS_WRITER_H

#include "save.h"
#include "tensor.h"

struct json_object;

struct out_tensor {
	char *name;
	enum dtype dtype;
	unsigned int rank;
	uint64_t shape[TENSOR_MAX_RANK];
	uint64_t bytes;
};

struct out_tensors {
	struct out_tensor *items;
	size_t count;

	/* The data of tensor i, valid until the next call. Called once for each, in any order. */
	int (*fill)(void *context, size_t i, const void **data);
	void *context;
	struct json_object *metadata; /* safetensors: "__metadata__", or NULL */
};

struct writer {
	const char *extension;
	int (*write)(struct save *save, const struct out_tensors *tensors);
	bool has_bf16;
};

/* The writer for a file's name; NULL after fail() if there is none. */
const struct writer *writer_find(const char *path);

/* Write a whole file, or none. */
int writer_save(const struct writer *writer, const char *path, bool force,
		const struct out_tensors *tensors);

int npy_write(struct save *save, const struct out_tensors *tensors);
int npz_write(struct save *save, const struct out_tensors *tensors);
int safetensors_write(struct save *save, const struct out_tensors *tensors);

/* The header of a .npy file, in new memory. */
char *npy_make_header(const struct out_tensor *t, size_t *bytes);

#endif /* NMACCEL_TOOLS_WRITER_H */
