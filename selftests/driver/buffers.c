// SPDX-License-Identifier: MIT
/* Buffers: create, map, share with a child, close. */
#include <fcntl.h>
#include <signal.h>

#include "ksft_recovery.h"
#include "ksft_test.h"

FIXTURE(buffers)
{
	int fd;
	uint64_t page;
};

FIXTURE_SETUP(buffers)
{
	self->fd = card_open(0);
	ASSERT_LE(0, self->fd);
	self->page = (uint64_t)sysconf(_SC_PAGESIZE);
}

FIXTURE_TEARDOWN(buffers)
{
	close(self->fd);
	EXPECT_EQ(0, card_still_works(0));
}

static void *map_at(int fd, uint64_t offset, uint64_t size, int prot, int flags)
{
	return mmap(NULL, size, prot, flags, fd, (off_t)offset);
}

/* The signal that ends a child which touches the byte, or 0. */
static int touch(volatile uint8_t *byte, bool write)
{
	int status = 0;
	const pid_t child = fork();

	if (!child) {
		signal(SIGBUS, SIG_DFL);
		signal(SIGSEGV, SIG_DFL);
		if (write)
			*byte = 1;
		else
			(void)*byte;
		_exit(0);
	}
	waitpid(child, &status, 0);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

FIXTURE(sizes)
{
	int fd;
};

FIXTURE_VARIANT(sizes)
{
	uint64_t size;
};

#define SIZE(name, bytes)                                                                          \
	FIXTURE_VARIANT_ADD(sizes, name)                                                           \
	{                                                                                          \
		.size = bytes,                                                                     \
	}

SIZE(one_byte, 1);
SIZE(page_less_one, 4095);
SIZE(page, 4096);
SIZE(page_and_one, 4097);
SIZE(odd, 12345);
SIZE(prime, 1000003);
SIZE(two_mib_less_one, (2 << 20) - 1);
SIZE(two_mib, 2 << 20);
SIZE(two_mib_and_one, (2 << 20) + 1);
SIZE(odd_mib, 7654321);
SIZE(sixteen_mib, 16 << 20);

FIXTURE_SETUP(sizes)
{
	self->fd = card_open(0);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(sizes)
{
	close(self->fd);
}

/* New memory is zero, to the last byte of its last page, and keeps what is written. */
TEST_F(sizes, zero_then_written)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t i, wrong = 0;
	struct bo bo;

	ASSERT_EQ(0, bo_new(self->fd, variant->size, &bo));
	EXPECT_EQ((variant->size + page - 1) / page * page, bo.size);
	for (i = 0; i < bo.size; i++)
		wrong += bo.map[i] != 0;
	EXPECT_EQ(0, wrong);
	for (i = 0; i < bo.size; i++)
		bo.map[i] = (uint8_t)(i * 2654435761u >> 24);
	munmap(bo.map, bo.size);
	ASSERT_EQ(0, bo_map(&bo));
	for (i = 0; i < bo.size; i++)
		wrong += bo.map[i] != (uint8_t)(i * 2654435761u >> 24);
	EXPECT_EQ(0, wrong);
	bo_free(&bo);
}

/* Freed memory does not come back with what was in it. */
TEST_F(sizes, no_bytes_of_the_last_owner)
{
	uint64_t i, wrong = 0;
	struct bo bo;

	ASSERT_EQ(0, bo_new(self->fd, variant->size, &bo));
	memset(bo.map, 0xee, bo.size);
	bo_free(&bo);
	ASSERT_EQ(0, bo_new(self->fd, variant->size, &bo));
	for (i = 0; i < bo.size; i++)
		wrong += bo.map[i] != 0;
	EXPECT_EQ(0, wrong);
	bo_free(&bo);
}

/* More than the machine has: pages are taken when they are needed. */
TEST_F(buffers, huge_one_that_is_never_used)
{
	const uint64_t memory = (uint64_t)sysconf(_SC_PHYS_PAGES) * self->page;
	/* No buffer is larger than that. */
	const uint64_t size = 4 * memory < 1ull << 40 ? 4 * memory : 1ull << 40;
	uint64_t offset;
	struct bo bo;

	NEEDS_ROOT();
	ASSERT_EQ(0, bo_create(self->fd, size, &bo));
	EXPECT_EQ(size, bo.size);
	EXPECT_EQ(0, bo_offset(self->fd, bo.handle, &offset));
	EXPECT_EQ(0, bo_wait(&bo, true));
	bo_free(&bo);
}

TEST_F(buffers, many)
{
	const unsigned int n = effort(3000);
	struct bo *bo = calloc(n, sizeof(*bo));
	unsigned int i, wrong = 0;

	ASSERT_NE(NULL, bo);
	for (i = 0; i < n; i++) {
		ASSERT_EQ(0, bo_new(self->fd, 4096, &bo[i]));
		*(uint32_t *)bo[i].map = i;
	}
	for (i = 0; i < n; i++)
		wrong += *(uint32_t *)bo[i].map != i;
	EXPECT_EQ(0, wrong);
	for (i = 0; i < n; i += 2)
		bo_free(&bo[i]);
	for (i = 1; i < n; i += 2)
		wrong += *(uint32_t *)bo[i].map != i;
	EXPECT_EQ(0, wrong);
	free(bo);
}

TEST_F(buffers, handles_are_used_again)
{
	struct bo first, second;

	ASSERT_EQ(0, bo_create(self->fd, 1, &first));
	ASSERT_EQ(0, gem_close(self->fd, first.handle));
	ASSERT_EQ(0, bo_create(self->fd, 1, &second));
	EXPECT_EQ(first.handle, second.handle);
}

TEST_F(buffers, close_twice)
{
	struct bo bo;

	ASSERT_EQ(0, bo_create(self->fd, 1, &bo));
	EXPECT_EQ(0, gem_close(self->fd, bo.handle));
	EXPECT_EQ(-EINVAL, gem_close(self->fd, bo.handle));
}

TEST_F(buffers, same_offset_every_time)
{
	uint64_t first, second;
	struct bo bo;

	ASSERT_EQ(0, bo_create(self->fd, 1, &bo));
	ASSERT_EQ(0, bo_offset(self->fd, bo.handle, &first));
	ASSERT_EQ(0, bo_offset(self->fd, bo.handle, &second));
	EXPECT_EQ(first, second);
	EXPECT_EQ(0, first % self->page);
}

TEST_F(buffers, two_mappings_of_one)
{
	uint8_t *second;
	uint64_t offset;
	struct bo bo;

	ASSERT_EQ(0, bo_new(self->fd, 3 * self->page, &bo));
	ASSERT_EQ(0, bo_offset(self->fd, bo.handle, &offset));
	second = map_at(self->fd, offset, bo.size, PROT_READ, MAP_SHARED);
	ASSERT_NE(MAP_FAILED, (void *)second);
	bo.map[5000] = 77;
	EXPECT_EQ(77, second[5000]);
	EXPECT_EQ(SIGSEGV, touch(second, true));
	munmap(second, bo.size);
	bo_free(&bo);
}

TEST_F(buffers, mapping_outlives_the_handle)
{
	uint64_t offset;
	struct bo bo;

	ASSERT_EQ(0, bo_new(self->fd, self->page, &bo));
	ASSERT_EQ(0, bo_offset(self->fd, bo.handle, &offset));
	memset(bo.map, 0x33, bo.size);
	ASSERT_EQ(0, gem_close(self->fd, bo.handle));
	EXPECT_EQ(0x33, bo.map[100]);
	/* And cannot be made anew. */
	EXPECT_EQ(MAP_FAILED, map_at(self->fd, offset, bo.size, PROT_READ, MAP_SHARED));
	munmap(bo.map, bo.size);
}

TEST_F(buffers, mapping_outlives_the_file)
{
	const int fd = card_open(0);
	struct bo bo;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, bo_new(fd, 5 * self->page, &bo));
	bo.map[2 * self->page] = 9;
	close(fd);
	EXPECT_EQ(9, bo.map[2 * self->page]);
	bo.map[4 * self->page] = 10;
	EXPECT_EQ(10, bo.map[4 * self->page]);
	munmap(bo.map, bo.size);
}

