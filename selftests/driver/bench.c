// SPDX-License-Identifier: MIT
/*
 * What the driver adds to the card: the time from the submission of a job to its fence, against the
 * time that the card itself takes from doorbell to interrupt, which the kernel measures (debugfs,
 * doorbell). And how many jobs come through in a second.
 *
 * All is measured in turn, round by round, and medians over the rounds are shown, so that whatever
 * disturbs the machine disturbs both sides of a ratio.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ksft_nmaccel.h"

#define MAX_ROUNDS 101
#define MAX_RUNS   100000
#define MAX_DEPTH  16

/* Jobs of the benchmark. None is really empty: a job has a descriptor, and that one output. */
static const struct {
	const char *name;
	uint32_t pixels;
	uint32_t channels;
} jobs[] = {
	{"smallest", 1, 1},
	{"small", 256, 64},
};

static const uint32_t depths[] = {1, MAX_DEPTH};

#define N_JOBS	 (sizeof(jobs) / sizeof(jobs[0]))
#define N_DEPTHS (sizeof(depths) / sizeof(depths[0]))

struct options {
	unsigned int card;
	unsigned int rounds;
	unsigned int runs;
	bool json;
};

/* One measured job: its buffers, and what was measured, by round. */
struct bench_job {
	struct copy copy;
	double p50_ns[MAX_ROUNDS];
	double p99_ns[MAX_ROUNDS];
	double engine_ns[MAX_ROUNDS];
	double ratio[MAX_ROUNDS];
	double per_s[N_DEPTHS][MAX_ROUNDS];
};

struct bench {
	struct options options;
	char doorbell[PATH_MAX];
	int fd;
	uint32_t ctx;
	uint32_t syncobjs[MAX_DEPTH];
	double *sample;
	double *engine_sample;
	bool has_doorbell;
	double doorbell_p50_ns[MAX_ROUNDS];
	double doorbell_p99_ns[MAX_ROUNDS];
	struct bench_job jobs[N_JOBS];
};

static int fail(const char *what, int err)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(-err));
	return err;
}

static double now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Sorts the values. */
static double percentile(double *values, unsigned int n, unsigned int percent)
{
	qsort(values, n, sizeof(*values), compare);
	return values[(uint64_t)(n - 1) * percent / 100];
}

/* ---- one measurement each ----------------------------------------------------------------- */

static int doorbell_value(const char *text, const char *name, double *value)
{
	const char *at = strstr(text, name);

	if (!at || sscanf(at + strlen(name), " %lf", value) != 1)
		return -EPROTO;
	return 0;
}

/* The engines may still be finishing what came before. */
static int measure_doorbell(struct bench *bench, unsigned int round)
{
	char text[4096];
	int tries, ret = -EBUSY;

	if (!bench->has_doorbell)
		return 0;
	for (tries = 0; tries < 1000 && ret == -EBUSY; tries++) {
		ret = file_read(bench->doorbell, text, sizeof(text));
		if (ret == -EBUSY)
			usleep(1000);
	}
	if (!ret)
		ret = doorbell_value(text, "p50_ns", &bench->doorbell_p50_ns[round]);
	if (!ret)
		ret = doorbell_value(text, "p99_ns", &bench->doorbell_p99_ns[round]);
	return ret ? fail(bench->doorbell, ret) : 0;
}

static int submit_one(struct bench *bench, const struct copy *copy, uint32_t syncobj, uint64_t *job)
{
	struct submit submit;
	int ret;

	submit_init(&submit, bench->fd, bench->ctx);
	copy_add(copy, &submit, 1);
	submit_signal(&submit, syncobj, 0);
	ret = submit_run(&submit, job);
	submit_free(&submit);
	return ret;
}

/* From before the ioctl to after the wait for the fence, as a program sees it. */
static int time_one(struct bench *bench, struct submit *submit, double *ns, double *engine_ns)
{
	struct drm_nmaccel_result result;
	uint64_t job;
	double begin;
	int ret;

	submit_prepare(submit);
	begin = now_ns();
	ret = submit_call(submit);
	if (!ret)
		ret = syncobj_wait(bench->fd, bench->syncobjs[0], 0);
	*ns = now_ns() - begin;
	job = submit->args.job;
	if (!ret)
		ret = job_wait(bench->fd, bench->ctx, job, &result);
	if (!ret)
		ret = -(int)result.error;
	*engine_ns = (double)result.run_ns;
	return ret;
}

static int measure_latency(struct bench *bench, struct bench_job *job, unsigned int round)
{
	const unsigned int runs = bench->options.runs;
	struct submit submit;
	unsigned int i;
	int ret = 0;

	submit_init(&submit, bench->fd, bench->ctx);
	copy_add(&job->copy, &submit, 1);
	submit_signal(&submit, bench->syncobjs[0], 0);
	for (i = 0; i < runs && !ret; i++)
		ret = time_one(bench, &submit, &bench->sample[i], &bench->engine_sample[i]);
	submit_free(&submit);
	if (ret)
		return fail("a job", ret);
	job->p50_ns[round] = percentile(bench->sample, runs, 50);
	job->p99_ns[round] = percentile(bench->sample, runs, 99);
	job->engine_ns[round] = percentile(bench->engine_sample, runs, 50);
	if (bench->has_doorbell)
		job->ratio[round] = job->p50_ns[round] / bench->doorbell_p50_ns[round];
	return 0;
}

