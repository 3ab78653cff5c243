// SPDX-License-Identifier: MIT
/*
 * Nobody can name or reach what is another's: a victim has a file of its own, in this process or in
 * another, and tells all its numbers. They are worth nothing.
 */
#include <sys/prctl.h>
#include <signal.h>

#include "ksft_caps.h"
#include "ksft_test.h"

#define SECRET	0x5e
#define VICTIMS 24

/* What the victim tells. */
struct numbers {
	int ret;
	uint32_t handle[VICTIMS];
	uint64_t offset[VICTIMS];
	uint32_t ctx;
	uint32_t syncobj;
	uint64_t job;
};

struct victim {
	int fd;
	struct bo bo[VICTIMS];
	struct copy copy;
	struct numbers numbers;
};

/* Buffers full of a secret, a context that has done a job, a syncobj. */
static int victim_init(struct victim *victim)
{
	struct numbers *numbers = &victim->numbers;
	unsigned int i;
	int ret = 0;

	victim->fd = card_open(0);
	if (victim->fd < 0)
		return victim->fd;
	for (i = 0; !ret && i < VICTIMS; i++) {
		ret = bo_new(victim->fd, 4096u << i % 4, &victim->bo[i]);
		if (ret)
			break;
		memset(victim->bo[i].map, SECRET, victim->bo[i].size);
		numbers->handle[i] = victim->bo[i].handle;
		ret = bo_offset(victim->fd, victim->bo[i].handle, &numbers->offset[i]);
	}
	ret = ret ?: syncobj_create(victim->fd, DRM_SYNCOBJ_CREATE_SIGNALED, &numbers->syncobj);
	ret = ret ?: ctx_create(victim->fd, DRM_NMACCEL_PRIORITY_NORMAL, &numbers->ctx);
	ret = ret ?: copy_init(&victim->copy, victim->fd, 100, 10);
	ret = ret ?: copy_submit(&victim->copy, numbers->ctx, 1, &numbers->job);
	return ret ?: job_error(victim->fd, numbers->ctx, numbers->job);
}

/* Is all as it was? */
static int victim_check(struct victim *victim)
{
	struct drm_nmaccel_ctx_query query;
	unsigned int i;
	uint64_t at, wrong = 0;
	int ret;

	for (i = 0; i < VICTIMS; i++)
		for (at = 0; at < victim->bo[i].size; at++)
			wrong += victim->bo[i].map[at] != SECRET;
	if (wrong)
		return -EILSEQ;
	ret = syncobj_wait_until(victim->fd, victim->numbers.syncobj, 0, 0);
	ret = ret ?: ctx_query(victim->fd, victim->numbers.ctx, &query);
	if (!ret && (query.submitted != 1 || query.state != DRM_NMACCEL_CTX_OK))
		return -EBADMSG;
	return ret ?: copy_run(&victim->copy, victim->numbers.ctx);
}

/* The victim as a process: tells its numbers, checks itself when asked, and ends. */
static void victim_main(int in, int out)
{
	struct victim *victim = calloc(1, sizeof(*victim));
	char byte;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	victim->numbers.ret = victim_init(victim);
	if (write(out, &victim->numbers, sizeof(victim->numbers)) != sizeof(victim->numbers))
		_exit(1);
	if (read(in, &byte, 1) != 1)
		_exit(1);
	_exit(-victim_check(victim));
}

FIXTURE(isolation)
{
	int fd; /* the attacker's; it has nothing yet, so no number is by chance one of its own */
	struct victim *own; /* in this process */
	struct numbers numbers;
	pid_t child;
	int to_child[2], from_child[2];
	struct copy copy;
};

FIXTURE_VARIANT(isolation)
{
	bool other_process;
	bool other_user;
};

FIXTURE_VARIANT_ADD(isolation, file){
	.other_process = false,
};

FIXTURE_VARIANT_ADD(isolation, process){
	.other_process = true,
};

FIXTURE_VARIANT_ADD(isolation, user){
	.other_process = true,
	.other_user = true,
};

