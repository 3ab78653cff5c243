// SPDX-License-Identifier: MIT
/*
 * A card behind the public API, on a kernel of our own: results, order, parts, contexts, what the
 * driver refuses. No test depends on how long something takes.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include <linux/dma-buf.h>

#include "drm_fixture.h"

static void test_run(void **state)
{
	struct nmaccel_run_stats stats = {.size = sizeof(stats)};
	struct nmaccel_plan_info info = {.size = sizeof(info)};
	struct nmaccel_plan *plan;
	struct run run;

	(void)state;
	open_card();
	plan = make_chain(dev, LAYERS, 0);
	start(plan, &run, 1);
	assert_ok(nmaccel_fence_wait(run.fence, NMACCEL_WAIT_FOREVER));
	assert_ok(nmaccel_fence_stats(run.fence, &stats));
	assert_ok(nmaccel_plan_query(plan, &info));
	assert_int_equal(stats.steps, info.steps);
	assert_int_equal(stats.run_ns, 1000);
	assert_ok(finish(&run));
	assert_right(&run, LAYERS);
	/* All of it was one submission, of what it uses. */
	assert_int_equal(fake_kernel_counts().submits, 1);
	assert_int_equal(fake_kernel_counts().most_descs, LAYERS);
	assert_int_equal(fake_kernel_counts().most_buffers, 2);
	nmaccel_plan_unref(plan);
	nmaccel_device_unref(dev);
}

static void test_segments(void **state)
{
	static const struct {
		uint32_t descs, buffers, submits;
	} limits[] = {{1, 2, 4}, {2, 256, 2}, {3, 2, 2}, {4, 2, 1}};
	struct nmaccel_run_stats stats = {.size = sizeof(stats)};
	struct nmaccel_plan *plan;
	struct run run;
	size_t i;

	(void)state;
	for (i = 0; i < N_ELEMENTS(limits); i++) {
		uint32_t before = fake_kernel_counts().submits;

		fake_kernel_settings()->info.max_descs = limits[i].descs;
		fake_kernel_settings()->info.max_buffers = limits[i].buffers;
		open_card();
		plan = make_chain(dev, LAYERS, 0);
		start(plan, &run, (int)i);
		assert_ok(nmaccel_fence_wait(run.fence, NMACCEL_WAIT_FOREVER));
		assert_ok(nmaccel_fence_stats(run.fence, &stats));
		assert_int_equal(stats.run_ns, 1000 * limits[i].submits);
		assert_ok(finish(&run));
		assert_right(&run, LAYERS);
		assert_int_equal(fake_kernel_counts().submits - before, limits[i].submits);
		nmaccel_plan_unref(plan);
		nmaccel_device_unref(dev);
	}
}

/* Compiling a layer of 2 x 3 x 3 x K on a card of these limits. */
static void expect_unsupported(enum nmaccel_op op, const struct drm_nmaccel_dev_info *limits,
			       const char *words)
{
	struct nmaccel_tensor tensor = make_tensor(NMACCEL_TYPE_S8, 2, 3, 3, K);
	struct nmaccel_epilogue epilogue = make_epilogue(NMACCEL_TYPE_S8);
	struct nmaccel_pool2d pool = {.size = sizeof(pool), .kind = NMACCEL_POOL_MAX};
	struct nmaccel_linear layer = {.size = sizeof(layer), .epilogue = epilogue};
	nmaccel_tensor_id in, out = 0;
	struct nmaccel_plan *plan;

	fake_kernel_settings()->info = *limits;
	open_card();
	assert_ok(nmaccel_plan_create(dev, &plan));
	assert_ok(nmaccel_plan_input(plan, &tensor, &in));
	layer.weights = layer_weights(ROWS);
	if (op == NMACCEL_OP_CONV)
		assert_ok(nmaccel_plan_linear(plan, in, &layer, &out));
	else if (op == NMACCEL_OP_ADD)
		assert_ok(nmaccel_plan_add(plan, in, in, &epilogue, &out));
	else
		assert_ok(nmaccel_plan_pool2d(plan, in, &pool, &out));
	nmaccel_weights_unref(layer.weights);
	assert_ok(nmaccel_plan_output(plan, out, NMACCEL_LAYOUT_NHWC));
	assert_fails(nmaccel_plan_compile(plan, NULL), NMACCEL_ERR_UNSUPPORTED, words);
	nmaccel_plan_unref(plan);
	nmaccel_device_unref(dev);
}

