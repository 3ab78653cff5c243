// SPDX-License-Identifier: MIT
/* Where buffers lie: scattered pages, pages from the middle on, more than a page list's page. */
#include <sys/sysinfo.h>

#include "ksft_test.h"

#define MIB (1ull << 20)

FIXTURE(memory)
{
	int fd;
	uint32_t ctx;
	uint64_t page;
};

FIXTURE_SETUP(memory)
{
	self->fd = card_open(0);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_NORMAL, &self->ctx));
	self->page = (uint64_t)sysconf(_SC_PAGESIZE);
}

FIXTURE_TEARDOWN(memory)
{
	close(self->fd);
}

/* Rows of channels that need about so many bytes. */
static int copy_of(struct copy *copy, int fd, uint64_t bytes)
{
	struct drm_nmaccel_dev_info info;
	int ret = dev_info(fd, &info);

	if (ret)
		return ret;
	return copy_init(copy, fd,
			 (uint32_t)(bytes / NMACCEL_PITCH(info.columns, 1) / 32 * info.columns - 1),
			 32);
}

TEST_F(memory, of_all_sizes)
{
	static const uint64_t sizes[] = {5000,	      8192,	   65536,  100000,
					 2 * MIB - 1, 2 * MIB + 1, 5 * MIB};
	struct copy copy;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		ASSERT_EQ(0, copy_of(&copy, self->fd, sizes[i]));
		EXPECT_EQ(0, copy_run(&copy, self->ctx));
		copy_free(&copy);
	}
}

TEST_F(memory, large)
{
	struct sysinfo info;
	struct copy copy;

	ASSERT_EQ(0, sysinfo(&info));
	if ((uint64_t)info.freeram * info.mem_unit < 200 * MIB)
		SKIP(return, "needs 200 MiB of free memory");
	ASSERT_EQ(0, copy_of(&copy, self->fd, 40 * MIB));
	EXPECT_EQ(0, copy_run(&copy, self->ctx));
	copy_free(&copy);
}

/*
 * Pages that are taken one by one between those of others, backwards: they lie anywhere, and the
 * page list has an entry for each.
 */
TEST_F(memory, scattered)
{
	enum {
		N = 8
	};
	struct copy copies[N];
	uint64_t at;
	unsigned int i;

	for (i = 0; i < N; i++)
		ASSERT_EQ(0, copy_of(&copies[i], self->fd, MIB));
	for (at = copies[0].in.size; at > 0; at -= self->page)
		for (i = 0; i < N; i++)
			copies[i].in.map[at - 1] = 1;
	for (i = 0; i < N; i++)
		EXPECT_EQ(0, copy_run(&copies[i], self->ctx));
	for (i = 0; i < N; i++)
		copy_free(&copies[i]);
}

/* Every page of a buffer as the start of an entry, with the input there and nowhere else. */
TEST_F(memory, entries_from_any_page)
{
	enum {
		PAGES = 40
	};
	struct copy copy;
	struct bo in, out;
	unsigned int i;

	ASSERT_EQ(0, copy_init(&copy, self->fd, 100, 30));
	ASSERT_LT(copy.in.size, 16 * self->page);
	ASSERT_EQ(0, bo_new(self->fd, PAGES * self->page, &in));
	ASSERT_EQ(0, bo_new(self->fd, PAGES * self->page, &out));
	for (i = 0; i + copy.in.size / self->page <= PAGES; i++) {
		const uint64_t at = i * self->page, end = at + copy.in.size;
		struct submit submit;
		uint64_t job, k, wrong = 0;

		memset(in.map, 0x11, in.size);
		memcpy(in.map + at, copy.in.map, copy.in.size);
		memset(out.map, 0x22, out.size);
		memset(copy.out.map, 0x5a, copy.out.size);
		memcpy(out.map + at, copy.out.map, copy.out.size);
		submit_init(&submit, self->fd, self->ctx);
		submit_buffer(&submit, in.handle, DRM_NMACCEL_BUFFER_READ);
		submit_buffer(&submit, out.handle, DRM_NMACCEL_BUFFER_WRITE);
		submit.buffers[0].offset = at;
		submit.buffers[1].offset = at;
		submit.buffers[1].size = copy.out.size;
		submit_desc(&submit, &copy.desc);
		ASSERT_EQ(0, submit_run(&submit, &job));
		EXPECT_EQ(0, job_error(self->fd, self->ctx, job));
		memcpy(copy.out.map, out.map + at, copy.out.size);
		EXPECT_EQ(0, copy_check(&copy));
		for (k = 0; k < out.size; k++)
			wrong += (k < at || k >= end) && out.map[k] != 0x22;
		EXPECT_EQ(0, wrong);
		submit_free(&submit);
	}
	bo_free(&in);
	bo_free(&out);
	copy_free(&copy);
}

