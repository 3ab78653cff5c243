// SPDX-License-Identifier: MIT
/* The ioctl call itself: numbers, sizes and pointers that no program of today uses. */
#include <fcntl.h>
#include <stddef.h>
#include <sys/ioctl.h>

#include "ksft_memory.h"
#include "ksft_test.h"

#define LAST_IOCTL DRM_NMACCEL_RESULT

FIXTURE(ioctls)
{
	int fd;
	uint32_t ctx;
	struct copy copy;
	char *cliff;
};

FIXTURE_SETUP(ioctls)
{
	self->fd = card_open(0);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_NORMAL, &self->ctx));
	ASSERT_EQ(0, copy_init(&self->copy, self->fd, 70, 9));
	self->cliff = cliff_new();
	ASSERT_NE(NULL, self->cliff);
}

FIXTURE_TEARDOWN(ioctls)
{
	EXPECT_EQ(0, copy_run(&self->copy, self->ctx));
	cliff_free(self->cliff);
	copy_free(&self->copy);
	close(self->fd);
}

/* The request with another size of its struct. */
static unsigned long resized(unsigned long request, size_t size)
{
	return (request & ~((unsigned long)_IOC_SIZEMASK << _IOC_SIZESHIFT)) |
	       size << _IOC_SIZESHIFT;
}

TEST_F(ioctls, unknown_numbers)
{
	uint64_t args[16] = {0};
	unsigned int nr;

	for (nr = LAST_IOCTL + 1; nr < DRM_COMMAND_END - DRM_COMMAND_BASE; nr++)
		EXPECT_EQ(-EINVAL,
			  call(self->fd, DRM_IOWR(DRM_COMMAND_BASE + nr, struct drm_nmaccel_submit),
			       args));
}

TEST_F(ioctls, other_types)
{
	uint64_t args[16] = {0};

	EXPECT_EQ(-ENOTTY, call(self->fd, _IOWR('e', DRM_COMMAND_BASE, uint64_t[2]), args));
	EXPECT_EQ(-ENOTTY, call(self->fd, _IO(0xff, 0), args));
}

/* Every request with each size, of zeros: whatever it does, it reads and writes no byte beyond. */
TEST_F(ioctls, any_size_of_zeros)
{
	static const unsigned long requests[] = {
		DRM_IOCTL_NMACCEL_DEV_QUERY,	  DRM_IOCTL_NMACCEL_BO_CREATE,
		DRM_IOCTL_NMACCEL_BO_MMAP_OFFSET, DRM_IOCTL_NMACCEL_BO_WAIT,
		DRM_IOCTL_NMACCEL_CTX_DESTROY,	  DRM_IOCTL_NMACCEL_CTX_QUERY,
		DRM_IOCTL_NMACCEL_SUBMIT,	  DRM_IOCTL_NMACCEL_RESULT,
	};
	unsigned int i;
	size_t size;

	for (i = 0; i < ARRAY_SIZE(requests); i++) {
		for (size = 0; size < 256; size++) {
			const uint8_t zeros[256] = {0};
			void *args = cliff_put(self->cliff, zeros, size);
			const int ret = call(self->fd, resized(requests[i], size), args);

			/* Zeros ask for the size of the information, and are wrong in all else. */
			EXPECT_EQ(requests[i] == DRM_IOCTL_NMACCEL_DEV_QUERY, ret == 0);
			EXPECT_TRUE(!ret || ret == -EINVAL || ret == -ENOENT);
		}
	}
}

/* A caller that is older: what it does not have counts as zero, and is not written. */
TEST_F(ioctls, shorter_struct)
{
	struct drm_nmaccel_ctx_query query = {.ctx = self->ctx, .submitted = 77, .finished = 77};
	const size_t size = offsetof(struct drm_nmaccel_ctx_query, submitted);

	ASSERT_EQ(0, copy_run(&self->copy, self->ctx));
	EXPECT_EQ(0, call(self->fd, resized(DRM_IOCTL_NMACCEL_CTX_QUERY, size), &query));
	EXPECT_EQ(DRM_NMACCEL_CTX_OK, query.state);
	EXPECT_EQ(77, query.submitted);
	EXPECT_EQ(77, query.finished);
}

/* Submission by a caller that knows no syncobjs and wants no number. */
TEST_F(ioctls, shorter_submit)
{
	struct drm_nmaccel_ctx_query query;
	struct submit submit;
	void *args;

	submit_init(&submit, self->fd, self->ctx);
	copy_add(&self->copy, &submit, 1);
	submit_prepare(&submit);
	args = cliff_put(self->cliff, &submit.args, offsetof(struct drm_nmaccel_submit, syncs));
	EXPECT_EQ(0, call(self->fd,
			  resized(DRM_IOCTL_NMACCEL_SUBMIT,
				  offsetof(struct drm_nmaccel_submit, syncs)),
			  args));
	ASSERT_EQ(0, ctx_query(self->fd, self->ctx, &query));
	EXPECT_EQ(1, query.submitted);
	EXPECT_EQ(0, job_error(self->fd, self->ctx, 1));
	EXPECT_EQ(0, copy_check(&self->copy));
	submit_free(&submit);
}

