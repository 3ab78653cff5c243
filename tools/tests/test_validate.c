/* SPDX-License-Identifier: MIT */
/* What `nmaccel validate` reports of a card, which is on the kernel of the library's tests. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Before cmocka.h, which makes a macro of the name fail. */
#include "fail.h"
#include "fake_kernel.h"
#include "fake_root.h"
#include "validate.h"

#include <cmocka.h>

/* No machine that runs tests has a card there, in /proc/interrupts or debugfs. */
#define ADDRESS "fffe:fe:1f.7"

static struct validate v;

/* Allocations of so many bytes fail; 0: none. */
static size_t no_memory;

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size)
{
	return no_memory && count * size == no_memory ? NULL : __real_calloc(count, size);
}

static int set_up(void **state)
{
	(void)state;
	fake_root_make();
	fake_root_card(ADDRESS, 0);
	fake_kernel_start();
	v = (struct validate){.seed = 1, .checks = json_object_new_array()};
	v.info.size = sizeof(v.info);
	assert_int_equal(nmaccel_device_open("drm", &v.dev), NMACCEL_OK);
	assert_int_equal(nmaccel_device_query(v.dev, &v.info), NMACCEL_OK);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	nmaccel_device_unref(v.dev);
	json_object_put(v.checks);
	fake_kernel_stop();
	fake_root_remove();
	return 0;
}

static void expect(size_t i, const char *name, const char *result, const char *words)
{
	struct json_object *check = json_object_array_get_idx(v.checks, i);

	assert_non_null(check);
	assert_string_equal(tree_get_text(check, "name"), name);
	assert_string_equal(tree_get_text(check, "result"), result);
	if (!strstr(tree_get_text(check, "text"), words))
		fail_msg("no '%s' in: %s", words, tree_get_text(check, "text"));
}

static void interrupts(void **state)
{
	(void)state;
	validate_interrupts(&v);
	assert_int_equal(json_object_array_length(v.checks), 2);
	expect(0, "raised", "fail", "/proc/interrupts has no line nmaccel-" ADDRESS);
	/* Not there, or only root may know. */
	assert_int_equal(access("/sys/kernel/debug/accel/" ADDRESS "/engines", R_OK), -1);
	expect(1, "lost", "skip", strerror(errno));
}

static void interrupts_of_a_run_that_fails(void **state)
{
	(void)state;
	fake_kernel_fail(DRM_IOCTL_NMACCEL_SUBMIT, E2BIG, 5, 1);
	validate_interrupts(&v);
	assert_int_equal(json_object_array_length(v.checks), 2);
	expect(0, "raised", "fail", "a run failed: drm0: more than the card takes");
	expect(1, "lost", "skip", "a run failed");
	assert_int_equal(v.failed, 1);
	assert_int_equal(v.skipped, 1);
}

static void sysfs_that_is_not_there(void **state)
{
	(void)state;
	validate_registers(&v);
	expect(0, "query", "pass", "2 x (8, 256, 64)");
	expect(1, "sysfs", "fail", strerror(ENOENT));
}

#define ODD 977

/* What this tool cannot do, the library's last error does not tell. */
static void draft_without_memory(void **state)
{
	struct nmaccel_device *none = NULL;
	struct draft draft;

	(void)state;
	assert_int_equal(nmaccel_device_open("an older error", &none), NMACCEL_ERR_NO_DEVICE);
	draft_begin(&draft, v.dev, 1);
	draft_input(&draft, NMACCEL_TYPE_S8, 1, 1, ODD);
	draft_linear(&draft, 4, NMACCEL_TYPE_S32);
	draft_output(&draft);
	no_memory = ODD;
	draft_run(&draft);
	no_memory = 0;
	assert_int_equal(draft.status, NMACCEL_ERR_NO_MEMORY);
	assert_string_equal(draft_error(&draft), "no memory for 977 bytes of tensors");
	draft_end(&draft);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(interrupts),
		T(interrupts_of_a_run_that_fails),
		T(sysfs_that_is_not_there),
		T(draft_without_memory),
	};

	return cmocka_run_group_tests_name("validate", tests, NULL, NULL);
}