/* depth jobs in flight all the time: before one is submitted, the depth-th before it has ended. */
static int measure_rate(struct bench *bench, struct bench_job *job, uint32_t depth, double *per_s)
{
	const unsigned int runs = bench->options.runs;
	const double begin = now_ns();
	unsigned int i;
	int ret = 0;

	for (i = 0; i < runs && !ret; i++) {
		const uint32_t syncobj = bench->syncobjs[i % depth];

		if (i >= depth)
			ret = syncobj_wait(bench->fd, syncobj, 0);
		if (!ret)
			ret = submit_one(bench, &job->copy, syncobj, NULL);
	}
	for (i = 0; i < depth && i < runs && !ret; i++)
		ret = syncobj_wait(bench->fd, bench->syncobjs[i], 0);
	*per_s = runs / (now_ns() - begin) * 1e9;
	return ret ? fail("a row of jobs", ret) : 0;
}

static int measure_round(struct bench *bench, unsigned int round)
{
	unsigned int i, d;
	int ret;

	ret = measure_doorbell(bench, round);
	for (i = 0; i < N_JOBS && !ret; i++) {
		struct bench_job *job = &bench->jobs[i];

		ret = measure_latency(bench, job, round);
		for (d = 0; d < N_DEPTHS && !ret; d++)
			ret = measure_rate(bench, job, depths[d], &job->per_s[d][round]);
		if (!ret && copy_check(&job->copy))
			ret = fail("the output of a job", -EILSEQ);
	}
	return ret;
}

/* ---- all of it ----------------------------------------------------------------------------- */

static int check_doorbell(struct bench *bench)
{
	struct card card;
	int ret;

	ret = card_get(bench->options.card, &card);
	if (ret)
		return fail("the card", ret);
	snprintf(bench->doorbell, sizeof(bench->doorbell), "/sys/kernel/debug/accel/%s/doorbell",
		 card.pci);
	bench->has_doorbell = !access(bench->doorbell, R_OK);
	if (!bench->has_doorbell)
		fprintf(stderr,
			"bench: %s cannot be read, so there is nothing to compare with; it needs "
			"root, and debugfs mounted at /sys/kernel/debug\n",
			bench->doorbell);
	return 0;
}

static int open_bench(struct bench *bench)
{
	unsigned int i;
	int ret;

	ret = check_doorbell(bench);
	if (ret)
		return ret;
	bench->fd = card_open(bench->options.card);
	if (bench->fd < 0)
		return fail("the card's node (is nmaccel.ko loaded?)", bench->fd);
	bench->sample = calloc(bench->options.runs, sizeof(*bench->sample));
	bench->engine_sample = calloc(bench->options.runs, sizeof(*bench->engine_sample));
	if (!bench->sample || !bench->engine_sample)
		return fail("the samples", -ENOMEM);
	ret = ctx_create(bench->fd, DRM_NMACCEL_PRIORITY_NORMAL, &bench->ctx);
	for (i = 0; i < MAX_DEPTH && !ret; i++)
		ret = syncobj_create(bench->fd, 0, &bench->syncobjs[i]);
	for (i = 0; i < N_JOBS && !ret; i++)
		ret = copy_init(&bench->jobs[i].copy, bench->fd, jobs[i].pixels, jobs[i].channels);
	return ret ? fail("contexts and buffers", ret) : 0;
}

static void close_bench(struct bench *bench)
{
	unsigned int i;

	for (i = 0; i < N_JOBS; i++)
		copy_free(&bench->jobs[i].copy);
	if (bench->fd >= 0)
		close(bench->fd);
	free(bench->sample);
	free(bench->engine_sample);
	free(bench);
}

static double median(const struct bench *bench, double *values)
{
	return percentile(values, bench->options.rounds, 50);
}

static void print_text(struct bench *bench)
{
	unsigned int i;

	printf("%u rounds of %u jobs each; medians of the rounds\n\n", bench->options.rounds,
	       bench->options.runs);
	if (bench->has_doorbell)
		printf("doorbell to interrupt      p50 %9.1f us   p99 %9.1f us\n",
		       median(bench, bench->doorbell_p50_ns) / 1e3,
		       median(bench, bench->doorbell_p99_ns) / 1e3);
	for (i = 0; i < N_JOBS; i++) {
		struct bench_job *job = &bench->jobs[i];

		printf("submit to fence, %-8s  p50 %9.1f us   p99 %9.1f us   on the engine %.1f us",
		       jobs[i].name, median(bench, job->p50_ns) / 1e3,
		       median(bench, job->p99_ns) / 1e3, median(bench, job->engine_ns) / 1e3);
		if (bench->has_doorbell)
			printf("   %.2f x doorbell", median(bench, job->ratio));
		printf("\n");
	}
	for (i = 0; i < N_JOBS; i++)
		printf("jobs/s, %-8s           1 in flight %9.0f   %u in flight %9.0f\n",
		       jobs[i].name, median(bench, bench->jobs[i].per_s[0]), depths[1],
		       median(bench, bench->jobs[i].per_s[1]));
}