/* Cut in the middle of a field, which is then another number. */
TEST_F(ioctls, struct_cut_inside_a_field)
{
	struct drm_nmaccel_ctx_query query = {.ctx = self->ctx | 0x100, .submitted = 77};

	ASSERT_GT(0x100, self->ctx);
	EXPECT_EQ(0, call(self->fd, resized(DRM_IOCTL_NMACCEL_CTX_QUERY, 1), &query));
	EXPECT_EQ(self->ctx | 0x100, query.ctx);
	EXPECT_EQ(77, query.submitted);
}

/* A caller that is newer: the fields that the driver does not know stay as they are. */
TEST_F(ioctls, longer_struct)
{
	struct {
		struct drm_nmaccel_ctx_query known;
		uint64_t tail[3];
		uint64_t guard;
	} query = {.known = {.ctx = self->ctx}, .guard = 99};

	EXPECT_EQ(0, call(self->fd,
			  resized(DRM_IOCTL_NMACCEL_CTX_QUERY,
				  sizeof(query.known) + sizeof(query.tail)),
			  &query));
	EXPECT_EQ(DRM_NMACCEL_CTX_OK, query.known.state);
	EXPECT_EQ(0, query.tail[0]);
	EXPECT_EQ(0, query.tail[2]);
	EXPECT_EQ(99, query.guard);
}

TEST_F(ioctls, longest_struct)
{
	const size_t size = _IOC_SIZEMASK;
	char *args = calloc(1, size + 1);

	ASSERT_NE(NULL, args);
	((struct drm_nmaccel_ctx_query *)args)->ctx = self->ctx;
	args[size] = 99;
	EXPECT_EQ(0, call(self->fd, resized(DRM_IOCTL_NMACCEL_CTX_QUERY, size), args));
	EXPECT_EQ(99, args[size]);
	free(args);
}

TEST_F(ioctls, struct_that_ends_at_unmapped_memory)
{
	struct drm_nmaccel_ctx_query query = {.ctx = self->ctx};
	char *args = cliff_put(self->cliff, &query, sizeof(query));

	EXPECT_EQ(0, call(self->fd, DRM_IOCTL_NMACCEL_CTX_QUERY, args));
	EXPECT_EQ(-EFAULT, call(self->fd, DRM_IOCTL_NMACCEL_CTX_QUERY, args + 1));
	EXPECT_EQ(-EFAULT, call(self->fd, DRM_IOCTL_NMACCEL_CTX_QUERY, self->cliff));
}

TEST_F(ioctls, struct_at_an_odd_address)
{
	char room[sizeof(struct drm_nmaccel_ctx_query) + 1] = "";
	struct drm_nmaccel_ctx_query query = {.ctx = self->ctx, .submitted = 77};

	memcpy(room + 1, &query, sizeof(query));
	EXPECT_EQ(0, call(self->fd, DRM_IOCTL_NMACCEL_CTX_QUERY, room + 1));
	memcpy(&query, room + 1, sizeof(query));
	EXPECT_EQ(0, query.submitted);
	EXPECT_EQ(0, room[0]);
}

TEST_F(ioctls, struct_nowhere)
{
	static const uint64_t places[] = {0, NOWHERE, KERNEL_SPACE, -8ull};
	unsigned int i, nr;

	for (nr = 0; nr <= LAST_IOCTL; nr++)
		for (i = 0; i < ARRAY_SIZE(places); i++)
			EXPECT_EQ(-EFAULT,
				  call(self->fd,
				       DRM_IOWR(DRM_COMMAND_BASE + nr, struct drm_nmaccel_submit),
				       (void *)(uintptr_t)places[i]));
}

/* Without "in" in its number, a request has only zeros. */
TEST_F(ioctls, request_without_input)
{
	struct drm_nmaccel_ctx_destroy args = {.ctx = self->ctx};

	EXPECT_EQ(-ENOENT,
		  call(self->fd, DRM_IO(DRM_COMMAND_BASE + DRM_NMACCEL_CTX_DESTROY), &args));
	EXPECT_EQ(-ENOENT, call(self->fd,
				DRM_IOR(DRM_COMMAND_BASE + DRM_NMACCEL_CTX_DESTROY,
					struct drm_nmaccel_ctx_destroy),
				&args));
}

TEST_F(ioctls, file_opened_read_only)
{
	struct card card;
	char path[64];
	struct copy copy;
	uint32_t ctx;
	int fd;

	ASSERT_EQ(0, card_get(0, &card));
	ASSERT_EQ(0, card_node(&card, path, sizeof(path)));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, ctx_create(fd, DRM_NMACCEL_PRIORITY_NORMAL, &ctx));
	/* Shared mappings are for files that can be written. */
	EXPECT_EQ(-EACCES, copy_init(&copy, fd, 70, 9));
	close(fd);
}

CARD_TEST_MAIN
