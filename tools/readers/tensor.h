/* SPDX-License-Identifier: MIT */
/* A tensor as files know it: name, type, shape, what it is for, how it is quantised. */
#ifndef NMACCEL_TOOLS_TENSOR_H
#define NMACCEL_TOOLS_TENSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nmaccel.h"

enum dtype {
	DTYPE_UNKNOWN = 0, /* listed, but never loaded */
	DTYPE_F64,
	DTYPE_F32,
	DTYPE_F16,
	DTYPE_BF16,
	DTYPE_S64,
	DTYPE_S32,
	DTYPE_S16,
	DTYPE_S8,
	DTYPE_U64,
	DTYPE_U32,
	DTYPE_U16,
	DTYPE_U8,
	DTYPE_BOOL,
	DTYPE_COUNT,
};

size_t dtype_bytes(enum dtype dtype);	  /* 0 if unknown */
const char *dtype_name(enum dtype dtype); /* "f32" */
bool dtype_is_float(enum dtype dtype);

/* Element i of packed little-endian data as a number. */
double dtype_get(enum dtype dtype, const void *data, uint64_t i);

/* Convert a run of elements; 64-bit integers may lose low bits. */
void dtype_to_f32(enum dtype dtype, const void *data, uint64_t count, float *out);

#define TENSOR_MAX_RANK 8

enum tensor_use {
	USE_UNKNOWN = 0,
	USE_LINEAR,
	USE_CONV,
	USE_CONV_TRANSPOSE,
	USE_EMBEDDING,
	USE_RECURRENT,
	USE_BIAS,
	USE_QUANT, /* a scale or zero point of another tensor */
	USE_OTHER,
};

/* Where the use and the layout come from. */
enum tensor_source_of_use {
	FROM_GUESS = 0, /* the shape and the name */
	FROM_GRAPH,	/* the node that reads it */
	FROM_FILE,	/* the file says so */
	FROM_OPTION,	/* the user says so */
};

struct tensor_quant {
	bool present;
	bool blocked;	      /* scales for blocks of a channel: not ours */
	bool has_zero_points; /* else all are 0 */
	int axis;	      /* of the channels; meaningful if count > 1 */
	size_t count;	      /* of scales and zero points: 1 = per tensor */
	float *scales;
	int32_t *zero_points;
};

struct tensor {
	char *name;
	enum dtype dtype;
	char *dtype_text; /* the file's own word for an unknown type */
	unsigned int rank;
	uint64_t shape[TENSOR_MAX_RANK];
	uint64_t elements;
	uint64_t bytes;

	enum tensor_use use;
	enum tensor_source_of_use use_from;
	bool part;			   /* only a piece of another tensor of the same file */
	enum nmaccel_weight_layout layout; /* USE_LINEAR, USE_CONV; else 0 */
	uint32_t n_groups;		   /* USE_CONV; 0 if the file does not tell */
	char *consumer;			   /* "Conv 'block1/conv'", or NULL */
	struct tensor_quant quant;
	uint32_t lanes, block_rows; /* of the engine that the file has packed it for; else 0 */

	unsigned char *data; /* packed, C order, little endian; NULL until loaded */
};

/*
 * Set rank, shape, elements and bytes; refuses shapes whose size overflows or whose rank is too
 * large. `where` begins the message.
 */
int tensor_set_shape(struct tensor *t, enum dtype dtype, const uint64_t *shape, unsigned int rank,
		     const char *where);

/* Take the use from the shape and the name, as PyTorch lays weights out. */
void tensor_guess_use(struct tensor *t);

/* "64x32x3x3"; at most len bytes. */
void tensor_shape_text(const struct tensor *t, char *text, size_t len);

void tensor_fini(struct tensor *t);

#endif /* NMACCEL_TOOLS_TENSOR_H */