static void test_limits_of_the_card(void **state)
{
	const struct drm_nmaccel_dev_info good = fake_kernel_settings()->info;
	struct drm_nmaccel_dev_info limits = good;

	(void)state;
	limits.caps = NMACCEL_CAP_PAGE_LIST;
	expect_unsupported(NMACCEL_OP_ADD, &limits, "this card cannot add tensors");
	expect_unsupported(NMACCEL_OP_POOL_MAX, &limits, "this card cannot pool");
	limits = good;
	limits.max_channels = K - 1;
	expect_unsupported(NMACCEL_OP_CONV, &limits, "32 input channels; this card does 31");
	limits = good;
	limits.max_pixels = 17;
	expect_unsupported(NMACCEL_OP_POOL_MAX, &limits, "18 input pixels; this card does 17");
	limits = good;
	limits.max_kernel = 2;
	expect_unsupported(NMACCEL_OP_POOL_MAX, &limits, "3 rows of a window; this card does 2");
	limits = good;
	limits.max_buffers = 1;
	expect_unsupported(NMACCEL_OP_CONV, &limits, "more than the 1 buffers");
}

#define MANY 300

/* More than a context may have in flight; ends come in order, and no result is forgotten. */
static void test_many(void **state)
{
	static struct run runs[128];
	struct nmaccel_plan *plan;
	uint32_t i;

	(void)state;
	fake_kernel_settings()->info.max_descs = 1;
	fake_kernel_settings()->info.engines = 1;
	open_card();
	plan = make_chain(dev, LAYERS, N_ELEMENTS(runs));
	for (i = 0; i < N_ELEMENTS(runs); i++)
		start(plan, &runs[i], (int)i);
	for (i = 0; i < N_ELEMENTS(runs); i++)
		assert_ok(finish(&runs[i]));
	for (i = 0; i < N_ELEMENTS(runs); i += 31)
		assert_right(&runs[i], LAYERS);
	nmaccel_plan_unref(plan);
	nmaccel_device_unref(dev);
}

static void *release_all(void *unused)
{
	/* The submitter has filled its context, and waits. */
	while (fake_kernel_pending() < 128)
		sched_yield();
	fake_kernel_hold(false);
	return unused;
}

static void test_full_context(void **state)
{
	static struct run runs[MANY];
	struct nmaccel_plan *plan;
	pthread_t thread;
	uint32_t i;

	(void)state;
	fake_kernel_settings()->info.engines = 1;
	open_card();
	plan = make_chain(dev, 1, 256);
	fake_kernel_hold(true);
	assert_int_equal(pthread_create(&thread, NULL, release_all, NULL), 0);
	for (i = 0; i < MANY; i++)
		start(plan, &runs[i], (int)i);
	for (i = 0; i < MANY; i++)
		assert_ok(finish(&runs[i]));
	pthread_join(thread, NULL);
	assert_right(&runs[MANY - 1], 1);
	assert_true(fake_kernel_counts().most_in_flight <= 128);
	nmaccel_plan_unref(plan);
	nmaccel_device_unref(dev);
}

