// SPDX-License-Identifier: MIT
/* Little memory: jobs go on, and whatever does not fit is refused by an error. */
#include "ksft_test.h"

#include <sys/mount.h>
#include <sys/stat.h>

#include "ksft_recovery.h"

#define GROUP_BYTES (64u << 20)
#define PIECE	    (2u << 20)
#define PIECES	    128

/* A control group of little memory, in a tree of our own. */
FIXTURE(pressure)
{
	char mount[64];
	char group[96];
};

static int group_write(FIXTURE_DATA(pressure) * self, const char *name, const char *text)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", self->group, name);
	return file_write(path, text);
}

/* -ENOENT if the kernel's memory controller is not there, or in use by version 1. */
static int group_make(FIXTURE_DATA(pressure) * self)
{
	char path[PATH_MAX], text[64];
	int ret;

	strcpy(self->mount, "/tmp/nmaccel-cgroup-XXXXXX");
	if (!mkdtemp(self->mount))
		return -errno;
	if (mount("none", self->mount, "cgroup2", 0, NULL))
		return -errno;
	snprintf(path, sizeof(path), "%s/cgroup.subtree_control", self->mount);
	ret = file_write(path, "+memory");
	if (ret)
		return ret;
	snprintf(self->group, sizeof(self->group), "%s/nmaccel", self->mount);
	if (mkdir(self->group, 0755) && errno != EEXIST)
		return -errno;
	snprintf(text, sizeof(text), "%u", GROUP_BYTES);
	return group_write(self, "memory.max", text);
}

/* How often this has happened in the group; -1 if the kernel does not tell. */
static long group_event(FIXTURE_DATA(pressure) * self, const char *name)
{
	char path[PATH_MAX], text[512], *line, *rest = text;
	const size_t n = strlen(name);

	snprintf(path, sizeof(path), "%s/memory.events", self->group);
	if (file_read(path, text, sizeof(text)))
		return -1;
	while ((line = strtok_r(rest, "\n", &rest)))
		if (!strncmp(line, name, n) && line[n] == ' ')
			return strtol(line + n, NULL, 10);
	return -1;
}

static void group_drop(FIXTURE_DATA(pressure) * self)
{
	if (self->group[0])
		rmdir(self->group);
	umount2(self->mount, MNT_DETACH);
	rmdir(self->mount);
}

FIXTURE_SETUP(pressure)
{
	NEEDS_ROOT();
	if (group_make(self)) {
		group_drop(self);
		SKIP(return, "no memory controller of control groups, version 2");
	}
}

FIXTURE_TEARDOWN(pressure)
{
	group_drop(self);
	EXPECT_EQ(0, card_still_works(0));
}

