// SPDX-License-Identifier: MIT
/* Buffers: memory, sharing by file descriptor, ranges, misuse. */
#include "weights_util.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inject.h"

static int open_devices(void **state)
{
	static struct nmaccel_device *devices[2];

	assert_ok(nmaccel_device_open("soft", &devices[0]));
	assert_ok(nmaccel_device_open("model", &devices[1]));
	*state = devices;
	return 0;
}

static int close_devices(void **state)
{
	struct nmaccel_device **devices = *state;

	nmaccel_device_unref(devices[0]);
	nmaccel_device_unref(devices[1]);
	return 0;
}

static void test_memory(void **state)
{
	static const uint64_t sizes[] = {1, 15, 4096, 4097, 3 << 20};
	struct nmaccel_device **devices = *state;
	struct nmaccel_buffer *buf;
	unsigned char *data;
	void *addr, *again;
	size_t i, d;
	uint64_t b;

	for (d = 0; d < 2; d++) {
		for (i = 0; i < N_ELEMENTS(sizes); i++) {
			assert_ok(nmaccel_buffer_create(devices[d], sizes[i], &buf));
			assert_int_equal(nmaccel_buffer_size(buf), sizes[i]);
			assert_ok(nmaccel_buffer_map(buf, &addr));
			assert_ok(nmaccel_buffer_map(buf, &again));
			assert_ptr_equal(addr, again);
			assert_int_equal((uintptr_t)addr % 16, 0);
			data = addr;
			for (b = 0; b < sizes[i]; b++)
				assert_int_equal(data[b], 0);
			memset(data, 0x5a, sizes[i]);
			nmaccel_buffer_unref(buf);
		}
	}
}

static void test_create_misuse(void **state)
{
	struct nmaccel_device **devices = *state, *dev;
	struct nmaccel_buffer *buf = NULL;

	assert_fails(nmaccel_buffer_create(NULL, 1, &buf), NMACCEL_ERR_INVALID, "dev");
	assert_fails(nmaccel_buffer_create(devices[0], 1, NULL), NMACCEL_ERR_INVALID, "buf");
	assert_fails(nmaccel_buffer_create(devices[0], 0, &buf), NMACCEL_ERR_INVALID, "0");
	assert_int_not_equal(nmaccel_buffer_create(devices[0], UINT64_MAX, &buf), NMACCEL_OK);
	assert_int_not_equal(nmaccel_buffer_create(devices[0], INT64_MAX, &buf), NMACCEL_OK);
	assert_ok(inject_open(&(struct inject_settings){.memory_bytes = 8192}, &dev));
	assert_fails(nmaccel_buffer_create(dev, 8193, &buf), NMACCEL_ERR_NO_MEMORY, "8192");
	assert_null(buf);
	assert_ok(nmaccel_buffer_create(dev, 8192, &buf));
	assert_int_equal(inject_get_counts().memories, 1);
	nmaccel_buffer_unref(buf);
	assert_int_equal(inject_get_counts().memories, 0);
	buf = NULL;
	inject_set(&(struct inject_settings){.fail_memory = 1});
	assert_fails(nmaccel_buffer_create(dev, 8192, &buf), NMACCEL_ERR_NO_MEMORY, "injected");
	assert_null(buf);
	nmaccel_device_unref(dev);
	inject_reset();
}

/* A device without a limit of its own still meets the machine's. */
static void test_beyond_address_space(void **state)
{
	static const uint64_t sizes[] = {(uint64_t)INT64_MAX + 1, INT64_MAX, (uint64_t)1 << 60};
	struct nmaccel_buffer *buf = NULL;
	struct nmaccel_device *dev;
	size_t i;

	(void)state;
	assert_ok(inject_open(&(struct inject_settings){.memory_bytes = UINT64_MAX}, &dev));
	for (i = 0; i < N_ELEMENTS(sizes); i++)
		assert_int_not_equal(nmaccel_buffer_create(dev, sizes[i], &buf), NMACCEL_OK);
	assert_null(buf);
	assert_int_equal(inject_get_counts().memories, 0);
	nmaccel_device_unref(dev);
	inject_reset();
}

