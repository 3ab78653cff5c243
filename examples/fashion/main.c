// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "checkpoint.h"
#include "data.h"
#include "export.h"
#include "gemm.h"
#include "int8.h"
#include "options.h"
#include "quantize.h"
#include "recipe.h"
#include "report.h"
#include "train.h"
#include "verify.h"

#define EXIT_USAGE	 2
#define EXIT_BELOW_FLOOR 3

struct run {
	struct options options;
	struct fashion_data train_set, test_set;
	struct report report;
};

static int complain_memory(void)
{
	fprintf(stderr, "fashion-train: out of memory\n");
	return -1;
}

/* Every network draws its own random numbers, so that any one can be remade alone. */
static uint64_t network_seed(const struct fashion_net *net, uint64_t seed)
{
	struct prng prng = {seed};

	prng.state +=
		prng_next(&prng) + ((uint64_t)net->pattern.n << 16) + (uint64_t)net->pattern.m;
	return prng_next(&prng);
}

static int train_net(const struct run *run, struct fashion_net *net,
		     const struct fashion_net *dense)
{
	const struct recipe_schedule schedule = recipe_schedule(net->name, dense);
	const struct options *options = &run->options;
	const struct train_options train_options = {
		.epochs = options->epochs ? options->epochs : schedule.epochs,
		.peak_rate = schedule.peak_rate,
		.threads = options->threads,
	};
	struct prng prng = {network_seed(net, options->seed)};

	if (dense)
		memcpy(net->params, dense->params, net->param_count * sizeof(*net->params));
	else
		fashion_net_init(net, &prng);
	net->seed = options->seed;
	if (train(net, &run->train_set, &run->test_set, prng, &train_options))
		return complain_memory();
	return checkpoint_save(net, options->checkpoints);
}

static int load_net(const struct run *run, struct fashion_net *net)
{
	const int status = checkpoint_load(net, run->options.checkpoints);

	if (status == 0 && net->seed != run->options.seed) {
		fprintf(stderr,
			"fashion-train: the checkpoint of %s has seed %llu: give --seed, or train "
			"without --reuse\n",
			net->name, (unsigned long long)net->seed);
		return -1;
	}
	return status;
}

/* The network from its checkpoint or from training, quantised and measured; NULL on failure. */
static struct fashion_net *obtain_net(const struct run *run, const char *network,
				      const char *pattern, const struct fashion_net *dense)
{
	const struct options *options = &run->options;
	struct fashion_net *net = fashion_net_create(network);
	int status = 1;

	if (!net || !pattern_parse(pattern, &net->pattern))
		status = complain_memory();
	else if (options->reuse)
		status = load_net(run, net);
	if (status == 1)
		status = train_net(run, net, dense);
	if (!status && (quantize(net, &run->train_set) ||
			int8_evaluate(net, &run->test_set, options->threads)))
		status = complain_memory();
	if (!status)
		return net;
	fashion_net_destroy(net);
	return NULL;
}

static int finish_net(struct run *run, const struct fashion_net *net, float dense_accuracy)
{
	const char *dir = run->options.out;

	report_add(&run->report, net, dense_accuracy);
	if (!dir)
		return 0;
	if (export_net(net, dir))
		return -1;
	return verify_export(net, dir, &run->test_set, run->options.threads);
}

static int run_network(struct run *run, const char *network)
{
	const char *wanted = run->options.pattern;
	struct fashion_net *dense = obtain_net(run, network, recipe_patterns[0], NULL);
	int status = dense ? 0 : -1;

	for (int i = 0; !status && i < RECIPE_PATTERNS; i++) {
		struct fashion_net *net;

		if (wanted && strcmp(wanted, recipe_patterns[i]))
			continue;
		if (i == 0) {
			status = finish_net(run, dense, dense->int8_accuracy);
			continue;
		}
		net = obtain_net(run, network, recipe_patterns[i], dense);
		status = net ? finish_net(run, net, dense->int8_accuracy) : -1;
		fashion_net_destroy(net);
	}
	fashion_net_destroy(dense);
	return status;
}

/* As mkdir -p. */
static int make_directory(const char *path)
{
	char part[4096];
	const size_t length = strlen(path);

	if (length >= sizeof(part)) {
		fprintf(stderr, "fashion-train: %s: the name is too long\n", path);
		return -1;
	}
	for (size_t i = 1; i <= length; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		if (mkdir(part, 0777) && errno != EEXIST) {
			fprintf(stderr, "fashion-train: cannot make %s: %s\n", part,
				strerror(errno));
			return -1;
		}
	}
	return 0;
}

static int run_all(struct run *run)
{
	const struct options *options = &run->options;

	if (fashion_data_load(&run->train_set, options->data, "train") ||
	    fashion_data_load(&run->test_set, options->data, "t10k") ||
	    make_directory(options->checkpoints) || (options->out && make_directory(options->out)))
		return -1;
	if (run->train_set.count < QUANTIZE_IMAGES) {
		fprintf(stderr, "fashion-train: %s: fewer than %d training images\n", options->data,
			QUANTIZE_IMAGES);
		return -1;
	}
	printf("seed %llu, threads %d, gemm kernel %s\n", (unsigned long long)options->seed,
	       options->threads, gemm_isa());
	for (int i = 0; i < RECIPE_NETWORKS; i++) {
		if (options->network && strcmp(options->network, recipe_networks[i]))
			continue;
		if (run_network(run, recipe_networks[i]))
			return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	static struct run run;
	const int parsed = options_parse(&run.options, argc, argv);
	int status;

	if (parsed)
		return parsed > 0 ? EXIT_SUCCESS : EXIT_USAGE;
	status = run_all(&run);
	fashion_data_free(&run.train_set);
	fashion_data_free(&run.test_set);
	if (status)
		return EXIT_FAILURE;
	return report_print(&run.report) ? EXIT_SUCCESS : EXIT_BELOW_FLOOR;
}
