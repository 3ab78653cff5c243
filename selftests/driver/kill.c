// SPDX-License-Identifier: MIT
/*
 * Processes that are killed with jobs in flight. What they had must come back, which is told by
 * the limits of their user: whoever fills them to the brim afterwards finds that nothing is gone.
 */
#include "ksft_test.h"

#include <sys/stat.h>

#include "ksft_caps.h"
#include "ksft_recovery.h"

#define KILLS	 100
#define JOBS	 16
#define CONTEXTS 4
#define UID	 65534

/* Limits as they were. */
FIXTURE(kill)
{
	struct card card;
	unsigned long long max_contexts, max_jobs;
	char node[PATH_MAX];
	struct stat mode;
	int keeper;  /* a file of the user, with whose last one all that he owes would be forgotten
		      */
	int buffers; /* of the card, as there were */
};

FIXTURE_SETUP(kill)
{
	NEEDS_ROOT();
	ASSERT_EQ(0, card_get(0, &self->card));
	ASSERT_EQ(0, card_calm(&self->card));
	ASSERT_EQ(0, card_node(&self->card, self->node, sizeof(self->node)));
	ASSERT_EQ(0, stat(self->node, &self->mode));
	ASSERT_EQ(0, chmod(self->node, 0666));
	ASSERT_EQ(0, module_read("max_contexts", &self->max_contexts));
	ASSERT_EQ(0, module_read("max_jobs", &self->max_jobs));
	ASSERT_EQ(0, module_write("max_contexts", CONTEXTS));
	ASSERT_EQ(0, module_write("max_jobs", JOBS));
	self->keeper = card_open_as(0, UID);
	ASSERT_LE(0, self->keeper);
	ASSERT_EQ(0, user_become(0));
	self->buffers = card_buffers(&self->card);
	ASSERT_LE(0, self->buffers);
}

FIXTURE_TEARDOWN(kill)
{
	close(self->keeper);
	EXPECT_EQ(0, module_write("max_contexts", self->max_contexts));
	EXPECT_EQ(0, module_write("max_jobs", self->max_jobs));
	EXPECT_EQ(0, chmod(self->node, self->mode.st_mode & 07777));
	EXPECT_EQ(0, card_calm(&self->card));
	EXPECT_EQ(0, card_still_works(0));
}

/* Jobs and contexts end a little after their owner, so what is at its limit is tried again. */
static int create_context(int fd, uint32_t *ctx)
{
	const int64_t until = deadline();
	int ret;

	do {
		ret = ctx_create(fd, DRM_NMACCEL_PRIORITY_NORMAL, ctx);
	} while (ret == -EMFILE && deadline_in(0) < until && !usleep(10000));
	return ret;
}

/* A client without privileges, whom limits hold. */
static int client_open(uint32_t ctx[CONTEXTS], struct copy *copy)
{
	unsigned int i;
	int ret, fd;

	if (setgid(UID) || setuid(UID))
		return -errno;
	fd = card_open(0);
	if (fd < 0)
		return fd;
	ret = copy_init(copy, fd, 100, 20);
	for (i = 0; !ret && i < CONTEXTS; i++)
		ret = create_context(fd, &ctx[i]);
	return ret ? ret : fd;
}

/* Jobs until the limit; then say so, and go on with that until killed. A hang ends it earlier. */
static int victim(int ready, uint32_t times)
{
	uint32_t ctx[CONTEXTS];
	struct copy copy;
	unsigned int n = 0;
	int ret;

	ret = client_open(ctx, &copy);
	if (ret < 0)
		return ret;
	for (;;) {
		ret = copy_submit(&copy, ctx[n % CONTEXTS], times, NULL);
		if (ret == -ECANCELED && write(ready, "", 1) == 1)
			pause();
		if (ret && ret != -ENOSPC)
			return ret;
		if (++n == JOBS && write(ready, "", 1) != 1)
			return -errno;
	}
}

static int kill_one(uint32_t times, unsigned int wait_us)
{
	int ready[2], status, ret = 0;
	pid_t pid;
	char byte;

	if (pipe(ready))
		return -errno;
	pid = fork();
	if (!pid) {
		close(ready[0]);
		_exit(-victim(ready[1], times));
	}
	close(ready[1]);
	if (pid < 0)
		ret = -errno;
	else if (read(ready[0], &byte, 1) != 1)
		ret = -EPIPE;
	close(ready[0]);
	if (pid < 0)
		return ret;
	usleep(wait_us);
	kill(pid, SIGKILL);
	if (waitpid(pid, &status, 0) != pid)
		return -errno;
	if (WIFEXITED(status))
		return -WEXITSTATUS(status);
	return ret;
}

static int create_largest(int fd)
{
	const int64_t until = deadline();
	unsigned long long percent;
	uint64_t pages;
	struct bo bo;
	int ret;

	ret = module_read("max_memory_percent", &percent);
	if (ret)
		return ret;
	pages = (uint64_t)sysconf(_SC_PHYS_PAGES) * percent / 100;
	do {
		ret = bo_create(fd, pages * (uint64_t)sysconf(_SC_PAGESIZE), &bo);
	} while (ret == -ENOSPC && deadline_in(0) < until && !usleep(10000));
	return ret;
}

/* The same user has all of its limits again, the last context, job and page. max_jobs is 1. */
static int fill_limits(void)
{
	const int64_t until = deadline();
	uint32_t ctx[CONTEXTS], one_more;
	unsigned int n = 0;
	struct copy copy;
	int fd, ret = 0;

	fd = client_open(ctx, &copy);
	if (fd < 0)
		return fd;
	if (ctx_create(fd, DRM_NMACCEL_PRIORITY_NORMAL, &one_more) != -EMFILE)
		return -EBADMSG;
	while (n < JOBS && deadline_in(0) < until) {
		ret = copy_submit(&copy, ctx[0], 1, NULL);
		if (ret && ret != -ENOSPC)
			return ret;
		n += !ret;
		if (ret)
			usleep(1000);
	}
	if (n < JOBS)
		return -ETIME;
	ret = bo_wait(&copy.out, true);
	if (ret || copy_check(&copy))
		return ret ?: -EILSEQ;
	copy_free(&copy);
	return create_largest(fd);
}

static int in_child(int (*function)(void))
{
	const pid_t pid = fork();
	int status;

	if (!pid)
		_exit(-function());
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -errno;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EINTR;
}

TEST_F(kill, with_jobs_in_flight)
{
	unsigned int i;

	for (i = 0; i < effort(KILLS); i++)
		ASSERT_EQ(0, kill_one(1 + i % 50, i % 10 * 1000));
	ASSERT_EQ(0, module_write("max_jobs", 1));
	EXPECT_EQ(0, in_child(fill_limits));
	EXPECT_EQ(0, card_wait_buffers(&self->card, self->buffers));
}

TEST_F(kill, with_jobs_that_hang)
{
	unsigned int i;

	NEEDS_CONTROL(&self->card);
	for (i = 0; i < effort(4); i++) {
		ASSERT_EQ(0, card_control(&self->card, "stall count=1"));
		ASSERT_EQ(0, kill_one(1, 0));
	}
	ASSERT_EQ(0, module_write("max_jobs", 1));
	EXPECT_EQ(0, in_child(fill_limits));
	EXPECT_EQ(0, card_wait_buffers(&self->card, self->buffers));
}

HANG_TEST_MAIN