static void test_references(void **state)
{
	struct nmaccel_buffer *buf;
	struct nmaccel_device *dev;

	(void)state;
	assert_ok(inject_open(&(struct inject_settings){0}, &dev));
	assert_ok(nmaccel_buffer_create(dev, 10, &buf));
	nmaccel_device_unref(dev);
	assert_int_equal(inject_get_counts().devices, 1);
	assert_ptr_equal(nmaccel_buffer_ref(buf), buf);
	nmaccel_buffer_unref(buf);
	assert_int_equal(inject_get_counts().memories, 1);
	nmaccel_buffer_unref(buf);
	assert_int_equal(inject_get_counts().memories, 0);
	assert_int_equal(inject_get_counts().devices, 0);
	nmaccel_buffer_unref(NULL);
	assert_null(nmaccel_buffer_ref(NULL));
	assert_int_equal(nmaccel_buffer_size(NULL), 0);
}

static void test_share_between_devices(void **state)
{
	struct nmaccel_device **devices = *state;
	struct nmaccel_buffer *a, *b;
	void *at_a, *at_b;
	int fd;

	assert_ok(nmaccel_buffer_create(devices[0], 10000, &a));
	assert_ok(nmaccel_buffer_export_fd(a, &fd));
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	/* The exported memory cannot be cut short under a running job. */
	assert_int_equal(ftruncate(fd, 1), -1);
	assert_int_equal(errno, EPERM);
	assert_ok(nmaccel_buffer_import_fd(devices[1], fd, 10000, &b));
	close(fd);
	assert_ok(nmaccel_buffer_map(a, &at_a));
	assert_ok(nmaccel_buffer_map(b, &at_b));
	strcpy(at_a, "written by one");
	assert_string_equal(at_b, "written by one");
	nmaccel_buffer_unref(a);
	strcat(at_b, ", outlived by the other");
	assert_string_equal(at_b, "written by one, outlived by the other");
	nmaccel_buffer_unref(b);
}

static int make_memfd(off_t bytes, unsigned int flags)
{
	int fd = memfd_create("nmaccel-test", flags | MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, bytes), 0);
	return fd;
}

static void test_import_own_memfd(void **state)
{
	struct nmaccel_device **devices = *state;
	int fd = make_memfd(5000, MFD_ALLOW_SEALING);
	struct nmaccel_buffer *buf;
	char byte = 0;
	void *addr;

	assert_ok(nmaccel_buffer_import_fd(devices[0], fd, 4999, &buf));
	assert_int_equal(ftruncate(fd, 4998), -1);
	assert_int_equal(nmaccel_buffer_size(buf), 4999);
	assert_ok(nmaccel_buffer_map(buf, &addr));
	((char *)addr)[4998] = 'x';
	assert_int_equal(pread(fd, &byte, 1, 4998), 1);
	assert_int_equal(byte, 'x');
	/* Our fd is still ours. */
	assert_int_equal(close(fd), 0);
	nmaccel_buffer_unref(buf);
}

static void test_import_misuse(void **state)
{
	struct nmaccel_device *dev = ((struct nmaccel_device **)*state)[0];
	int fd = make_memfd(4096, MFD_ALLOW_SEALING), plain = make_memfd(4096, 0);
	int sealed = make_memfd(4096, MFD_ALLOW_SEALING), ends[2];
	struct nmaccel_buffer *buf = NULL;

	assert_fails(nmaccel_buffer_import_fd(NULL, fd, 1, &buf), NMACCEL_ERR_INVALID, "dev");
	assert_fails(nmaccel_buffer_import_fd(dev, fd, 1, NULL), NMACCEL_ERR_INVALID, "buf");
	assert_fails(nmaccel_buffer_import_fd(dev, fd, 0, &buf), NMACCEL_ERR_INVALID, "0");
	assert_fails(nmaccel_buffer_import_fd(dev, -1, 1, &buf), NMACCEL_ERR_INVALID, "open");
	assert_fails(nmaccel_buffer_import_fd(dev, fd, 4097, &buf), NMACCEL_ERR_INVALID, "4096");
	assert_fails(nmaccel_buffer_import_fd(dev, plain, 4096, &buf), NMACCEL_ERR_INVALID,
		     "F_SEAL_SHRINK");
	assert_int_equal(pipe(ends), 0);
	assert_fails(nmaccel_buffer_import_fd(dev, ends[0], 1, &buf), NMACCEL_ERR_INVALID, "memfd");
	/* Nothing that the device could write to. */
	assert_int_equal(fcntl(sealed, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK), 0);
	assert_status(nmaccel_buffer_import_fd(dev, sealed, 4096, &buf), NMACCEL_ERR_IO);
	assert_null(buf);
	close(ends[0]);
	close(ends[1]);
	close(fd);
	close(plain);
	close(sealed);
}

