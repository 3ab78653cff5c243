// SPDX-License-Identifier: MIT
#include <pthread.h>

#include "error.h"
#include "options.h"
#include "weights_util.h"

static void test_names(void **state)
{
	int i, j;

	(void)state;
	for (i = NMACCEL_OK; i <= NMACCEL_ERR_INTERNAL; i++) {
		const char *name = nmaccel_status_name((enum nmaccel_status)i);

		assert_non_null(name);
		assert_int_equal(strncmp(name, "NMACCEL_", 8), 0);
		for (j = NMACCEL_OK; j < i; j++)
			assert_string_not_equal(name, nmaccel_status_name((enum nmaccel_status)j));
	}
	assert_string_equal(nmaccel_status_name(NMACCEL_ERR_PATTERN), "NMACCEL_ERR_PATTERN");
	assert_string_equal(nmaccel_status_name((enum nmaccel_status)17), "NMACCEL_ERR_UNKNOWN");
	assert_string_equal(nmaccel_status_name((enum nmaccel_status) - 1), "NMACCEL_ERR_UNKNOWN");
}

static void test_version(void **state)
{
	char text[32];

	(void)state;
	snprintf(text, sizeof(text), "%d.%d.%d", NMACCEL_VERSION_MAJOR, NMACCEL_VERSION_MINOR,
		 NMACCEL_VERSION_PATCH);
	assert_string_equal(nmaccel_version(), text);
}

static void test_error_text(void **state)
{
	(void)state;
	assert_int_equal(nmaccel_error(NMACCEL_ERR_IO, "file %s, byte %d", "a", 7), NMACCEL_ERR_IO);
	assert_string_equal(nmaccel_last_error(), "file a, byte 7");
	assert_int_equal(nmaccel_error_prefix(NMACCEL_ERR_FORMAT, "layer %s", "fc"),
			 NMACCEL_ERR_FORMAT);
	assert_string_equal(nmaccel_last_error(), "layer fc: file a, byte 7");
	nmaccel_error(NMACCEL_ERR_IO, "%s again", nmaccel_last_error());
	assert_string_equal(nmaccel_last_error(), "layer fc: file a, byte 7 again");
}

static void test_error_text_is_cut(void **state)
{
	char text[3000];
	size_t length;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	nmaccel_error(NMACCEL_ERR_IO, "%s", text);
	length = strlen(nmaccel_last_error());
	assert_true(length > 500 && length < sizeof(text));
	nmaccel_error_prefix(NMACCEL_ERR_IO, "%s", text);
	assert_int_equal(strlen(nmaccel_last_error()), length);
	nmaccel_error(NMACCEL_ERR_IO, "short");
	nmaccel_error_prefix(NMACCEL_ERR_IO, "%s", text);
	assert_int_equal(strlen(nmaccel_last_error()), length);
}

static void *other_thread(void *text)
{
	int fresh = !strcmp(nmaccel_last_error(), "");

	nmaccel_error(NMACCEL_ERR_IO, "%s", (const char *)text);
	return (void *)(intptr_t)(fresh && !strcmp(nmaccel_last_error(), text));
}

static void test_error_is_per_thread(void **state)
{
	pthread_t thread;
	void *good;

	(void)state;
	nmaccel_error(NMACCEL_ERR_IO, "mine");
	assert_int_equal(pthread_create(&thread, NULL, other_thread, "theirs"), 0);
	assert_int_equal(pthread_join(thread, &good), 0);
	assert_non_null(good);
	assert_string_equal(nmaccel_last_error(), "mine");
}

/* A struct as the library has it, and an older and a newer caller's. */
struct grown {
	size_t size;
	uint32_t a, b;
	uint64_t c;
};

static void test_options_read(void **state)
{
	unsigned char user[64] = {0};
	struct grown g, in = {.a = 1, .b = 2, .c = 3};
	size_t size;

	(void)state;
	for (size = sizeof(size); size <= sizeof(user); size++) {
		memset(user, 0, sizeof(user));
		in.size = size;
		memcpy(user, &in, sizeof(in) < size ? sizeof(in) : size);
		memset(&g, 0x55, sizeof(g));
		assert_ok(nmaccel_options_read(&g, sizeof(g), user, "struct grown"));
		assert_int_equal(g.size, sizeof(g));
		assert_int_equal(g.a, size >= 12 ? 1 : size > 8);
		assert_int_equal(g.c, size > 16 ? 3 : 0);
		if (size <= sizeof(g))
			continue;
		user[size - 1] = 1;
		assert_fails(nmaccel_options_read(&g, sizeof(g), user, "struct grown"),
			     NMACCEL_ERR_UNSUPPORTED, "struct grown");
	}
}

static void test_options_bad_size(void **state)
{
	static size_t sizes[] = {0, 1, sizeof(size_t) - 1, NMACCEL_OPTIONS_MAX_BYTES + 1, SIZE_MAX};
	static unsigned char in[2 * NMACCEL_OPTIONS_MAX_BYTES];
	struct grown g;
	size_t i;

	(void)state;
	for (i = 0; i < N_ELEMENTS(sizes); i++) {
		memcpy(in, &sizes[i], sizeof(sizes[i]));
		assert_fails(nmaccel_options_read(&g, sizeof(g), in, "struct grown"),
			     NMACCEL_ERR_INVALID, "sizeof");
		assert_fails(nmaccel_options_check_size(in, "struct grown"), NMACCEL_ERR_INVALID,
			     "struct grown");
	}
}

static void test_options_write(void **state)
{
	struct grown result = {.size = sizeof(result), .a = 1, .b = 2, .c = 3}, got;
	unsigned char user[64];
	size_t size, i;

	(void)state;
	for (size = sizeof(size); size <= sizeof(user); size++) {
		memset(user, 0x55, sizeof(user));
		memcpy(user, &size, sizeof(size));
		nmaccel_options_write(user, &result, sizeof(result));
		result.size = size;
		memcpy(&got, user, sizeof(got));
		assert_memory_equal(&got, &result, size < sizeof(got) ? size : sizeof(got));
		for (i = sizeof(got); i < size; i++)
			assert_int_equal(user[i], 0);
		for (i = size; i < sizeof(user); i++)
			assert_int_equal(user[i], 0x55);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_version),
		cmocka_unit_test(test_error_text),
		cmocka_unit_test(test_error_text_is_cut),
		cmocka_unit_test(test_error_is_per_thread),
		cmocka_unit_test(test_options_read),
		cmocka_unit_test(test_options_bad_size),
		cmocka_unit_test(test_options_write),
	};

	return cmocka_run_group_tests_name("status", tests, NULL, NULL);
}
