// SPDX-License-Identifier: MIT
/* Every field of DRM_IOCTL_NMACCEL_SUBMIT and of its arrays, wrong by itself. */
#include <stddef.h>

#include "ksft_memory.h"
#include "ksft_test.h"

#define MAX_SYNCS  1024
#define MAX_STRIDE 4096

FIXTURE(fields)
{
	int fd;
	uint32_t ctx;
	uint32_t syncobj; /* signalled */
	struct copy copy;
	struct submit submit; /* one good copy, waiting for the syncobj */
	struct drm_nmaccel_submit *args;
	uint64_t jobs; /* that were submitted */
};

FIXTURE_SETUP(fields)
{
	self->fd = card_open(0);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_NORMAL, &self->ctx));
	ASSERT_EQ(0, copy_init(&self->copy, self->fd, 70, 9));
	ASSERT_EQ(0, syncobj_create(self->fd, DRM_SYNCOBJ_CREATE_SIGNALED, &self->syncobj));
	submit_init(&self->submit, self->fd, self->ctx);
	copy_add(&self->copy, &self->submit, 1);
	submit_wait(&self->submit, self->syncobj, 0);
	submit_prepare(&self->submit);
	self->args = &self->submit.args;
}

/* What was refused is no job, and the very same submission works without the wrong field. */
FIXTURE_TEARDOWN(fields)
{
	struct drm_nmaccel_ctx_query query;
	uint64_t job;

	EXPECT_EQ(0, ctx_query(self->fd, self->ctx, &query));
	EXPECT_EQ(self->jobs, query.submitted);
	EXPECT_EQ(0, copy_run(&self->copy, self->ctx));
	submit_free(&self->submit);
	submit_init(&self->submit, self->fd, self->ctx);
	copy_add(&self->copy, &self->submit, 1);
	submit_wait(&self->submit, self->syncobj, 0);
	EXPECT_EQ(0, submit_run(&self->submit, &job));
	EXPECT_EQ(self->jobs + 2, job);
	EXPECT_EQ(0, job_error(self->fd, self->ctx, job));
	EXPECT_EQ(0, copy_check(&self->copy));
	submit_free(&self->submit);
	copy_free(&self->copy);
	close(self->fd);
}

#define EXPECT_SUBMIT_REFUSED(error) EXPECT_REFUSED(error, DRM_IOCTL_NMACCEL_SUBMIT, self->args)

/* The submission as it stands works. */
#define EXPECT_SUBMITTED()                                                                         \
	do {                                                                                       \
		self->args->job = 0;                                                               \
		EXPECT_EQ(0, submit_call(&self->submit));                                          \
		self->jobs++;                                                                      \
		EXPECT_EQ(self->jobs, self->args->job);                                            \
		EXPECT_EQ(0, job_error(self->fd, self->ctx, self->jobs));                          \
		EXPECT_EQ(0, copy_check(&self->copy));                                             \
		self->args->job = 0;                                                               \
	} while (0)

static const uint32_t nothing[] = {0, 1000, 0x7fffffff, 0x80000000, 0xffffffff};

TEST_F(fields, good)
{
	EXPECT_SUBMITTED();
}

TEST_F(fields, ctx)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(nothing); i++) {
		self->args->ctx = nothing[i];
		EXPECT_SUBMIT_REFUSED(ENOENT);
	}
}

TEST_F(fields, ctx_destroyed)
{
	uint32_t ctx;

	ASSERT_EQ(0, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_NORMAL, &ctx));
	ASSERT_EQ(0, ctx_destroy(self->fd, ctx));
	self->args->ctx = ctx;
	EXPECT_SUBMIT_REFUSED(ENOENT);
}

TEST_F(fields, flags)
{
	unsigned int bit;

	for (bit = 0; bit < 32; bit++) {
		self->args->flags = 1u << bit;
		EXPECT_SUBMIT_REFUSED(EINVAL);
	}
}

TEST_F(fields, job)
{
	unsigned int bit;

	for (bit = 0; bit < 64; bit++) {
		self->args->job = 1ull << bit;
		EXPECT_SUBMIT_REFUSED(EINVAL);
	}
}

TEST_F(fields, no_descs)
{
	self->args->descs.count = 0;
	EXPECT_SUBMIT_REFUSED(EINVAL);
}

TEST_F(fields, no_buffers)
{
	self->args->buffers.count = 0;
	EXPECT_SUBMIT_REFUSED(EINVAL);
}

TEST_F(fields, no_syncs_ignore_their_pointer)
{
	self->args->syncs = (struct drm_nmaccel_obj_array){.array = NOWHERE};
	EXPECT_SUBMITTED();
}

