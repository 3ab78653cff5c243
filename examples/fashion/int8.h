/* SPDX-License-Identifier: MIT */
#ifndef FASHION_INT8_H
#define FASHION_INT8_H

#include "data.h"
#include "net.h"

/*
 * The quantised network in plain integer loops, as ONNX defines the operators: what the
 * exported model must compute, bit for bit.
 */

/* logits[images][FASHION_CLASSES]. Returns 0, or -1 if memory runs out. */
int int8_forward(const struct fashion_net *net, const uint8_t *images, size_t count, int threads,
		 float *logits);

/* Sets net->int8_accuracy. Returns 0, or -1 if memory runs out. */
int int8_evaluate(struct fashion_net *net, const struct fashion_data *data, int threads);

#endif
