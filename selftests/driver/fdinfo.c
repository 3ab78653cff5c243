// SPDX-License-Identifier: MIT
/* What /proc/PID/fdinfo says of a client, against work that is known. */
#include "ksft_test.h"

#include "ksft_recovery.h"

#define PIXELS	 1000
#define CHANNELS 50

FIXTURE(fdinfo)
{
	int fd;
	uint32_t ctx;
	struct copy copy;
	struct drm_nmaccel_dev_info info;
};

FIXTURE_SETUP(fdinfo)
{
	self->fd = card_open(0);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, dev_info(self->fd, &self->info));
	ASSERT_EQ(0, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_NORMAL, &self->ctx));
	ASSERT_EQ(0, copy_init(&self->copy, self->fd, PIXELS, CHANNELS));
}

FIXTURE_TEARDOWN(fdinfo)
{
	close(self->fd);
}

/* The text of a key, or NULL. */
static const char *fdinfo_text(int fd, const char *key, char text[4096])
{
	char path[64], *line, *rest = text;
	const size_t n = strlen(key);

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	if (file_read(path, text, 4096))
		return NULL;
	while ((line = strtok_r(rest, "\n", &rest)))
		if (!strncmp(line, key, n) && line[n] == ':')
			return line + n + 1 + strspn(line + n + 1, " \t");
	return NULL;
}

/* The number of a key in bytes or what it counts; all ones if it is not there. */
static unsigned long long fdinfo_value(int fd, const char *key)
{
	char text[4096], *unit;
	const char *value = fdinfo_text(fd, key, text);
	unsigned long long number;

	if (!value)
		return ULLONG_MAX;
	number = strtoull(value, &unit, 10);
	if (!strcmp(unit, " KiB"))
		return number << 10;
	return strcmp(unit, " MiB") ? number : number << 20;
}

static bool fdinfo_is(int fd, const char *key, const char *want)
{
	char text[4096];
	const char *value = fdinfo_text(fd, key, text);

	return value && !strcmp(value, want);
}

TEST_F(fdinfo, names_the_card)
{
	struct card card;

	ASSERT_EQ(0, card_get(0, &card));
	EXPECT_TRUE(fdinfo_is(self->fd, "drm-driver", "nmaccel"));
	EXPECT_TRUE(fdinfo_is(self->fd, "drm-pdev", card.pci));
	EXPECT_EQ(self->info.engines, fdinfo_value(self->fd, "drm-engine-capacity-npu"));
	EXPECT_EQ(self->info.clock_khz * 1000ull, fdinfo_value(self->fd, "drm-maxfreq-npu"));
}

TEST_F(fdinfo, clients_have_ids_of_their_own)
{
	const int other = card_open(0);

	ASSERT_LE(0, other);
	EXPECT_NE(ULLONG_MAX, fdinfo_value(self->fd, "drm-client-id"));
	EXPECT_NE(fdinfo_value(other, "drm-client-id"), fdinfo_value(self->fd, "drm-client-id"));
	close(other);
}

TEST_F(fdinfo, engine_time_is_that_of_the_jobs)
{
	const int other = card_open(0);
	struct drm_nmaccel_result result;
	unsigned long long sum = 0;
	unsigned int i;
	uint64_t job;
	int64_t begin;

	ASSERT_LE(0, other);
	begin = deadline_in(0);
	EXPECT_EQ(0u, fdinfo_value(self->fd, "drm-engine-npu"));
	EXPECT_EQ(0u, fdinfo_value(self->fd, "drm-cycles-npu"));
	for (i = 0; i < 20; i++) {
		ASSERT_EQ(0, copy_submit(&self->copy, self->ctx, 1 + i, &job));
		ASSERT_EQ(0, job_wait(self->fd, self->ctx, job, &result));
		ASSERT_EQ(0u, result.error);
		EXPECT_LT(0u, result.run_ns);
		sum += result.run_ns;
	}
	/* One after the other, they had no more time than went by. */
	EXPECT_GE((unsigned long long)(deadline_in(0) - begin), sum);
	EXPECT_EQ(sum, fdinfo_value(self->fd, "drm-engine-npu"));
	EXPECT_EQ((unsigned long long)((unsigned __int128)sum * self->info.clock_khz / 1000000),
		  fdinfo_value(self->fd, "drm-cycles-npu"));
	/* It was not the other one's work. */
	EXPECT_EQ(0u, fdinfo_value(other, "drm-engine-npu"));
	close(other);
}

TEST_F(fdinfo, a_faulty_job_counts)
{
	struct drm_nmaccel_result result;
	struct faulty faulty;
	uint64_t job;

	ASSERT_EQ(0, faulty_init(&faulty, self->fd));
	ASSERT_EQ(0, faulty_submit(&faulty, self->ctx, &job));
	ASSERT_EQ(0, job_wait(self->fd, self->ctx, job, &result));
	EXPECT_EQ((uint32_t)EIO, result.error);
	EXPECT_EQ(result.run_ns, fdinfo_value(self->fd, "drm-engine-npu"));
	faulty_free(&faulty);
}