FIXTURE_SETUP(isolation)
{
	if (variant->other_user)
		NEEDS_ROOT();
	if (variant->other_process) {
		ASSERT_EQ(0, pipe(self->to_child));
		ASSERT_EQ(0, pipe(self->from_child));
		self->child = fork();
		ASSERT_LE(0, self->child);
		if (!self->child)
			victim_main(self->to_child[0], self->from_child[1]);
		ASSERT_EQ(sizeof(self->numbers),
			  read(self->from_child[0], &self->numbers, sizeof(self->numbers)));
		ASSERT_EQ(0, self->numbers.ret);
	} else {
		self->own = calloc(1, sizeof(*self->own));
		ASSERT_NE(NULL, self->own);
		ASSERT_EQ(0, victim_init(self->own));
		self->numbers = self->own->numbers;
	}
	self->fd = variant->other_user ? card_open_as(0, 65533) : card_open(0);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(isolation)
{
	int status = 0;

	if (variant->other_process) {
		EXPECT_EQ(1, write(self->to_child[1], "", 1));
		EXPECT_EQ(self->child, waitpid(self->child, &status, 0));
		EXPECT_EQ(0, status);
	} else {
		EXPECT_EQ(0, victim_check(self->own));
	}
	close(self->fd);
}

TEST_F(isolation, handles)
{
	unsigned int i;

	for (i = 0; i < VICTIMS; i++) {
		const uint32_t handle = self->numbers.handle[i];
		const struct bo bo = {.fd = self->fd, .handle = handle};
		uint64_t offset;
		int dmabuf;

		EXPECT_EQ(-ENOENT, bo_offset(self->fd, handle, &offset));
		EXPECT_EQ(-ENOENT, bo_wait(&bo, true));
		EXPECT_EQ(-ENOENT, prime_export(self->fd, handle, &dmabuf));
		EXPECT_EQ(-EINVAL, gem_close(self->fd, handle));
	}
}

/* Every number that a small program could try. */
TEST_F(isolation, handles_guessed)
{
	uint64_t offset;
	uint32_t handle;

	for (handle = 0; handle < effort(5000); handle++)
		EXPECT_EQ(-ENOENT, bo_offset(self->fd, handle, &offset));
}

TEST_F(isolation, handles_in_a_job)
{
	unsigned int i;
	uint32_t ctx;

	ASSERT_EQ(0, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_NORMAL, &ctx));
	ASSERT_EQ(0, copy_init(&self->copy, self->fd, 20, 3));
	for (i = 0; i < VICTIMS; i++) {
		struct submit submit;

		if (self->numbers.handle[i] == self->copy.in.handle ||
		    self->numbers.handle[i] == self->copy.out.handle)
			continue;
		submit_init(&submit, self->fd, ctx);
		copy_add(&self->copy, &submit, 1);
		submit.buffers[0].handle = self->numbers.handle[i];
		EXPECT_EQ(-ENOENT, submit_run(&submit, NULL));
		submit.buffers[0].handle = self->copy.in.handle;
		submit.buffers[1].handle = self->numbers.handle[i];
		EXPECT_EQ(-ENOENT, submit_run(&submit, NULL));
		submit_free(&submit);
	}
	copy_free(&self->copy);
}

TEST_F(isolation, mmap_offsets)
{
	unsigned int i;

	for (i = 0; i < VICTIMS; i++) {
		EXPECT_EQ(MAP_FAILED, mmap(NULL, 4096, PROT_READ, MAP_SHARED, self->fd,
					   (off_t)self->numbers.offset[i]));
		EXPECT_EQ(EACCES, errno);
	}
}

/* All offsets around those of the victim. */
TEST_F(isolation, mmap_offsets_guessed)
{
	uint64_t least = -1ull, most = 0, offset;
	unsigned int i;

	for (i = 0; i < VICTIMS; i++) {
		least = self->numbers.offset[i] < least ? self->numbers.offset[i] : least;
		most = self->numbers.offset[i] > most ? self->numbers.offset[i] : most;
	}
	for (offset = least - 4096 * 256; offset < most + 4096 * 256; offset += 4096)
		EXPECT_EQ(MAP_FAILED,
			  mmap(NULL, 4096, PROT_READ, MAP_SHARED, self->fd, (off_t)offset));
}

