// SPDX-License-Identifier: MIT
/* Faults, hangs and refusals of an XRT card: each run ends, with the right status and words. */
#include <errno.h>

#include "xrt/library.h"
#include "xrt_fixture.h"

/* What XRT says, as the library says it. */
static const struct {
	int err;
	enum nmaccel_status status;
	const char *words;
} codes[] = {
	{0, NMACCEL_ERR_IO, "gives no code"},
	{ENOENT, NMACCEL_ERR_NO_DEVICE, "xrt-smi examine"},
	{ENODEV, NMACCEL_ERR_NO_DEVICE, "xrt-smi examine"},
	{ENXIO, NMACCEL_ERR_NO_DEVICE, "xrt-smi examine"},
	{ENOMEM, NMACCEL_ERR_NO_MEMORY, "free buffers"},
	{ENOSPC, NMACCEL_ERR_NO_MEMORY, "free buffers"},
	{EACCES, NMACCEL_ERR_PERMISSION, "/dev/dri/renderD*"},
	{EPERM, NMACCEL_ERR_PERMISSION, "/dev/dri/renderD*"},
	{EBUSY, NMACCEL_ERR_BUSY, "another program"},
	{EOPNOTSUPP, NMACCEL_ERR_UNSUPPORTED, "not supported"},
	{EINVAL, NMACCEL_ERR_IO, "(22)"},
	{EIO, NMACCEL_ERR_IO, "standard error"},
};

static void test_codes(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < N_ELEMENTS(codes); i++) {
		assert_fails(nmaccel_xrt_error(codes[i].err, "xrt9: a call"), codes[i].status,
			     codes[i].words);
		assert_words("xrt9: a call");
		assert_fails(nmaccel_xrt_error(-codes[i].err, "xrt9: a call"), codes[i].status,
			     codes[i].words);
	}
}

static void run_well(struct nmaccel_plan *plan, uint32_t layers, int seed)
{
	struct run run;

	start(plan, &run, seed);
	assert_ok(finish(&run));
	assert_right(&run, layers);
}

/* A run that does not begin, for each reason that XRT has for each call. */
static void test_refused_starts(void **state)
{
	static const struct {
		enum fake_xrt_call call;
		uint32_t skip;
	} calls[] = {
		{FAKE_XRT_RUN_SET_ARG, 0},
		{FAKE_XRT_RUN_SET_ARG, 1},
		{FAKE_XRT_RUN_START, 0},
	};
	struct nmaccel_plan *plan;
	struct run run;
	size_t i, j;

	(void)state;
	open_card();
	plan = make_chain(dev, 1, 0);
	for (i = 0; i < N_ELEMENTS(calls); i++) {
		for (j = 0; j < N_ELEMENTS(codes); j++) {
			fake_xrt_fail(calls[i].call, codes[j].err, calls[i].skip, 1);
			start(plan, &run, 1);
			assert_fails(finish(&run), codes[j].status, "xrt0: start of a run");
			assert_words(codes[j].words);
		}
		run_well(plan, 1, (int)i);
	}
	nmaccel_plan_unref(plan);
	nmaccel_device_unref(dev);
}

/* Copies that fail on the way to a run, in it and behind it: an error, and never a wrong result. */
static void test_failing_copies(void **state)
{
	enum nmaccel_status status;
	struct nmaccel_plan *plan;
	struct run run;
	uint32_t i;

	(void)state;
	open_card();
	plan = make_chain(dev, 1, 0);
	for (i = 0;; i++) {
		run_init(&run, (int)i);
		fake_xrt_fail(FAKE_XRT_BO_SYNC, EIO, i, 1);
		status = nmaccel_plan_run(plan, &run.in, &run.out);
		fake_xrt_fail(FAKE_XRT_BO_SYNC, 0, 0, 0);
		if (!status)
			break;
		assert_int_equal(status, NMACCEL_ERR_IO);
		assert_words("xrt0: copy ");
		run_well(plan, 1, 5);
	}
	/* The input, the job, its record and the output. */
	assert_int_equal(i, 4);
	assert_right(&run, 1);
	nmaccel_plan_unref(plan);
	nmaccel_device_unref(dev);
}

/* What the engine leaves is not taken on trust. */
static void test_bad_records(void **state)
{
	static const struct {
		enum fake_xrt_end end;
		int n;
	} cases[] = {
		{FAKE_XRT_RUBBISH, 0},	  {FAKE_XRT_RUBBISH, 0xff}, {FAKE_XRT_RUBBISH, 3},
		{FAKE_XRT_RUBBISH, 0xa5}, {FAKE_XRT_OLD_RECORD, 0}, {FAKE_XRT_UNFINISHED, 0},
	};
	struct nmaccel_run_stats stats = {.size = sizeof(stats)};
	struct nmaccel_plan *plan;
	struct run run;
	size_t i;

	(void)state;
	open_card();
	plan = make_chain(dev, LAYERS, 0);
	for (i = 0; i < N_ELEMENTS(cases); i++) {
		fake_xrt_end(cases[i].end, cases[i].n, 0);
		start(plan, &run, 1);
		assert_fails(nmaccel_fence_wait(run.fence, NMACCEL_WAIT_FOREVER),
			     NMACCEL_ERR_DEVICE_LOST, "xrt0: the engine ended the run without a");
		assert_ok(nmaccel_fence_stats(run.fence, &stats));
		assert_int_equal(stats.steps, 0);
		assert_int_equal(stats.loads, 0);
		nmaccel_fence_unref(run.fence);
		run_well(plan, LAYERS, (int)i);
	}
	nmaccel_plan_unref(plan);
	nmaccel_device_unref(dev);
}