static void print_json_job(struct bench *bench, unsigned int i)
{
	struct bench_job *job = &bench->jobs[i];
	unsigned int d;

	printf("    {\"name\": \"%s\", \"pixels\": %u, \"channels\": %u, "
	       "\"submit_to_fence_p50_ns\": "
	       "%.0f, \"submit_to_fence_p99_ns\": %.0f, \"engine_p50_ns\": %.0f, ",
	       jobs[i].name, jobs[i].pixels, jobs[i].channels, median(bench, job->p50_ns),
	       median(bench, job->p99_ns), median(bench, job->engine_ns));
	if (bench->has_doorbell)
		printf("\"ratio_to_doorbell\": %.3f", median(bench, job->ratio));
	else
		printf("\"ratio_to_doorbell\": null");
	for (d = 0; d < N_DEPTHS; d++)
		printf(", \"jobs_per_s_%u_in_flight\": %.1f", depths[d],
		       median(bench, job->per_s[d]));
	printf("}%s\n", i + 1 < N_JOBS ? "," : "");
}

static void print_json(struct bench *bench)
{
	unsigned int i;

	printf("{\n  \"rounds\": %u,\n  \"runs\": %u,\n", bench->options.rounds,
	       bench->options.runs);
	if (bench->has_doorbell)
		printf("  \"doorbell_to_interrupt\": {\"p50_ns\": %.0f, \"p99_ns\": %.0f},\n",
		       median(bench, bench->doorbell_p50_ns),
		       median(bench, bench->doorbell_p99_ns));
	else
		printf("  \"doorbell_to_interrupt\": null,\n");
	printf("  \"jobs\": [\n");
	for (i = 0; i < N_JOBS; i++)
		print_json_job(bench, i);
	printf("  ]\n}\n");
}

static void usage(FILE *to)
{
	fprintf(to, "usage: bench [--card N] [--rounds N] [--runs N] [--json]\n\n"
		    "  --card N     which card, from 0 (default 0)\n"
		    "  --rounds N   how often all is measured, in turn (default 7)\n"
		    "  --runs N     jobs of each kind in a round (default 500)\n"
		    "  --json       for scripts\n");
}

static bool parse_count(const char *text, unsigned int min, unsigned int max, unsigned int *value)
{
	char *end;
	unsigned long number;

	errno = 0;
	number = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || errno || *end || number < min || number > max) {
		fprintf(stderr, "bench: '%s' is not a number from %u to %u\n", text, min, max);
		return false;
	}
	*value = (unsigned int)number;
	return true;
}

/* 0, or the exit status plus one. */
static int parse_options(struct options *options, int argc, char **argv)
{
	static const struct option table[] = {
		{"card", required_argument, NULL, 'c'}, {"rounds", required_argument, NULL, 'r'},
		{"runs", required_argument, NULL, 'n'}, {"json", no_argument, NULL, 'j'},
		{"help", no_argument, NULL, 'h'},	{0},
	};
	bool ok = true;
	int option;

	*options = (struct options){.rounds = 7, .runs = 500};
	while (ok && (option = getopt_long(argc, argv, "h", table, NULL)) != -1) {
		if (option == 'c') {
			ok = parse_count(optarg, 0, MAX_CARDS - 1, &options->card);
		} else if (option == 'r') {
			ok = parse_count(optarg, 1, MAX_ROUNDS, &options->rounds);
		} else if (option == 'n') {
			ok = parse_count(optarg, 1, MAX_RUNS, &options->runs);
		} else if (option == 'j') {
			options->json = true;
		} else if (option == 'h') {
			usage(stdout);
			return 1 + EXIT_SUCCESS;
		} else {
			ok = false;
		}
	}
	if (ok && optind == argc)
		return 0;
	usage(stderr);
	return 1 + EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	struct bench *bench = calloc(1, sizeof(*bench));
	unsigned int round;
	int ret;

	if (!bench)
		return EXIT_FAILURE;
	bench->fd = -1;
	ret = parse_options(&bench->options, argc, argv);
	if (ret) {
		free(bench);
		return ret - 1;
	}
	ret = open_bench(bench);
	for (round = 0; round < bench->options.rounds && !ret; round++)
		ret = measure_round(bench, round);
	if (!ret && bench->options.json)
		print_json(bench);
	else if (!ret)
		print_text(bench);
	close_bench(bench);
	return ret ? EXIT_FAILURE : EXIT_SUCCESS;
}