TEST_F(buffers, map_after_close)
{
	uint64_t offset;
	struct bo bo;

	ASSERT_EQ(0, bo_create(self->fd, self->page, &bo));
	ASSERT_EQ(0, bo_offset(self->fd, bo.handle, &offset));
	ASSERT_EQ(0, gem_close(self->fd, bo.handle));
	EXPECT_EQ(-ENOENT, bo_offset(self->fd, bo.handle, &offset));
	EXPECT_EQ(MAP_FAILED, map_at(self->fd, offset, self->page, PROT_READ, MAP_SHARED));
	EXPECT_EQ(EINVAL, errno);
}

TEST_F(buffers, map_beyond_the_end)
{
	uint64_t offset;
	struct bo bo;

	ASSERT_EQ(0, bo_create(self->fd, 2 * self->page, &bo));
	ASSERT_EQ(0, bo_offset(self->fd, bo.handle, &offset));
	EXPECT_EQ(MAP_FAILED, map_at(self->fd, offset, 3 * self->page, PROT_READ, MAP_SHARED));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(MAP_FAILED, map_at(self->fd, offset, 1ull << 40, PROT_READ, MAP_SHARED));
	EXPECT_EQ(EINVAL, errno);
}

/* Only from its start. */
TEST_F(buffers, map_from_the_middle)
{
	uint64_t offset;
	struct bo bo;

	ASSERT_EQ(0, bo_create(self->fd, 4 * self->page, &bo));
	ASSERT_EQ(0, bo_offset(self->fd, bo.handle, &offset));
	EXPECT_EQ(MAP_FAILED,
		  map_at(self->fd, offset + self->page, self->page, PROT_READ, MAP_SHARED));
	EXPECT_EQ(EINVAL, errno);
}