TEST_F(fdinfo, never_runs_backwards)
{
	unsigned long long ns, cycles, last_ns = 0, last_cycles = 0;
	const int64_t until = deadline();
	uint64_t job = 0, finished = 0;
	struct drm_nmaccel_ctx_query query;
	unsigned int i;

	for (i = 0; i < 200; i++)
		ASSERT_EQ(0, copy_submit(&self->copy, self->ctx, 1, &job));
	while (finished < job) {
		ASSERT_GT(until, deadline_in(0));
		ASSERT_EQ(0, ctx_query(self->fd, self->ctx, &query));
		finished = query.finished;
		ns = fdinfo_value(self->fd, "drm-engine-npu");
		cycles = fdinfo_value(self->fd, "drm-cycles-npu");
		ASSERT_LE(last_ns, ns);
		ASSERT_LE(last_cycles, cycles);
		last_ns = ns;
		last_cycles = cycles;
	}
}

TEST_F(fdinfo, memory_is_that_of_the_buffers)
{
	const unsigned long long start = self->copy.in.size + self->copy.out.size;
	struct bo bo;

	EXPECT_EQ(start, fdinfo_value(self->fd, "drm-total-memory"));
	EXPECT_EQ(0u, fdinfo_value(self->fd, "drm-shared-memory"));
	ASSERT_EQ(0, bo_create(self->fd, 3 << 20, &bo));
	EXPECT_EQ(start + bo.size, fdinfo_value(self->fd, "drm-total-memory"));
	/* It has no memory before somebody maps it. */
	EXPECT_EQ(start, fdinfo_value(self->fd, "drm-resident-memory"));
	ASSERT_EQ(0, bo_map(&bo));
	EXPECT_EQ(start + bo.size, fdinfo_value(self->fd, "drm-resident-memory"));
	bo_free(&bo);
	EXPECT_EQ(start, fdinfo_value(self->fd, "drm-total-memory"));
	EXPECT_EQ(start, fdinfo_value(self->fd, "drm-resident-memory"));
}

TEST_F(fdinfo, shared_memory_counts_once)
{
	const unsigned long long start = self->copy.in.size + self->copy.out.size;
	const int other = card_open(0);
	uint32_t again, theirs;
	int dmabuf;

	ASSERT_LE(0, other);
	ASSERT_EQ(0, prime_export(self->fd, self->copy.in.handle, &dmabuf));
	ASSERT_EQ(0, prime_import(self->fd, dmabuf, &again));
	ASSERT_EQ(0, prime_import(other, dmabuf, &theirs));
	close(dmabuf);
	EXPECT_EQ(self->copy.in.handle, again);
	EXPECT_EQ(start, fdinfo_value(self->fd, "drm-total-memory"));
	EXPECT_EQ(self->copy.in.size, fdinfo_value(self->fd, "drm-shared-memory"));
	EXPECT_EQ(self->copy.in.size, fdinfo_value(other, "drm-total-memory"));
	EXPECT_EQ(self->copy.in.size, fdinfo_value(other, "drm-shared-memory"));
	close(other);
}

/* A job that is held on its engine. */
FIXTURE(held)
{
	struct hold hold;
	int fd;
	uint32_t ctx;
	struct copy copy;
	uint64_t job;
};

FIXTURE_SETUP(held)
{
	NEEDS_HOLD(&self->hold, 0);
	self->fd = card_open(0);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_NORMAL, &self->ctx));
	ASSERT_EQ(0, copy_init(&self->copy, self->fd, PIXELS, CHANNELS));
	ASSERT_EQ(0, hold_jobs(&self->hold, 1));
	ASSERT_EQ(0, copy_submit(&self->copy, self->ctx, 1, &self->job));
}

FIXTURE_TEARDOWN(held)
{
	close(self->fd);
	hold_end(&self->hold);
}

TEST_F(held, active_memory)
{
	const struct copy *copy = &self->copy;
	unsigned long long active;

	EXPECT_EQ(copy->in.size + copy->out.size, fdinfo_value(self->fd, "drm-active-memory"));
	EXPECT_EQ(0, hold_release(&self->hold));
	EXPECT_EQ(0, bo_wait(&copy->out, true));
	/* Some kernels leave the key out when there is none. */
	active = fdinfo_value(self->fd, "drm-active-memory");
	EXPECT_TRUE(!active || active == ULLONG_MAX);
}

TEST_F(held, run_time_is_no_less)
{
	struct drm_nmaccel_result result;
	int64_t begin, held_ns;

	ASSERT_EQ(0, card_wait_busy(&self->hold.card, 1));
	begin = deadline_in(0);
	usleep(300000);
	held_ns = deadline_in(0) - begin;
	ASSERT_EQ(0, hold_release(&self->hold));
	ASSERT_EQ(0, job_wait(self->fd, self->ctx, self->job, &result));
	EXPECT_EQ(0u, result.error);
	EXPECT_LE((uint64_t)held_ns, result.run_ns);
	EXPECT_EQ(result.run_ns, fdinfo_value(self->fd, "drm-engine-npu"));
}

CARD_TEST_MAIN
