// SPDX-License-Identifier: MIT
/*
 * Implicit synchronisation: jobs wait for the fences of others on shared buffers, and others see
 * theirs. vgem gives fences that signal when we say so.
 */
#include <poll.h>

#include "ksft_dmabuf.h"
#include "ksft_test.h"

FIXTURE(fences)
{
	int fd;
	uint32_t ctx;
	struct copy copy;
	struct vgem vgem;
	uint32_t imported;
	uint64_t job;
};

FIXTURE_SETUP(fences)
{
	int ret;

	self->fd = card_open(0);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_NORMAL, &self->ctx));
	ASSERT_EQ(0, copy_init(&self->copy, self->fd, 500, 30));
	ret = vgem_new(&self->vgem, self->copy.in.size);
	if (ret == -ENODEV)
		SKIP(return, "there is no vgem: CONFIG_DRM_VGEM");
	ASSERT_EQ(0, ret);
	ASSERT_EQ(0, prime_import(self->fd, self->vgem.dmabuf, &self->imported));
	memcpy(self->vgem.map, self->copy.in.map, self->copy.in.size);
}

FIXTURE_TEARDOWN(fences)
{
	copy_free(&self->copy);
	vgem_free(&self->vgem);
	close(self->fd);
}

/* Queue the copy with vgem's buffer as its input, or as its output. */
static int queue(const struct copy *copy, uint32_t ctx, uint32_t in, uint32_t out, uint64_t *job)
{
	struct submit submit;
	int ret;

	submit_init(&submit, copy->in.fd, ctx);
	submit_buffer(&submit, in, DRM_NMACCEL_BUFFER_READ);
	submit_buffer(&submit, out, DRM_NMACCEL_BUFFER_WRITE);
	submit_desc(&submit, &copy->desc);
	ret = submit_run(&submit, job);
	submit_free(&submit);
	return ret;
}

/* What can be seen of a job while a fence is held, and after it has been let go. */
struct seen {
	uint32_t held_error; /* of RESULT */
	int held_fence;	     /* sync_file_status() of the output's dma-buf */
	int held_poll;	     /* poll() of it, for reading */
	int held_wait;	     /* DRM_IOCTL_NMACCEL_BO_WAIT of the output, looking only */
	int error;	     /* the job's, in the end */
	int fence;
	int poll;
	int sync_file;
};

static int is_readable(int dmabuf)
{
	struct pollfd fd = {.fd = dmabuf, .events = POLLIN};

	return poll(&fd, 1, 0);
}

static int wait_readable(int fd)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

	return poll(&poll_fd, 1, PATIENCE_S * 1000);
}

static int look(const struct copy *copy, uint32_t ctx, uint64_t job, uint32_t out, int dmabuf,
		struct seen *seen)
{
	const struct bo bo = {.fd = copy->in.fd, .handle = out};
	struct drm_nmaccel_result result;
	int ret;

	/* Long enough for a job that wrongly does not wait to be seen. */
	usleep(200000);
	ret = job_result(copy->in.fd, ctx, job, &result);
	if (ret)
		return ret;
	seen->held_error = result.error;
	ret = dmabuf_export_sync_file(dmabuf, false, &seen->sync_file);
	if (ret)
		return ret;
	seen->held_fence = sync_file_status(seen->sync_file);
	seen->held_poll = is_readable(dmabuf);
	seen->held_wait = bo_wait_until(&bo, false, 0);
	return 0;
}

/*
 * Queue the copy behind a fence on vgem's buffer. The fence ends by itself after 10 seconds, which
 * a slow machine may need: then nothing can be said, and all is done again.
 */
static int see(struct vgem *vgem, bool fence_writes, const struct copy *copy, uint32_t ctx,
	       uint32_t in, uint32_t out, int out_dmabuf, struct seen *seen)
{
	unsigned int round;
	uint64_t job;
	int ret = -ETIMEDOUT;

	for (round = 0; ret == -ETIMEDOUT && round < 10; round++) {
		ret = vgem_attach(vgem, fence_writes) ?: queue(copy, ctx, in, out, &job) ?:
		      look(copy, ctx, job, out, out_dmabuf, seen);
		if (ret)
			return ret;
		ret = vgem_signal(vgem);
		seen->error = job_error(copy->in.fd, ctx, job);
		/* The outcome can be read a moment before the fence signals to all who wait. */
		seen->poll = wait_readable(out_dmabuf);
		(void)wait_readable(seen->sync_file);
		seen->fence = sync_file_status(seen->sync_file);
		close(seen->sync_file);
	}
	return ret;
}

