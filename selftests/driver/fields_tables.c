// SPDX-License-Identifier: MIT
/* Every field of a job's buffer table and of its syncobjs, wrong by itself. */
#include "ksft_test.h"

FIXTURE(tables)
{
	int fd;
	uint32_t ctx;
	uint32_t syncobj;  /* binary, signalled */
	uint32_t timeline; /* at point 3 */
	struct copy copy;
	struct submit submit;
	struct drm_nmaccel_submit *args;
	struct drm_nmaccel_buffer *out;
	struct drm_nmaccel_sync *wait, *signal;
	uint64_t jobs;
};

FIXTURE_SETUP(tables)
{
	self->fd = card_open(0);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_NORMAL, &self->ctx));
	ASSERT_EQ(0, copy_init(&self->copy, self->fd, 70, 9));
	ASSERT_EQ(0, syncobj_create(self->fd, DRM_SYNCOBJ_CREATE_SIGNALED, &self->syncobj));
	ASSERT_EQ(0, syncobj_create(self->fd, 0, &self->timeline));
	ASSERT_EQ(0, syncobj_signal(self->fd, self->timeline, 3));
	submit_init(&self->submit, self->fd, self->ctx);
	copy_add(&self->copy, &self->submit, 1);
	submit_wait(&self->submit, self->syncobj, 0);
	submit_signal(&self->submit, self->timeline, 5);
	submit_prepare(&self->submit);
	self->args = &self->submit.args;
	self->out = &self->submit.buffers[1];
	self->wait = &self->submit.syncs[0];
	self->signal = &self->submit.syncs[1];
}

/* What was refused is no job, and has not moved the timeline. */
FIXTURE_TEARDOWN(tables)
{
	struct drm_nmaccel_ctx_query query;
	uint64_t point;

	EXPECT_EQ(0, ctx_query(self->fd, self->ctx, &query));
	EXPECT_EQ(self->jobs, query.submitted);
	if (!self->jobs) {
		EXPECT_EQ(0, syncobj_point(self->fd, self->timeline, &point));
		EXPECT_EQ(3, point);
	}
	EXPECT_EQ(0, copy_run(&self->copy, self->ctx));
	submit_free(&self->submit);
	copy_free(&self->copy);
	close(self->fd);
}

#define EXPECT_SUBMIT_REFUSED(error) EXPECT_REFUSED(error, DRM_IOCTL_NMACCEL_SUBMIT, self->args)

#define EXPECT_SUBMITTED()                                                                         \
	do {                                                                                       \
		self->args->job = 0;                                                               \
		EXPECT_EQ(0, submit_call(&self->submit));                                          \
		self->jobs++;                                                                      \
		EXPECT_EQ(self->jobs, self->args->job);                                            \
		EXPECT_EQ(0, job_error(self->fd, self->ctx, self->jobs));                          \
		EXPECT_EQ(0, copy_check(&self->copy));                                             \
	} while (0)

static const uint32_t nothing[] = {0, 1000, 0x7fffffff, 0x80000000, 0xffffffff};

TEST_F(tables, good)
{
	EXPECT_SUBMITTED();
	EXPECT_EQ(0, syncobj_wait(self->fd, self->timeline, 5));
}

TEST_F(tables, buffer_handle)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(nothing); i++) {
		self->out->handle = nothing[i];
		EXPECT_SUBMIT_REFUSED(ENOENT);
	}
}

TEST_F(tables, buffer_handle_closed)
{
	struct bo bo;

	ASSERT_EQ(0, bo_create(self->fd, 65536, &bo));
	self->out->handle = bo.handle;
	ASSERT_EQ(0, gem_close(self->fd, bo.handle));
	EXPECT_SUBMIT_REFUSED(ENOENT);
}

TEST_F(tables, buffer_twice)
{
	submit_buffer(&self->submit, self->out->handle, DRM_NMACCEL_BUFFER_READ);
	submit_prepare(&self->submit);
	EXPECT_SUBMIT_REFUSED(EINVAL);
}

TEST_F(tables, buffer_flags_none)
{
	self->out->flags = 0;
	EXPECT_SUBMIT_REFUSED(EINVAL);
}

TEST_F(tables, buffer_flags_unknown)
{
	unsigned int bit;

	for (bit = 2; bit < 32; bit++) {
		self->out->flags = DRM_NMACCEL_BUFFER_WRITE | 1u << bit;
		EXPECT_SUBMIT_REFUSED(EINVAL);
	}
}

TEST_F(tables, buffer_flags_write_missing)
{
	self->out->flags = DRM_NMACCEL_BUFFER_READ;
	EXPECT_SUBMIT_REFUSED(EINVAL);
}

TEST_F(tables, buffer_flags_read_missing)
{
	self->submit.buffers[0].flags = DRM_NMACCEL_BUFFER_WRITE;
	EXPECT_SUBMIT_REFUSED(EINVAL);
}

