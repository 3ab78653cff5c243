// SPDX-License-Identifier: MIT
/* Listing, naming and opening XRT's cards, and everything that can go wrong with that. */
#include <errno.h>
#include <pthread.h>

#include "xrt/library.h"
#include "xrt_fixture.h"

/* The i-th of n devices in the list of all. */
static struct nmaccel_device_info list_one(size_t i, size_t n)
{
	struct nmaccel_device_info infos[8];
	size_t count = N_ELEMENTS(infos);

	infos[0].size = sizeof(infos[0]);
	assert_ok(nmaccel_device_list(infos, &count));
	assert_int_equal(count, n);
	return infos[i];
}

static struct nmaccel_device_info query(void)
{
	struct nmaccel_device_info info = {.size = sizeof(info)};

	assert_ok(nmaccel_device_query(dev, &info));
	return info;
}

static void check_info(const struct nmaccel_device_info *info, const char *name)
{
	const bool emulated = nmaccel_xrt_is_emulated();

	assert_string_equal(info->name, name);
	assert_string_equal(info->backend, "xrt");
	assert_string_equal(info->driver, emulated ? "XRT (emulation)" : "XRT");
	assert_string_equal(info->description, "u50, " XCLBIN_FILE_PLATFORM);
	assert_int_equal(info->board, emulated ? NMACCEL_BOARD_EMULATED : NMACCEL_BOARD_ALVEO);
	assert_int_equal(info->engines, UNITS);
	assert_int_equal(info->lanes, 4);
	assert_int_equal(info->block_rows, 128);
	assert_int_equal(info->columns, 16);
	assert_int_equal(info->clock_khz, 250000);
	assert_int_equal(info->contract_version, NMACCEL_CONTRACT_VERSION);
	assert_int_equal(info->memory_bytes, XCLBIN_FILE_MEMORY_BYTES);
	assert_int_equal(info->max_rows, 99);
	assert_int_equal(info->max_descs, 77);
	assert_int_equal(info->caps, 6);
	assert_string_equal(info->notice, "");
}

static void test_info(void **state)
{
	struct nmaccel_device_info info;

	(void)state;
	give_xclbin(UNITS, "{\"nmaccel\":{\"contract\":\"1.0\",\"lanes\":4,\"block_rows\":128,"
			   "\"columns\":16,\"board\":\"u50\",\"clock_khz\":250000,\"caps\":6,"
			   "\"max_descs\":77,\"max_rows\":99}}");
	info = list_one(0, 4);
	check_info(&info, "xrt0");
	info = list_one(1, 4);
	check_info(&info, "xrt1");
	assert_string_equal(list_one(2, 4).name, "soft");
	open_card();
	info = query();
	check_info(&info, "xrt0");
	/* Where XRT emulates, other buffers would be the device's memory itself. */
	assert_int_equal(fake_xrt_counts().flags,
			 nmaccel_xrt_is_emulated() ? NMACCEL_XRT_BO_CACHEABLE : 0);
	nmaccel_device_unref(dev);
	/* Each engine has run an empty job. */
	assert_int_equal(fake_xrt_counts().started, UNITS);
}

static void test_names(void **state)
{
	static const struct {
		const char *name, *opened;
	} right[] = {{"xrt", "xrt0"}, {"xrt0", "xrt0"}, {"xrt1", "xrt1"}, {"xrt001", "xrt1"}};
	static const char *const wrong[] = {
		"xrt2",	  "xrt255", "xrt256",	      "xrt0001", "xrt-1", "xrt0,",
		"xrt,",	  "xrt 0",  "xrt0 ",	      "xrtx",	 "xrt0x", "xrt0;a",
		"xrt0:1", "xrt0.1", "xrt99999999999", "xrt+0",
	};
	size_t i;

	(void)state;
	for (i = 0; i < N_ELEMENTS(right); i++) {
		assert_ok(nmaccel_device_open(right[i].name, &dev));
		assert_string_equal(query().name, right[i].opened);
		nmaccel_device_unref(dev);
	}
	for (i = 0; i < N_ELEMENTS(wrong); i++) {
		assert_fails(nmaccel_device_open(wrong[i], &dev), NMACCEL_ERR_NO_DEVICE, wrong[i]);
		assert_words("xrt0, xrt1, soft, model");
	}
	setenv("NMACCEL_BACKEND", "xrt1", 1);
	assert_ok(nmaccel_device_open(NULL, &dev));
	assert_string_equal(query().name, "xrt1");
	nmaccel_device_unref(dev);
	unsetenv("NMACCEL_BACKEND");
}

