/* SPDX-License-Identifier: MIT */
/* A card on a kernel of our own. */
#ifndef NMACCEL_TESTS_DRM_FIXTURE_H
#define NMACCEL_TESTS_DRM_FIXTURE_H

#include <time.h>

#include "chain_util.h"
#include "fake_kernel.h"
#include "fake_root.h"

static struct nmaccel_device *dev;

static inline int setup(void **state)
{
	(void)state;
	fake_root_make();
	fake_root_card("0000:01:00.0", 0);
	fake_kernel_start();
	dev = NULL;
	return 0;
}

/*
 * A run's end may hold the last reference of its device: then it is the device's thread that closes
 * it, at some moment after the wait for the run. A file that never closes is a failure.
 */
static inline struct fake_counts await_close(void)
{
	const struct timespec moment = {.tv_nsec = 1000000};
	int i;

	for (i = 0; i < 20000 && fake_kernel_counts().files; i++)
		nanosleep(&moment, NULL);
	return fake_kernel_counts();
}

static inline int teardown(void **state)
{
	struct fake_counts counts = await_close();

	(void)state;
	fake_kernel_stop();
	fake_root_remove();
	assert_int_equal(counts.files, 0);
	assert_int_equal(counts.bos, 0);
	assert_int_equal(counts.ctxs, 0);
	assert_int_equal(counts.syncobjs, 0);
	return 0;
}

/* After an unplug, what was not given back went with the file. */
static inline int teardown_unplugged(void **state)
{
	struct fake_counts counts = await_close();

	(void)state;
	fake_kernel_stop();
	fake_root_remove();
	assert_int_equal(counts.files, 0);
	return 0;
}

static inline void open_card(void)
{
	assert_ok(nmaccel_device_open("drm", &dev));
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif /* NMACCEL_TESTS_DRM_FIXTURE_H */
