// SPDX-License-Identifier: MIT
/* Memory of a card: GEM objects, shared by dma-bufs, on a kernel of our own. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "plan_util.h"

#include <linux/dma-buf.h>

#include "drm/memory.h"
#include "fake_kernel.h"
#include "fake_root.h"

#define BYTES 10000u

static struct nmaccel_device *dev;

static int setup(void **state)
{
	(void)state;
	fake_root_make();
	fake_root_card("0000:01:00.0", 0);
	fake_kernel_start();
	assert_ok(nmaccel_device_open("drm", &dev));
	return 0;
}

static int teardown(void **state)
{
	struct fake_counts counts;

	(void)state;
	nmaccel_device_unref(dev);
	counts = fake_kernel_counts();
	fake_kernel_stop();
	fake_root_remove();
	assert_int_equal(counts.files, 0);
	assert_int_equal(counts.bos, 0);
	return 0;
}

static void test_create(void **state)
{
	struct nmaccel_buffer *buf;
	unsigned char *map;
	void *addr;
	uint32_t i;

	(void)state;
	assert_ok(nmaccel_buffer_create(dev, BYTES, &buf));
	assert_int_equal(nmaccel_buffer_size(buf), BYTES);
	assert_ok(nmaccel_buffer_map(buf, &addr));
	assert_int_equal((uintptr_t)addr % 4096, 0);
	map = addr;
	for (i = 0; i < BYTES; i++)
		assert_int_equal(map[i], 0);
	memset(map, 0xa5, BYTES);
	assert_ok(nmaccel_buffer_sync(buf, NMACCEL_SYNC_TO_DEVICE, 0, BYTES));
	assert_ok(nmaccel_buffer_sync(buf, NMACCEL_SYNC_FROM_DEVICE, 0, BYTES));
	/* It is ours: no exporter has to be told. */
	assert_int_equal(fake_kernel_syncs(), 0);
	fake_kernel_fail(DRM_IOCTL_NMACCEL_BO_WAIT, ENODEV, 0, 1);
	assert_status(nmaccel_buffer_sync(buf, NMACCEL_SYNC_FROM_DEVICE, 0, 1),
		      NMACCEL_ERR_DEVICE_LOST);
	nmaccel_buffer_unref(buf);
}

static void test_create_fails(void **state)
{
	static const struct {
		unsigned long request;
		int err;
		enum nmaccel_status status;
	} cases[] = {
		{DRM_IOCTL_NMACCEL_BO_CREATE, ENOSPC, NMACCEL_ERR_NO_MEMORY},
		{DRM_IOCTL_NMACCEL_BO_CREATE, ENOMEM, NMACCEL_ERR_NO_MEMORY},
		{DRM_IOCTL_NMACCEL_BO_CREATE, E2BIG, NMACCEL_ERR_OVERFLOW},
		{DRM_IOCTL_NMACCEL_BO_CREATE, ENODEV, NMACCEL_ERR_DEVICE_LOST},
		{DRM_IOCTL_NMACCEL_BO_MMAP_OFFSET, ENOMEM, NMACCEL_ERR_NO_MEMORY},
		{DRM_IOCTL_NMACCEL_BO_MMAP_OFFSET, EINVAL, NMACCEL_ERR_INTERNAL},
	};
	struct nmaccel_buffer *buf = NULL;
	size_t i;

	(void)state;
	for (i = 0; i < N_ELEMENTS(cases); i++) {
		fake_kernel_fail(cases[i].request, cases[i].err, 0, 1);
		assert_status(nmaccel_buffer_create(dev, BYTES, &buf), cases[i].status);
	}
	fake_kernel_fail_mmap(ENOMEM);
	assert_status(nmaccel_buffer_create(dev, BYTES, &buf), NMACCEL_ERR_NO_MEMORY);
	assert_null(buf);
	assert_int_equal(fake_kernel_counts().bos, 0);
	fake_kernel_fail(DRM_IOCTL_NMACCEL_BO_CREATE, EINTR, 0, 2);
	assert_ok(nmaccel_buffer_create(dev, BYTES, &buf));
	nmaccel_buffer_unref(buf);
}

static void test_wrong_answers(void **state)
{
	struct nmaccel_buffer *buf = NULL;

	(void)state;
	fake_kernel_settings()->short_bo = true;
	assert_fails(nmaccel_buffer_create(dev, BYTES, &buf), NMACCEL_ERR_INTERNAL, "8192 bytes");
	assert_int_equal(fake_kernel_counts().bos, 0);
	fake_kernel_settings()->short_bo = false;
	fake_kernel_settings()->bad_handle = true;
	assert_fails(nmaccel_buffer_create(dev, BYTES, &buf), NMACCEL_ERR_INTERNAL, "handle 0");
	assert_null(buf);
}

/* Importing one's own gives the same object, which lives as long as any of its buffers. */
static void test_import_own(void **state)
{
	struct nmaccel_buffer *buf, *again, *third;
	void *a, *b, *c;
	int fd = -1;

	(void)state;
	assert_ok(nmaccel_buffer_create(dev, BYTES, &buf));
	assert_ok(nmaccel_buffer_export_fd(buf, &fd));
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_ok(nmaccel_buffer_import_fd(dev, fd, BYTES - 1, &again));
	assert_ok(nmaccel_buffer_import_fd(dev, fd, 1, &third));
	assert_int_equal(nmaccel_buffer_size(again), BYTES - 1);
	assert_int_equal(fake_kernel_counts().bos, 1);
	assert_ok(nmaccel_buffer_map(buf, &a));
	assert_ok(nmaccel_buffer_map(again, &b));
	assert_ok(nmaccel_buffer_map(third, &c));
	assert_ptr_equal(a, b);
	assert_ptr_equal(a, c);
	memset(a, 7, BYTES);
	nmaccel_buffer_unref(buf);
	nmaccel_buffer_unref(third);
	assert_int_equal(fake_kernel_counts().bos, 1);
	assert_int_equal(((char *)b)[BYTES - 2], 7);
	nmaccel_buffer_unref(again);
	assert_int_equal(fake_kernel_counts().bos, 0);
	close(fd);
}

