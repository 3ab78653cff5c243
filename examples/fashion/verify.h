/* SPDX-License-Identifier: MIT */
#ifndef FASHION_VERIFY_H
#define FASHION_VERIFY_H

#include "data.h"
#include "net.h"

/* The images on which an exported model must agree with the trainer's own integer loops. */
#define VERIFY_IMAGES 500

/*
 * Loads what export_net() has written to `dir` with libnmaccel and compares all logits of the
 * first test images bit for bit with int8_forward(). Returns 0 if they are the same, or -1 after
 * a message on stderr.
 */
int verify_export(const struct fashion_net *net, const char *dir,
		  const struct fashion_data *test_set, int threads);

#endif