TEST_F(buffers, map_part)
{
	uint64_t offset;
	struct bo bo;
	uint8_t *part;

	ASSERT_EQ(0, bo_new(self->fd, 4 * self->page, &bo));
	ASSERT_EQ(0, bo_offset(self->fd, bo.handle, &offset));
	part = map_at(self->fd, offset, 2 * self->page, PROT_READ | PROT_WRITE, MAP_SHARED);
	ASSERT_NE(MAP_FAILED, (void *)part);
	part[self->page] = 5;
	EXPECT_EQ(5, bo.map[self->page]);
	munmap(part, 2 * self->page);
	bo_free(&bo);
}

TEST_F(buffers, map_at_offsets_that_are_nobodys)
{
	const uint64_t offsets[] = {0,		self->page, 1ull << 32,
				    1ull << 43, 1ull << 62, -(1ull << 20)};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(offsets); i++)
		EXPECT_EQ(MAP_FAILED,
			  map_at(self->fd, offsets[i], self->page, PROT_READ, MAP_SHARED));
}

TEST_F(buffers, unmapped_in_the_middle)
{
	struct bo bo;

	ASSERT_EQ(0, bo_new(self->fd, 3 * self->page, &bo));
	ASSERT_EQ(0, munmap(bo.map + self->page, self->page));
	bo.map[0] = 1;
	bo.map[2 * self->page] = 2;
	EXPECT_EQ(SIGSEGV, touch(bo.map + self->page, false));
	munmap(bo.map, bo.size);
	bo.map = NULL;
	bo_free(&bo);
}

