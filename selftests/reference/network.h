/* SPDX-License-Identifier: MIT */
/* A whole network for the reference: layers in order, each reading inputs or earlier layers. */
#ifndef NMACCEL_SELFTESTS_NETWORK_H
#define NMACCEL_SELFTESTS_NETWORK_H

#include "reference.h"

enum ref_op {
	REF_LINEAR,
	REF_CONV2D,
	REF_ADD,
	REF_MAX_POOL,
	REF_AVERAGE_POOL,
};

/* Tensors are numbered: the network's inputs first, then each layer's output. */
struct ref_layer {
	enum ref_op op;
	size_t in[2];		    /* the second one: add */
	struct ref_weights weights; /* linear, conv2d; owned */
	int32_t *bias;		    /* NULL or one a row; owned */
	struct ref_window window;   /* conv2d and pools */
	bool global;		    /* pools: the window is the whole image */
	bool count_padding;	    /* average pool */
	struct ref_epilogue epilogue;
};

struct ref_input {
	struct ref_tensor tensor; /* batch and values are those of a run */
	enum ref_layout layout;
};

struct ref_output {
	size_t tensor;
	enum ref_layout layout;
};

struct ref_network {
	struct ref_input *inputs;
	size_t n_inputs;
	struct ref_layer *layers;
	size_t n_layers;
	struct ref_output *outputs;
	size_t n_outputs;
};

void ref_network_free(struct ref_network *net);

/*
 * Run a batch. inputs[i] is memory in input i's layout. On success tensors[] holds all
 * n_inputs + n_layers tensors, to be freed by ref_network_free_tensors; on failure NULL is
 * returned and *layer is the one that could not be run.
 */
struct ref_tensor *ref_network_run(const struct ref_network *net, size_t batch,
				   const void *const *inputs, size_t *layer);

void ref_network_free_tensors(const struct ref_network *net, struct ref_tensor *tensors);

#endif /* NMACCEL_SELFTESTS_NETWORK_H */
