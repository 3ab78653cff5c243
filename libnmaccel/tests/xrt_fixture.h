/* SPDX-License-Identifier: MIT */
/*
 * Cards under an XRT of our own, with an .xclbin of three compute units. Each test runs twice: with
 * cards, and with cards that XRT emulates.
 */
#ifndef NMACCEL_TESTS_XRT_FIXTURE_H
#define NMACCEL_TESTS_XRT_FIXTURE_H

#include <time.h>

#include "chain_util.h"
#include "device.h"
#include "fake_root.h"
#include "fake_xrt.h"
#include "xclbin_file.h"

#define UNITS	  3u
#define TIMEOUT	  "NMACCEL_XRT_TIMEOUT_MS"
#define EMULATION "XCL_EMULATION_MODE"

static struct nmaccel_device *dev;

/* The file that NMACCEL_XCLBIN names. */
static inline void give_xclbin(uint32_t n_units, const char *metadata)
{
	const char *path = fake_root_path("/engine.xclbin");
	struct xclbin_file file;

	xclbin_file_make(&file, n_units, metadata);
	xclbin_file_write(&file, path);
	xclbin_file_free(&file);
	setenv("NMACCEL_XCLBIN", path, 1);
}

static inline int setup(void **state)
{
	(void)state;
	unsetenv("NMACCEL_BACKEND");
	unsetenv(TIMEOUT);
	unsetenv(EMULATION);
	fake_root_make();
	fake_xrt_start();
	give_xclbin(UNITS, XCLBIN_FILE_METADATA);
	dev = NULL;
	return 0;
}

static inline int setup_emulated(void **state)
{
	setup(state);
	setenv(EMULATION, "sw_emu", 1);
	return 0;
}

/*
 * A run's end may hold the last reference of its device: then it is the device's thread that closes
 * it, at some moment after the wait for the run. A card that is never closed is a failure.
 */
static inline struct fake_xrt_counts await_close(void)
{
	const struct timespec moment = {.tv_nsec = 1000000};
	int i;

	for (i = 0; i < 20000 && fake_xrt_counts().devices; i++)
		nanosleep(&moment, NULL);
	return fake_xrt_counts();
}

static inline int teardown(void **state)
{
	struct fake_xrt_counts counts = await_close();

	(void)state;
	fake_xrt_stop();
	fake_root_remove();
	assert_int_equal(counts.devices, 0);
	assert_int_equal(counts.kernels, 0);
	assert_int_equal(counts.runs, 0);
	assert_int_equal(counts.bos, 0);
	assert_int_equal(counts.violations, 0);
	return 0;
}

/*
 * Close the device here, as the last: a card that hangs is closed without a call that could be
 * seen, and while it is open whoever opens it gets the same one.
 */
static inline void close_as_last(void)
{
	const struct timespec moment = {.tv_nsec = 1000000};

	while (atomic_load(&dev->refs.count) > 1)
		nanosleep(&moment, NULL);
	nmaccel_device_unref(dev);
}

/* Of a card that hangs, nothing is given back. */
static inline int teardown_lost(void **state)
{
	struct fake_xrt_counts counts = fake_xrt_counts();

	(void)state;
	fake_xrt_stop();
	fake_root_remove();
	assert_int_equal(counts.devices, 1);
	assert_true(counts.bos > 0);
	assert_int_equal(counts.runs, counts.kernels);
	assert_int_equal(counts.violations, 0);
	return 0;
}

static inline void open_card(void)
{
	assert_ok(nmaccel_device_open("xrt", &dev));
}

#define TWICE(name, end)                                                                           \
	{#name, name, setup, end, NULL},                                                           \
	{                                                                                          \
#name " emulated", name, setup_emulated, end, NULL                                 \
	}
#define T(name)	     TWICE(name, teardown)
#define T_LOST(name) TWICE(name, teardown_lost)

#endif /* NMACCEL_TESTS_XRT_FIXTURE_H */
