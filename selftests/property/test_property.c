// SPDX-License-Identifier: MIT
/*
 * Random layers and networks: every backend gives the reference's bits.
 *
 * NMACCEL_SEED=N repeats what a failure printed; network i of a test is made from seed N + i.
 * NMACCEL_ITERATIONS=N is the number of networks in each test. NMACCEL_BACKEND=NAME tests only that
 * backend.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "build.h"
#include "compare.h"
#include "targets.h"
#include "../reference/plan.h"

#define MAX_LAYERS	 (GENERATE_MAX_LAYERS - GENERATE_MAX_INPUTS)
#define DEFAULT_LAYERS	 1000
#define DEFAULT_NETWORKS 400
#define DEFAULT_FILES	 150

struct session {
	struct targets targets;
	uint64_t seed;
	uint64_t networks, layers, values;
};

static struct session session;

static uint64_t env_number(const char *name, uint64_t fallback)
{
	const char *text = getenv(name);

	return text && *text ? strtoull(text, NULL, 0) : fallback;
}

static size_t iterations(size_t fallback)
{
	return (size_t)env_number("NMACCEL_ITERATIONS", fallback);
}

static void fail_network(uint64_t seed, const char *where, const char *what)
{
	fail_msg("NMACCEL_SEED=%" PRIu64 " NMACCEL_ITERATIONS=1: %s: %s", seed, where, what);
}

static void check_plan_info(struct nmaccel_plan *plan, const struct random_network *random,
			    const struct expected *expected, uint64_t seed, const char *label)
{
	struct nmaccel_plan_info info = {.size = sizeof(info)};
	struct nmaccel_tensor tensor;

	if (nmaccel_plan_query(plan, &info) || info.n_inputs != random->net.n_inputs ||
	    info.n_outputs != random->net.n_outputs || info.n_layers != random->net.n_layers ||
	    info.nonzero_macs > info.macs)
		fail_network(seed, label, "nmaccel_plan_query does not tell what the plan is");
	for (uint32_t i = 0; i < info.n_outputs; i++)
		if (nmaccel_plan_output_tensor(plan, i, &tensor) ||
		    nmaccel_tensor_bytes(&tensor) != expected->bytes[i])
			fail_network(seed, label, "an output has another shape");
	for (uint32_t i = 0; i < info.n_inputs; i++)
		if (nmaccel_plan_input_tensor(plan, i, &tensor) ||
		    nmaccel_tensor_bytes(&tensor) != ref_tensor_bytes(&random->shapes[i]))
			fail_network(seed, label, "an input has another shape");
}

static void count_target(struct target *target, const struct expected *expected, size_t runs)
{
	target->plans++;
	target->values += expected->values * runs;
	session.values += expected->values * runs;
}

static void try_target(struct prng *p, struct target *target, const struct random_network *random,
		       struct nmaccel_weights *const packed[], const struct expected *expected,
		       uint64_t seed)
{
	size_t runs = (size_t)prng_range(p, 1, 3), layer;
	struct nmaccel_plan *plan;
	enum nmaccel_status status;
	char text[900];

	status = build_plan(target->dev, random, packed, (uint32_t)prng_range(p, 0, 3), &plan,
			    &layer);
	if (status) {
		generate_describe(random, layer, text, sizeof(text));
		print_error("%s\n", text);
		fail_network(seed, target->label, nmaccel_last_error());
	}
	check_plan_info(plan, random, expected, seed, target->label);
	if (!compare_runs(p, target->dev, plan, random, expected, runs, text, sizeof(text)))
		fail_network(seed, target->label, text);
	count_target(target, expected, runs);
	nmaccel_plan_unref(plan);
}

/* One target of each instruction set with some number of threads, and each other backend. */
static bool is_chosen(struct prng *p, size_t target)
{
	static size_t chosen;
	const char *label = session.targets.list[target].label;

	if (strncmp(label, "soft", 4) != 0)
		return true;
	if (target % 3 == 0)
		chosen = target + (size_t)prng_range(p, 0, 2);
	return target == chosen;
}

static void try_network(uint64_t seed, size_t max_layers, size_t max_macs)
{
	struct prng p = {seed};
	struct nmaccel_weights *packed[GENERATE_MAX_LAYERS];
	struct random_network random;
	struct expected expected;

	assert_true(generate_network(&p, max_layers, max_macs, &random));
	assert_true(expected_make(&random, &expected));
	if (build_weights(&p, &random, packed))
		fail_network(seed, "nmaccel_weights_pack", nmaccel_last_error());
	for (size_t i = 0; i < session.targets.count; i++)
		if (is_chosen(&p, i))
			try_target(&p, &session.targets.list[i], &random, packed, &expected, seed);
	session.networks++;
	session.layers += random.net.n_layers;
	build_unref_weights(packed);
	expected_free(&expected);
	generate_free(&random);
}