TEST_F(tables, buffer_offset_not_of_a_page)
{
	static const uint64_t offsets[] = {1, 16, 2048, 4095, 4097};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(offsets); i++) {
		self->out->offset = offsets[i];
		EXPECT_SUBMIT_REFUSED(EINVAL);
	}
}

TEST_F(tables, buffer_offset_beyond)
{
	const uint64_t size = self->copy.out.size;
	const uint64_t offsets[] = {size, size + 4096, 1ull << 40, 1ull << 63, -4096ull};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(offsets); i++) {
		self->out->offset = offsets[i];
		EXPECT_SUBMIT_REFUSED(EINVAL);
	}
}

TEST_F(tables, buffer_size_beyond)
{
	const uint64_t size = self->copy.out.size;
	const uint64_t sizes[] = {size + 1, size + 4096, 1ull << 40, 1ull << 63, -1ull, -4096ull};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		self->out->size = sizes[i];
		EXPECT_SUBMIT_REFUSED(EINVAL);
	}
}

TEST_F(tables, buffer_offset_and_size_wrap)
{
	struct bo bo;

	ASSERT_EQ(0, bo_create(self->fd, 16 * 4096, &bo));
	self->out->handle = bo.handle;
	self->out->offset = 4096;
	self->out->size = -4096ull;
	EXPECT_SUBMIT_REFUSED(EINVAL);
	self->out->size = -4095ull;
	EXPECT_SUBMIT_REFUSED(EINVAL);
	self->out->size = 15 * 4096 + 1;
	EXPECT_SUBMIT_REFUSED(EINVAL);
	bo_free(&bo);
}

/* The entry is what counts, not the object behind it. */
TEST_F(tables, buffer_size_smaller_than_the_output)
{
	self->out->size = copy_bytes(&self->copy.info, self->copy.pixels, self->copy.channels) - 1;
	EXPECT_SUBMIT_REFUSED(EINVAL);
	self->out->size++;
	EXPECT_SUBMITTED();
}

TEST_F(tables, sync_flags)
{
	unsigned int bit;

	for (bit = 1; bit < 32; bit++) {
		self->wait->flags = 1u << bit;
		EXPECT_SUBMIT_REFUSED(EINVAL);
	}
}

TEST_F(tables, sync_flags_of_the_last)
{
	self->signal->flags |= 2;
	EXPECT_SUBMIT_REFUSED(EINVAL);
}

TEST_F(tables, wait_handle)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(nothing); i++) {
		self->wait->handle = nothing[i];
		EXPECT_SUBMIT_REFUSED(ENOENT);
	}
}

TEST_F(tables, signal_handle)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(nothing); i++) {
		self->signal->handle = nothing[i];
		EXPECT_SUBMIT_REFUSED(ENOENT);
	}
}

TEST_F(tables, wait_for_a_syncobj_without_fence)
{
	uint32_t empty;

	ASSERT_EQ(0, syncobj_create(self->fd, 0, &empty));
	self->wait->handle = empty;
	EXPECT_SUBMIT_REFUSED(EINVAL);
}

/* Its fence is no timeline, and has no points. */
TEST_F(tables, wait_for_a_point_of_a_binary_syncobj)
{
	unsigned int bit;

	for (bit = 0; bit < 64; bit++) {
		self->wait->point = 1ull << bit;
		EXPECT_SUBMIT_REFUSED(EINVAL);
	}
}

TEST_F(tables, wait_for_a_point_beyond_the_last)
{
	static const uint64_t points[] = {4, 1ull << 32, -1ull};
	unsigned int i;

	self->wait->handle = self->timeline;
	for (i = 0; i < ARRAY_SIZE(points); i++) {
		self->wait->point = points[i];
		EXPECT_SUBMIT_REFUSED(EINVAL);
	}
	for (self->wait->point = 1; self->wait->point <= 3; self->wait->point++)
		EXPECT_SUBMITTED();
}

TEST_F(tables, refused_signal_leaves_the_binary_syncobj)
{
	uint32_t empty;

	ASSERT_EQ(0, syncobj_create(self->fd, 0, &empty));
	self->signal->handle = empty;
	self->signal->point = 0;
	/* Found wrong after the syncobj has been looked up. */
	submit_wait(&self->submit, 1000, 0);
	submit_prepare(&self->submit);
	EXPECT_SUBMIT_REFUSED(ENOENT);
	EXPECT_EQ(-ETIME, syncobj_wait_until(self->fd, empty, 0, 0));
}

/* A descriptor that is wrong spoils those before it, too. */
TEST_F(tables, last_of_many_descs)
{
	struct nmaccel_hw_desc *last;
	unsigned int i;

	for (i = 0; i < 999; i++)
		last = submit_desc(&self->submit, &self->submit.descs[0]);
	submit_prepare(&self->submit);
	last->reserved[14] = 1;
	EXPECT_SUBMIT_REFUSED(EINVAL);
	last->reserved[14] = 0;
	EXPECT_SUBMITTED();
}

CARD_TEST_MAIN
