// SPDX-License-Identifier: MIT
/*
 * Finding XRT when the program runs: with none, one that is too old, and one that has all calls.
 * The loader's calls lead here, and to a library that is not there: in a copy of the source, as
 * sanitizers need the real ones.
 */
#include <dlfcn.h>

#include "plan_util.h"

#include "fake_root.h"

#define dlopen	test_dlopen
#define dlsym	test_dlsym
#define dlerror test_dlerror

static void *test_dlopen(const char *name, int flags);
static void *test_dlsym(void *handle, const char *name);
static char *test_dlerror(void);

#include "xrt/library.c"

#define MAX 64

static char library; /* its handle, and the first symbol of it */
static char addresses[MAX];
static bool installed;
static uint32_t opened, looked_for, missing; /* missing: this one, from 1 */
static char last_name[128];

static void *test_dlopen(const char *name, int flags)
{
	assert_string_equal(name, "libxrt_coreutil.so.2");
	assert_int_equal(flags & RTLD_NOW, RTLD_NOW);
	opened++;
	return installed ? &library : NULL;
}

static void *test_dlsym(void *handle, const char *name)
{
	assert_ptr_equal(handle, &library);
	snprintf(last_name, sizeof(last_name), "%s", name);
	looked_for++;
	assert_in_range(looked_for, 1, MAX);
	return looked_for == missing ? NULL : &addresses[looked_for - 1];
}

static char *test_dlerror(void)
{
	static char text[] = LIBRARY ": cannot open shared object file";

	return text;
}

static void test_not_installed(void **state)
{
	const struct nmaccel_xrt_calls *calls;
	struct nmaccel_device *dev = NULL;
	size_t count = 0;

	(void)state;
	assert_fails(nmaccel_xrt_load(&calls), NMACCEL_ERR_NO_DEVICE, "XRT is not installed");
	assert_words(LIBRARY ": cannot open");
	assert_fails(nmaccel_device_open("xrt", &dev), NMACCEL_ERR_NO_DEVICE,
		     "XRT is not installed");
	assert_words("there are: soft, model");
	/* Nor is that worth a notice. */
	assert_ok(nmaccel_device_list(NULL, &count));
	assert_int_equal(count, 2);
	assert_true(opened > 1);
}

/* Each call is needed. */
static void test_symbols(void **state)
{
	const size_t n = sizeof(struct nmaccel_xrt_calls) / sizeof(void *);
	const struct nmaccel_xrt_calls *calls;
	const void *found;
	size_t count = 0, i;

	(void)state;
	installed = true;
	for (missing = 1; missing <= n; missing++) {
		looked_for = 0;
		assert_fails(nmaccel_xrt_load(&calls), NMACCEL_ERR_VERSION, LIBRARY " has no ");
		assert_words(last_name);
	}
	/* An entry of the list says so. */
	missing = 1;
	looked_for = 0;
	assert_ok(nmaccel_device_list(NULL, &count));
	assert_int_equal(count, 3);
	missing = 0;
	looked_for = 0;
	opened = 0;
	assert_ok(nmaccel_xrt_load(&calls));
	assert_int_equal(looked_for, n);
	for (i = 0; i < n; i++) {
		memcpy(&found, (const char *)calls + i * sizeof(found), sizeof(found));
		assert_ptr_equal(found, &addresses[i]);
	}
	/* It is found once, and stays. */
	assert_ok(nmaccel_xrt_load(&calls));
	assert_int_equal(looked_for, n);
	assert_int_equal(opened, 1);
}

static void test_emulated(void **state)
{
	(void)state;
	unsetenv("XCL_EMULATION_MODE");
	assert_false(nmaccel_xrt_is_emulated());
	setenv("XCL_EMULATION_MODE", "", 1);
	assert_false(nmaccel_xrt_is_emulated());
	setenv("XCL_EMULATION_MODE", "sw_emu", 1);
	assert_true(nmaccel_xrt_is_emulated());
}

static int setup(void **state)
{
	(void)state;
	unsetenv("NMACCEL_BACKEND");
	fake_root_make();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fake_root_remove();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_not_installed),
		cmocka_unit_test(test_symbols),
		cmocka_unit_test(test_emulated),
	};

	return cmocka_run_group_tests_name("xrt library", tests, setup, teardown);
}
