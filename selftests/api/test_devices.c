// SPDX-License-Identifier: MIT
/* Status, devices and buffers: right calls, and each argument wrong in turn. */
#include <sys/mman.h>
#include <unistd.h>

#include "api.h"

static void test_status_names(void **state)
{
	(void)state;
	for (int i = NMACCEL_OK; i <= NMACCEL_ERR_INTERNAL; i++) {
		const char *name = nmaccel_status_name((enum nmaccel_status)i);

		assert_int_equal(strncmp(name, "NMACCEL_", 8), 0);
		for (int j = NMACCEL_OK; j < i; j++)
			assert_string_not_equal(name, nmaccel_status_name((enum nmaccel_status)j));
	}
	assert_non_null(nmaccel_status_name((enum nmaccel_status)BAD_ENUM));
	assert_non_null(nmaccel_status_name((enum nmaccel_status) - 1));
}

static void test_version(void **state)
{
	char version[32];

	(void)state;
	snprintf(version, sizeof(version), "%d.%d.%d", NMACCEL_VERSION_MAJOR, NMACCEL_VERSION_MINOR,
		 NMACCEL_VERSION_PATCH);
	assert_string_equal(nmaccel_version(), version);
}

static void test_list(void **state)
{
	struct nmaccel_device_info infos[16];
	size_t count = 0, some = 1;

	(void)state;
	memset(infos, 0xff, sizeof(infos));
	expect_invalid(nmaccel_device_list(NULL, NULL));
	expect_ok(nmaccel_device_list(NULL, &count));
	assert_in_range(count, 2, COUNT(infos));

	infos[0].size = 1;
	some = COUNT(infos);
	expect_invalid(nmaccel_device_list(infos, &some));
	assert_int_equal(some, COUNT(infos));

	infos[0].size = sizeof(infos[0]);
	some = 1;
	expect_ok(nmaccel_device_list(infos, &some));
	assert_int_equal(some, count);
	assert_int_equal(infos[1].lanes, UINT32_MAX);

	some = COUNT(infos);
	expect_ok(nmaccel_device_list(infos, &some));
	for (size_t i = 0; i < count; i++) {
		struct nmaccel_device *dev = NULL;

		assert_int_equal(infos[i].size, sizeof(infos[i]));
		if (infos[i].notice[0]) {
			assert_int_not_equal(nmaccel_device_open(infos[i].name, &dev), NMACCEL_OK);
			continue;
		}
		expect_ok(nmaccel_device_open(infos[i].name, &dev));
		nmaccel_device_unref(dev);
	}
}

static void test_open(void **state)
{
	struct nmaccel_device *dev = UNTOUCHED(struct nmaccel_device);
	static const char *const wrong[] = {"", "no such device", "softer", "soft0000"};

	(void)state;
	expect_invalid(nmaccel_device_open("soft", NULL));
	for (size_t i = 0; i < COUNT(wrong); i++) {
		expect_status(NMACCEL_ERR_NO_DEVICE, nmaccel_device_open(wrong[i], &dev));
		assert_ptr_equal(dev, UNTOUCHED(struct nmaccel_device));
	}
	/* The message helps: it names what there is. */
	assert_non_null(strstr(nmaccel_last_error(), "model"));
}

/* What the soft backend reads from the environment is an error if it makes no sense. */
static void test_environment(void **state)
{
	static const struct {
		const char *name, *value;
	} wrong[] = {
		{"NMACCEL_ISA", "sse9"},    {"NMACCEL_ISA", "AVX2 "},
		{"NMACCEL_THREADS", "0"},   {"NMACCEL_THREADS", "257"},
		{"NMACCEL_THREADS", "-1"},  {"NMACCEL_THREADS", "two"},
		{"NMACCEL_THREADS", "1.5"}, {"NMACCEL_THREADS", "99999999999999999999"},
	};
	struct nmaccel_device *dev = UNTOUCHED(struct nmaccel_device);

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++) {
		setenv(wrong[i].name, wrong[i].value, 1);
		if (!nmaccel_device_open("soft", &dev))
			fail_msg("%s=%s is taken", wrong[i].name, wrong[i].value);
		assert_non_null(strstr(nmaccel_last_error(), wrong[i].name));
		unsetenv(wrong[i].name);
	}
	assert_ptr_equal(dev, UNTOUCHED(struct nmaccel_device));
}

static void test_backend_environment(void **state)
{
	const char *old = getenv("NMACCEL_BACKEND");
	char *saved = old ? strdup(old) : NULL;
	struct nmaccel_device *dev = NULL;
	struct nmaccel_device_info info = {.size = sizeof(info)};

	(void)state;
	setenv("NMACCEL_BACKEND", "no such backend", 1);
	expect_status(NMACCEL_ERR_NO_DEVICE, nmaccel_device_open(NULL, &dev));
	setenv("NMACCEL_BACKEND", "model", 1);
	expect_ok(nmaccel_device_open(NULL, &dev));
	expect_ok(nmaccel_device_query(dev, &info));
	assert_string_equal(info.backend, "model");
	nmaccel_device_unref(dev);
	if (saved)
		setenv("NMACCEL_BACKEND", saved, 1);
	else
		unsetenv("NMACCEL_BACKEND");
	free(saved);
}

