// SPDX-License-Identifier: MIT
/*
 * Every call of the driver, with its first, second, third ... allocation or copy failing, until no
 * failure is left to inject. Each time the call says so by an errno that is documented, leaves
 * nothing behind, and works when it is made again.
 *
 * Needs a kernel with FAILSLAB, FAIL_PAGE_ALLOC and FAULT_INJECTION_USERCOPY.
 */
#include "ksft_test.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>

#include <linux/udmabuf.h>

#include "ksft_caps.h"
#include "ksft_dmabuf.h"
#include "ksft_inject.h"

/* More than any call has; a call that reaches it is not under control of the injection. */
#define MAX_POINTS 2000

/* Of several pages, so that page lists are made. */
#define PIXELS	 150
#define CHANNELS 70

/* A user who has no file of the card. */
#define NEW_UID 65531

/* What a round works with; all of it is new in each. */
struct world {
	char node[PATH_MAX];
	int fd;
	uint32_t ctx;
	struct copy copy;
	struct submit submit;
	int other;	 /* another file: of the card, or a buffer */
	uint32_t handle; /* of what the call has made */
	uint32_t sync_in, sync_out;
	uint64_t job;
	char *wide; /* descriptors of another stride */
	struct vgem vgem;
};

static int world_open(struct world *world)
{
	world->fd = open(world->node, O_RDWR | O_CLOEXEC);
	return world->fd < 0 ? -errno : 0;
}

static int world_begin(struct world *world)
{
	struct card card;
	int ret;

	memset(world, 0, sizeof(*world));
	world->fd = world->other = -1;
	ret = card_get(0, &card);
	if (!ret)
		ret = card_node(&card, world->node, sizeof(world->node));
	if (!ret)
		ret = world_open(world);
	if (!ret)
		ret = ctx_create(world->fd, DRM_NMACCEL_PRIORITY_NORMAL, &world->ctx);
	if (!ret)
		ret = copy_init(&world->copy, world->fd, PIXELS, CHANNELS);
	submit_init(&world->submit, world->fd, world->ctx);
	return ret;
}

static void world_end(struct world *world)
{
	/* Some calls are made as somebody else. */
	user_become(0);
	submit_free(&world->submit);
	free(world->wide);
	copy_free(&world->copy);
	if (world->vgem.map)
		vgem_free(&world->vgem);
	if (world->other >= 0)
		close(world->other);
	if (world->fd >= 0)
		close(world->fd);
}

static int nothing(struct world *world)
{
	return 0;
}