/* A tensor that begins inside a page and ends inside another. */
TEST_F(memory, offsets_inside_pages)
{
	struct copy copy;
	struct bo in;
	uint64_t offset;

	ASSERT_EQ(0, copy_init(&copy, self->fd, 150, 60));
	ASSERT_EQ(0, bo_new(self->fd, copy.in.size + 3 * self->page, &in));
	for (offset = 0; offset < 2 * self->page + 64; offset += 16 * 37) {
		struct submit submit;
		struct nmaccel_hw_desc *desc;
		uint64_t job;

		memset(in.map, 0x77, in.size);
		memcpy(in.map + offset, copy.in.map,
		       copy_bytes(&copy.info, copy.pixels, copy.channels));
		memset(copy.out.map, 0x5a, copy.out.size);
		submit_init(&submit, self->fd, self->ctx);
		submit_buffer(&submit, in.handle, DRM_NMACCEL_BUFFER_READ);
		submit_buffer(&submit, copy.out.handle, DRM_NMACCEL_BUFFER_WRITE);
		desc = submit_desc(&submit, &copy.desc);
		desc->in.offset = offset;
		ASSERT_EQ(0, submit_run(&submit, &job));
		EXPECT_EQ(0, job_error(self->fd, self->ctx, job));
		EXPECT_EQ(0, copy_check(&copy));
		submit_free(&submit);
	}
	bo_free(&in);
	copy_free(&copy);
}

/* Fresh pages are zero for the card as well. */
TEST_F(memory, never_touched_input_is_zero)
{
	struct copy copy;
	struct bo in;
	struct submit submit;
	uint64_t job, i, wrong = 0;

	ASSERT_EQ(0, copy_of(&copy, self->fd, 300000));
	ASSERT_EQ(0, bo_create(self->fd, copy.in.size, &in));
	submit_init(&submit, self->fd, self->ctx);
	submit_buffer(&submit, in.handle, DRM_NMACCEL_BUFFER_READ);
	submit_buffer(&submit, copy.out.handle, DRM_NMACCEL_BUFFER_WRITE);
	submit_desc(&submit, &copy.desc);
	ASSERT_EQ(0, submit_run(&submit, &job));
	EXPECT_EQ(0, job_error(self->fd, self->ctx, job));
	for (i = 0; i < copy_bytes(&copy.info, copy.pixels, copy.channels); i++)
		wrong += copy.out.map[i] != 0;
	EXPECT_EQ(0, wrong);
	submit_free(&submit);
	bo_free(&in);
	copy_free(&copy);
}

/* Mapped only after the card has written: the same pages. */
TEST_F(memory, mapped_after_the_job)
{
	struct copy copy;
	struct bo out;
	struct submit submit;
	uint64_t job;

	ASSERT_EQ(0, copy_of(&copy, self->fd, 300000));
	ASSERT_EQ(0, bo_create(self->fd, copy.out.size, &out));
	submit_init(&submit, self->fd, self->ctx);
	submit_buffer(&submit, copy.in.handle, DRM_NMACCEL_BUFFER_READ);
	submit_buffer(&submit, out.handle, DRM_NMACCEL_BUFFER_WRITE);
	submit_desc(&submit, &copy.desc);
	ASSERT_EQ(0, submit_run(&submit, &job));
	EXPECT_EQ(0, job_error(self->fd, self->ctx, job));
	ASSERT_EQ(0, bo_map(&out));
	memcpy(copy.out.map, out.map, copy_bytes(&copy.info, copy.pixels, copy.channels));
	EXPECT_EQ(0, copy_check(&copy));
	submit_free(&submit);
	bo_free(&out);
	copy_free(&copy);
}

CARD_TEST_MAIN
