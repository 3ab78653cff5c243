// SPDX-License-Identifier: MIT
/* Buffers of an XRT card: what is copied when, and what is shared. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "xrt_fixture.h"

#define BYTES 10000u

static uint32_t bos_of_card;

/* A card that is open; what it has itself is not counted below. */
static void open_counted(void)
{
	open_card();
	bos_of_card = fake_xrt_counts().bos;
}

static uint32_t count_bos(void)
{
	return fake_xrt_counts().bos - bos_of_card;
}

static unsigned char *map_of(struct nmaccel_buffer *buf)
{
	void *addr;

	assert_ok(nmaccel_buffer_map(buf, &addr));
	assert_int_equal((uintptr_t)addr % 4096, 0);
	return addr;
}

static void assert_bytes(const unsigned char *map, size_t from, size_t to, int value)
{
	size_t i;

	for (i = from; i < to; i++)
		assert_int_equal(map[i], value);
}

/* New memory is zero, for the CPU and for the card. */
static void test_create(void **state)
{
	struct nmaccel_buffer *buf;
	unsigned char *map;

	(void)state;
	open_counted();
	assert_ok(nmaccel_buffer_create(dev, BYTES, &buf));
	assert_int_equal(nmaccel_buffer_size(buf), BYTES);
	assert_int_equal(count_bos(), 1);
	map = map_of(buf);
	assert_bytes(map, 0, BYTES, 0);
	memset(map, 0xa5, BYTES);
	assert_ok(nmaccel_buffer_sync(buf, NMACCEL_SYNC_FROM_DEVICE, 0, BYTES));
	assert_bytes(map, 0, BYTES, 0);
	nmaccel_buffer_unref(buf);
	assert_int_equal(count_bos(), 0);
	nmaccel_device_unref(dev);
}

/* Just the range is handed over. */
static void test_sync(void **state)
{
	struct nmaccel_buffer *buf;
	unsigned char *map;

	(void)state;
	open_counted();
	assert_ok(nmaccel_buffer_create(dev, BYTES, &buf));
	map = map_of(buf);
	memset(map, 1, BYTES);
	assert_ok(nmaccel_buffer_sync(buf, NMACCEL_SYNC_TO_DEVICE, 100, 51));
	memset(map, 2, BYTES);
	assert_ok(nmaccel_buffer_sync(buf, NMACCEL_SYNC_FROM_DEVICE, 50, 200));
	assert_bytes(map, 0, 50, 2);
	assert_bytes(map, 50, 100, 0);
	assert_bytes(map, 100, 151, 1);
	assert_bytes(map, 151, 250, 0);
	assert_bytes(map, 250, BYTES, 2);
	assert_ok(nmaccel_buffer_sync(buf, NMACCEL_SYNC_TO_DEVICE, BYTES, 0));
	assert_status(nmaccel_buffer_sync(buf, NMACCEL_SYNC_TO_DEVICE, BYTES, 1),
		      NMACCEL_ERR_INVALID);
	fake_xrt_fail(FAKE_XRT_BO_SYNC, EIO, 0, 1);
	assert_fails(nmaccel_buffer_sync(buf, NMACCEL_SYNC_TO_DEVICE, 0, 7), NMACCEL_ERR_IO,
		     "xrt0: copy to the card of 7 bytes");
	fake_xrt_fail(FAKE_XRT_BO_SYNC, 0, 0, 1);
	assert_fails(nmaccel_buffer_sync(buf, NMACCEL_SYNC_FROM_DEVICE, 0, 7), NMACCEL_ERR_IO,
		     "xrt0: copy from the card of 7 bytes");
	nmaccel_buffer_unref(buf);
	nmaccel_device_unref(dev);
}

static void test_create_fails(void **state)
{
	static const struct {
		enum fake_xrt_call call;
		int err;
		enum nmaccel_status status;
	} cases[] = {
		{FAKE_XRT_BO_ALLOC, ENOMEM, NMACCEL_ERR_NO_MEMORY},
		{FAKE_XRT_BO_ALLOC, ENOSPC, NMACCEL_ERR_NO_MEMORY},
		/* XRT gives no code where the memory of the card has run out. */
		{FAKE_XRT_BO_ALLOC, 0, NMACCEL_ERR_NO_MEMORY},
		{FAKE_XRT_BO_ALLOC, EINVAL, NMACCEL_ERR_IO},
		{FAKE_XRT_BO_MAP, ENOMEM, NMACCEL_ERR_NO_MEMORY},
		{FAKE_XRT_BO_MAP, 0, NMACCEL_ERR_IO},
		{FAKE_XRT_BO_ADDRESS, 0, NMACCEL_ERR_IO},
		{FAKE_XRT_BO_SYNC, EACCES, NMACCEL_ERR_PERMISSION},
	};
	struct nmaccel_buffer *buf = NULL;
	size_t i;

	(void)state;
	open_counted();
	for (i = 0; i < N_ELEMENTS(cases); i++) {
		fake_xrt_fail(cases[i].call, cases[i].err, 0, 1);
		assert_fails(nmaccel_buffer_create(dev, BYTES, &buf), cases[i].status, "xrt0: ");
		assert_int_equal(count_bos(), 0);
	}
	fake_xrt_settings()->address = 0x10004;
	assert_fails(nmaccel_buffer_create(dev, BYTES, &buf), NMACCEL_ERR_INTERNAL,
		     "not a multiple of 16");
	/* Its end would be beyond the last address. */
	fake_xrt_settings()->address = UINT64_MAX - 4095;
	assert_status(nmaccel_buffer_create(dev, BYTES, &buf), NMACCEL_ERR_IO);
	fake_xrt_settings()->address = 0;
	assert_null(buf);
	assert_int_equal(count_bos(), 0);
	nmaccel_device_unref(dev);
}