TEST_F(isolation, contexts)
{
	const uint32_t ctx = self->numbers.ctx;
	struct drm_nmaccel_ctx_query query;
	struct drm_nmaccel_result result;

	EXPECT_EQ(-ENOENT, ctx_query(self->fd, ctx, &query));
	EXPECT_EQ(-ENOENT, job_result(self->fd, ctx, self->numbers.job, &result));
	ASSERT_EQ(0, copy_init(&self->copy, self->fd, 20, 3));
	EXPECT_EQ(-ENOENT, copy_submit(&self->copy, ctx, 1, NULL));
	EXPECT_EQ(-ENOENT, ctx_destroy(self->fd, ctx));
	copy_free(&self->copy);
}

/* The same number is another context here. */
TEST_F(isolation, contexts_of_the_same_number)
{
	struct drm_nmaccel_ctx_query query;
	struct drm_nmaccel_result result;
	uint32_t ctx;

	ASSERT_EQ(0, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_NORMAL, &ctx));
	ASSERT_EQ(self->numbers.ctx, ctx);
	ASSERT_EQ(0, ctx_query(self->fd, ctx, &query));
	EXPECT_EQ(0, query.submitted);
	EXPECT_EQ(-ENOENT, job_result(self->fd, ctx, self->numbers.job, &result));
	EXPECT_EQ(0, ctx_destroy(self->fd, ctx));
}

TEST_F(isolation, syncobjs)
{
	const uint32_t syncobj = self->numbers.syncobj;
	struct submit submit;
	uint32_t ctx;

	EXPECT_EQ(-ENOENT, syncobj_wait(self->fd, syncobj, 0));
	EXPECT_EQ(-ENOENT, syncobj_reset(self->fd, syncobj));
	EXPECT_EQ(-ENOENT, syncobj_signal(self->fd, syncobj, 0));
	EXPECT_EQ(-EINVAL, syncobj_destroy(self->fd, syncobj));
	ASSERT_EQ(0, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_NORMAL, &ctx));
	ASSERT_EQ(0, copy_init(&self->copy, self->fd, 20, 3));
	submit_init(&submit, self->fd, ctx);
	copy_add(&self->copy, &submit, 1);
	submit_wait(&submit, syncobj, 0);
	EXPECT_EQ(-ENOENT, submit_run(&submit, NULL));
	submit.syncs[0].flags = DRM_NMACCEL_SYNC_SIGNAL;
	EXPECT_EQ(-ENOENT, submit_run(&submit, NULL));
	submit_free(&submit);
	copy_free(&self->copy);
}

/* Names that hold for all files: only root can give them and use them, and the victim has none. */
TEST_F(isolation, no_global_names)
{
	const int refusal = variant->other_user || geteuid() ? EACCES : ENOENT;
	struct drm_gem_flink flink = {0};
	struct drm_gem_open open = {0};
	uint32_t name;

	for (name = 0; name < effort(100); name++) {
		open.name = name;
		EXPECT_REFUSED(refusal, DRM_IOCTL_GEM_OPEN, &open);
	}
	if (refusal != EACCES)
		return;
	ASSERT_EQ(0, copy_init(&self->copy, self->fd, 20, 3));
	flink.handle = self->copy.in.handle;
	EXPECT_REFUSED(EACCES, DRM_IOCTL_GEM_FLINK, &flink);
	copy_free(&self->copy);
}

/*
 * A good descriptor of each operation with a few words replaced by numbers that hurt. Whatever is
 * not refused must stay within the output's entry: everything around it, and all of the victim, is
 * as before.
 */
static uint32_t draw_word(struct prng *prng)
{
	static const uint32_t words[] = {
		0,	    1,		2,	    15,		16,	    0xff,
		0x100,	    0xffff,	0x10000,    0x7fffffff, 0x80000000, 0xffffffff,
		0xfffffff0, 0x40000000, 0x01000000, 0x00010001,
	};
	const uint32_t i = prng_range(prng, 0, 31);

	return i < ARRAY_SIZE(words) ? words[i] : prng_u32(prng) >> prng_range(prng, 0, 31);
}