/* Jobs go to the context with the least to do; fewer contexts than engines do as well. */
static void test_contexts(void **state)
{
	struct nmaccel_plan *plan;
	struct run runs[6];
	uint32_t i, limit;

	(void)state;
	for (limit = 3; limit >= 1; limit--) {
		fake_kernel_settings()->info.engines = 3;
		fake_kernel_settings()->max_ctxs = limit;
		open_card();
		assert_int_equal(fake_kernel_counts().ctxs, limit);
		plan = make_chain(dev, 1, 6);
		fake_kernel_hold(true);
		for (i = 0; i < 6; i++)
			start(plan, &runs[i], (int)i);
		assert_int_equal(fake_kernel_counts().most_in_flight, 6 / limit);
		fake_kernel_hold(false);
		for (i = 0; i < 6; i++) {
			assert_ok(finish(&runs[i]));
			assert_right(&runs[i], 1);
		}
		nmaccel_plan_unref(plan);
		nmaccel_device_unref(dev);
	}
	fake_kernel_settings()->max_ctxs = 0;
	fake_kernel_fail(DRM_IOCTL_NMACCEL_CTX_CREATE, EMFILE, 0, 1);
	assert_fails(nmaccel_device_open("drm", &dev), NMACCEL_ERR_NO_MEMORY, "max_contexts");
}

static void *hold_off(void *unused)
{
	while (fake_kernel_pending() < 2)
		sched_yield();
	fake_kernel_hold(false);
	return unused;
}

/* The limit of jobs in flight is waited for. */
static void test_no_room(void **state)
{
	struct nmaccel_plan *plan;
	struct run runs[8];
	pthread_t thread;
	uint32_t i;

	(void)state;
	fake_kernel_settings()->max_jobs = 2;
	open_card();
	plan = make_chain(dev, 1, 8);
	fake_kernel_hold(true);
	assert_int_equal(pthread_create(&thread, NULL, hold_off, NULL), 0);
	for (i = 0; i < 8; i++)
		start(plan, &runs[i], (int)i);
	for (i = 0; i < 8; i++)
		assert_ok(finish(&runs[i]));
	pthread_join(thread, NULL);
	/* Other programs of the user fill it, and then do not. */
	fake_kernel_fail(DRM_IOCTL_NMACCEL_SUBMIT, ENOSPC, 0, 3);
	start(plan, &runs[0], 9);
	assert_ok(finish(&runs[0]));
	assert_right(&runs[0], 1);
	nmaccel_plan_unref(plan);
	nmaccel_device_unref(dev);
}

/* More tries than a queue without runs makes. */
#define PATIENCE 300

static void *make_room(void *unused)
{
	while (fake_kernel_counts().full < PATIENCE)
		sched_yield();
	fake_kernel_hold(false);
	return unused;
}

/* While a run of this device is under way, its end is waited for; else no end need ever come. */
static void test_never_room(void **state)
{
	struct nmaccel_plan *plan;
	struct run runs[2];
	pthread_t thread;
	uint32_t i;

	(void)state;
	fake_kernel_settings()->max_jobs = 1;
	open_card();
	plan = make_chain(dev, 1, 0);
	fake_kernel_hold(true);
	assert_int_equal(pthread_create(&thread, NULL, make_room, NULL), 0);
	for (i = 0; i < 2; i++)
		start(plan, &runs[i], (int)i);
	for (i = 0; i < 2; i++)
		assert_ok(finish(&runs[i]));
	pthread_join(thread, NULL);
	assert_right(&runs[1], 1);
	i = fake_kernel_counts().full;
	fake_kernel_settings()->no_room = true;
	assert_fails(nmaccel_plan_run(plan, &runs[0].in, &runs[0].out), NMACCEL_ERR_NO_MEMORY,
		     "max_memory_percent");
	assert_true(fake_kernel_counts().full - i < PATIENCE);
	fake_kernel_settings()->no_room = false;
	assert_ok(nmaccel_plan_run(plan, &runs[0].in, &runs[0].out));
	nmaccel_plan_unref(plan);
	nmaccel_device_unref(dev);
}

