// SPDX-License-Identifier: MIT
/* Classify the Fashion-MNIST test images by each trained network, dense and pruned. */
#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "demo.h"

#define EXIT_BELOW   1 /* an accuracy below its floor, or a result unlike the reference's */
#define EXIT_TROUBLE 2

/* Whose opinions are drawn: pruned by 15 of 16 weights. */
#define DRAWN_NETWORK "cnn"
#define DRAWN_PATTERN "8:128"

static const char usage[] =
	"Usage: %s [OPTION]...\n"
	"Classify the 10,000 test images of Fashion-MNIST with each trained network, dense and\n"
	"N:M-pruned, through libnmaccel; print accuracy, size, cost and speed, and draw a few.\n"
	"\n"
	"  --json FILE     also write the table as a JSON list\n"
	"  --backend NAME  soft, model, or any device that 'nmaccel info' lists (the best one)\n"
	"  --models DIR    where NETWORK-PATTERN.plan and .nmw are (examples/fashion/models)\n"
	"  --data DIR      where the idx files are (/usr/share/datasets/fashion-mnist)\n"
	"  --help          this text\n"
	"\n"
	"Exit status: 0 if each network reaches its floor and all results are identical to the\n"
	"reference's, 1 if not, 2 if the demo could not run.\n"
	"\n"
	"Environment: NMACCEL_BACKEND, NMACCEL_ISA and NMACCEL_THREADS as for the library;\n"
	"NO_COLOR for plain output.\n";

struct demo_options {
	const char *json, *backend, *models, *data;
};

/* 0 to go on, else what main returns plus 1. */
static int parse_options(struct demo_options *options, int argc, char **argv)
{
	static const struct option long_options[] = {
		{"json", required_argument, NULL, 'j'},	  {"backend", required_argument, NULL, 'b'},
		{"models", required_argument, NULL, 'm'}, {"data", required_argument, NULL, 'd'},
		{"help", no_argument, NULL, 'h'},	  {NULL, 0, NULL, 0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (option == 'j') {
			options->json = optarg;
		} else if (option == 'b') {
			options->backend = optarg;
		} else if (option == 'm') {
			options->models = optarg;
		} else if (option == 'd') {
			options->data = optarg;
		} else if (option == 'h') {
			printf(usage, program_invocation_short_name);
			return EXIT_SUCCESS + 1;
		} else {
			fprintf(stderr, "Try '%s --help'.\n", program_invocation_short_name);
			return EXIT_TROUBLE + 1;
		}
	}
	if (optind == argc)
		return 0;
	fprintf(stderr, "%s: what is '%s'? Try '%s --help'.\n", program_invocation_short_name,
		argv[optind], program_invocation_short_name);
	return EXIT_TROUBLE + 1;
}

static bool print_device(struct nmaccel_device *dev, const struct demo_set *set)
{
	struct nmaccel_device_info info = {.size = sizeof(info)};

	if (nmaccel_device_query(dev, &info))
		return demo_complain("device", nmaccel_last_error());
	printf("%u images by %d networks on device \"%s\": %s, %u %s\n\n", set->data.count,
	       DEMO_MODELS, info.name, info.description, info.engines,
	       strcmp(info.backend, "soft") ? "engine(s)" : "thread(s)");
	fflush(stdout);
	return true;
}

/* One network in all its patterns; models[0] is the dense one. */
static bool run_network(struct demo_model *models, size_t *count, struct nmaccel_device *dev,
			const struct demo_set *set, const char *dir, const char *network)
{
	for (int i = 0; i < RECIPE_PATTERNS; i++) {
		struct demo_model *model = &models[i];
		const char *pattern = recipe_patterns[i];

		(*count)++;
		demo_progress("%s %s: loading", network, pattern);
		if (!demo_model_load(model, dev, dir, network, pattern) ||
		    !demo_model_classify(model, set) || !demo_reference_check(model, set) ||
		    !demo_model_measure(model, &models[0], set))
			return false;
		model->result.floor =
			(double)recipe_floor(network, pattern, (float)models[0].result.accuracy);
	}
	return true;
}

static const struct demo_model *find_drawn(const struct demo_model *models, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(models[i].result.network, DRAWN_NETWORK) &&
		    !strcmp(models[i].result.pattern, DRAWN_PATTERN))
			return &models[i];
	return &models[count - 1];
}

static int judge(const struct demo_model *models, size_t count)
{
	size_t failed = 0;

	for (size_t i = 0; i < count; i++)
		failed += !demo_passed(&models[i].result);
	if (!failed)
		return EXIT_SUCCESS;
	fprintf(stderr,
		"%s: %zu of %zu networks fall short of their floor or differ from the "
		"reference, see the table\n",
		program_invocation_short_name, failed, count);
	return EXIT_BELOW;
}

static bool run_demo(const struct demo_options *options, struct nmaccel_device *dev,
		     const struct demo_set *set, struct demo_model *models, size_t *count)
{
	if ((options->json && !demo_json_is_writable(options->json)) || !print_device(dev, set))
		return false;
	for (int i = 0; i < RECIPE_NETWORKS; i++)
		if (!run_network(models + *count, count, dev, set, options->models,
				 recipe_networks[i]))
			return false;
	demo_progress_end();
	demo_print_table(models, *count);
	demo_draw(set, find_drawn(models, *count));
	return !options->json || demo_write_json(options->json, models, *count);
}

int main(int argc, char **argv)
{
	struct demo_options options = {
		.models = "examples/fashion/models",
		.data = "/usr/share/datasets/fashion-mnist",
	};
	static struct demo_model models[DEMO_MODELS];
	struct nmaccel_device *dev = NULL;
	int status = parse_options(&options, argc, argv);
	struct demo_set set;
	size_t count = 0;

	if (status)
		return status - 1;
	setlocale(LC_CTYPE, "");
	status = EXIT_TROUBLE;
	if (demo_set_load(&set, options.data)) {
		if (nmaccel_device_open(options.backend, &dev))
			demo_complain("device", nmaccel_last_error());
		else if (run_demo(&options, dev, &set, models, &count))
			status = judge(models, count);
	}
	for (size_t i = 0; i < count; i++)
		demo_model_free(&models[i]);
	nmaccel_device_unref(dev);
	demo_set_free(&set);
	return status;
}
