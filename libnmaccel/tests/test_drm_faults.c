// SPDX-License-Identifier: MIT
/* Faults, hangs, banned contexts and lost cards: each run ends, with the right status and words. */
#include <errno.h>

#include "drm_fixture.h"

/* The same words as from the CPU, and the layer's name. */
static void test_fault(void **state)
{
	const struct drm_nmaccel_result fault = {
		.fault = NMACCEL_FAULT_TRUNCATED,
		.fault_desc = 1,
		.fault_buffer = 1,
		.fault_offset = 64,
		.fault_detail = 3,
	};
	struct nmaccel_plan *plan;
	struct run run;

	(void)state;
	open_card();
	plan = make_chain(dev, LAYERS, 0);
	fake_kernel_end_next(EIO, &fault);
	start(plan, &run, 1);
	assert_fails(finish(&run), NMACCEL_ERR_FAULT,
		     "layer 1 (linear): the engine stopped at descriptor 1 "
		     "(NMACCEL_FAULT_TRUNCATED): buffer 1 holds a weight stream that ends inside a "
		     "block; pack it again (offset 64, detail 3)");
	/* It was the run's fault, not the card's. */
	start(plan, &run, 2);
	assert_ok(finish(&run));
	assert_right(&run, LAYERS);
	nmaccel_plan_unref(plan);
	nmaccel_device_unref(dev);
}

/* Places in a part are told as places in the whole, and nonsense is not followed. */
static void test_fault_in_part(void **state)
{
	struct drm_nmaccel_result fault = {.fault = NMACCEL_FAULT_BOUNDS, .fault_buffer = 1};
	struct nmaccel_plan *plan;
	struct run run;

	(void)state;
	fake_kernel_settings()->info.max_descs = 2;
	open_card();
	plan = make_chain(dev, LAYERS, 0);
	fault.fault_desc = 1;
	fake_kernel_hold(true);
	fake_kernel_end_next(EIO, &fault);
	start(plan, &run, 1);
	fake_kernel_hold(false);
	assert_fails(finish(&run), NMACCEL_ERR_FAULT, "layer 1 (linear)");
	fault.fault_desc = UINT32_MAX;
	fault.fault_buffer = 77;
	fake_kernel_end_next(EIO, &fault);
	start(plan, &run, 1);
	assert_fails(finish(&run), NMACCEL_ERR_FAULT, "layer 1 (linear)");
	fault.fault = 999;
	fake_kernel_end_next(EIO, &fault);
	start(plan, &run, 1);
	assert_fails(finish(&run), NMACCEL_ERR_FAULT, "fault 999, which this library does not");
	nmaccel_plan_unref(plan);
	nmaccel_device_unref(dev);
}

static void test_errors_of_jobs(void **state)
{
	static const struct {
		int error;
		enum nmaccel_status status;
		const char *words;
	} cases[] = {
		{EIO, NMACCEL_ERR_DEVICE_LOST, "without a valid record"},
		{ETIMEDOUT, NMACCEL_ERR_DEVICE_LOST, "made no progress"},
		{ETIMEDOUT, NMACCEL_ERR_DEVICE_LOST, "hang_ms and max_job_ms"},
		{ECANCELED, NMACCEL_ERR_DEVICE_LOST, "one before it hung"},
		{ESRCH, NMACCEL_ERR_DEVICE_LOST, "one before it hung"},
		{ENODEV, NMACCEL_ERR_DEVICE_LOST, "the card is gone"},
		{EBUSY, NMACCEL_ERR_INTERNAL, "cannot say how"},
		{12345, NMACCEL_ERR_IO, "drm0: "},
	};
	const struct drm_nmaccel_result none = {0};
	struct nmaccel_plan *plan;
	struct run run;
	size_t i;

	(void)state;
	open_card();
	plan = make_chain(dev, 1, 0);
	for (i = 0; i < N_ELEMENTS(cases); i++) {
		fake_kernel_end_next(cases[i].error, &none);
		start(plan, &run, 1);
		assert_fails(finish(&run), cases[i].status, cases[i].words);
		start(plan, &run, 2);
		assert_ok(finish(&run));
		assert_right(&run, 1);
	}
	fake_kernel_fail(DRM_IOCTL_NMACCEL_RESULT, ENOENT, 0, 1);
	start(plan, &run, 2);
	assert_fails(finish(&run), NMACCEL_ERR_INTERNAL, "cannot say how");
	nmaccel_plan_unref(plan);
	nmaccel_device_unref(dev);
}