static void test_query(void **state)
{
	struct nmaccel_device *dev = open_device();
	struct {
		struct nmaccel_device_info info;
		char newer[16];
	} longer;
	struct nmaccel_device_info info = {0};

	(void)state;
	expect_invalid(nmaccel_device_query(NULL, &info));
	expect_invalid(nmaccel_device_query(dev, NULL));
	expect_invalid(nmaccel_device_query(dev, &info));
	info.size = SIZE_MAX;
	expect_invalid(nmaccel_device_query(dev, &info));

	info.size = sizeof(info);
	expect_ok(nmaccel_device_query(dev, &info));
	assert_in_range(info.lanes, 4, 32);
	assert_true(info.block_rows == 128 || info.block_rows == 256);
	assert_true(info.columns > 0 && info.max_rows > 0 && info.max_descs > 0);

	/* A caller of yesterday gets what it knows of, one of tomorrow gets zeros. */
	memset(&info, 0xff, sizeof(info));
	info.size = offsetof(struct nmaccel_device_info, lanes);
	expect_ok(nmaccel_device_query(dev, &info));
	assert_int_equal(info.lanes, UINT32_MAX);
	memset(&longer, 0xff, sizeof(longer));
	longer.info.size = sizeof(longer);
	expect_ok(nmaccel_device_query(dev, &longer.info));
	for (size_t i = 0; i < sizeof(longer.newer); i++)
		assert_int_equal(longer.newer[i], 0);
	nmaccel_device_unref(dev);
}

static void test_references(void **state)
{
	struct nmaccel_device *dev = open_device();
	struct nmaccel_buffer *buf = NULL;
	void *addr = NULL;

	(void)state;
	assert_ptr_equal(nmaccel_device_ref(dev), dev);
	expect_ok(nmaccel_buffer_create(dev, 100, &buf));
	nmaccel_device_unref(dev);
	nmaccel_device_unref(dev);
	/* The buffer keeps the device. */
	expect_ok(nmaccel_buffer_map(buf, &addr));
	assert_ptr_equal(nmaccel_buffer_ref(buf), buf);
	nmaccel_buffer_unref(buf);
	memset(addr, 1, 100);
	nmaccel_buffer_unref(buf);

	nmaccel_device_unref(NULL);
	nmaccel_buffer_unref(NULL);
	assert_null(nmaccel_device_ref(NULL));
	assert_null(nmaccel_buffer_ref(NULL));
}

static void test_buffer_create(void **state)
{
	struct nmaccel_device *dev = open_device();
	struct nmaccel_buffer *buf = UNTOUCHED(struct nmaccel_buffer);
	void *addr = NULL;

	(void)state;
	expect_invalid(nmaccel_buffer_create(NULL, 1, &buf));
	expect_invalid(nmaccel_buffer_create(dev, 1, NULL));
	expect_invalid(nmaccel_buffer_create(dev, 0, &buf));
	assert_int_not_equal(nmaccel_buffer_create(dev, UINT64_MAX, &buf), NMACCEL_OK);
	assert_int_not_equal(nmaccel_buffer_create(dev, UINT64_MAX / 2, &buf), NMACCEL_OK);
	assert_ptr_equal(buf, UNTOUCHED(struct nmaccel_buffer));

	expect_ok(nmaccel_buffer_create(dev, 4097, &buf));
	assert_int_equal(nmaccel_buffer_size(buf), 4097);
	expect_invalid(nmaccel_buffer_map(buf, NULL));
	expect_invalid(nmaccel_buffer_map(NULL, &addr));
	assert_null(addr);
	expect_ok(nmaccel_buffer_map(buf, &addr));
	for (size_t i = 0; i < 4097; i++)
		assert_int_equal(((char *)addr)[i], 0);
	assert_int_equal(nmaccel_buffer_size(NULL), 0);
	nmaccel_buffer_unref(buf);
	nmaccel_device_unref(dev);
}

