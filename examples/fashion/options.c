// SPDX-License-Identifier: MIT
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "options.h"
#include "parallel.h"
#include "recipe.h"

static const char usage[] =
	"Usage: fashion-train [OPTION]...\n"
	"Train an MLP and a small CNN on Fashion-MNIST, dense and with N:M-pruned weights, "
	"quantise\n"
	"them to int8, measure them and write them as models for libnmaccel.\n"
	"\n"
	"  --network NAME      only mlp or cnn\n"
	"  --pattern PATTERN   only dense, 2:4, 1:4, 16:128, 8:128 or 16:256; a pruned network\n"
	"                      starts from the dense one, which is trained first if need be\n"
	"  --checkpoints DIR   where trained networks are kept (build/fashion)\n"
	"  --reuse             take the networks found there instead of training them again\n"
	"  --out DIR           write NETWORK-PATTERN.nmw and .plan to DIR, and check that "
	"libnmaccel\n"
	"                      computes the same with them, bit for bit\n"
	"  --data DIR          where the idx files are (/usr/share/datasets/fashion-mnist)\n"
	"  --seed N            other random numbers (1)\n"
	"  --threads N         1 to 64 (all CPUs); no influence on the results\n"
	"  --epochs N          train this long, for trials\n"
	"  --help              this text\n"
	"\n"
	"Exit status: 0 if all is well, 1 on errors, 2 on wrong usage, 3 if a network's accuracy "
	"is\n"
	"below its floor.\n";

enum {
	OPT_NETWORK = 1,
	OPT_PATTERN,
	OPT_CHECKPOINTS,
	OPT_REUSE,
	OPT_OUT,
	OPT_DATA,
	OPT_SEED,
	OPT_THREADS,
	OPT_EPOCHS,
	OPT_HELP,
};

static const struct option long_options[] = {
	{"network", required_argument, NULL, OPT_NETWORK},
	{"pattern", required_argument, NULL, OPT_PATTERN},
	{"checkpoints", required_argument, NULL, OPT_CHECKPOINTS},
	{"reuse", no_argument, NULL, OPT_REUSE},
	{"out", required_argument, NULL, OPT_OUT},
	{"data", required_argument, NULL, OPT_DATA},
	{"seed", required_argument, NULL, OPT_SEED},
	{"threads", required_argument, NULL, OPT_THREADS},
	{"epochs", required_argument, NULL, OPT_EPOCHS},
	{"help", no_argument, NULL, OPT_HELP},
	{NULL, 0, NULL, 0},
};

/* Stores text if it is one of the names. */
static int parse_name(const char *option, const char *text, const char *const *names, int count,
		      const char **name)
{
	for (int i = 0; i < count; i++) {
		if (strcmp(text, names[i]))
			continue;
		*name = names[i];
		return 0;
	}
	fprintf(stderr, "fashion-train: %s '%s' is not one of:", option, text);
	for (int i = 0; i < count; i++)
		fprintf(stderr, " %s", names[i]);
	fprintf(stderr, "\n");
	return -1;
}

static int parse_number(const char *option, const char *text, uint64_t least, uint64_t most,
			uint64_t *number)
{
	char *end;

	errno = 0;
	*number = strtoull(text, &end, 10);
	if (text[0] >= '0' && text[0] <= '9' && !*end && !errno && *number >= least &&
	    *number <= most)
		return 0;
	fprintf(stderr, "fashion-train: %s '%s' is not a number from %llu to %llu\n", option, text,
		(unsigned long long)least, (unsigned long long)most);
	return -1;
}

static int parse_small(const char *option, const char *text, int most, int *number)
{
	uint64_t value;

	if (parse_number(option, text, 1, (uint64_t)most, &value))
		return -1;
	*number = (int)value;
	return 0;
}

static int parse_option(struct options *options, int option)
{
	switch (option) {
	case OPT_NETWORK:
		return parse_name("--network", optarg, recipe_networks, RECIPE_NETWORKS,
				  &options->network);
	case OPT_PATTERN:
		return parse_name("--pattern", optarg, recipe_patterns, RECIPE_PATTERNS,
				  &options->pattern);
	case OPT_CHECKPOINTS:
		options->checkpoints = optarg;
		return 0;
	case OPT_REUSE:
		options->reuse = true;
		return 0;
	case OPT_OUT:
		options->out = optarg;
		return 0;
	case OPT_DATA:
		options->data = optarg;
		return 0;
	case OPT_SEED:
		return parse_number("--seed", optarg, 0, UINT64_MAX, &options->seed);
	case OPT_THREADS:
		return parse_small("--threads", optarg, PARALLEL_MAX_THREADS, &options->threads);
	case OPT_EPOCHS:
		return parse_small("--epochs", optarg, 1000, &options->epochs);
	default:
		return -1; /* getopt has told why */
	}
}

static int default_threads(void)
{
	const long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	if (cpus < 1)
		return 1;
	return cpus > PARALLEL_MAX_THREADS ? PARALLEL_MAX_THREADS : (int)cpus;
}

int options_parse(struct options *options, int argc, char **argv)
{
	int option;

	*options = (struct options){
		.data = "/usr/share/datasets/fashion-mnist",
		.checkpoints = "build/fashion",
		.seed = 1,
		.threads = default_threads(),
	};
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (option == OPT_HELP) {
			fputs(usage, stdout);
			return 1;
		}
		if (parse_option(options, option)) {
			fprintf(stderr, "Try 'fashion-train --help'.\n");
			return -1;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "fashion-train: what is '%s'? Try 'fashion-train --help'.\n",
			argv[optind]);
		return -1;
	}
	return 0;
}