/* The name's file is before the environment's. */
static void test_files(void **state)
{
	const char *const names[] = {"xrt", "xrt0", "xrt1"};
	char name[300], path[256];
	size_t i;

	(void)state;
	snprintf(path, sizeof(path), "%s", fake_root_path("/engine.xclbin"));
	setenv("NMACCEL_XCLBIN", fake_root_path("/none.xclbin"), 1);
	for (i = 0; i < N_ELEMENTS(names); i++) {
		snprintf(name, sizeof(name), "%s,%s", names[i], path);
		assert_ok(nmaccel_device_open(name, &dev));
		assert_string_equal(query().name, i < 2 ? "xrt0" : "xrt1");
		nmaccel_device_unref(dev);
	}
	unsetenv("NMACCEL_XCLBIN");
	assert_ok(nmaccel_device_open(name, &dev));
	nmaccel_device_unref(dev);
	assert_fails(nmaccel_device_open("xrt0,/dev/null/x", &dev), NMACCEL_ERR_IO,
		     "no .xclbin for XRT's cards: name one by NMACCEL_XCLBIN=FILE: /dev/null/x");
}

/* Cards without an .xclbin, or with one that is wrong, are listed last and say why. */
static void test_notices(void **state)
{
	struct nmaccel_device_info info;

	(void)state;
	setenv("NMACCEL_XCLBIN", fake_root_path("/none.xclbin"), 1);
	info = list_one(2, 4);
	assert_string_equal(list_one(0, 4).name, "soft");
	assert_string_equal(info.name, "xrt0");
	assert_string_equal(info.description, "card that cannot be used");
	assert_non_null(strstr(info.notice, "NMACCEL_XCLBIN=FILE"));
	assert_non_null(strstr(info.notice, "/none.xclbin"));
	assert_fails(nmaccel_device_open("xrt", &dev), NMACCEL_ERR_IO, "/none.xclbin");
	/* Nothing is said: the installed one, which tests do not install. */
	setenv("NMACCEL_XCLBIN", "", 1);
	assert_non_null(strstr(list_one(3, 4).notice, "nmaccel_engine.xclbin"));
	fake_root_write("/text.xclbin", "text");
	setenv("NMACCEL_XCLBIN", fake_root_path("/text.xclbin"), 1);
	assert_non_null(strstr(list_one(3, 4).notice, "4 bytes are no .xclbin file"));
	assert_status(nmaccel_device_open("xrt", &dev), NMACCEL_ERR_FORMAT);
	fake_xrt_settings()->devices = 0;
	list_one(0, 2);
	assert_fails(nmaccel_device_open("xrt", &dev), NMACCEL_ERR_NO_DEVICE, "finds 0 cards");
}

static void test_timeouts(void **state)
{
	static const char *const wrong[] = {
		"0", "-1",  "+5",   " 5",	"5 ",	      "5s",
		"x", "1.5", "0x10", "86400001", "4294967297", "99999999999999999999"};
	static const char *const right[] = {"", "1000", "0005000", "86400000"};
	size_t i;

	(void)state;
	for (i = 0; i < N_ELEMENTS(wrong); i++) {
		setenv(TIMEOUT, wrong[i], 1);
		assert_fails(nmaccel_device_open("xrt", &dev), NMACCEL_ERR_INVALID,
			     "NMACCEL_XRT_TIMEOUT_MS=");
		assert_words(wrong[i]);
		assert_non_null(strstr(list_one(2, 4).notice, "give milliseconds"));
	}
	for (i = 0; i < N_ELEMENTS(right); i++) {
		setenv(TIMEOUT, right[i], 1);
		open_card();
		nmaccel_device_unref(dev);
	}
}

/* With nothing named, a card that does not open is passed over, and the next device tells why. */
static void test_passed_over(void **state)
{
	(void)state;
	assert_ok(nmaccel_device_open(NULL, &dev));
	assert_string_equal(query().name, "xrt0");
	assert_string_equal(query().notice, "");
	nmaccel_device_unref(dev);
	fake_xrt_fail(FAKE_XRT_KERNEL_OPEN, EBUSY, 0, 1);
	assert_ok(nmaccel_device_open(NULL, &dev));
	assert_string_equal(query().name, "soft");
	assert_non_null(strstr(query().notice, "in place of a device of backend xrt: xrt0: "));
	assert_non_null(strstr(query().notice, "another program has the card"));
	nmaccel_device_unref(dev);
	setenv("NMACCEL_XCLBIN", fake_root_path("/none.xclbin"), 1);
	assert_ok(nmaccel_device_open(NULL, &dev));
	assert_string_equal(query().name, "soft");
	assert_non_null(strstr(query().notice, "/none.xclbin"));
	nmaccel_device_unref(dev);
	fake_xrt_settings()->devices = 0;
	assert_ok(nmaccel_device_open(NULL, &dev));
	assert_string_equal(query().notice, "");
	nmaccel_device_unref(dev);
}