TEST_F(buffers, protection_can_be_taken_away)
{
	struct bo bo;

	ASSERT_EQ(0, bo_new(self->fd, self->page, &bo));
	bo.map[0] = 8;
	ASSERT_EQ(0, mprotect(bo.map, bo.size, PROT_READ));
	EXPECT_EQ(8, bo.map[0]);
	EXPECT_EQ(SIGSEGV, touch(bo.map, true));
	ASSERT_EQ(0, mprotect(bo.map, bo.size, PROT_NONE));
	EXPECT_EQ(SIGSEGV, touch(bo.map, false));
	bo_free(&bo);
}

TEST_F(buffers, not_mapped_privately_for_writing)
{
	uint64_t offset;
	struct bo bo;

	ASSERT_EQ(0, bo_create(self->fd, self->page, &bo));
	ASSERT_EQ(0, bo_offset(self->fd, bo.handle, &offset));
	EXPECT_EQ(MAP_FAILED,
		  map_at(self->fd, offset, self->page, PROT_READ | PROT_WRITE, MAP_PRIVATE));
	EXPECT_EQ(EINVAL, errno);
}

/* A child sees what its parent has mapped, and both see what the other writes. */
TEST_F(buffers, fork_shares_the_mapping)
{
	int status = 0;
	struct bo bo;
	pid_t child;

	ASSERT_EQ(0, bo_new(self->fd, 2 * self->page, &bo));
	bo.map[0] = 21;
	child = fork();
	if (!child) {
		bo.map[self->page] = bo.map[0] * 2;
		_exit(bo.map[0] == 21 ? 0 : 1);
	}
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_EQ(42, bo.map[self->page]);
	bo_free(&bo);
}

/* The file is one and the same in a child: its end there is not its end here. */
TEST_F(buffers, fork_shares_the_file)
{
	int status = 0;
	struct bo bo;
	pid_t child;

	ASSERT_EQ(0, bo_new(self->fd, self->page, &bo));
	child = fork();
	if (!child) {
		uint64_t offset;
		const int ret = bo_offset(self->fd, bo.handle, &offset);

		close(self->fd);
		_exit(ret ? 1 : 0);
	}
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	bo.map[0] = 1;
	EXPECT_EQ(0, bo_wait(&bo, true));
	bo_free(&bo);
}

/* A job that is held on its engine. */
FIXTURE(running)
{
	struct hold hold;
	int fd;
	uint32_t ctx;
	struct copy copy;
	uint64_t job;
};

FIXTURE_SETUP(running)
{
	NEEDS_HOLD(&self->hold, 0);
	self->fd = card_open(0);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_NORMAL, &self->ctx));
	ASSERT_EQ(0, copy_init(&self->copy, self->fd, 1000, 64));
	ASSERT_EQ(0, hold_jobs(&self->hold, 1));
	ASSERT_EQ(0, copy_submit(&self->copy, self->ctx, 1, &self->job));
	ASSERT_EQ(0, card_wait_busy(&self->hold.card, 1));
}

FIXTURE_TEARDOWN(running)
{
	close(self->fd);
	hold_end(&self->hold);
	EXPECT_EQ(0, card_still_works(0));
}

/* Closed while a job reads and writes them: the job has them as long as it runs. */
TEST_F(running, closed_under_it)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	struct copy *copy = &self->copy;
	uint64_t at;

	ASSERT_EQ(0, gem_close(self->fd, copy->in.handle));
	ASSERT_EQ(0, gem_close(self->fd, copy->out.handle));
	EXPECT_EQ(EBUSY, job_look(self->fd, self->ctx, self->job));
	ASSERT_EQ(0, hold_release(&self->hold));
	EXPECT_EQ(0, job_error(self->fd, self->ctx, self->job));
	EXPECT_EQ(0, copy_check(copy));
	for (at = 0; at < copy->in.size; at += page)
		copy->in.map[at] = 0;
	copy->in.handle = 0;
	copy->out.handle = 0;
	copy_free(copy);
}

CARD_TEST_MAIN