static void test_call_misuse(void **state)
{
	struct nmaccel_device **devices = *state;
	struct nmaccel_buffer *buf;
	void *addr = NULL;
	int fd = -1;

	assert_ok(nmaccel_buffer_create(devices[0], 100, &buf));
	assert_fails(nmaccel_buffer_map(NULL, &addr), NMACCEL_ERR_INVALID, "buf");
	assert_fails(nmaccel_buffer_map(buf, NULL), NMACCEL_ERR_INVALID, "addr");
	assert_fails(nmaccel_buffer_export_fd(NULL, &fd), NMACCEL_ERR_INVALID, "buf");
	assert_fails(nmaccel_buffer_export_fd(buf, NULL), NMACCEL_ERR_INVALID, "fd");
	nmaccel_buffer_unref(buf);
}

static void test_sync(void **state)
{
	const enum nmaccel_sync to = NMACCEL_SYNC_TO_DEVICE, from = NMACCEL_SYNC_FROM_DEVICE;
	struct nmaccel_buffer *buf;
	struct nmaccel_device *dev;
	uint64_t before;

	(void)state;
	assert_ok(inject_open(&(struct inject_settings){0}, &dev));
	assert_ok(nmaccel_buffer_create(dev, 100, &buf));
	before = inject_get_counts().synced;
	assert_ok(nmaccel_buffer_sync(buf, to, 0, 100));
	assert_ok(nmaccel_buffer_sync(buf, from, 99, 1));
	assert_ok(nmaccel_buffer_sync(buf, to, 100, 0));
	assert_int_equal(inject_get_counts().synced - before, 101);
	assert_fails(nmaccel_buffer_sync(NULL, to, 0, 1), NMACCEL_ERR_INVALID, "buf");
	assert_fails(nmaccel_buffer_sync(buf, (enum nmaccel_sync)0, 0, 1), NMACCEL_ERR_INVALID,
		     "direction");
	assert_fails(nmaccel_buffer_sync(buf, (enum nmaccel_sync)3, 0, 1), NMACCEL_ERR_INVALID,
		     "direction");
	assert_fails(nmaccel_buffer_sync(buf, to, 100, 1), NMACCEL_ERR_INVALID, "beyond");
	assert_fails(nmaccel_buffer_sync(buf, to, 101, 0), NMACCEL_ERR_INVALID, "beyond");
	assert_fails(nmaccel_buffer_sync(buf, to, 1, UINT64_MAX), NMACCEL_ERR_INVALID, "beyond");
	assert_fails(nmaccel_buffer_sync(buf, to, UINT64_MAX, 2), NMACCEL_ERR_INVALID, "beyond");
	assert_int_equal(inject_get_counts().synced - before, 101);
	nmaccel_buffer_unref(buf);
	nmaccel_device_unref(dev);
}

/* The process runs out of descriptors: an error, and all is well once there are some again. */
static void test_out_of_descriptors(void **state)
{
	struct nmaccel_device **devices = *state;
	struct nmaccel_buffer *buf = NULL, *ours;
	int fds[4096], n = 0, fd = -1;

	assert_ok(nmaccel_buffer_create(devices[0], 1, &ours));
	while (n < 4096 && (fds[n] = dup(0)) >= 0)
		n++;
	if (n < 4096) {
		assert_status(nmaccel_buffer_create(devices[0], 1, &buf), NMACCEL_ERR_NO_MEMORY);
		assert_status(nmaccel_buffer_export_fd(ours, &fd), NMACCEL_ERR_NO_MEMORY);
	}
	while (n)
		close(fds[--n]);
	assert_null(buf);
	assert_int_equal(fd, -1);
	assert_ok(nmaccel_buffer_create(devices[0], 1, &buf));
	nmaccel_buffer_unref(buf);
	nmaccel_buffer_unref(ours);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_create_misuse),
		cmocka_unit_test(test_beyond_address_space),
		cmocka_unit_test(test_references),
		cmocka_unit_test(test_share_between_devices),
		cmocka_unit_test(test_import_own_memfd),
		cmocka_unit_test(test_import_misuse),
		cmocka_unit_test(test_call_misuse),
		cmocka_unit_test(test_sync),
		cmocka_unit_test(test_out_of_descriptors),
	};

	return cmocka_run_group_tests_name("buffer", tests, open_devices, close_devices);
}