/* Memory of another driver is mapped by its own file, and its driver told of accesses. */
static void test_import_foreign(void **state)
{
	struct nmaccel_buffer *buf;
	int fd = fake_kernel_foreign(8192);
	char byte = 0;
	void *addr;

	(void)state;
	assert_ok(nmaccel_buffer_import_fd(dev, fd, 5000, &buf));
	assert_ok(nmaccel_buffer_map(buf, &addr));
	((char *)addr)[4999] = 42;
	assert_int_equal(pread(fd, &byte, 1, 4999), 1);
	assert_int_equal(byte, 42);
	close(fd);
	assert_ok(nmaccel_buffer_sync(buf, NMACCEL_SYNC_TO_DEVICE, 0, 5000));
	assert_int_equal(fake_kernel_syncs(), 2);
	assert_ok(nmaccel_buffer_sync(buf, NMACCEL_SYNC_FROM_DEVICE, 0, 5000));
	assert_int_equal(fake_kernel_syncs(), 4);
	fake_kernel_fail(DMA_BUF_IOCTL_SYNC, EIO, 1, 1);
	assert_status(nmaccel_buffer_sync(buf, NMACCEL_SYNC_TO_DEVICE, 0, 1), NMACCEL_ERR_IO);
	nmaccel_buffer_unref(buf);
}

static void test_import_fails(void **state)
{
	struct nmaccel_buffer *buf = NULL;
	int fd = fake_kernel_foreign(8192), fds[2];

	(void)state;
	assert_fails(nmaccel_buffer_import_fd(dev, -1, 1, &buf), NMACCEL_ERR_INVALID,
		     "not an open descriptor");
	assert_int_equal(pipe(fds), 0);
	assert_fails(nmaccel_buffer_import_fd(dev, fds[0], 1, &buf), NMACCEL_ERR_INVALID,
		     "not a dma-buf");
	close(fds[0]);
	close(fds[1]);
	assert_fails(nmaccel_buffer_import_fd(dev, fd, 8193, &buf), NMACCEL_ERR_INVALID,
		     "holds 8192 bytes, fewer than the 8193");
	fake_kernel_fail(DRM_IOCTL_PRIME_FD_TO_HANDLE, EINVAL, 0, 1);
	assert_fails(nmaccel_buffer_import_fd(dev, fd, 1, &buf), NMACCEL_ERR_INVALID, "udmabuf");
	fake_kernel_fail(DRM_IOCTL_PRIME_FD_TO_HANDLE, ENOMEM, 0, 1);
	assert_status(nmaccel_buffer_import_fd(dev, fd, 1, &buf), NMACCEL_ERR_NO_MEMORY);
	fake_kernel_fail_mmap(EACCES);
	assert_status(nmaccel_buffer_import_fd(dev, fd, 1, &buf), NMACCEL_ERR_PERMISSION);
	fake_kernel_fail(DRM_IOCTL_NMACCEL_BO_MMAP_OFFSET, ENODEV, 0, 1);
	assert_status(nmaccel_buffer_import_fd(dev, fd, 1, &buf), NMACCEL_ERR_DEVICE_LOST);
	assert_null(buf);
	assert_int_equal(fake_kernel_counts().bos, 0);
	close(fd);
}

static void test_export_fails(void **state)
{
	struct nmaccel_buffer *buf;
	int fd = -1;

	(void)state;
	assert_ok(nmaccel_buffer_create(dev, 1, &buf));
	fake_kernel_fail(DRM_IOCTL_PRIME_HANDLE_TO_FD, EMFILE, 0, 1);
	assert_status(nmaccel_buffer_export_fd(buf, &fd), NMACCEL_ERR_NO_MEMORY);
	assert_int_equal(fd, -1);
	nmaccel_buffer_unref(buf);
}

/* What the planner keeps to itself never gets a descriptor, nor a fence to wait for. */
static void test_private(void **state)
{
	struct nmaccel_drm_heap heap;
	struct nmaccel_memory *memory = NULL;
	int fd = -1;

	(void)state;
	nmaccel_drm_heap_init(&heap, 0);
	assert_ok(nmaccel_drm_memory_create(&heap, 1, NMACCEL_MEMORY_PRIVATE, &memory));
	assert_status(nmaccel_drm_memory_export(&heap, memory, &fd), NMACCEL_ERR_INTERNAL);
	fake_kernel_fail(DRM_IOCTL_NMACCEL_BO_WAIT, EIO, 0, 1);
	assert_ok(nmaccel_drm_memory_sync(&heap, memory, NMACCEL_SYNC_FROM_DEVICE));
	nmaccel_drm_memory_destroy(&heap, memory);
	assert_status(nmaccel_drm_memory_create(&heap, UINT64_MAX, NMACCEL_MEMORY_PRIVATE, &memory),
		      NMACCEL_ERR_OVERFLOW);
	nmaccel_drm_heap_fini(&heap);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_create),	      T(test_create_fails),   T(test_wrong_answers),
		T(test_import_own),   T(test_import_foreign), T(test_import_fails),
		T(test_export_fails), T(test_private),
	};

	return cmocka_run_group_tests_name("drm memory", tests, NULL, NULL);
}
