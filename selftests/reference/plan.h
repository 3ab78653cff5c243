/* SPDX-License-Identifier: MIT */
/* Reads .plan files, from docs/plan-format.md alone, and runs them by the reference. */
#ifndef NMACCEL_SELFTESTS_PLAN_H
#define NMACCEL_SELFTESTS_PLAN_H

#include "network.h"

/* False on failure, with the cause in error[]. */
bool ref_plan_load(const char *path, struct ref_network *net, char *error, size_t error_bytes);

/*
 * Run a batch from inputs[n_inputs] to outputs[n_outputs], each memory in its layout of the plan.
 * outputs_bytes[] says how much each output has, and must be just what the output needs.
 */
bool ref_plan_run(const struct ref_network *net, size_t batch, const void *const *inputs,
		  void *const *outputs, const size_t *outputs_bytes, char *error,
		  size_t error_bytes);

#endif /* NMACCEL_SELFTESTS_PLAN_H */
