/* SPDX-License-Identifier: MIT */
/*
 * safetensors: 8 bytes of header length, a JSON header, raw data
 * (https://github.com/huggingface/safetensors, "Format").
 */
#ifndef NMACCEL_TOOLS_SAFETENSORS_H
#define NMACCEL_TOOLS_SAFETENSORS_H

#include "source.h"

/* The limit that the reference implementation sets. */
#define SAFETENSORS_MAX_HEADER 100000000u

struct safetensors_entry {
	uint64_t begin, end; /* bytes of the file */
	/* compressed-tensors' sparse-24-bitmask: entries of the three parts; else all < 0 */
	ptrdiff_t compressed, bitmask;
};

struct safetensors_state {
	struct safetensors_entry *entries; /* of tensor i */
	size_t capacity;
};

/* The entry of the tensor that was added last, zeroed. */
struct safetensors_entry *safetensors_entry_add(struct tensor_source *src);

const char *safetensors_dtype_name(enum dtype dtype);

/* Add a dense tensor NAME for each NAME.compressed, NAME.bitmask, NAME.shape. */
int sparse24_add(struct tensor_source *src);
int sparse24_load(struct tensor_source *src, struct tensor *t);

#endif /* NMACCEL_TOOLS_SAFETENSORS_H */