#define SEE(fence_writes, in, out, dmabuf)                                                         \
	see(&self->vgem, fence_writes, &self->copy, self->ctx, in, out, dmabuf, &seen)

#define EXPECT_HELD()                                                                              \
	do {                                                                                       \
		EXPECT_EQ(EBUSY, seen.held_error);                                                 \
		EXPECT_EQ(0, seen.held_fence);                                                     \
		EXPECT_EQ(0, seen.held_poll);                                                      \
		EXPECT_EQ(-ETIME, seen.held_wait);                                                 \
		EXPECT_EQ(0, seen.error);                                                          \
		EXPECT_EQ(1, seen.fence);                                                          \
		EXPECT_EQ(1, seen.poll);                                                           \
	} while (0)

TEST_F(fences, reader_waits_for_writer)
{
	struct seen seen;
	int dmabuf;

	ASSERT_EQ(0, prime_export(self->fd, self->copy.out.handle, &dmabuf));
	ASSERT_EQ(0, SEE(true, self->imported, self->copy.out.handle, dmabuf));
	EXPECT_HELD();
	EXPECT_EQ(0, copy_check(&self->copy));
	close(dmabuf);
}

TEST_F(fences, writer_waits_for_writer)
{
	struct seen seen;

	ASSERT_EQ(0, SEE(true, self->copy.in.handle, self->imported, self->vgem.dmabuf));
	EXPECT_EQ(EBUSY, seen.held_error);
	EXPECT_EQ(0, seen.held_fence);
	EXPECT_EQ(0, seen.error);
	EXPECT_EQ(1, seen.fence);
	memcpy(self->copy.out.map, self->vgem.map,
	       copy_bytes(&self->copy.info, self->copy.pixels, self->copy.channels));
	EXPECT_EQ(0, copy_check(&self->copy));
}

TEST_F(fences, writer_waits_for_reader)
{
	struct seen seen;

	ASSERT_EQ(0, SEE(false, self->copy.in.handle, self->imported, self->vgem.dmabuf));
	EXPECT_EQ(EBUSY, seen.held_error);
	EXPECT_EQ(0, seen.held_fence);
	EXPECT_EQ(0, seen.error);
	EXPECT_EQ(1, seen.fence);
}

/* Two who read do not wait for each other: the job ends while the fence is held. */
TEST_F(fences, reader_does_not_wait_for_reader)
{
	unsigned int round;
	uint64_t job;
	int error = 0, ret = -ETIMEDOUT;

	for (round = 0; ret == -ETIMEDOUT && round < 10; round++) {
		ASSERT_EQ(0, vgem_attach(&self->vgem, false));
		ASSERT_EQ(0, queue(&self->copy, self->ctx, self->imported, self->copy.out.handle,
				   &job));
		error = job_error(self->fd, self->ctx, job);
		ret = vgem_signal(&self->vgem);
	}
	EXPECT_EQ(0, ret);
	EXPECT_EQ(0, error);
	EXPECT_EQ(0, copy_check(&self->copy));
}

/* Of two entries only one is held, and that is enough. */
TEST_F(fences, any_buffer_of_the_table_holds)
{
	struct submit submit;
	struct drm_nmaccel_result result;
	unsigned int round;
	uint64_t job;
	int error = 0, ret = -ETIMEDOUT;

	submit_init(&submit, self->fd, self->ctx);
	copy_add(&self->copy, &submit, 1);
	submit_buffer(&submit, self->imported, DRM_NMACCEL_BUFFER_READ);
	for (round = 0; ret == -ETIMEDOUT && round < 10; round++) {
		ASSERT_EQ(0, vgem_attach(&self->vgem, true));
		ASSERT_EQ(0, submit_run(&submit, &job));
		usleep(200000);
		ASSERT_EQ(0, job_result(self->fd, self->ctx, job, &result));
		ret = vgem_signal(&self->vgem);
		error = job_error(self->fd, self->ctx, job);
	}
	EXPECT_EQ(0, ret);
	EXPECT_EQ(EBUSY, result.error);
	EXPECT_EQ(0, error);
	submit_free(&submit);
}