/* A run that XRT itself gives up, though the compute unit is free again. */
static void test_bad_states(void **state)
{
	static const struct {
		int state;
		const char *words;
	} cases[] = {
		{NMACCEL_XRT_ERROR, "state 5"},
		{NMACCEL_XRT_ABORT, "state 6"},
		{0, "state 0"},
		{99, "state 99"},
		{-1, "state -1"},
	};
	struct nmaccel_plan *plan;
	struct run run;
	size_t i;

	(void)state;
	open_card();
	plan = make_chain(dev, 1, 0);
	for (i = 0; i < N_ELEMENTS(cases); i++) {
		fake_xrt_end(FAKE_XRT_STATE, cases[i].state, 0);
		start(plan, &run, 1);
		assert_fails(finish(&run), NMACCEL_ERR_DEVICE_LOST, cases[i].words);
		run_well(plan, 1, (int)i);
	}
	nmaccel_plan_unref(plan);
	nmaccel_device_unref(dev);
}

/* XRT has given up, and the compute unit may be running yet: the card is as one that hangs. */
static void test_given_up(void **state)
{
	struct nmaccel_device *again = NULL;
	struct nmaccel_plan *plan;
	struct run run;

	(void)state;
	open_card();
	plan = make_chain(dev, 1, 0);
	fake_xrt_end(FAKE_XRT_STATE, NMACCEL_XRT_TIMEOUT, 0);
	start(plan, &run, 1);
	assert_fails(finish(&run), NMACCEL_ERR_DEVICE_LOST, "state 8");
	start(plan, &run, 1);
	assert_fails(finish(&run), NMACCEL_ERR_DEVICE_LOST, "reset the card");
	assert_fails(nmaccel_device_open("xrt", &again), NMACCEL_ERR_DEVICE_LOST, "reset the card");
	nmaccel_plan_unref(plan);
	close_as_last();
}

/* ---- streams --------------------------------------------------------------------------------- */

static nmaccel_tensor_id add_layer(struct nmaccel_plan *plan, nmaccel_tensor_id in,
				   struct nmaccel_weights *weights, enum nmaccel_type type)
{
	struct nmaccel_linear layer = {
		.size = sizeof(layer), .weights = weights, .epilogue = make_epilogue(type)};
	nmaccel_tensor_id out;

	assert_ok(nmaccel_plan_linear(plan, in, &layer, &out));
	return out;
}

/* Indices beyond the 32 channels that the layer has. */
static void spoil_stream(struct nmaccel_weights *weights)
{
	uint32_t first_row, n_rows;
	const void *stream;
	uint64_t bytes;

	assert_ok(nmaccel_weights_panel(weights, 0, &stream, &bytes, &first_row, &n_rows));
	assert_true(bytes >= 32);
	memset((char *)(uintptr_t)stream + bytes / 2, 0xff, (size_t)(bytes - bytes / 2));
}

/* The same words as from the CPU, and the layer's name; it is the run's fault, not the card's. */
static void test_bad_stream(void **state)
{
	struct nmaccel_tensor tensor = make_tensor(NMACCEL_TYPE_S8, 1, 1, 1, K);
	struct nmaccel_weights *good, *bad;
	struct nmaccel_plan *plan, *chain;
	nmaccel_tensor_id id;
	struct run run;

	(void)state;
	/* The engine that weights are packed for if nothing is said; for others the plan checks. */
	give_xclbin(1, "{\"nmaccel\":{\"contract\":\"1.0\",\"lanes\":8,\"block_rows\":256,"
		       "\"columns\":64}}");
	fake_xrt_settings()->lanes = 8;
	fake_xrt_settings()->block_rows = 256;
	fake_xrt_settings()->columns = 64;
	open_card();
	good = layer_weights(K);
	bad = layer_weights(ROWS);
	spoil_stream(bad);
	assert_ok(nmaccel_plan_create(dev, &plan));
	assert_ok(nmaccel_plan_input(plan, &tensor, &id));
	id = add_layer(plan, id, good, NMACCEL_TYPE_S8);
	id = add_layer(plan, id, bad, NMACCEL_TYPE_S32);
	assert_ok(nmaccel_plan_output(plan, id, NMACCEL_LAYOUT_NHWC));
	assert_ok(nmaccel_plan_compile(plan, NULL));
	chain = make_chain(dev, 1, 0);
	start(plan, &run, 1);
	assert_fails(finish(&run), NMACCEL_ERR_FAULT,
		     "layer 1 (linear): the engine stopped at descriptor 1 (NMACCEL_FAULT_INDEX)");
	run_well(chain, 1, 1);
	nmaccel_plan_unref(chain);
	nmaccel_plan_unref(plan);
	nmaccel_weights_unref(good);
	nmaccel_weights_unref(bad);
	nmaccel_device_unref(dev);
}

