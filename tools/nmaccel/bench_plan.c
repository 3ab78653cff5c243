/* SPDX-License-Identifier: MIT */
/* Latency and throughput of a whole plan on random samples. */
#include <inttypes.h>
#include <stdlib.h>

#include "bench.h"
#include "fail.h"
#include "network.h"
#include "progress.h"
#include "tree.h"

static void randomise_inputs(struct network *net, uint64_t *random)
{
	for (uint32_t i = 0; i < net->info.n_inputs; i++) {
		unsigned char *bytes = net->input_io[i].data;

		for (uint64_t b = 0; b < net->input_io[i].bytes; b++)
			bytes[b] = (unsigned char)bench_random(random);
	}
}

static int measure(const struct bench_config *c, struct network *net, double *latency,
		   struct nmaccel_run_stats *stats)
{
	struct nmaccel_run_stats warm = {.size = sizeof(warm)};
	struct progress progress = progress_begin("measuring", c->repeat);

	if (network_run(net, &warm) < 0)
		return -1;
	for (uint32_t i = 0; i < c->repeat; i++) {
		uint64_t begin = now_ns();

		if (network_run(net, stats) < 0)
			return -1;
		latency[i] = (double)(now_ns() - begin) * 1e-6;
		progress_step(&progress, i + 1);
	}
	progress_end(&progress);
	return 0;
}

static void put_latency(struct json_object *tree, double *latency, uint32_t count, uint32_t batch)
{
	static const struct {
		const char *key;
		double p;
	} points[] = {{"min", 0}, {"p50", 50}, {"p90", 90}, {"p99", 99}, {"max", 100}};
	struct json_object *object = tree_object(tree, "latency_ms");
	double sum = 0;

	for (uint32_t i = 0; i < count; i++)
		sum += latency[i];
	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++)
		tree_real(object, points[i].key, bench_percentile(latency, count, points[i].p), 4);
	tree_real(object, "mean", sum / count, 4);
	tree_real(tree, "samples_per_s", sum > 0 ? 1e3 * batch * count / sum : 0, 1);
}

static void write_text(struct json_object *tree, FILE *out)
{
	struct json_object *device = tree_get(tree, "device"), *plan = tree_get(tree, "plan");
	struct json_object *latency = tree_get(tree, "latency_ms");

	fprintf(out, "%s on %s (%s): %" PRIu64 " runs of %" PRIu64 " samples, seed %" PRIu64 "\n",
		tree_get_text(tree, "file"), tree_get_text(device, "name"),
		tree_get_text(device, "description"), tree_get_u64(tree, "repeat"),
		tree_get_u64(tree, "batch"), tree_get_u64(tree, "seed"));
	fprintf(out, "latency in ms:");
	json_object_object_foreach(latency, key, value)
		fprintf(out, "  %s %.3f", key, json_object_get_double(value));
	fprintf(out, "\n%.1f samples/s; %s steps a run; %s of %s multiply-adds have a weight\n",
		tree_get_real(tree, "samples_per_s"), text_thousands(tree_get_u64(plan, "steps")),
		text_thousands(tree_get_u64(plan, "nonzero_macs")),
		text_thousands(tree_get_u64(plan, "macs")));
}

int bench_plan(const struct bench_config *c, const char *path)
{
	struct nmaccel_run_stats stats = {.size = sizeof(stats)};
	uint32_t batch = c->batch ? c->batch : 1;
	struct network net = {0};
	double *latency = xcalloc(c->repeat, sizeof(*latency));
	uint64_t random = c->seed;
	struct json_object *tree;
	int ret = network_load(&net, c->backend, path, batch);

	if (ret == 0) {
		randomise_inputs(&net, &random);
		ret = measure(c, &net, latency, &stats);
	}
	if (ret == 0) {
		tree = tree_create("nmaccel.bench");
		tree_text(tree, "kind", "plan");
		tree_text(tree, "file", path);
		tree_u64(tree, "repeat", c->repeat);
		tree_u64(tree, "seed", c->seed);
		tree_u64(tree, "batch", batch);
		network_put_device(tree, &net);
		network_put_plan(tree, &net);
		put_latency(tree, latency, c->repeat, batch);
		ret = tree_print(&c->common, tree, write_text);
	}
	network_fini(&net);
	free(latency);
	return ret;
}