/* A fence that somebody put on our own exported buffer. */
TEST_F(fences, fence_imported_into_an_exported_buffer)
{
	struct drm_nmaccel_result result;
	unsigned int round;
	int dmabuf, sync_file, error = 0, ret = -ETIMEDOUT;
	uint64_t job;

	ASSERT_EQ(0, prime_export(self->fd, self->copy.in.handle, &dmabuf));
	for (round = 0; ret == -ETIMEDOUT && round < 10; round++) {
		ASSERT_EQ(0, vgem_attach(&self->vgem, true));
		ASSERT_EQ(0, dmabuf_export_sync_file(self->vgem.dmabuf, false, &sync_file));
		ASSERT_EQ(0, dmabuf_import_sync_file(dmabuf, true, sync_file));
		close(sync_file);
		ASSERT_EQ(0, copy_submit(&self->copy, self->ctx, 1, &job));
		usleep(200000);
		ASSERT_EQ(0, job_result(self->fd, self->ctx, job, &result));
		ret = vgem_signal(&self->vgem);
		error = job_error(self->fd, self->ctx, job);
	}
	EXPECT_EQ(0, ret);
	EXPECT_EQ(EBUSY, result.error);
	EXPECT_EQ(0, error);
	EXPECT_EQ(0, copy_check(&self->copy));
	close(dmabuf);
}

/* Our own buffer in the hands of vgem, whose fence on it our job waits for. */
TEST_F(fences, own_buffer_imported_by_vgem)
{
	struct vgem theirs = self->vgem;
	unsigned int round;
	int dmabuf, held = 0, error = 0, ret = -ETIMEDOUT;
	uint64_t job;

	ASSERT_EQ(0, prime_export(self->fd, self->copy.in.handle, &dmabuf));
	if (prime_import(theirs.fd, dmabuf, &theirs.handle))
		SKIP(return, "this kernel's vgem cannot import");
	for (round = 0; ret == -ETIMEDOUT && round < 10; round++) {
		ASSERT_EQ(0, vgem_attach(&theirs, true));
		ASSERT_EQ(0, copy_submit(&self->copy, self->ctx, 1, &job));
		usleep(200000);
		held = job_look(self->fd, self->ctx, job);
		ret = vgem_signal(&theirs);
		error = job_error(self->fd, self->ctx, job);
	}
	EXPECT_EQ(0, ret);
	EXPECT_EQ(EBUSY, held);
	EXPECT_EQ(0, error);
	EXPECT_EQ(0, bo_wait(&self->copy.out, true));
	EXPECT_EQ(0, copy_check(&self->copy));
	EXPECT_EQ(0, gem_close(theirs.fd, theirs.handle));
	close(dmabuf);
}

/* Exported while its job is under way: who reads waits for the job, and finds the result. */
TEST_F(fences, export_of_a_buffer_with_a_running_job)
{
	uint32_t times;
	uint64_t job;
	int dmabuf, sync_file;
	struct pollfd fd = {.events = POLLIN};

	ASSERT_EQ(0, copy_times_for(&self->copy, self->ctx, 300, &times));
	copy_fill(&self->copy, 8);
	ASSERT_EQ(0, copy_submit(&self->copy, self->ctx, times, &job));
	ASSERT_EQ(0, prime_export(self->fd, self->copy.out.handle, &dmabuf));
	ASSERT_EQ(0, dmabuf_export_sync_file(dmabuf, false, &sync_file));
	fd.fd = sync_file;
	EXPECT_EQ(1, poll(&fd, 1, PATIENCE_S * 1000));
	EXPECT_EQ(1, sync_file_status(sync_file));
	EXPECT_EQ(0, copy_check(&self->copy));
	EXPECT_EQ(0, job_error(self->fd, self->ctx, job));
	close(sync_file);
	close(dmabuf);
}

/* The kernel waits for the job at the begin of an access by the CPU. */
TEST_F(fences, cpu_access_waits_for_the_job)
{
	uint32_t times;
	uint64_t job;
	int dmabuf;

	ASSERT_EQ(0, copy_times_for(&self->copy, self->ctx, 300, &times));
	copy_fill(&self->copy, 9);
	ASSERT_EQ(0, prime_export(self->fd, self->copy.out.handle, &dmabuf));
	ASSERT_EQ(0, copy_submit(&self->copy, self->ctx, times, &job));
	ASSERT_EQ(0, dmabuf_begin(dmabuf));
	EXPECT_EQ(0, job_look(self->fd, self->ctx, job));
	EXPECT_EQ(0, copy_check(&self->copy));
	EXPECT_EQ(0, dmabuf_end(dmabuf));
	close(dmabuf);
}

CARD_TEST_MAIN