/* The descriptor is the caller's: it outlives the buffer, and leads back to the same memory. */
static void test_export(void **state)
{
	struct nmaccel_buffer *buf, *again;
	unsigned char *map, *other;
	int fd = -1, second = -1;

	(void)state;
	open_counted();
	assert_ok(nmaccel_buffer_create(dev, BYTES, &buf));
	assert_ok(nmaccel_buffer_export_fd(buf, &fd));
	assert_ok(nmaccel_buffer_export_fd(buf, &second));
	assert_int_not_equal(fd, second);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(close(second), 0);
	assert_ok(nmaccel_buffer_import_fd(dev, fd, BYTES - 1, &again));
	assert_int_equal(nmaccel_buffer_size(again), BYTES - 1);
	map = map_of(buf);
	other = map_of(again);
	memset(map, 7, BYTES);
	assert_ok(nmaccel_buffer_sync(buf, NMACCEL_SYNC_TO_DEVICE, 0, BYTES));
	nmaccel_buffer_unref(buf);
	memset(other, 0, BYTES - 1);
	assert_ok(nmaccel_buffer_sync(again, NMACCEL_SYNC_FROM_DEVICE, 0, BYTES - 1));
	assert_bytes(other, 0, BYTES - 1, 7);
	nmaccel_buffer_unref(again);
	assert_int_equal(count_bos(), 0);
	assert_int_equal(close(fd), 0);
	nmaccel_device_unref(dev);
}

static void test_export_fails(void **state)
{
	struct nmaccel_buffer *buf;
	int fd = -1;

	(void)state;
	open_counted();
	assert_ok(nmaccel_buffer_create(dev, 1, &buf));
	fake_xrt_fail(FAKE_XRT_BO_EXPORT, EOPNOTSUPP, 0, 1);
	assert_fails(nmaccel_buffer_export_fd(buf, &fd), NMACCEL_ERR_UNSUPPORTED, "xrt0: export");
	fake_xrt_settings()->bad_fd = true;
	assert_fails(nmaccel_buffer_export_fd(buf, &fd), NMACCEL_ERR_UNSUPPORTED,
		     "no file descriptor here");
	assert_int_equal(fd, -1);
	nmaccel_buffer_unref(buf);
	nmaccel_device_unref(dev);
}

static void test_import(void **state)
{
	struct nmaccel_buffer *buf;
	int fd = memfd_create("foreign", MFD_CLOEXEC);

	(void)state;
	open_counted();
	assert_int_equal(ftruncate(fd, 8192), 0);
	assert_ok(nmaccel_buffer_import_fd(dev, fd, 5000, &buf));
	assert_int_equal(nmaccel_buffer_size(buf), 5000);
	assert_int_equal(close(fd), 0);
	memset(map_of(buf), 1, 5000);
	assert_ok(nmaccel_buffer_sync(buf, NMACCEL_SYNC_TO_DEVICE, 0, 5000));
	nmaccel_buffer_unref(buf);
	assert_int_equal(count_bos(), 0);
	nmaccel_device_unref(dev);
}

static void test_import_fails(void **state)
{
	int fd = memfd_create("foreign", MFD_CLOEXEC);
	struct nmaccel_buffer *buf = NULL;

	(void)state;
	open_counted();
	assert_int_equal(ftruncate(fd, 8192), 0);
	assert_fails(nmaccel_buffer_import_fd(dev, fd, 8193, &buf), NMACCEL_ERR_INVALID,
		     "import of 8193 bytes, but the dma-buf has 8192");
	fake_xrt_settings()->size = 10;
	assert_fails(nmaccel_buffer_import_fd(dev, fd, 11, &buf), NMACCEL_ERR_INVALID, "has 10");
	fake_xrt_settings()->size = 0;
	fake_xrt_fail(FAKE_XRT_BO_IMPORT, EOPNOTSUPP, 0, 1);
	assert_fails(nmaccel_buffer_import_fd(dev, fd, 1, &buf), NMACCEL_ERR_UNSUPPORTED,
		     "xrt0: import of 1 bytes");
	fake_xrt_fail(FAKE_XRT_BO_MAP, EACCES, 0, 1);
	assert_status(nmaccel_buffer_import_fd(dev, fd, 1, &buf), NMACCEL_ERR_PERMISSION);
	assert_int_equal(close(fd), 0);
	assert_status(nmaccel_buffer_import_fd(dev, fd, 1, &buf), NMACCEL_ERR_IO);
	assert_null(buf);
	assert_int_equal(count_bos(), 0);
	nmaccel_device_unref(dev);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_create),	      T(test_sync),   T(test_create_fails), T(test_export),
		T(test_export_fails), T(test_import), T(test_import_fails),
	};

	return cmocka_run_group_tests_name("xrt memory", tests, NULL, NULL);
}