static void test_layers(void **state)
{
	(void)state;
	for (size_t i = 0; i < iterations(DEFAULT_LAYERS); i++)
		try_network(session.seed + i, 1, 4000000);
}

static void test_networks(void **state)
{
	(void)state;
	for (size_t i = 0; i < iterations(DEFAULT_NETWORKS); i++)
		try_network(session.seed + i, MAX_LAYERS, 3000000);
}

/* The reference's own reading of the files gives what the network gives that was written. */
static void check_reference_plan(const char *path, const struct random_network *random,
				 const struct expected *expected, uint64_t seed)
{
	void *outputs[GENERATE_MAX_LAYERS] = {0};
	struct ref_network net;
	char error[300];

	if (!ref_plan_load(path, &net, error, sizeof(error)))
		fail_network(seed, "reference", error);
	for (size_t i = 0; i < net.n_outputs; i++) {
		outputs[i] = malloc(expected->bytes[i]);
		assert_non_null(outputs[i]);
	}
	if (!ref_plan_run(&net, random->batch, (const void *const *)random->inputs, outputs,
			  expected->bytes, error, sizeof(error)))
		fail_network(seed, "reference", error);
	for (size_t i = 0; i < net.n_outputs; i++) {
		if (memcmp(outputs[i], expected->outputs[i], expected->bytes[i]) != 0)
			fail_network(seed, "reference", "the files hold another network");
		free(outputs[i]);
	}
	ref_network_free(&net);
}

static void check_loaded_plan(struct prng *p, struct target *target, const char *path,
			      const struct random_network *random, const struct expected *expected,
			      uint64_t seed)
{
	struct nmaccel_plan *plan;
	char text[900];

	if (nmaccel_plan_load(target->dev, path, (uint32_t)random->batch, &plan))
		fail_network(seed, target->label, nmaccel_last_error());
	check_plan_info(plan, random, expected, seed, target->label);
	if (!compare_runs(p, target->dev, plan, random, expected, 1, text, sizeof(text)))
		fail_network(seed, target->label, text);
	count_target(target, expected, 1);
	nmaccel_plan_unref(plan);
}

static void try_files(uint64_t seed, const char *dir)
{
	struct prng p = {seed};
	struct nmaccel_weights *packed[GENERATE_MAX_LAYERS];
	struct random_network random;
	struct expected expected;
	size_t target = (size_t)prng_range(&p, 0, (int64_t)session.targets.count - 1);
	char path[300];

	assert_true(generate_network(&p, MAX_LAYERS, 1000000, &random));
	assert_true(expected_make(&random, &expected));
	if (build_weights(&p, &random, packed))
		fail_network(seed, "nmaccel_weights_pack", nmaccel_last_error());
	if (!build_files(dir, &random, packed))
		fail_network(seed, "saving", nmaccel_last_error());
	snprintf(path, sizeof(path), "%s/net.plan", dir);
	check_reference_plan(path, &random, &expected, seed);
	check_loaded_plan(&p, &session.targets.list[target], path, &random, &expected, seed);
	session.networks++;
	session.layers += random.net.n_layers;
	build_unref_weights(packed);
	expected_free(&expected);
	generate_free(&random);
}

static void test_files(void **state)
{
	const char *tmp = getenv("TMPDIR");
	char dir[200], path[300];

	(void)state;
	snprintf(dir, sizeof(dir), "%s/nmaccel-property.XXXXXX", tmp && *tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(dir));
	for (size_t i = 0; i < iterations(DEFAULT_FILES); i++)
		try_files(session.seed + i, dir);
	snprintf(path, sizeof(path), "%s/net.plan", dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/net.nmw", dir);
	unlink(path);
	assert_int_equal(rmdir(dir), 0);
}

static int open_session(void **state)
{
	(void)state;
	session.seed = env_number("NMACCEL_SEED", (uint64_t)time(NULL) * 1000003u);
	printf("# NMACCEL_SEED=%" PRIu64 "\n", session.seed);
	return targets_open(&session.targets) ? 0 : -1;
}

static int close_session(void **state)
{
	(void)state;
	printf("# compared %" PRIu64 " networks, %" PRIu64 " layers, %" PRIu64 " values\n",
	       session.networks, session.layers, session.values);
	for (size_t i = 0; i < session.targets.count; i++)
		printf("#   %-24s %6" PRIu64 " plans, %12" PRIu64 " values\n",
		       session.targets.list[i].label, session.targets.list[i].plans,
		       session.targets.list[i].values);
	targets_close(&session.targets);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layers),
		cmocka_unit_test(test_networks),
		cmocka_unit_test(test_files),
	};

	setvbuf(stdout, NULL, _IOLBF, 0);
	return cmocka_run_group_tests_name("property", tests, open_session, close_session);
}