/* The limits are exact: one more is too many, and would have been too many to read as well. */
TEST_F(fields, too_many_descs)
{
	self->args->descs.count = self->copy.info.max_descs + 1;
	self->args->descs.array = NOWHERE;
	EXPECT_SUBMIT_REFUSED(E2BIG);
	self->args->descs.count = 0xffffffff;
	EXPECT_SUBMIT_REFUSED(E2BIG);
	self->args->descs.count = self->copy.info.max_descs;
	EXPECT_SUBMIT_REFUSED(EFAULT);
}

TEST_F(fields, too_many_buffers)
{
	self->args->buffers.count = self->copy.info.max_buffers + 1;
	self->args->buffers.array = NOWHERE;
	EXPECT_SUBMIT_REFUSED(E2BIG);
	self->args->buffers.count = 0xffffffff;
	EXPECT_SUBMIT_REFUSED(E2BIG);
	self->args->buffers.count = self->copy.info.max_buffers;
	EXPECT_SUBMIT_REFUSED(EFAULT);
}

TEST_F(fields, too_many_syncs)
{
	self->args->syncs.count = MAX_SYNCS + 1;
	self->args->syncs.array = NOWHERE;
	EXPECT_SUBMIT_REFUSED(E2BIG);
	self->args->syncs.count = 0xffffffff;
	EXPECT_SUBMIT_REFUSED(E2BIG);
	self->args->syncs.count = MAX_SYNCS;
	EXPECT_SUBMIT_REFUSED(EFAULT);
}

/*
 * The three arrays alike.
 */
FIXTURE(arrays)
{
	int fd;
	uint32_t ctx;
	uint32_t syncobj;
	struct copy copy;
	struct submit submit;
	struct drm_nmaccel_submit *args;
	struct drm_nmaccel_obj_array *array;
	uint64_t jobs;
	char *cliff;
};

FIXTURE_VARIANT(arrays)
{
	size_t at;   /* in struct drm_nmaccel_submit */
	size_t used; /* of an element; what follows is zero in a good one */
};

FIXTURE_VARIANT_ADD(arrays, descs){
	.at = offsetof(struct drm_nmaccel_submit, descs),
	.used = offsetof(struct nmaccel_hw_desc, reserved),
};

FIXTURE_VARIANT_ADD(arrays, buffers){
	.at = offsetof(struct drm_nmaccel_submit, buffers),
	.used = offsetof(struct drm_nmaccel_buffer, offset),
};

FIXTURE_VARIANT_ADD(arrays, syncs){
	.at = offsetof(struct drm_nmaccel_submit, syncs),
	.used = offsetof(struct drm_nmaccel_sync, point),
};

/* Two elements of each, so that strides matter. */
FIXTURE_SETUP(arrays)
{
	self->fd = card_open(0);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_NORMAL, &self->ctx));
	ASSERT_EQ(0, copy_init(&self->copy, self->fd, 70, 9));
	ASSERT_EQ(0, syncobj_create(self->fd, DRM_SYNCOBJ_CREATE_SIGNALED, &self->syncobj));
	submit_init(&self->submit, self->fd, self->ctx);
	copy_add(&self->copy, &self->submit, 2);
	submit_wait(&self->submit, self->syncobj, 0);
	submit_wait(&self->submit, self->syncobj, 0);
	submit_prepare(&self->submit);
	self->args = &self->submit.args;
	self->array = (void *)((char *)self->args + variant->at);
	self->cliff = cliff_new();
	ASSERT_NE(NULL, self->cliff);
}

FIXTURE_TEARDOWN(arrays)
{
	struct drm_nmaccel_ctx_query query;

	EXPECT_EQ(0, ctx_query(self->fd, self->ctx, &query));
	EXPECT_EQ(self->jobs, query.submitted);
	EXPECT_EQ(0, copy_run(&self->copy, self->ctx));
	cliff_free(self->cliff);
	submit_free(&self->submit);
	copy_free(&self->copy);
	close(self->fd);
}

/* Copies of the elements, at another stride. What lies between is filled with that byte. */
static void spread(struct drm_nmaccel_obj_array *array, void *to, uint32_t stride, int fill)
{
	const char *from = (const char *)(uintptr_t)array->array;
	const uint32_t size = stride < array->stride ? stride : array->stride;
	uint32_t i;

	memset(to, fill, (size_t)stride * array->count);
	for (i = 0; i < array->count; i++)
		memcpy((char *)to + (size_t)i * stride, from + (size_t)i * array->stride, size);
	array->array = (uintptr_t)to;
	array->stride = stride;
}

TEST_F(arrays, stride_zero)
{
	self->array->stride = 0;
	EXPECT_SUBMIT_REFUSED(EINVAL);
}

TEST_F(arrays, stride_shorter_by_what_is_zero_anyway)
{
	char room[1024];

	spread(self->array, room, (uint32_t)variant->used, 0xff);
	EXPECT_SUBMITTED();
}

