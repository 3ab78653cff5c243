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

/* Half of the memory is buffers in use, the rest is touched again and again, so that it is
 * reclaimed. */
static int work_beside_a_hog(void)
{
	const size_t hog_bytes = GROUP_BYTES / 4;
	struct client client;
	unsigned int round;
	struct bo half;
	char *hog;
	int ret;

	ret = client_open(&client);
	if (!ret)
		ret = bo_new(client.fd, GROUP_BYTES / 2, &half);
	if (ret)
		return ret;
	memset(half.map, 0xa5, half.size);
	for (round = 0; !ret && round < effort(20); round++) {
		hog = mmap(NULL, hog_bytes, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
		if (hog == MAP_FAILED)
			return -errno;
		memset(hog, round, hog_bytes);
		ret = use_piece(&client, &half);
		if (!ret)
			ret = copy_run(&client.copy, client.ctx);
		munmap(hog, hog_bytes);
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
	EXPECT_EQ(0, in_group(self, work_beside_a_hog));
}

CARD_TEST_MAIN