/* Runs behind the one that hung are dropped; the next ones find a new context. */
static void test_hang(void **state)
{
	const struct drm_nmaccel_result none = {0};
	struct nmaccel_plan *plan;
	struct run runs[3];
	uint32_t made, i;

	(void)state;
	fake_kernel_settings()->info.engines = 1;
	open_card();
	made = fake_kernel_counts().ctxs_made;
	plan = make_chain(dev, 1, 3);
	fake_kernel_hold(true);
	fake_kernel_end_next(ETIMEDOUT, &none);
	for (i = 0; i < 3; i++)
		start(plan, &runs[i], (int)i);
	fake_kernel_hold(false);
	assert_fails(finish(&runs[0]), NMACCEL_ERR_DEVICE_LOST, "made no progress");
	assert_fails(finish(&runs[1]), NMACCEL_ERR_DEVICE_LOST, "one before it hung");
	assert_fails(finish(&runs[2]), NMACCEL_ERR_DEVICE_LOST, "one before it hung");
	for (i = 0; i < 3; i++) {
		start(plan, &runs[0], 7);
		assert_ok(finish(&runs[0]));
		assert_right(&runs[0], 1);
	}
	assert_int_equal(fake_kernel_counts().ctxs_made, made + 1);
	assert_int_equal(fake_kernel_counts().ctxs, 1);
	nmaccel_plan_unref(plan);
	nmaccel_device_unref(dev);
}

/* The ban is met at submission, before any end has told of it. */
static void test_banned_context(void **state)
{
	struct nmaccel_plan *plan;
	struct run run;

	(void)state;
	open_card();
	plan = make_chain(dev, 1, 0);
	fake_kernel_fail(DRM_IOCTL_NMACCEL_SUBMIT, ECANCELED, 0, 2);
	start(plan, &run, 4);
	assert_ok(finish(&run));
	assert_right(&run, 1);
	assert_int_equal(fake_kernel_counts().ctxs_made, 4);
	assert_int_equal(fake_kernel_counts().ctxs, 2);
	/* A driver that cancels whatever it is given. */
	run_init(&run, 1);
	fake_kernel_fail(DRM_IOCTL_NMACCEL_SUBMIT, ECANCELED, 0, 3);
	assert_status(nmaccel_plan_run(plan, &run.in, &run.out), NMACCEL_ERR_IO);
	/* No context to be had. */
	fake_kernel_fail(DRM_IOCTL_NMACCEL_CTX_CREATE, ENOMEM, 0, 1);
	assert_status(nmaccel_plan_run(plan, &run.in, &run.out), NMACCEL_ERR_NO_MEMORY);
	assert_ok(nmaccel_plan_run(plan, &run.in, &run.out));
	nmaccel_plan_unref(plan);
	nmaccel_device_unref(dev);
}

static void lose_with_runs(bool unplug)
{
	struct nmaccel_plan *plan;
	struct run runs[4];
	uint32_t i;

	fake_kernel_settings()->info.max_descs = 1;
	open_card();
	plan = make_chain(dev, 2, 4);
	fake_kernel_hold(true);
	for (i = 0; i < 4; i++)
		start(plan, &runs[i], (int)i);
	assert_status(nmaccel_fence_wait(runs[0].fence, 0), NMACCEL_ERR_TIMEOUT);
	fake_kernel_lose(unplug);
	for (i = 0; i < 4; i++)
		assert_fails(finish(&runs[i]), NMACCEL_ERR_DEVICE_LOST, "the card is gone");
	assert_fails(nmaccel_plan_run(plan, &runs[0].in, &runs[0].out), NMACCEL_ERR_DEVICE_LOST,
		     "the card is gone");
	nmaccel_plan_unref(plan);
	nmaccel_device_unref(dev);
}

static void test_lost(void **state)
{
	(void)state;
	lose_with_runs(false);
}

static void test_unplugged(void **state)
{
	(void)state;
	lose_with_runs(true);
	assert_status(nmaccel_device_open("drm", &dev), NMACCEL_ERR_DEVICE_LOST);
}

/*
 * A wait that the kernel has no memory for is made again, until it has: the run may still write to
 * its buffers. One that it refuses ends the run with the reason.
 */
static void test_failing_wait(void **state)
{
	static const struct {
		int err;
		enum nmaccel_status status;
	} refusals[] = {
		{ENODEV, NMACCEL_ERR_DEVICE_LOST},
		{EINVAL, NMACCEL_ERR_INTERNAL},
		{EFAULT, NMACCEL_ERR_IO},
	};
	struct nmaccel_plan *plan;
	struct run run;
	size_t i;

	(void)state;
	open_card();
	plan = make_chain(dev, 1, 0);
	fake_kernel_fail(DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT, ENOMEM, 0, 3);
	start(plan, &run, 1);
	assert_ok(finish(&run));
	assert_right(&run, 1);
	fake_kernel_fail(DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT, EAGAIN, 0, 12);
	start(plan, &run, 2);
	assert_ok(finish(&run));
	assert_right(&run, 1);
	for (i = 0; i < N_ELEMENTS(refusals); i++) {
		fake_kernel_fail(DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT, refusals[i].err, 0, 1);
		start(plan, &run, 1);
		assert_status(finish(&run), refusals[i].status);
	}
	nmaccel_plan_unref(plan);
	nmaccel_device_unref(dev);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_fault),
		T(test_fault_in_part),
		T(test_errors_of_jobs),
		T(test_hang),
		T(test_banned_context),
		T(test_lost),
		cmocka_unit_test_setup_teardown(test_unplugged, setup, teardown_unplugged),
		T(test_failing_wait),
	};

	return cmocka_run_group_tests_name("drm faults", tests, NULL, NULL);
}
