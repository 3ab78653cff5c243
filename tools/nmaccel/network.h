/* SPDX-License-Identifier: MIT */
/* A loaded plan with memory for its inputs and outputs. */
#ifndef NMACCEL_TOOLS_NETWORK_H
#define NMACCEL_TOOLS_NETWORK_H

#include "nmaccel.h"

struct json_object;

struct network {
	struct nmaccel_device *dev;
	struct nmaccel_device_info device;
	struct nmaccel_plan *plan;
	struct nmaccel_plan_info info;
	struct nmaccel_tensor *inputs, *outputs; /* info.n_inputs, info.n_outputs */
	struct nmaccel_io *input_io, *output_io; /* zeroed memory of one batch each */
};

int network_open_device(struct network *net, const char *backend);
int network_load(struct network *net, const char *backend, const char *path, uint32_t batch);

/* Of a plan that is compiled: query it and allocate the memory. */
int network_finish(struct network *net, const char *name);

/* One run; adds what the engine counted. */
int network_run(struct network *net, struct nmaccel_run_stats *stats);
void network_fini(struct network *net);

void network_put_device(struct json_object *tree, const struct network *net);
void network_put_plan(struct json_object *tree, const struct network *net);
const char *network_type_name(enum nmaccel_type type);

#endif /* NMACCEL_TOOLS_NETWORK_H */
