/* SPDX-License-Identifier: MIT */
#ifndef FASHION_PASS_H
#define FASHION_PASS_H

#include <stddef.h>
#include <stdint.h>

#include "gemm.h"
#include "net.h"

/* The float forward and backward pass of up to `capacity` images; one per thread. */
struct pass {
	const struct fashion_net *net;
	size_t capacity;
	float *values[FASHION_MAX_LAYERS + 1];	  /* by value number */
	float *gradients[FASHION_MAX_LAYERS + 1]; /* of the loss, by value number */
	float *columns[FASHION_MAX_LAYERS];	  /* by layer; NULL if the value itself serves */
	float *column_gradients;
	struct gemm_scratch *scratch;
};

struct pass *pass_create(const struct fashion_net *net, size_t capacity);
void pass_destroy(struct pass *pass);

/* Puts image `number` in place `at` as floats in [0, 1]. */
void pass_set_image(struct pass *pass, size_t at, const uint8_t *image);

/* Runs the net with `params` in place of its own. */
void pass_forward(struct pass *pass, const float *params, size_t images);

/*
 * Softmax and cross entropy of the last value: returns the sum of the losses, adds the number of
 * right answers to *right, and leaves the gradient for pass_backward().
 */
double pass_loss(struct pass *pass, const uint8_t *labels, size_t images, size_t *right);

/* Adds the gradient of the sum of losses to param_gradients. */
void pass_backward(struct pass *pass, const float *params, size_t images, float *param_gradients);

#endif
