// SPDX-License-Identifier: MIT
/*
 * The driver is unbound from its card, or the card is taken off the bus, while a file, a mapping
 * and jobs are there: every call says ENODEV, every fence ends, and the card can come back before
 * the file is closed.
 */
#include "ksft_test.h"

#include <pthread.h>

#include "ksft_recovery.h"

#define PIXELS	 200
#define CHANNELS 20
#define QUEUED	 8

/* Of these, one job takes seconds on any card, if nobody stops it. */
#define LONG_PIXELS   6400
#define LONG_CHANNELS 512
#define LONG_TIMES    2000

enum way {
	BY_UNBIND,
	BY_REMOVE,
};

enum load {
	IDLE,
	BUSY,  /* jobs that go on */
	STUCK, /* jobs that would never end */
};

FIXTURE(removal)
{
	struct hold hold;
	struct card card;
	int fd;
	uint32_t ctx[2];
	struct copy copy;
	uint64_t offset; /* of its input */
	int dmabuf;
	int sync_files[QUEUED];
	unsigned int n_jobs;
};

FIXTURE_VARIANT(removal)
{
	enum way way;
	enum load load;
};

FIXTURE_VARIANT_ADD(removal, unbind_idle){
	.way = BY_UNBIND,
	.load = IDLE,
};

FIXTURE_VARIANT_ADD(removal, unbind_busy){
	.way = BY_UNBIND,
	.load = BUSY,
};

FIXTURE_VARIANT_ADD(removal, unbind_stuck){
	.way = BY_UNBIND,
	.load = STUCK,
};

FIXTURE_VARIANT_ADD(removal, remove_idle){
	.way = BY_REMOVE,
	.load = IDLE,
};

FIXTURE_VARIANT_ADD(removal, remove_busy){
	.way = BY_REMOVE,
	.load = BUSY,
};

FIXTURE_VARIANT_ADD(removal, remove_stuck){
	.way = BY_REMOVE,
	.load = STUCK,
};

FIXTURE_SETUP(removal)
{
	const bool busy = variant->load == BUSY;
	unsigned int i;

	NEEDS_ROOT();
	ASSERT_EQ(0, card_get(0, &self->card));
	if (variant->load == STUCK)
		NEEDS_HOLD(&self->hold, 0);
	self->fd = card_open(0);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, copy_init(&self->copy, self->fd, busy ? LONG_PIXELS : PIXELS,
			       busy ? LONG_CHANNELS : CHANNELS));
	ASSERT_EQ(0, bo_offset(self->fd, self->copy.in.handle, &self->offset));
	ASSERT_EQ(0, prime_export(self->fd, self->copy.in.handle, &self->dmabuf));
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_NORMAL, &self->ctx[i]));
}

FIXTURE_TEARDOWN(removal)
{
	char path[PATH_MAX];

	close(self->dmabuf);
	if (card_node(&self->card, path, sizeof(path))) {
		card_rescan();
		card_bind(&self->card);
	}
	hold_end(&self->hold);
	EXPECT_EQ(0, card_still_works(0));
}

static int load_job(FIXTURE_DATA(removal) * self, uint32_t ctx, uint32_t times)
{
	struct submit submit;
	uint32_t sync;
	int ret;

	ret = syncobj_create(self->fd, 0, &sync);
	if (ret)
		return ret;
	submit_init(&submit, self->fd, ctx);
	copy_add(&self->copy, &submit, times);
	submit_signal(&submit, sync, 0);
	ret = submit_run(&submit, NULL);
	submit_free(&submit);
	return ret ? ret : syncobj_to_sync_file(self->fd, sync, &self->sync_files[self->n_jobs++]);
}

/* They use the same buffer, so that one runs and the others wait. All end when the card goes. */
static int load(FIXTURE_DATA(removal) * self, enum load load)
{
	const uint32_t most = self->copy.info.max_descs;
	uint32_t times = 1;
	unsigned int i;
	int ret = 0;

	if (load == IDLE)
		return copy_run(&self->copy, self->ctx[0]);
	if (load == BUSY)
		times = LONG_TIMES < most ? LONG_TIMES : most;
	else
		ret = hold_all(&self->hold);
	for (i = 0; !ret && i < QUEUED; i++)
		ret = load_job(self, self->ctx[i % 2], times);
	return ret ?: card_wait_busy(&self->card, 1);
}

static int take_away(const struct card *card, enum way way)
{
	return way == BY_UNBIND ? card_unbind(card) : card_remove(card);
}

static int bring_back(const struct card *card, enum way way)
{
	const int ret = way == BY_UNBIND ? card_bind(card) : card_rescan();

	return ret ? ret : card_wait_node(card, true);
}