/* An element of nothing but its first word: the rest counts as zero, which is wrong here. */
TEST_F(arrays, stride_of_one_word)
{
	char room[1024];

	spread(self->array, room, 4, 0);
	/* A syncobj of handle 0 is not found; a descriptor or buffer of zeros is invalid. */
	EXPECT_SUBMIT_REFUSED(self->array == &self->args->syncs ? ENOENT : EINVAL);
}

TEST_F(arrays, stride_longer_with_zeros)
{
	char room[2048];

	spread(self->array, room, self->array->stride + 8, 0);
	EXPECT_SUBMITTED();
}

TEST_F(arrays, stride_longer_and_odd)
{
	char room[2048];

	spread(self->array, room, self->array->stride + 13, 0);
	EXPECT_SUBMITTED();
}

TEST_F(arrays, stride_longest)
{
	char *room = malloc(2 * (MAX_STRIDE + 1));

	ASSERT_NE(NULL, room);
	spread(self->array, room, MAX_STRIDE, 0);
	EXPECT_SUBMITTED();
	self->array->stride = MAX_STRIDE + 1;
	EXPECT_SUBMIT_REFUSED(E2BIG);
	free(room);
}

TEST_F(arrays, stride_longer_with_an_unknown_field)
{
	char room[2048];
	const uint32_t known = self->array->stride;

	spread(self->array, room, known + 8, 0);
	/* The last byte of the second one. */
	room[2 * (known + 8) - 1] = 1;
	EXPECT_SUBMIT_REFUSED(E2BIG);
	room[2 * (known + 8) - 1] = 0;
	room[known] = 1;
	EXPECT_SUBMIT_REFUSED(E2BIG);
}

TEST_F(arrays, stride_huge)
{
	self->array->stride = 0xffffffff;
	EXPECT_SUBMIT_REFUSED(E2BIG);
}

/* Zeros to the end of the page, and then nothing. */
TEST_F(arrays, stride_into_unmapped_memory)
{
	char *page = self->cliff - sysconf(_SC_PAGESIZE);

	self->array->count = 1;
	spread(self->array, page + 16, self->array->stride, 0);
	self->array->stride = MAX_STRIDE;
	EXPECT_SUBMIT_REFUSED(EFAULT);
}

TEST_F(arrays, array_at_an_odd_address)
{
	char room[1024];

	spread(self->array, room + 1, self->array->stride, 0);
	EXPECT_SUBMITTED();
}

TEST_F(arrays, array_null)
{
	self->array->array = 0;
	EXPECT_SUBMIT_REFUSED(EFAULT);
}

TEST_F(arrays, array_nowhere)
{
	self->array->array = NOWHERE;
	EXPECT_SUBMIT_REFUSED(EFAULT);
}

TEST_F(arrays, array_in_the_kernel)
{
	self->array->array = KERNEL_SPACE;
	EXPECT_SUBMIT_REFUSED(EFAULT);
}

TEST_F(arrays, array_end_wraps)
{
	self->array->array = -16ull;
	EXPECT_SUBMIT_REFUSED(EINVAL);
	self->array->array = -1ull;
	EXPECT_SUBMIT_REFUSED(EINVAL);
}

/* Up to the very end of the memory is fine, and a byte more is not. */
TEST_F(arrays, array_ends_at_unmapped_memory)
{
	const size_t size = (size_t)self->array->stride * self->array->count;

	self->array->array = (uintptr_t)cliff_put(
		self->cliff, (const void *)(uintptr_t)self->array->array, size);
	EXPECT_SUBMITTED();
	self->array->array++;
	EXPECT_SUBMIT_REFUSED(EFAULT);
}

TEST_F(arrays, array_second_element_unmapped)
{
	self->array->array = (uintptr_t)cliff_put(
		self->cliff, (const void *)(uintptr_t)self->array->array, self->array->stride);
	EXPECT_SUBMIT_REFUSED(EFAULT);
}

TEST_F(arrays, array_tail_of_a_longer_stride_unmapped)
{
	const uint32_t known = self->array->stride;
	char room[2048];

	spread(self->array, room, known + 16, 0);
	self->array->array = (uintptr_t)cliff_put(self->cliff, room, 2 * (size_t)known + 16 + 8);
	EXPECT_SUBMIT_REFUSED(EFAULT);
}

TEST_F(arrays, array_in_read_only_memory)
{
	char *page = self->cliff - sysconf(_SC_PAGESIZE);

	spread(self->array, page, self->array->stride, 0);
	ASSERT_EQ(0, mprotect(page, (size_t)sysconf(_SC_PAGESIZE), PROT_READ));
	EXPECT_SUBMITTED();
}

CARD_TEST_MAIN
