// SPDX-License-Identifier: MIT
/* Every field of the ioctls of buffers, wrong by itself. */
#include "ksft_test.h"

FIXTURE(fields)
{
	int fd;
	uint32_t ctx;
	struct copy copy;
};

FIXTURE_SETUP(fields)
{
	self->fd = card_open(0);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_NORMAL, &self->ctx));
	ASSERT_EQ(0, copy_init(&self->copy, self->fd, 70, 9));
}

/* Whatever was refused has done no harm. */
FIXTURE_TEARDOWN(fields)
{
	EXPECT_EQ(0, copy_run(&self->copy, self->ctx));
	copy_free(&self->copy);
	close(self->fd);
}

/* The handle that the next buffer gets: they are dense. */
static uint32_t free_handle(int fd)
{
	uint32_t handle = 0;
	struct bo bo;

	if (!bo_create(fd, 1, &bo)) {
		handle = bo.handle;
		bo_free(&bo);
	}
	return handle;
}

static const uint32_t no_handles[] = {0, 1000, 0x7fffffff, 0x80000000, 0xffffffff};

TEST_F(fields, create_size_zero)
{
	struct drm_nmaccel_bo_create args = {0};

	EXPECT_REFUSED(EINVAL, DRM_IOCTL_NMACCEL_BO_CREATE, &args);
}

TEST_F(fields, create_size_beyond_any_machine)
{
	static const uint64_t sizes[] = {(1ull << 40) + 1, 1ull << 41, 1ull << 63,
					 -4096ull,	   -4095ull,   -1ull};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct drm_nmaccel_bo_create args = {.size = sizes[i]};

		EXPECT_REFUSED(E2BIG, DRM_IOCTL_NMACCEL_BO_CREATE, &args);
	}
}

TEST_F(fields, create_flags)
{
	unsigned int bit;

	for (bit = 0; bit < 32; bit++) {
		struct drm_nmaccel_bo_create args = {.size = 4096, .flags = 1u << bit};

		EXPECT_REFUSED(EINVAL, DRM_IOCTL_NMACCEL_BO_CREATE, &args);
	}
}

TEST_F(fields, create_handle)
{
	unsigned int bit;

	for (bit = 0; bit < 32; bit++) {
		struct drm_nmaccel_bo_create args = {.size = 4096, .handle = 1u << bit};

		EXPECT_REFUSED(EINVAL, DRM_IOCTL_NMACCEL_BO_CREATE, &args);
	}
}

TEST_F(fields, create_refused_makes_no_handle)
{
	struct drm_nmaccel_bo_create args = {.size = 4096, .flags = 1};
	const uint32_t before = free_handle(self->fd);

	EXPECT_REFUSED(EINVAL, DRM_IOCTL_NMACCEL_BO_CREATE, &args);
	EXPECT_EQ(before, free_handle(self->fd));
}

TEST_F(fields, offset_handle)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(no_handles); i++) {
		struct drm_nmaccel_bo_mmap_offset args = {.handle = no_handles[i]};

		EXPECT_REFUSED(ENOENT, DRM_IOCTL_NMACCEL_BO_MMAP_OFFSET, &args);
	}
}

TEST_F(fields, offset_handle_closed)
{
	struct drm_nmaccel_bo_mmap_offset args = {0};
	struct bo bo;

	ASSERT_EQ(0, bo_create(self->fd, 4096, &bo));
	args.handle = bo.handle;
	ASSERT_EQ(0, gem_close(self->fd, bo.handle));
	EXPECT_REFUSED(ENOENT, DRM_IOCTL_NMACCEL_BO_MMAP_OFFSET, &args);
}

TEST_F(fields, offset_pad)
{
	unsigned int bit;

	for (bit = 0; bit < 32; bit++) {
		struct drm_nmaccel_bo_mmap_offset args = {
			.handle = self->copy.in.handle,
			.pad = 1u << bit,
		};

		EXPECT_REFUSED(EINVAL, DRM_IOCTL_NMACCEL_BO_MMAP_OFFSET, &args);
	}
}

TEST_F(fields, offset_offset)
{
	unsigned int bit;

	for (bit = 0; bit < 64; bit++) {
		struct drm_nmaccel_bo_mmap_offset args = {
			.handle = self->copy.in.handle,
			.offset = 1ull << bit,
		};

		EXPECT_REFUSED(EINVAL, DRM_IOCTL_NMACCEL_BO_MMAP_OFFSET, &args);
	}
}

TEST_F(fields, wait_handle)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(no_handles); i++) {
		struct drm_nmaccel_bo_wait args = {.handle = no_handles[i],
						   .timeout_ns = INT64_MAX};

		EXPECT_REFUSED(ENOENT, DRM_IOCTL_NMACCEL_BO_WAIT, &args);
	}
}

TEST_F(fields, wait_flags)
{
	unsigned int bit;

	for (bit = 1; bit < 32; bit++) {
		struct drm_nmaccel_bo_wait args = {
			.handle = self->copy.in.handle,
			.flags = 1u << bit,
		};

		EXPECT_REFUSED(EINVAL, DRM_IOCTL_NMACCEL_BO_WAIT, &args);
	}
}

/* A time in the past only looks, and there is nothing to see. */
TEST_F(fields, wait_timeout_any_on_idle_buffer)
{
	static const int64_t times[] = {INT64_MIN, -1, 0, 1, INT64_MAX - 1, INT64_MAX};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(times); i++) {
		EXPECT_EQ(0, bo_wait_until(&self->copy.in, false, times[i]));
		EXPECT_EQ(0, bo_wait_until(&self->copy.in, true, times[i]));
	}
}

TEST_F(fields, close_handle)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(no_handles); i++)
		EXPECT_EQ(-EINVAL, gem_close(self->fd, no_handles[i]));
}

TEST_F(fields, close_pad)
{
	struct drm_gem_close args = {.handle = 1000, .pad = 1};

	EXPECT_REFUSED(EINVAL, DRM_IOCTL_GEM_CLOSE, &args);
}

CARD_TEST_MAIN