static void test_buffer_sync(void **state)
{
	struct nmaccel_device *dev = open_device();
	struct nmaccel_buffer *buf = NULL;

	(void)state;
	expect_ok(nmaccel_buffer_create(dev, 100, &buf));
	expect_invalid(nmaccel_buffer_sync(NULL, NMACCEL_SYNC_TO_DEVICE, 0, 1));
	expect_invalid(nmaccel_buffer_sync(buf, (enum nmaccel_sync)0, 0, 1));
	expect_invalid(nmaccel_buffer_sync(buf, (enum nmaccel_sync)BAD_ENUM, 0, 1));
	expect_invalid(nmaccel_buffer_sync(buf, NMACCEL_SYNC_TO_DEVICE, 0, 101));
	expect_invalid(nmaccel_buffer_sync(buf, NMACCEL_SYNC_TO_DEVICE, 101, 0));
	expect_invalid(nmaccel_buffer_sync(buf, NMACCEL_SYNC_FROM_DEVICE, UINT64_MAX, 2));
	expect_invalid(nmaccel_buffer_sync(buf, NMACCEL_SYNC_FROM_DEVICE, 2, UINT64_MAX));
	expect_ok(nmaccel_buffer_sync(buf, NMACCEL_SYNC_TO_DEVICE, 0, 100));
	expect_ok(nmaccel_buffer_sync(buf, NMACCEL_SYNC_FROM_DEVICE, 50, 50));
	nmaccel_buffer_unref(buf);
	nmaccel_device_unref(dev);
}

static void test_buffer_share(void **state)
{
	struct nmaccel_device *dev = open_device();
	struct nmaccel_buffer *buf = NULL, *again = UNTOUCHED(struct nmaccel_buffer);
	void *addr = NULL, *again_addr = NULL;
	enum nmaccel_status status;
	int fd = -5, closed;

	(void)state;
	expect_ok(nmaccel_buffer_create(dev, 5000, &buf));
	expect_invalid(nmaccel_buffer_export_fd(NULL, &fd));
	expect_invalid(nmaccel_buffer_export_fd(buf, NULL));
	assert_int_equal(fd, -5);
	status = nmaccel_buffer_export_fd(buf, &fd);
	if (status == NMACCEL_ERR_UNSUPPORTED) {
		nmaccel_buffer_unref(buf);
		nmaccel_device_unref(dev);
		skip();
	}
	expect_ok(status);

	expect_invalid(nmaccel_buffer_import_fd(NULL, fd, 5000, &again));
	expect_invalid(nmaccel_buffer_import_fd(dev, fd, 5000, NULL));
	expect_invalid(nmaccel_buffer_import_fd(dev, fd, 0, &again));
	assert_int_not_equal(nmaccel_buffer_import_fd(dev, -1, 5000, &again), NMACCEL_OK);
	assert_int_not_equal(nmaccel_buffer_import_fd(dev, fd, 1 << 30, &again), NMACCEL_OK);
	assert_int_not_equal(nmaccel_buffer_import_fd(dev, fd, UINT64_MAX, &again), NMACCEL_OK);
	assert_ptr_equal(again, UNTOUCHED(struct nmaccel_buffer));

	expect_ok(nmaccel_buffer_import_fd(dev, fd, 5000, &again));
	closed = close(fd);
	assert_int_equal(closed, 0);
	expect_ok(nmaccel_buffer_map(buf, &addr));
	expect_ok(nmaccel_buffer_map(again, &again_addr));
	memset(addr, 42, 5000);
	assert_memory_equal(addr, again_addr, 5000);
	nmaccel_buffer_unref(buf);
	assert_int_equal(((char *)again_addr)[4999], 42);
	nmaccel_buffer_unref(again);
	nmaccel_device_unref(dev);
}

/* Memory that its owner may shrink would turn an access into SIGBUS; pipes hold no memory. */
static void test_import_of_other_files(void **state)
{
	struct nmaccel_device *dev = open_device();
	struct nmaccel_buffer *buf = UNTOUCHED(struct nmaccel_buffer);
	int fds[2];
	int fd = memfd_create("nmaccel-test", MFD_CLOEXEC);

	(void)state;
	assert_true(fd >= 0);
	/* Shorter than what is asked for. */
	assert_int_equal(ftruncate(fd, 4096), 0);
	assert_int_not_equal(nmaccel_buffer_import_fd(dev, fd, 4097, &buf), NMACCEL_OK);
	assert_int_equal(pipe(fds), 0);
	assert_int_not_equal(nmaccel_buffer_import_fd(dev, fds[0], 1, &buf), NMACCEL_OK);
	assert_ptr_equal(buf, UNTOUCHED(struct nmaccel_buffer));
	close(fd);
	close(fds[0]);
	close(fds[1]);
	nmaccel_device_unref(dev);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_status_names),  cmocka_unit_test(test_version),
		cmocka_unit_test(test_list),	      cmocka_unit_test(test_open),
		cmocka_unit_test(test_environment),   cmocka_unit_test(test_backend_environment),
		cmocka_unit_test(test_query),	      cmocka_unit_test(test_references),
		cmocka_unit_test(test_buffer_create), cmocka_unit_test(test_buffer_sync),
		cmocka_unit_test(test_buffer_share),  cmocka_unit_test(test_import_of_other_files),
	};

	return cmocka_run_group_tests_name("api: devices and buffers", tests, NULL, NULL);
}
