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
	"  --against NAME  also run all images on this device: a score that differs is a failure\n"
	"  --images N      only the first N images; floors of accuracy are then not judged\n"
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
	const char *json, *backend, *against, *models, *data;
	uint32_t images; /* 0: all */
};

static bool parse_images(const char *text, uint32_t *images)
{
	unsigned long number;
	char *end;

	errno = 0;
	number = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || errno || *end || !number || number > UINT32_MAX)
		return demo_complain("--images", "a number of images, 1 or more, is wanted");
	*images = (uint32_t)number;
	return true;
}

/* 0 to go on, else what main returns plus 1. */
static int parse_options(struct demo_options *options, int argc, char **argv)
{
	static const struct option long_options[] = {
		{"json", required_argument, NULL, 'j'},
		{"backend", required_argument, NULL, 'b'},
		{"against", required_argument, NULL, 'a'},
		{"images", required_argument, NULL, 'i'},
		{"models", required_argument, NULL, 'm'},
		{"data", required_argument, NULL, 'd'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (option == 'j') {
			options->json = optarg;
		} else if (option == 'b') {
			options->backend = optarg;
		} else if (option == 'a') {
			options->against = optarg;
		} else if (option == 'i') {
			if (!parse_images(optarg, &options->images))
				return EXIT_TROUBLE + 1;
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

/* Everything between the command line and the exit status. */
struct demo {
	struct demo_options options;
	struct nmaccel_device *dev;
	struct nmaccel_device *twin; /* of --against, or NULL */
	struct demo_set set;
	struct demo_model models[DEMO_MODELS];
	size_t count;
};

static struct demo_report report_of(const struct demo *demo)
{
	return (struct demo_report){
		.models = demo->models,
		.count = demo->count,
		.set = &demo->set,
		.against = demo->twin ? demo->options.against : NULL,
	};
}

static bool print_device(const struct demo *demo)
{
	struct nmaccel_device_info info = {.size = sizeof(info)};

	if (nmaccel_device_query(demo->dev, &info))
		return demo_complain("device", nmaccel_last_error());
	printf("%u images by %d networks on device \"%s\": %s, %u %s\n\n", demo->set.data.count,
	       DEMO_MODELS, info.name, info.description, info.engines,
	       strcmp(info.backend, "soft") ? "engine(s)" : "thread(s)");
	return true;
}

static bool run_model(struct demo *demo, struct demo_model *model, struct demo_model *dense)
{
	if (!demo_model_classify(model, &demo->set) || !demo_reference_check(model, &demo->set) ||
	    (demo->twin && !demo_model_compare(model, demo->twin, &demo->set)))
		return false;
	return demo_model_measure(model, dense, &demo->set);
}

/* One network in all its patterns, of which the first is the dense one. */
static bool run_network(struct demo *demo, const char *network)
{
	struct demo_model *dense = &demo->models[demo->count];

	for (int i = 0; i < RECIPE_PATTERNS; i++) {
		struct demo_model *model = &demo->models[demo->count++];
		struct demo_report report = report_of(demo);
		const char *pattern = recipe_patterns[i];

		demo_progress("%s %s: loading", network, pattern);
		if (!demo_model_load(model, demo->dev, demo->options.models, network, pattern) ||
		    !run_model(demo, model, dense))
			return false;
		model->result.floor =
			(double)recipe_floor(network, pattern, (float)dense->result.accuracy);
		demo_progress_end();
		demo_print_row(&report, model);
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

static int judge(const struct demo_report *report)
{
	size_t failed = 0;

	for (size_t i = 0; i < report->count; i++)
		failed += !demo_passed(report, &report->models[i].result);
	if (!failed)
		return EXIT_SUCCESS;
	fprintf(stderr,
		"%s: %zu of %zu networks fall short of their floor or differ from the "
		"reference, see the table\n",
		program_invocation_short_name, failed, report->count);
	return EXIT_BELOW;
}

static bool run_demo(struct demo *demo)
{
	const char *json = demo->options.json;
	struct demo_report report;

	if ((json && !demo_json_is_writable(json)) || !print_device(demo))
		return false;
	demo_print_header();
	for (int i = 0; i < RECIPE_NETWORKS; i++)
		if (!run_network(demo, recipe_networks[i]))
			return false;
	report = report_of(demo);
	demo_print_notes(&report);
	demo_draw(&demo->set, find_drawn(demo->models, demo->count));
	return !json || demo_write_json(json, &report);
}

static bool open_devices(struct demo *demo)
{
	if (nmaccel_device_open(demo->options.backend, &demo->dev) ||
	    (demo->options.against && nmaccel_device_open(demo->options.against, &demo->twin)))
		return demo_complain("device", nmaccel_last_error());
	return true;
}

int main(int argc, char **argv)
{
	static struct demo demo = {
		.options =
			{
				.models = "examples/fashion/models",
				.data = "/usr/share/datasets/fashion-mnist",
			},
	};
	int status = parse_options(&demo.options, argc, argv);
	struct demo_report report;

	if (status)
		return status - 1;
	setlocale(LC_CTYPE, "");
	status = EXIT_TROUBLE;
	if (demo_set_load(&demo.set, demo.options.data, demo.options.images) &&
	    open_devices(&demo) && run_demo(&demo)) {
		report = report_of(&demo);
		status = judge(&report);
	}
	for (size_t i = 0; i < demo.count; i++)
		demo_model_free(&demo.models[i]);
	nmaccel_device_unref(demo.twin);
	nmaccel_device_unref(demo.dev);
	demo_set_free(&demo.set);
	return status;
}