/* The input is all zero: also a stream of empty rows, and their parameters. */
static struct nmaccel_hw_desc good_desc(const struct copy *copy, uint32_t op)
{
	struct nmaccel_hw_desc desc = copy->desc;

	desc.op = op;
	if (op == NMACCEL_OP_ADD)
		desc.in2 = desc.in;
	if (op == NMACCEL_OP_CONV) {
		desc.weights_bytes = NMACCEL_COUNT_BYTES(desc.out.ch);
		desc.block_rows = NMACCEL_BLOCK_ROWS_128;
	}
	return desc;
}

static uint64_t count_other(const struct bo *bo, uint64_t from, uint64_t to, uint8_t byte)
{
	uint64_t wrong = 0;

	for (; from < to; from++)
		wrong += bo->map[from] != byte;
	return wrong;
}

TEST_F(isolation, descriptors_of_rubbish)
{
	const uint64_t page = 4096;
	struct bo in, out, guard;
	struct submit submit;
	struct prng prng;
	uint32_t round, ctx, op, accepted[NMACCEL_OP_POOL_AVG + 1] = {0};
	uint64_t job;
	int error;

	ASSERT_EQ(0, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_NORMAL, &ctx));
	ASSERT_EQ(0, copy_init(&self->copy, self->fd, 100, 10));
	ASSERT_EQ(0, bo_new(self->fd, 4 * page, &in));
	ASSERT_EQ(0, bo_new(self->fd, 3 * page, &out));
	ASSERT_EQ(0, bo_new(self->fd, 4 * page, &guard));
	memset(out.map, 0x3c, out.size);
	memset(guard.map, 0x3c, guard.size);
	submit_init(&submit, self->fd, ctx);
	submit_buffer(&submit, in.handle, DRM_NMACCEL_BUFFER_READ);
	submit_buffer(&submit, out.handle, DRM_NMACCEL_BUFFER_WRITE);
	submit_buffer(&submit, guard.handle, DRM_NMACCEL_BUFFER_READ);
	submit.buffers[1].offset = page;
	submit.buffers[1].size = page;
	submit_desc(&submit, &self->copy.desc);
	prng_init(&prng, 31);
	for (op = NMACCEL_OP_CONV; op <= NMACCEL_OP_POOL_AVG; op++) {
		*submit.descs = good_desc(&self->copy, op);
		ASSERT_EQ(0, submit_run(&submit, &job));
		ASSERT_EQ(0, job_error(self->fd, ctx, job));
	}
	memset(out.map, 0x3c, out.size);
	for (round = 0; round < effort(8000); round++) {
		uint32_t words[sizeof(self->copy.desc) / 4], n = prng_range(&prng, 1, 3);

		op = prng_range(&prng, NMACCEL_OP_CONV, NMACCEL_OP_POOL_AVG);
		*submit.descs = good_desc(&self->copy, op);
		memcpy(words, submit.descs, sizeof(words));
		while (n--)
			words[prng_range(&prng, 1, 49)] = draw_word(&prng);
		memcpy(submit.descs, words, sizeof(words));
		if (submit_run(&submit, &job))
			continue;
		accepted[op]++;
		error = job_error(self->fd, ctx, job);
		ASSERT_TRUE(!error || error == -EIO);
	}
	for (op = NMACCEL_OP_CONV; op <= NMACCEL_OP_POOL_AVG; op++)
		EXPECT_LT(0, accepted[op]);
	EXPECT_EQ(0, bo_wait(&out, true));
	EXPECT_EQ(0, count_other(&out, 0, page, 0x3c));
	EXPECT_EQ(0, count_other(&out, 2 * page, 3 * page, 0x3c));
	EXPECT_EQ(0, count_other(&guard, 0, guard.size, 0x3c));
	submit_free(&submit);
	copy_free(&self->copy);
}

CARD_TEST_MAIN