static int call_open(struct world *world)
{
	const int fd = open(world->node, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/* Root's books are there already; those of somebody without a file are to be made. */
static int prepare_user(struct world *world)
{
	int ret = user_become(NEW_UID);

	return ret ?: caps_raise(CAP_DAC_OVERRIDE);
}

/* A file with all that can hang on one, and a job under way. */
static int prepare_close(struct world *world)
{
	return copy_submit(&world->copy, world->ctx, 4, NULL);
}

static int call_close(struct world *world)
{
	const int fd = world->fd;

	world->fd = -1;
	munmap(world->copy.in.map, world->copy.in.size);
	munmap(world->copy.out.map, world->copy.out.size);
	memset(&world->copy, 0, sizeof(world->copy));
	return close(fd) ? -errno : 0;
}

static int call_dev_query(struct world *world)
{
	struct drm_nmaccel_dev_info info;

	return dev_info(world->fd, &info);
}

/* More than the driver knows: the rest has to be cleared. */
static int call_dev_query_longer(struct world *world)
{
	uint64_t room[512];
	struct drm_nmaccel_dev_query args = {.size = sizeof(room), .pointer = (uintptr_t)room};

	return call(world->fd, DRM_IOCTL_NMACCEL_DEV_QUERY, &args);
}

static int call_dev_query_size(struct world *world)
{
	struct drm_nmaccel_dev_query args = {0};

	return call(world->fd, DRM_IOCTL_NMACCEL_DEV_QUERY, &args);
}

static int call_bo_create(struct world *world)
{
	struct bo bo;

	return bo_create(world->fd, 1 << 16, &bo);
}

static int prepare_bo(struct world *world)
{
	struct bo bo;
	int ret = bo_create(world->fd, 1 << 16, &bo);

	world->handle = bo.handle;
	return ret;
}

static int call_bo_mmap_offset(struct world *world)
{
	uint64_t offset;

	return bo_offset(world->fd, world->handle, &offset);
}

static int call_gem_close(struct world *world)
{
	return gem_close(world->fd, world->handle);
}

static int prepare_map(struct world *world)
{
	uint64_t offset;
	int ret = prepare_bo(world);

	return ret ?: bo_offset(world->fd, world->handle, &offset);
}

/* The kernel itself touches the pages, so that it is an error where a program would be retried. */
static int call_map(struct world *world)
{
	struct bo bo = {.fd = world->fd, .handle = world->handle, .size = 1 << 16};
	ssize_t n;
	int ret = bo_map(&bo);

	if (ret)
		return ret;
	n = read(world->other, bo.map, bo.size);
	ret = n < 0 ? -errno : (uint64_t)n == bo.size ? 0 : -EFAULT;
	munmap(bo.map, bo.size);
	return ret;
}

static int prepare_touch(struct world *world)
{
	world->other = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	return world->other < 0 ? -errno : prepare_map(world);
}

static int prepare_job(struct world *world)
{
	return copy_submit(&world->copy, world->ctx, 1, &world->job);
}

static int call_bo_wait(struct world *world)
{
	return bo_wait(&world->copy.out, true);
}

static int prepare_result(struct world *world)
{
	int ret = prepare_job(world);

	return ret ?: job_error(world->fd, world->ctx, world->job);
}

static int call_result(struct world *world)
{
	struct drm_nmaccel_result result;

	return job_result(world->fd, world->ctx, world->job, &result);
}

static int call_ctx_create(struct world *world)
{
	uint32_t ctx;

	return ctx_create(world->fd, DRM_NMACCEL_PRIORITY_LOW, &ctx);
}

/* With a job under way, of a context that nobody else needs. */
static int prepare_ctx(struct world *world)
{
	int ret = ctx_create(world->fd, DRM_NMACCEL_PRIORITY_NORMAL, &world->handle);

	return ret ?: copy_submit(&world->copy, world->handle, 1, NULL);
}

static int call_ctx_destroy(struct world *world)
{
	return ctx_destroy(world->fd, world->handle);
}

static int call_ctx_query(struct world *world)
{
	struct drm_nmaccel_ctx_query query;

	return ctx_query(world->fd, world->ctx, &query);
}

static int prepare_submit(struct world *world)
{
	copy_add(&world->copy, &world->submit, 8);
	submit_prepare(&world->submit);
	return 0;
}

static int call_submit(struct world *world)
{
	world->submit.args.job = 0;
	return submit_call(&world->submit);
}

/* Buffers that nobody has touched: the submission has to find memory for them. */
static int prepare_submit_fresh(struct world *world)
{
	int ret = prepare_submit(world);
	struct bo in, out;

	if (!ret)
		ret = bo_create(world->fd, world->copy.in.size, &in);
	if (!ret)
		ret = bo_create(world->fd, world->copy.out.size, &out);
	if (ret)
		return ret;
	world->submit.buffers[0].handle = in.handle;
	world->submit.buffers[1].handle = out.handle;
	return 0;
}

/* Elements that are longer than the driver knows are copied one by one. */
static int prepare_submit_stride(struct world *world)
{
	const uint32_t known = sizeof(struct nmaccel_hw_desc), stride = known + 8;
	uint32_t i;
	int ret = prepare_submit(world);

	world->wide = calloc(world->submit.n_descs, stride);
	if (!world->wide)
		return -ENOMEM;
	for (i = 0; i < world->submit.n_descs; i++)
		memcpy(world->wide + i * stride, &world->submit.descs[i], known);
	world->submit.args.descs.array = (uintptr_t)world->wide;
	world->submit.args.descs.stride = stride;
	return ret;
}

/* Another part of the buffers needs a page list of its own. */
static int prepare_submit_part(struct world *world)
{
	const uint64_t page = (uint64_t)getpagesize();
	uint32_t i;
	int ret = prepare_submit(world);

	for (i = 0; i < world->submit.n_buffers; i++)
		world->submit.buffers[i].offset = page;
	world->submit.descs[0].in_w = world->submit.descs[0].out_w = 1;
	world->submit.n_descs = 1;
	submit_prepare(&world->submit);
	return ret;
}

static int prepare_submit_syncs(struct world *world)
{
	uint32_t binary_in, binary_out;
	int ret = syncobj_create(world->fd, DRM_SYNCOBJ_CREATE_SIGNALED, &binary_in);

	if (!ret)
		ret = syncobj_create(world->fd, 0, &binary_out);
	if (!ret)
		ret = syncobj_create(world->fd, 0, &world->sync_in);
	if (!ret)
		ret = syncobj_create(world->fd, 0, &world->sync_out);
	if (!ret)
		ret = syncobj_signal(world->fd, world->sync_in, 3);
	submit_wait(&world->submit, binary_in, 0);
	submit_wait(&world->submit, world->sync_in, 3);
	submit_signal(&world->submit, binary_out, 0);
	submit_signal(&world->submit, world->sync_out, 7);
	return ret ?: prepare_submit(world);
}

static int prepare_export(struct world *world)
{
	world->handle = world->copy.in.handle;
	return 0;
}

static int call_export(struct world *world)
{
	int dmabuf, ret = prime_export(world->fd, world->handle, &dmabuf);

	if (!ret)
		close(dmabuf);
	return ret;
}

/* A buffer of another driver: memory of this process, by way of udmabuf. */
static int foreign_buffer(uint64_t size)
{
	struct udmabuf_create create = {.flags = UDMABUF_FLAGS_CLOEXEC, .size = size};
	const int device = open("/dev/udmabuf", O_RDWR | O_CLOEXEC);
	const int memfd = memfd_create("fail_nth", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int ret = -ENODEV;

	if (device >= 0 && memfd >= 0 && !ftruncate(memfd, (off_t)size) &&
	    !fcntl(memfd, F_ADD_SEALS, F_SEAL_SHRINK)) {
		create.memfd = (uint32_t)memfd;
		ret = ioctl(device, UDMABUF_CREATE, &create);
		ret = ret < 0 ? -errno : ret;
	}
	if (device >= 0)
		close(device);
	if (memfd >= 0)
		close(memfd);
	return ret;
}

static int prepare_import(struct world *world)
{
	world->other = foreign_buffer(world->copy.in.size);
	return world->other < 0 ? world->other : 0;
}

/* Closed again, so that the next call imports it anew. */
static int call_import(struct world *world)
{
	int ret = prime_import(world->fd, world->other, &world->handle);

	return ret ?: gem_close(world->fd, world->handle);
}

static int prepare_import_vgem(struct world *world)
{
	int ret = vgem_new(&world->vgem, world->copy.in.size);

	if (!ret)
		world->other = dup(world->vgem.dmabuf);
	return ret;
}

static int prepare_submit_import(struct world *world)
{
	int ret = prepare_import(world);

	if (!ret)
		ret = prime_import(world->fd, world->other, &world->handle);
	if (!ret)
		ret = prepare_submit(world);
	world->submit.buffers[0].handle = world->handle;
	return ret;
}

static int call_fdinfo(struct world *world)
{
	char path[64], text[4096];

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", world->fd);
	return file_read(path, text, sizeof(text));
}

FIXTURE(fail_nth)
{
	struct inject inject;
	struct world world;
};

FIXTURE_VARIANT(fail_nth)
{
	int (*prepare)(struct world * world);
	int (*call)(struct world * world); /* this one with failures */
	bool once;			   /* it cannot be made again once it has worked */
	bool submits;
	bool never_fails;
	int error; /* documented, beside ENOMEM and EFAULT */
};

#define CALL(name, ...)                                                                            \
	FIXTURE_VARIANT_ADD(fail_nth, name)                                                        \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}

CALL(open, .prepare = nothing, .call = call_open);
CALL(open_of_a_new_user, .prepare = prepare_user, .call = call_open);
CALL(close, .prepare = prepare_close, .call = call_close, .once = true, .never_fails = true);
CALL(dev_query, .prepare = nothing, .call = call_dev_query);
CALL(dev_query_longer, .prepare = nothing, .call = call_dev_query_longer);
CALL(dev_query_size, .prepare = nothing, .call = call_dev_query_size);
/* ENOSPC is what tmpfs says if it gets no inode. */
CALL(bo_create, .prepare = nothing, .call = call_bo_create, .error = -ENOSPC);
CALL(bo_mmap_offset, .prepare = prepare_bo, .call = call_bo_mmap_offset);
CALL(bo_wait, .prepare = prepare_job, .call = call_bo_wait);
CALL(map, .prepare = prepare_touch, .call = call_map);
CALL(gem_close, .prepare = prepare_map, .call = call_gem_close, .once = true);
CALL(ctx_create, .prepare = nothing, .call = call_ctx_create);
CALL(ctx_destroy, .prepare = prepare_ctx, .call = call_ctx_destroy, .once = true);
CALL(ctx_query, .prepare = nothing, .call = call_ctx_query);
CALL(submit, .prepare = prepare_submit, .call = call_submit, .submits = true);
CALL(submit_fresh, .prepare = prepare_submit_fresh, .call = call_submit, .submits = true);
CALL(submit_stride, .prepare = prepare_submit_stride, .call = call_submit, .submits = true);
CALL(submit_part, .prepare = prepare_submit_part, .call = call_submit, .submits = true);
CALL(submit_syncs, .prepare = prepare_submit_syncs, .call = call_submit, .submits = true);
CALL(submit_import, .prepare = prepare_submit_import, .call = call_submit, .submits = true);
CALL(result, .prepare = prepare_result, .call = call_result);
CALL(prime_export, .prepare = prepare_export, .call = call_export);
CALL(prime_import, .prepare = prepare_import, .call = call_import);
CALL(prime_import_vgem, .prepare = prepare_import_vgem, .call = call_import);
CALL(fdinfo, .prepare = nothing, .call = call_fdinfo);

FIXTURE_SETUP(fail_nth)
{
	ASSERT_EQ(0, inject_open(&self->inject));
	/* A page of ours that were missing would be a failure to inject, and in another place. */
	ASSERT_EQ(0, mlockall(MCL_CURRENT));
}

FIXTURE_TEARDOWN(fail_nth)
{
	inject_close(&self->inject);
}

/*
 * EFAULT may come after the deed, when the answer is copied. Any other failure of a submission has
 * done nothing: no job, and no point on the timeline.
 */
static int check_submission(struct world *world, int ret)
{
	struct drm_nmaccel_ctx_query query;
	const uint64_t expected = ret ? 0 : 1;
	uint64_t point = 0;
	int failed = ctx_query(world->fd, world->ctx, &query);

	if (failed)
		return failed;
	if (query.submitted != expected && !(ret == -EFAULT && query.submitted == 1))
		return -EILSEQ;
	if (!query.submitted && world->sync_out) {
		failed = syncobj_point(world->fd, world->sync_out, &point);
		return failed ?: point ? -EILSEQ : 0;
	}
	return 0;
}

/* The same file still does good work. */
static int check_works(struct world *world, const FIXTURE_VARIANT(fail_nth) * variant, int ret)
{
	int failed = 0;

	if (variant->submits)
		failed = check_submission(world, ret);
	if (!failed && (ret || !variant->once) && world->fd >= 0)
		failed = variant->call(world);
	if (!failed && world->sync_out)
		failed = syncobj_wait(world->fd, world->sync_out, 7);
	if (!failed && world->fd >= 0)
		failed = bo_wait(&world->copy.out, true);
	if (!failed && world->fd >= 0)
		failed = copy_run(&world->copy, world->ctx);
	return failed;
}

TEST_F(fail_nth, every_point)
{
	unsigned int nth, failed = 0;
	bool hit = true;
	int ret;

	for (nth = 1; hit; nth++) {
		ASSERT_GT(MAX_POINTS, nth);
		ASSERT_EQ(0, world_begin(&self->world));
		ret = variant->prepare(&self->world);
		if (ret == -ENODEV && nth == 1)
			SKIP(return, "no udmabuf, or no vgem");
		ASSERT_EQ(0, ret);

		ASSERT_EQ(0, inject_arm(&self->inject, nth));
		ret = variant->call(&self->world);
		hit = inject_disarm(&self->inject);

		EXPECT_TRUE(!ret || (hit && !variant->never_fails))
		{
			TH_LOG("point %u: %s", nth, strerror(-ret));
		}
		EXPECT_TRUE(!ret || ret == -ENOMEM || ret == -EFAULT || ret == variant->error)
		{
			TH_LOG("point %u: undocumented: %s", nth, strerror(-ret));
		}
		failed += ret != 0;
		ret = check_works(&self->world, variant, ret);
		EXPECT_EQ(0, ret)
		{
			TH_LOG("after point %u: %s", nth, strerror(-ret));
		}
		world_end(&self->world);
	}
	/* nth is one more than the round without a failure. */
	EXPECT_TRUE(variant->never_fails || failed)
	{
		TH_LOG("no failure could be injected");
	}
	TH_LOG("%u points, of which %u made the call fail", nth - 2, failed);
}

FIXTURE(charges)
{
	unsigned long long contexts, jobs, percent;
};

FIXTURE_SETUP(charges)
{
	ASSERT_EQ(0, module_read("max_contexts", &self->contexts));
	ASSERT_EQ(0, module_read("max_jobs", &self->jobs));
	ASSERT_EQ(0, module_read("max_memory_percent", &self->percent));
	/* The limits are for others. */
	ASSERT_EQ(0, caps_drop(CAP_SYS_RESOURCE));
}

FIXTURE_TEARDOWN(charges)
{
	EXPECT_EQ(0, module_write("max_contexts", self->contexts));
	EXPECT_EQ(0, module_write("max_jobs", self->jobs));
	EXPECT_EQ(0, module_write("max_memory_percent", self->percent));
}

/* Jobs are freed in the background, and give back what they hold when that is done. */
#define EVENTUALLY(call)                                                                           \
	({                                                                                         \
		const int64_t until = deadline();                                                  \
		int ret;                                                                           \
                                                                                                   \
		while ((ret = (call)) && deadline_in(0) < until)                                   \
			usleep(10000);                                                             \
		ret;                                                                               \
	})

/*
 * Whatever failed above has been given back: the smallest limits are enough, exactly. The books are
 * those of then, as INJECT_TEST_MAIN keeps a file.
 */
TEST_F(charges, none_left)
{
	struct sysinfo memory;
	struct copy copy;
	struct bo bo;
	uint32_t ctx, another;
	uint64_t limit;
	int fd = card_open(0);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, module_write("max_contexts", 1));
	ASSERT_EQ(0, EVENTUALLY(ctx_create(fd, DRM_NMACCEL_PRIORITY_NORMAL, &ctx)));
	ASSERT_EQ(-EMFILE, ctx_create(fd, DRM_NMACCEL_PRIORITY_NORMAL, &another));

	ASSERT_EQ(0, copy_init(&copy, fd, 10, 10));
	ASSERT_EQ(0, module_write("max_jobs", 1));
	ASSERT_EQ(0, EVENTUALLY(copy_run(&copy, ctx)));
	copy_free(&copy);

	ASSERT_EQ(0, sysinfo(&memory));
	ASSERT_EQ(0, module_write("max_memory_percent", 1));
	limit = memory.totalram * memory.mem_unit / getpagesize() / 100 * getpagesize();
	ASSERT_EQ(0, EVENTUALLY(bo_create(fd, limit, &bo)));
	ASSERT_EQ(-ENOSPC, bo_create(fd, 2 * getpagesize(), &bo));
	close(fd);
}

/* And nothing that was allocated has been forgotten. */
/* A fixture, as those come in the order of the file, and tests without one before all of them. */
FIXTURE(leaks){};

FIXTURE_SETUP(leaks)
{
}

FIXTURE_TEARDOWN(leaks)
{
}

TEST_F(leaks, none)
{
	char text[4096];
	int ret = leaks_find(text, sizeof(text));

	if (ret == -ENOENT)
		SKIP(return, "needs a kernel with DEBUG_KMEMLEAK");
	ASSERT_EQ(0, ret);
	EXPECT_STREQ("", text);
}

INJECT_TEST_MAIN