/* ---- hangs ----------------------------------------------------------------------------------- */

/* The engine may yet write: its memory and handles stay, and no run is started any more. */
static void test_hang(void **state)
{
	struct fake_xrt_counts before, after;
	struct nmaccel_plan *plan;
	struct run run;

	(void)state;
	setenv(TIMEOUT, "200", 1);
	open_card();
	plan = make_chain(dev, LAYERS, 0);
	before = fake_xrt_counts();
	fake_xrt_end(FAKE_XRT_HANG, 0, 0);
	start(plan, &run, 1);
	assert_fails(finish(&run), NMACCEL_ERR_DEVICE_LOST,
		     "xrt0: the engine has made no progress for 200 ms");
	assert_words("xrt-smi reset");
	run_init(&run, 2);
	assert_fails(nmaccel_plan_run(plan, &run.in, &run.out), NMACCEL_ERR_DEVICE_LOST,
		     "xrt0: an engine of it hangs");
	nmaccel_plan_unref(plan);
	close_as_last();
	after = fake_xrt_counts();
	assert_int_equal(after.started, before.started + 1);
	assert_int_equal(after.bos, before.bos);
	assert_int_equal(after.runs, before.runs);
	assert_int_equal(after.kernels, before.kernels);
	/* It finds all that it needs when it goes on. */
	fake_xrt_let_go();
	fake_xrt_await_ended(after.started);
}

/* Runs on the other units end as they would, behind the one that hangs. */
static void test_hang_beside_others(void **state)
{
	struct nmaccel_plan *plan;
	struct run runs[6];
	uint32_t i;

	(void)state;
	setenv(TIMEOUT, "500", 1);
	open_card();
	plan = make_chain(dev, 1, N_ELEMENTS(runs));
	fake_xrt_end(FAKE_XRT_HANG, 0, 0);
	start(plan, &runs[0], 0);
	fake_xrt_await_started(UNITS + 1);
	for (i = 1; i < N_ELEMENTS(runs); i++)
		start(plan, &runs[i], (int)i);
	fake_xrt_await_ended(UNITS + N_ELEMENTS(runs) - 1);
	assert_fails(finish(&runs[0]), NMACCEL_ERR_DEVICE_LOST, "made no progress");
	for (i = 1; i < N_ELEMENTS(runs); i++) {
		assert_ok(finish(&runs[i]));
		assert_right(&runs[i], 1);
	}
	nmaccel_plan_unref(plan);
	close_as_last();
}

/* As long as it shows progress, a run may take longer than the time-out. */
static void test_slow(void **state)
{
	struct nmaccel_plan *plan;
	struct run run;

	(void)state;
	setenv(TIMEOUT, "200", 1);
	open_card();
	plan = make_chain(dev, 2, 0);
	fake_xrt_end(FAKE_XRT_SLOW, 6, 0);
	start(plan, &run, 3);
	assert_ok(finish(&run));
	assert_right(&run, 2);
	nmaccel_plan_unref(plan);
	nmaccel_device_unref(dev);
}

static void test_slow_and_hang(void **state)
{
	struct nmaccel_plan *plan;
	struct run run;

	(void)state;
	setenv(TIMEOUT, "150", 1);
	open_card();
	plan = make_chain(dev, 2, 0);
	fake_xrt_end(FAKE_XRT_SLOW_HANG, 2, 0);
	start(plan, &run, 3);
	assert_fails(finish(&run), NMACCEL_ERR_DEVICE_LOST, "no progress for 150 ms");
	nmaccel_plan_unref(plan);
	close_as_last();
}

/* Nor does a card that cannot be looked at make progress. */
static void test_blind_hang(void **state)
{
	struct nmaccel_plan *plan;
	struct run run;

	(void)state;
	setenv(TIMEOUT, "150", 1);
	open_card();
	plan = make_chain(dev, 2, 0);
	fake_xrt_end(FAKE_XRT_SLOW, 1000000, 0);
	/* Behind the copies of the input and the job. */
	fake_xrt_fail(FAKE_XRT_BO_SYNC, EIO, 2, UINT32_MAX);
	start(plan, &run, 3);
	assert_fails(finish(&run), NMACCEL_ERR_DEVICE_LOST, "no progress for 150 ms");
	nmaccel_plan_unref(plan);
	close_as_last();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_codes),
		T(test_refused_starts),
		T(test_failing_copies),
		T(test_bad_records),
		T(test_bad_states),
		T_LOST(test_given_up),
		T(test_bad_stream),
		T_LOST(test_hang),
		T_LOST(test_hang_beside_others),
		T(test_slow),
		T_LOST(test_slow_and_hang),
		T_LOST(test_blind_hang),
	};

	return cmocka_run_group_tests_name("xrt faults", tests, NULL, NULL);
}
