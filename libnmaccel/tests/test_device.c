// SPDX-License-Identifier: MIT
/* Devices: the list, opening by name, the environment, references. */
#include "weights_util.h"

#include "inject.h"

static void test_list(void **state)
{
	struct nmaccel_device_info infos[4];
	size_t n = 0, again = 4, i;

	(void)state;
	assert_ok(nmaccel_device_list(NULL, &n));
	assert_int_equal(n, 2);
	memset(infos, 0xcc, sizeof(infos));
	infos[0].size = sizeof(infos[0]);
	assert_ok(nmaccel_device_list(infos, &again));
	assert_int_equal(again, n);
	assert_string_equal(infos[0].name, "soft");
	assert_string_equal(infos[1].name, "model");
	for (i = 0; i < n; i++) {
		assert_int_equal(infos[i].size, sizeof(infos[i]));
		assert_string_equal(infos[i].backend, infos[i].name);
		assert_true(infos[i].description[0]);
		assert_true(infos[i].lanes && infos[i].columns && infos[i].max_rows);
		assert_true(infos[i].block_rows == 128 || infos[i].block_rows == 256);
		assert_int_equal(infos[i].contract_version, NMACCEL_CONTRACT_VERSION);
	}
	/* Behind the devices that there are, nothing is written. */
	assert_int_equal(((unsigned char *)&infos[2])[0], 0xcc);
}

static void test_list_short(void **state)
{
	struct nmaccel_device_info infos[2];
	size_t n = 1;

	(void)state;
	memset(infos, 0xcc, sizeof(infos));
	infos[0].size = sizeof(infos[0]);
	assert_ok(nmaccel_device_list(infos, &n));
	assert_int_equal(n, 2);
	assert_string_equal(infos[0].name, "soft");
	assert_int_equal(((unsigned char *)&infos[1])[0], 0xcc);
	n = 0;
	assert_ok(nmaccel_device_list(infos, &n));
	assert_int_equal(n, 2);
}

/* A caller whose struct ends after the backend's name, and one with fields that we do not know. */
static void test_list_other_sizes(void **state)
{
	const size_t old_size = offsetof(struct nmaccel_device_info, description);
	const size_t new_size = sizeof(struct nmaccel_device_info) + 16;
	char memory[4 * sizeof(struct nmaccel_device_info)];
	size_t sizes[] = {old_size, new_size}, i, n;

	(void)state;
	for (i = 0; i < 2; i++) {
		memset(memory, 0xcc, sizeof(memory));
		memcpy(memory, &sizes[i], sizeof(size_t));
		n = 2;
		assert_ok(nmaccel_device_list((struct nmaccel_device_info *)(void *)memory, &n));
		assert_string_equal(memory + sizeof(size_t), "soft");
		assert_memory_equal(memory + sizes[i], &sizes[i], sizeof(size_t));
		assert_string_equal(memory + sizes[i] + sizeof(size_t), "model");
		assert_int_equal((unsigned char)memory[2 * sizes[i]], 0xcc);
	}
	assert_int_equal(memory[new_size - 1], 0);
}

static void test_list_misuse(void **state)
{
	struct nmaccel_device_info info = {.size = 0};
	size_t n = 1;

	(void)state;
	assert_fails(nmaccel_device_list(&info, NULL), NMACCEL_ERR_INVALID, "count");
	assert_fails(nmaccel_device_list(&info, &n), NMACCEL_ERR_INVALID, "size");
	assert_int_equal(n, 1);
	setenv("NMACCEL_ISA", "pentium", 1);
	info.size = sizeof(info);
	assert_int_not_equal(nmaccel_device_list(&info, &n), NMACCEL_OK);
	unsetenv("NMACCEL_ISA");
	assert_int_equal(n, 1);
	assert_int_equal(info.name[0], 0);
}

static void check_open(const char *name, const char *want)
{
	struct nmaccel_device_info info = {.size = sizeof(info)};
	struct nmaccel_device *dev;

	assert_ok(nmaccel_device_open(name, &dev));
	assert_ok(nmaccel_device_query(dev, &info));
	assert_string_equal(info.name, want);
	nmaccel_device_unref(dev);
}

static void test_open(void **state)
{
	(void)state;
	unsetenv("NMACCEL_BACKEND");
	check_open("soft", "soft");
	check_open("model", "model");
	check_open(NULL, "soft");
	setenv("NMACCEL_BACKEND", "model", 1);
	check_open(NULL, "model");
	check_open("soft", "soft");
	setenv("NMACCEL_BACKEND", "", 1);
	check_open(NULL, "soft");
	unsetenv("NMACCEL_BACKEND");
}

static void test_open_misuse(void **state)
{
	struct nmaccel_device *dev = NULL;

	(void)state;
	assert_fails(nmaccel_device_open("soft", NULL), NMACCEL_ERR_INVALID, "dev");
	assert_fails(nmaccel_device_open("", &dev), NMACCEL_ERR_NO_DEVICE, "soft, model");
	assert_fails(nmaccel_device_open("soft0", &dev), NMACCEL_ERR_NO_DEVICE, "\"soft0\"");
	setenv("NMACCEL_BACKEND", "gpu", 1);
	assert_fails(nmaccel_device_open(NULL, &dev), NMACCEL_ERR_NO_DEVICE, "soft, model");
	assert_words("NMACCEL_BACKEND");
	assert_words("\"gpu\"");
	unsetenv("NMACCEL_BACKEND");
	assert_null(dev);
}

static void test_open_failures(void **state)
{
	struct nmaccel_device *dev = NULL;

	(void)state;
	assert_fails(inject_open(&(struct inject_settings){.fail_open = true}, &dev),
		     NMACCEL_ERR_IO, "injected");
	assert_null(dev);
	assert_int_equal(inject_get_counts().devices, 0);
	inject_reset();
}

static void test_query(void **state)
{
	struct nmaccel_device_info info = {.size = sizeof(info)};
	struct nmaccel_device *dev;

	(void)state;
	assert_ok(inject_open(&(struct inject_settings){.max_rows = 7}, &dev));
	assert_ok(nmaccel_device_query(dev, &info));
	assert_int_equal(info.max_rows, 7);
	assert_string_equal(info.name, "inject");
	assert_fails(nmaccel_device_query(NULL, &info), NMACCEL_ERR_INVALID, "dev");
	assert_fails(nmaccel_device_query(dev, NULL), NMACCEL_ERR_INVALID, "info");
	info.size = 1;
	assert_fails(nmaccel_device_query(dev, &info), NMACCEL_ERR_INVALID, "size");
	nmaccel_device_unref(dev);
}

static void test_references(void **state)
{
	struct nmaccel_device *dev;

	(void)state;
	assert_ok(inject_open(&(struct inject_settings){0}, &dev));
	assert_ptr_equal(nmaccel_device_ref(dev), dev);
	nmaccel_device_unref(dev);
	assert_int_equal(inject_get_counts().devices, 1);
	nmaccel_device_unref(dev);
	assert_int_equal(inject_get_counts().devices, 0);
	nmaccel_device_unref(NULL);
	assert_null(nmaccel_device_ref(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_list_short),
		cmocka_unit_test(test_list_other_sizes),
		cmocka_unit_test(test_list_misuse),
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_open_misuse),
		cmocka_unit_test(test_open_failures),
		cmocka_unit_test(test_query),
		cmocka_unit_test(test_references),
	};

	/* The machine's own cards are not in these lists. */
	setenv("NMACCEL_SYSROOT", "/nonexistent", 1);
	return cmocka_run_group_tests_name("device", tests, NULL, NULL);
}