/* ---- what fails on the way ------------------------------------------------------------------- */

/* Each call that opening makes, each time that it is made: an error, and nothing is left open. */
static void test_failing_calls(void **state)
{
	static const struct {
		enum fake_xrt_call call;
		uint32_t times; /* that an opening makes it */
		enum nmaccel_status without_code;
	} calls[] = {
		{FAKE_XRT_DEVICE_OPEN, 1, NMACCEL_ERR_NO_DEVICE},
		{FAKE_XRT_LOAD_XCLBIN, 1, NMACCEL_ERR_IO},
		{FAKE_XRT_GET_UUID, 1, NMACCEL_ERR_IO},
		{FAKE_XRT_KERNEL_OPEN, UNITS, NMACCEL_ERR_IO},
		{FAKE_XRT_ARG_GROUP, UNITS, NMACCEL_ERR_IO},
		{FAKE_XRT_RUN_OPEN, UNITS, NMACCEL_ERR_IO},
		{FAKE_XRT_BO_ALLOC, UNITS, NMACCEL_ERR_NO_MEMORY},
		{FAKE_XRT_BO_MAP, UNITS, NMACCEL_ERR_IO},
		{FAKE_XRT_BO_ADDRESS, UNITS, NMACCEL_ERR_IO},
		/* To make it zero, to hand the job over and to get the record. */
		{FAKE_XRT_BO_SYNC, 3 * UNITS, NMACCEL_ERR_IO},
		{FAKE_XRT_RUN_SET_ARG, 2 * UNITS, NMACCEL_ERR_IO},
		{FAKE_XRT_RUN_START, UNITS, NMACCEL_ERR_IO},
	};
	static const struct {
		int err;
		enum nmaccel_status status;
	} codes[] = {
		{EACCES, NMACCEL_ERR_PERMISSION},
		{EBUSY, NMACCEL_ERR_BUSY},
		{ENOMEM, NMACCEL_ERR_NO_MEMORY},
		{EINVAL, NMACCEL_ERR_IO},
	};
	size_t i, c;
	uint32_t n;

	(void)state;
	for (i = 0; i < N_ELEMENTS(calls); i++) {
		for (n = 0; n < calls[i].times; n++) {
			for (c = 0; c < N_ELEMENTS(codes); c++) {
				fake_xrt_fail(calls[i].call, codes[c].err, n, 1);
				assert_fails(nmaccel_device_open("xrt0", &dev), codes[c].status,
					     "xrt0: ");
			}
			fake_xrt_fail(calls[i].call, 0, n, 1);
			assert_status(nmaccel_device_open("xrt0", &dev), calls[i].without_code);
			assert_int_equal(fake_xrt_counts().devices, 0);
			assert_int_equal(fake_xrt_counts().kernels, 0);
			assert_int_equal(fake_xrt_counts().bos, 0);
		}
		/* That was all. */
		fake_xrt_fail(calls[i].call, EIO, n, 1);
		open_card();
		nmaccel_device_unref(dev);
		fake_xrt_fail(calls[i].call, 0, 0, 0);
	}
}

/* What opens, and is not what the file says. */
static void test_wrong_cards(void **state)
{
	(void)state;
	fake_xrt_settings()->other_uuid = true;
	assert_fails(nmaccel_device_open("xrt", &dev), NMACCEL_ERR_BUSY, "another .xclbin than");
	fake_xrt_settings()->other_uuid = false;
	fake_xrt_settings()->odd_unit = UNITS;
	assert_fails(nmaccel_device_open("xrt", &dev), NMACCEL_ERR_UNSUPPORTED,
		     "nmaccel_engine:{nmaccel_engine_3} reaches memory group 8");
	assert_words("the first compute unit 7");
	fake_xrt_settings()->odd_unit = 0;
	fake_xrt_settings()->address = 0x10008;
	assert_fails(nmaccel_device_open("xrt", &dev), NMACCEL_ERR_INTERNAL,
		     "not a multiple of 16");
	fake_xrt_settings()->address = 0;
}

