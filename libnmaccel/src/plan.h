/* SPDX-License-Identifier: MIT */
/*
 * Plan: tensors and layers while it is built, buffers and a program once it is compiled.
 *
 *	plan.c		the object, inputs, outputs, queries
 *	plan_layer.c	the calls that add a layer
 *	plan_quant.c	zero points, multipliers, biases and bounds, as numbers for the engine
 *	plan_arena.c	where activations lie in a run's memory
 *	plan_compile.c	descriptors, parameters, buffers
 *	plan_run.c	submission and completion
 *	plan_file.c	.plan files, with plan_reader.c and plan_layer_reader.c
 */
#ifndef NMACCEL_SRC_PLAN_H
#define NMACCEL_SRC_PLAN_H

#include <pthread.h>
#include <stdbool.h>

#include "device.h"

#define NMACCEL_PLAN_MAX_IN_FLIGHT	   256
#define NMACCEL_PLAN_DEFAULT_MAX_IN_FLIGHT 2

/* Producer of an input tensor. */
#define NMACCEL_NO_LAYER UINT32_MAX

struct nmaccel_plan_tensor {
	struct nmaccel_tensor shape;
	uint32_t producer;	/* the layer that writes it, or NMACCEL_NO_LAYER */
	bool used;		/* read by a layer, or an output */
	uint64_t offset, bytes; /* in the arena, in the device's layout */
};

/* What a layer whose output is NMACCEL_TYPE_F32 leaves to the CPU. */
struct nmaccel_dequant {
	float *scales; /* per channel; NULL for the other types */
	float min, max;
};

struct nmaccel_layer {
	const char *kind; /* "linear", ... */
	char *name;	  /* from a file; or NULL */
	uint32_t in, in2, out;
	struct nmaccel_weights *weights;
	struct nmaccel_hw_param *params; /* per row; moves to a buffer in compile */
	struct nmaccel_dequant dequant;
	struct nmaccel_hw_desc desc; /* without buffers, offsets, channel ranges */
	uint32_t first_desc, n_descs;
	uint64_t steps, nonzeros, macs_per_pixel; /* of the weights */
	uint64_t stream_bytes;
	uint32_t rows;
};

struct nmaccel_plan_io {
	uint32_t tensor;
	enum nmaccel_layout layout;
};

/* Memory and bookkeeping of one run in flight. */
struct nmaccel_slot {
	struct nmaccel_job job;
	struct nmaccel_slot *next_free;
	struct nmaccel_plan *plan;
	struct nmaccel_memory *arena;
	struct nmaccel_binding *bindings;
	struct nmaccel_fence *fence; /* while in flight, one reference */
	struct nmaccel_io *outputs;  /* while in flight; buffers are referenced */
};

/* What nmaccel_plan_compile makes. */
struct nmaccel_program {
	void *program;
	struct nmaccel_memory *constants; /* parameters, and streams that were copied */
	struct nmaccel_memory **streams;  /* streams used in place */
	uint32_t n_streams;
	uint32_t n_bindings, n_descs;
	struct nmaccel_slot *slots;
	struct nmaccel_binding *bindings; /* n_bindings of each slot */
	uint32_t n_slots;
	uint64_t arena_bytes, live_bytes, param_bytes;
};

struct nmaccel_plan {
	struct nmaccel_refs refs;
	struct nmaccel_device *dev;

	struct nmaccel_plan_tensor *tensors;
	uint32_t n_tensors;
	struct nmaccel_layer *layers;
	uint32_t n_layers;
	uint32_t *inputs; /* tensor ids */
	uint32_t n_inputs;
	struct nmaccel_plan_io *outputs;
	uint32_t n_outputs;

	bool compiled;
	struct nmaccel_program program;

	pthread_mutex_t lock; /* guards free_slots */
	pthread_cond_t slot_freed;
	struct nmaccel_slot *free_slots;
};

/* plan.c */

/* Refuse a call on a NULL or a compiled plan. */
enum nmaccel_status nmaccel_plan_check_open(const struct nmaccel_plan *plan, const char *call);

/* Room for one more element of an array of the plan. */
enum nmaccel_status nmaccel_plan_grow(void **array, uint32_t n, size_t element);

/* Shape within the contract's limits. */
enum nmaccel_status nmaccel_plan_check_extents(const struct nmaccel_tensor *tensor,
					       const char *what);

/* Shape, type and quantisation within the contract's limits. what names the tensor. */
enum nmaccel_status nmaccel_plan_check_tensor(const struct nmaccel_tensor *tensor,
					      const char *what);

/* Name the last added layer, for messages. */
enum nmaccel_status nmaccel_plan_name_layer(struct nmaccel_plan *plan, const char *name);

/* "layer 3 (conv2d "conv1")", cut to len. */
#define NMACCEL_LAYER_TEXT 96
void nmaccel_layer_format(const struct nmaccel_plan *plan, uint32_t layer, char *text, size_t len);

/* batch x height x width. */
uint64_t nmaccel_tensor_pixels(const struct nmaccel_tensor *tensor);

/* plan_arena.c */

/*
 * Offset of every tensor in a run's memory, such that no two that are live at one time overlap.
 * live_bytes: the most that is live at one time, below which no placement can go.
 */
enum nmaccel_status nmaccel_plan_place(struct nmaccel_plan *plan, uint64_t *arena_bytes,
				       uint64_t *live_bytes);

/* plan_compile.c */
void nmaccel_program_destroy(struct nmaccel_device *dev, struct nmaccel_program *program);

#endif /* NMACCEL_SRC_PLAN_H */