/* A mapping of a lost card's buffer may still work or not; what it may do is SIGBUS. */
static int touch(const struct bo *bo)
{
	const pid_t pid = fork();
	volatile uint8_t *map = bo->map;
	uint64_t i;
	int status;

	if (!pid) {
		for (i = 0; i < bo->size; i += 512)
			map[i] ^= map[bo->size - 1 - i];
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -errno;
	return (WIFEXITED(status) && !WEXITSTATUS(status)) ||
			       (WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS)
		       ? 0
		       : -EFAULT;
}

static void expect_dead(struct __test_metadata *_metadata, FIXTURE_DATA(removal) * self)
{
	struct drm_nmaccel_dev_info info;
	struct drm_nmaccel_ctx_query query;
	struct drm_nmaccel_result result;
	char path[64], text[4096];
	struct bo bo;
	uint64_t offset;
	uint32_t ctx, handle;
	int dmabuf;

	EXPECT_EQ(-ENODEV, dev_info(self->fd, &info));
	EXPECT_EQ(-ENODEV, bo_create(self->fd, 4096, &bo));
	EXPECT_EQ(-ENODEV, bo_offset(self->fd, self->copy.in.handle, &offset));
	EXPECT_EQ(-ENODEV, bo_wait(&self->copy.out, true));
	EXPECT_EQ(-ENODEV, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_NORMAL, &ctx));
	EXPECT_EQ(-ENODEV, ctx_query(self->fd, self->ctx[0], &query));
	EXPECT_EQ(-ENODEV, ctx_destroy(self->fd, self->ctx[0]));
	EXPECT_EQ(-ENODEV, copy_submit(&self->copy, self->ctx[0], 1, NULL));
	EXPECT_EQ(-ENODEV, job_result(self->fd, self->ctx[0], 1, &result));
	EXPECT_EQ(-ENODEV, prime_export(self->fd, self->copy.in.handle, &dmabuf));
	EXPECT_EQ(-ENODEV, prime_import(self->fd, self->dmabuf, &handle));
	EXPECT_EQ(-ENODEV, gem_close(self->fd, self->copy.in.handle));
	EXPECT_EQ(MAP_FAILED,
		  mmap(NULL, 4096, PROT_READ, MAP_SHARED, self->fd, (off_t)self->offset));
	EXPECT_EQ(ENODEV, errno);
	/* Whoever looks at the process falls over nothing. */
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", self->fd);
	EXPECT_EQ(0, file_read(path, text, sizeof(text)));
}

/* Each job has ended well before, or it ended with ENODEV; the stuck ones all did. */
static void expect_ended(struct __test_metadata *_metadata, FIXTURE_DATA(removal) * self,
			 enum load load)
{
	unsigned int i;
	int status;

	for (i = 0; i < self->n_jobs; i++) {
		status = sync_file_wait(self->sync_files[i]);
		if (status != 1 || load == STUCK)
			EXPECT_EQ(-ENODEV, status);
		close(self->sync_files[i]);
	}
}

TEST_F(removal, file_and_mapping_kept)
{
	ASSERT_EQ(0, load(self, variant->load));
	ASSERT_EQ(0, take_away(&self->card, variant->way));
	expect_ended(_metadata, self, variant->load);
	expect_dead(_metadata, self);
	EXPECT_EQ(0, touch(&self->copy.in));
	EXPECT_EQ(0, touch(&self->copy.out));
	if (card_has_control(&self->card))
		card_control(&self->card, "clear");
	ASSERT_EQ(0, bring_back(&self->card, variant->way));
	/* The new device has nothing to do with the old file. */
	EXPECT_EQ(0, card_still_works(0));
	expect_dead(_metadata, self);
	EXPECT_EQ(0, touch(&self->copy.out));
	close(self->fd);
	EXPECT_EQ(0, touch(&self->copy.out));
	munmap(self->copy.in.map, self->copy.in.size);
	munmap(self->copy.out.map, self->copy.out.size);
}

TEST_F(removal, file_closed_before_it_comes_back)
{
	ASSERT_EQ(0, load(self, variant->load));
	ASSERT_EQ(0, take_away(&self->card, variant->way));
	close(self->fd);
	expect_ended(_metadata, self, variant->load);
	if (card_has_control(&self->card))
		card_control(&self->card, "clear");
	ASSERT_EQ(0, bring_back(&self->card, variant->way));
}

/* Who waits in the kernel is woken. */
static void *wait_thread(void *arg)
{
	const struct bo *bo = arg;

	return (void *)(intptr_t)bo_wait(bo, true);
}

TEST_F(removal, while_somebody_waits)
{
	pthread_t thread;
	void *ret;

	ASSERT_EQ(0, load(self, variant->load));
	ASSERT_EQ(0, pthread_create(&thread, NULL, wait_thread, &self->copy.out));
	usleep(100000);
	ASSERT_EQ(0, take_away(&self->card, variant->way));
	ASSERT_EQ(0, pthread_join(thread, &ret));
	/* It was done, or it came too late. */
	if ((intptr_t)ret)
		EXPECT_EQ(-ENODEV, (intptr_t)ret);
	expect_ended(_metadata, self, variant->load);
	close(self->fd);
	if (card_has_control(&self->card))
		card_control(&self->card, "clear");
	ASSERT_EQ(0, bring_back(&self->card, variant->way));
}

CARD_TEST_MAIN