static void test_refused_submission(void **state)
{
	static const struct {
		int err;
		enum nmaccel_status status;
		const char *words;
	} errors[] = {
		{EINVAL, NMACCEL_ERR_INTERNAL, "refuses the call as invalid"},
		{ENOMEM, NMACCEL_ERR_NO_MEMORY, "the kernel has no memory"},
		{ENODEV, NMACCEL_ERR_DEVICE_LOST, "the card is gone"},
		{ENOENT, NMACCEL_ERR_IO, "drm0: "},
		{E2BIG, NMACCEL_ERR_OVERFLOW, "transparent_hugepage/shmem_enabled"},
		{EOPNOTSUPP, NMACCEL_ERR_UNSUPPORTED, "or an IOMMU"},
		{EFAULT, NMACCEL_ERR_IO, "drm0: "},
	};
	struct nmaccel_plan *plan;
	struct run run;
	size_t i;

	(void)state;
	open_card();
	plan = make_chain(dev, 1, 0);
	run_init(&run, 3);
	for (i = 0; i < N_ELEMENTS(errors); i++) {
		fake_kernel_fail(DRM_IOCTL_NMACCEL_SUBMIT, errors[i].err, 0, 1);
		assert_fails(nmaccel_plan_run(plan, &run.in, &run.out), errors[i].status,
			     errors[i].words);
	}
	fake_kernel_fail(DRM_IOCTL_NMACCEL_SUBMIT, EINTR, 0, 2);
	fake_kernel_fail(DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT, EINTR, 0, 2);
	fake_kernel_fail(DRM_IOCTL_NMACCEL_RESULT, EINTR, 0, 2);
	assert_ok(nmaccel_plan_run(plan, &run.in, &run.out));
	assert_right(&run, 1);
	nmaccel_plan_unref(plan);
	nmaccel_device_unref(dev);
}

/* What is on its way cannot be taken back: the error comes in its turn, at the fence. */
static void test_refused_part(void **state)
{
	struct nmaccel_plan *plan;
	struct run run, next;

	(void)state;
	fake_kernel_settings()->info.max_descs = 1;
	open_card();
	plan = make_chain(dev, LAYERS, 2);
	fake_kernel_hold(true);
	fake_kernel_fail(DRM_IOCTL_NMACCEL_SUBMIT, ENOMEM, 2, 1);
	start(plan, &run, 1);
	start(plan, &next, 2);
	assert_status(nmaccel_fence_wait(run.fence, 0), NMACCEL_ERR_TIMEOUT);
	fake_kernel_hold(false);
	assert_status(finish(&run), NMACCEL_ERR_NO_MEMORY);
	assert_ok(finish(&next));
	assert_right(&next, LAYERS);
	nmaccel_plan_unref(plan);
	nmaccel_device_unref(dev);
}

/* Everything is dropped while a run is under way: its end closes the device. */
static void test_dropped(void **state)
{
	struct nmaccel_plan *plan;
	struct run run;

	(void)state;
	open_card();
	plan = make_chain(dev, 1, 0);
	fake_kernel_hold(true);
	start(plan, &run, 1);
	nmaccel_fence_unref(run.fence);
	nmaccel_plan_unref(plan);
	nmaccel_device_unref(dev);
	fake_kernel_hold(false);
	/* The run writes to this frame. */
	assert_int_equal(await_close().files, 0);
}

static void test_fence_export(void **state)
{
	static const unsigned long requests[] = {DRM_IOCTL_SYNCOBJ_CREATE,
						 DRM_IOCTL_SYNCOBJ_TRANSFER,
						 DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD};
	struct nmaccel_plan *plan;
	struct run run;
	int fd = -1;
	size_t i;

	(void)state;
	open_card();
	plan = make_chain(dev, 1, 0);
	start(plan, &run, 1);
	for (i = 0; i < N_ELEMENTS(requests); i++) {
		fake_kernel_fail(requests[i], ENOMEM, 0, 1);
		assert_status(nmaccel_fence_export_fd(run.fence, &fd), NMACCEL_ERR_NO_MEMORY);
		assert_int_equal(fd, -1);
	}
	assert_ok(nmaccel_fence_export_fd(run.fence, &fd));
	assert_true(fd >= 0);
	close(fd);
	assert_ok(finish(&run));
	nmaccel_plan_unref(plan);
	nmaccel_device_unref(dev);
}