/* The empty job finds out which engine that is, whichever of them it is. */
static void test_wrong_engines(void **state)
{
	uint32_t i;

	(void)state;
	for (i = 0; i < UNITS; i++) {
		fake_xrt_end(FAKE_XRT_BAD_VERSION, 0, i);
		assert_fails(nmaccel_device_open("xrt", &dev), NMACCEL_ERR_VERSION,
			     "does not take jobs of contract 1.0");
		fake_xrt_end(FAKE_XRT_RUBBISH, 0x33, i);
		assert_fails(nmaccel_device_open("xrt", &dev), NMACCEL_ERR_DEVICE_LOST,
			     "without a valid record");
		fake_xrt_end(FAKE_XRT_STATE, NMACCEL_XRT_ERROR, i);
		assert_fails(nmaccel_device_open("xrt", &dev), NMACCEL_ERR_DEVICE_LOST, "state 5");
	}
	open_card();
	nmaccel_device_unref(dev);
}

static void test_hanging_engine(void **state)
{
	(void)state;
	setenv(TIMEOUT, "150", 1);
	fake_xrt_end(FAKE_XRT_HANG, 0, 1);
	assert_fails(nmaccel_device_open("xrt", &dev), NMACCEL_ERR_DEVICE_LOST,
		     "no progress for 150 ms");
}

static void test_unit_counts(void **state)
{
	static const uint32_t n[] = {1, 2, NMACCEL_MAX_ENGINES};
	size_t i;

	(void)state;
	for (i = 0; i < N_ELEMENTS(n); i++) {
		give_xclbin(n[i], XCLBIN_FILE_METADATA);
		open_card();
		assert_int_equal(query().engines, n[i]);
		assert_int_equal(fake_xrt_counts().kernels, n[i]);
		nmaccel_device_unref(dev);
	}
}

/* ---- one card for the whole process ---------------------------------------------------------- */

static void run_on(struct nmaccel_device *on, int seed)
{
	struct nmaccel_plan *plan = make_chain(on, 2, 0);
	struct run run;

	start(plan, &run, seed);
	assert_ok(finish(&run));
	assert_right(&run, 2);
	nmaccel_plan_unref(plan);
}

/* XRT sees a card opened once, however often that is done here. */
static void test_shared(void **state)
{
	struct nmaccel_device *again, *other = NULL;
	struct xclbin_file file;
	char name[300];

	(void)state;
	open_card();
	assert_ok(nmaccel_device_open("xrt0", &again));
	assert_int_equal(fake_xrt_counts().devices, 1);
	assert_int_equal(fake_xrt_counts().kernels, UNITS);
	assert_ok(nmaccel_device_open("xrt1", &other));
	assert_int_equal(fake_xrt_counts().devices, 2);
	run_on(dev, 1);
	run_on(other, 2);
	nmaccel_device_unref(dev);
	nmaccel_device_unref(other);
	run_on(again, 3);
	xclbin_file_make(&file, UNITS, XCLBIN_FILE_METADATA);
	xclbin_file_head(&file)->uuid[15]++;
	xclbin_file_write(&file, fake_root_path("/other.xclbin"));
	xclbin_file_free(&file);
	snprintf(name, sizeof(name), "xrt0,%s", fake_root_path("/other.xclbin"));
	assert_fails(nmaccel_device_open(name, &other), NMACCEL_ERR_BUSY,
		     "this program has the card open with another .xclbin");
	run_on(again, 4);
	nmaccel_device_unref(again);
	/* A run's thread may have had the last reference. */
	await_close();
	assert_ok(nmaccel_device_open(name, &other));
	run_on(other, 5);
	nmaccel_device_unref(other);
}

#define THREADS 4

/* cmocka's asserts belong to the main thread. */
static void *open_and_close(void *arg)
{
	uint32_t *opened = arg;
	struct nmaccel_device *d;
	int i;

	for (i = 0; i < 25; i++) {
		if (nmaccel_device_open(i % 5 ? "xrt0" : "xrt1", &d))
			continue;
		++*opened;
		nmaccel_device_unref(d);
	}
	return NULL;
}

static void test_open_in_threads(void **state)
{
	uint32_t opened[THREADS] = {0}, i;
	pthread_t threads[THREADS];

	(void)state;
	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, open_and_close, &opened[i]), 0);
	for (i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(opened[i], 25);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_info),
		T(test_names),
		T(test_files),
		T(test_notices),
		T(test_timeouts),
		T(test_passed_over),
		T(test_failing_calls),
		T(test_wrong_cards),
		T(test_wrong_engines),
		T_LOST(test_hanging_engine),
		T(test_unit_counts),
		T(test_shared),
		T(test_open_in_threads),
	};

	return cmocka_run_group_tests_name("xrt device", tests, NULL, NULL);
}