/* What happens in the group happens in a child, which ends with 0 or an errno. */
static int in_group(FIXTURE_DATA(pressure) * self, int (*function)(void))
{
	char text[16];
	const pid_t pid = fork();
	int status, ret;

	if (!pid) {
		snprintf(text, sizeof(text), "%d", getpid());
		ret = group_write(self, "cgroup.procs", text);
		if (!ret && mlockall(MCL_CURRENT))
			ret = -errno;
		_exit(ret ? -ret : -function());
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -errno;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EINTR;
}

struct client {
	int fd;
	uint32_t ctx;
	struct copy copy;
};

static int client_open(struct client *client)
{
	int ret;

	client->fd = card_open(0);
	if (client->fd < 0)
		return client->fd;
	ret = ctx_create(client->fd, DRM_NMACCEL_PRIORITY_NORMAL, &client->ctx);
	return ret ? ret : copy_init(&client->copy, client->fd, 500, 100);
}

/* A job that names the piece: the driver has to find memory for it. */
static int use_piece(struct client *client, const struct bo *piece)
{
	struct submit submit;
	uint64_t job;
	int ret;

	submit_init(&submit, client->fd, client->ctx);
	copy_add(&client->copy, &submit, 1);
	submit_buffer(&submit, piece->handle, DRM_NMACCEL_BUFFER_READ);
	ret = submit_run(&submit, &job);
	submit_free(&submit);
	return ret ? ret : job_error(client->fd, client->ctx, job);
}

/* Buffers until there is no more: clean errors, and good work before, meanwhile and afterwards. */
static int fill_with_submissions(void)
{
	static struct bo pieces[PIECES];
	struct client client;
	unsigned int n = 0;
	int ret, full = 0;

	ret = client_open(&client);
	while (!ret && n < PIECES) {
		ret = bo_create(client.fd, PIECE, &pieces[n]);
		if (ret)
			break;
		full = use_piece(&client, &pieces[n++]);
		if (full)
			break;
		if (!(n % 8))
			ret = copy_run(&client.copy, client.ctx);
	}
	/* At once: until then whatever else wants a page is killed for it. */
	if (n)
		bo_free(&pieces[--n]);
	if (full != -ENOMEM && full != -ENOSPC && ret != -ENOMEM && ret != -ENOSPC)
		return full ? full : ret ? ret : -EBADMSG;
	/* What is there works all the same. */
	ret = copy_run(&client.copy, client.ctx);
	while (!ret && n--)
		bo_free(&pieces[n]);
	return ret ? ret : copy_run(&client.copy, client.ctx);
}

/* The same by mappings. */
static int fill_with_mappings(void)
{
	static struct bo pieces[PIECES];
	struct client client;
	unsigned int n = 0;
	int ret;

	ret = client_open(&client);
	if (ret)
		return ret;
	/* bo_new() leaves nothing of a buffer that it cannot map. */
	while (!ret && n < PIECES)
		ret = bo_new(client.fd, PIECE, &pieces[n++]);
	if (n > 1)
		bo_free(&pieces[n - 2]);
	if (ret != -ENOMEM && ret != -ENOSPC)
		return ret ? ret : -EBADMSG;
	ret = copy_run(&client.copy, client.ctx);
	while (!ret && n--)
		bo_free(&pieces[n]);
	return ret ? ret : copy_run(&client.copy, client.ctx);
}

/*
 * As much as the whole group may have, a piece after the other, each of which may be taken away
 * again as soon as it has been written. So the kernel finds what it needs, each time.
 */
static int hog_memory(int byte)
{
	char *hog =
		mmap(NULL, GROUP_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t at;
	int ret = 0;

	if (hog == MAP_FAILED)
		return -errno;
	for (at = 0; !ret && at < GROUP_BYTES; at += PIECE) {
		memset(hog + at, byte, PIECE);
		if (madvise(hog + at, PIECE, MADV_FREE))
			ret = -errno;
	}
	munmap(hog, GROUP_BYTES);
	return ret;
}

/* Half of the memory is buffers in use, and the rest is never enough for the hog. */
static int work_beside_a_hog(void)
{
	struct client client;
	unsigned int round;
	struct bo half;
	int ret;

	ret = client_open(&client);
	if (!ret)
		ret = bo_new(client.fd, GROUP_BYTES / 2, &half);
	if (ret)
		return ret;
	memset(half.map, 0xa5, half.size);
	for (round = 0; !ret && round < effort(5); round++) {
		ret = hog_memory((int)round);
		if (!ret)
			ret = use_piece(&client, &half);
		if (!ret)
			ret = copy_run(&client.copy, client.ctx);
	}
	for (round = 0; !ret && round < half.size; round += 4096)
		ret = half.map[round] == 0xa5 ? 0 : -EILSEQ;
	return ret;
}

TEST_F(pressure, submissions)
{
	EXPECT_EQ(0, in_group(self, fill_with_submissions));
}

TEST_F(pressure, mappings)
{
	EXPECT_EQ(0, in_group(self, fill_with_mappings));
}

TEST_F(pressure, work_goes_on)
{
	const long before = group_event(self, "max"), killed = group_event(self, "oom_kill");

	ASSERT_LE(0, before);
	EXPECT_EQ(0, in_group(self, work_beside_a_hog));
	/* The limit was reached, and nobody died of it. */
	EXPECT_LT(before, group_event(self, "max"));
	EXPECT_EQ(killed, group_event(self, "oom_kill"));
}

CARD_TEST_MAIN