#define OUT_OFFSET 64

/* A run whose input and output lie in memory of another driver. */
static void import_io(struct run *run, int fd, struct nmaccel_buffer **buf, int8_t **memory)
{
	void *addr;

	assert_ok(nmaccel_buffer_import_fd(dev, fd, 4096, buf));
	assert_ok(nmaccel_buffer_map(*buf, &addr));
	run_init(run, 1);
	memcpy(addr, run->x, sizeof(run->x));
	run->in = (struct nmaccel_io){.buffer = *buf, .bytes = sizeof(run->x)};
	run->out =
		(struct nmaccel_io){.buffer = *buf, .offset = OUT_OFFSET, .bytes = sizeof(run->y)};
	*memory = addr;
}

/* That driver is told of each access before it and after it. */
static void test_imported_io(void **state)
{
	static const uint64_t flags[] = {
		DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ,
		DMA_BUF_SYNC_END | DMA_BUF_SYNC_READ,
		DMA_BUF_SYNC_START | DMA_BUF_SYNC_RW,
		DMA_BUF_SYNC_END | DMA_BUF_SYNC_RW,
	};
	const int8_t untouched[sizeof(((struct run *)0)->y)] = {0};
	int fd = fake_kernel_foreign(4096);
	struct nmaccel_buffer *buf;
	struct nmaccel_plan *plan;
	int8_t *memory;
	struct run run;
	uint32_t i;

	(void)state;
	open_card();
	plan = make_chain(dev, 1, 0);
	import_io(&run, fd, &buf, &memory);
	for (i = 0; i < N_ELEMENTS(flags); i++) {
		assert_memory_equal(memory + OUT_OFFSET, untouched, sizeof(untouched));
		fake_kernel_fail(DMA_BUF_IOCTL_SYNC, EIO, i, 1);
		assert_fails(nmaccel_plan_run(plan, &run.in, &run.out), NMACCEL_ERR_IO,
			     "syncing a dma-buf");
	}
	assert_memory_not_equal(memory + OUT_OFFSET, untouched, sizeof(untouched));
	memset(memory + OUT_OFFSET, 0, sizeof(run.y));
	i = fake_kernel_syncs();
	assert_ok(nmaccel_plan_run(plan, &run.in, &run.out));
	assert_int_equal(fake_kernel_syncs() - i, N_ELEMENTS(flags));
	memcpy(run.y, memory + OUT_OFFSET, sizeof(run.y));
	run.in = (struct nmaccel_io){.bytes = sizeof(run.x)};
	run.out = (struct nmaccel_io){.bytes = sizeof(run.y)};
	assert_right(&run, 1);
	/* What came before were 0 + 1 + 2 + 3 calls that did not fail. */
	assert_int_equal(i, 6);
	for (i = 0; i < N_ELEMENTS(flags); i++)
		assert_int_equal(fake_kernel_sync_flags(6 + i), flags[i]);
	nmaccel_buffer_unref(buf);
	nmaccel_plan_unref(plan);
	nmaccel_device_unref(dev);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_run),	     T(test_segments),		 T(test_limits_of_the_card),
		T(test_many),	     T(test_full_context),	 T(test_contexts),
		T(test_no_room),     T(test_refused_submission), T(test_refused_part),
		T(test_dropped),     T(test_fence_export),	 T(test_never_room),
		T(test_imported_io),
	};

	return cmocka_run_group_tests_name("drm device", tests, NULL, NULL);
}
