// SPDX-License-Identifier: MIT
/* Buffers shared with other files, processes and drivers. */
#include <fcntl.h>
#include <sys/socket.h>

#include "ksft_dmabuf.h"
#include "ksft_test.h"

FIXTURE(prime)
{
	int fd;
	uint32_t ctx;
	uint64_t page;
	struct copy copy;
};

FIXTURE_SETUP(prime)
{
	self->fd = card_open(0);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_NORMAL, &self->ctx));
	ASSERT_EQ(0, copy_init(&self->copy, self->fd, 500, 30));
	self->page = (uint64_t)sysconf(_SC_PAGESIZE);
}

FIXTURE_TEARDOWN(prime)
{
	EXPECT_EQ(0, copy_run(&self->copy, self->ctx));
	copy_free(&self->copy);
	close(self->fd);
}

/* The copy from one object to another on a file, from a page on; 0 or the job's error. */
static int copy_between(const struct copy *copy, int fd, uint32_t ctx, uint32_t from, uint32_t to,
			uint64_t offset)
{
	struct submit submit;
	uint64_t job;
	int ret;

	submit_init(&submit, fd, ctx);
	submit_buffer(&submit, from, DRM_NMACCEL_BUFFER_READ);
	submit_buffer(&submit, to, DRM_NMACCEL_BUFFER_WRITE);
	submit.buffers[0].offset = offset;
	submit.buffers[1].offset = offset;
	submit_desc(&submit, &copy->desc);
	ret = submit_run(&submit, &job);
	submit_free(&submit);
	return ret ?: job_error(fd, ctx, job);
}

TEST_F(prime, export_bad_handle)
{
	static const uint32_t handles[] = {0, 1000, 0xffffffff};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(handles); i++) {
		struct drm_prime_handle args = {.handle = handles[i], .fd = -1};

		EXPECT_REFUSED(ENOENT, DRM_IOCTL_PRIME_HANDLE_TO_FD, &args);
	}
}

TEST_F(prime, export_bad_flags)
{
	struct drm_prime_handle args = {.handle = self->copy.in.handle, .flags = O_APPEND};

	EXPECT_REFUSED(EINVAL, DRM_IOCTL_PRIME_HANDLE_TO_FD, &args);
}

TEST_F(prime, import_of_what_is_no_dmabuf)
{
	struct drm_prime_handle args = {.fd = -1};

	EXPECT_REFUSED(EBADF, DRM_IOCTL_PRIME_FD_TO_HANDLE, &args);
	args.fd = self->fd;
	EXPECT_REFUSED(EINVAL, DRM_IOCTL_PRIME_FD_TO_HANDLE, &args);
}

TEST_F(prime, same_file_gives_the_same_handle)
{
	uint32_t handle;
	int dmabuf;

	ASSERT_EQ(0, prime_export(self->fd, self->copy.in.handle, &dmabuf));
	EXPECT_EQ(self->copy.in.size, (uint64_t)lseek(dmabuf, 0, SEEK_END));
	ASSERT_EQ(0, prime_import(self->fd, dmabuf, &handle));
	EXPECT_EQ(self->copy.in.handle, handle);
	close(dmabuf);
}

/* Even one object under two names would be written twice by one job. */
TEST_F(prime, same_object_twice_in_a_job)
{
	uint32_t handle;
	int dmabuf;

	ASSERT_EQ(0, prime_export(self->fd, self->copy.in.handle, &dmabuf));
	ASSERT_EQ(0, prime_import(self->fd, dmabuf, &handle));
	EXPECT_EQ(-EINVAL,
		  copy_between(&self->copy, self->fd, self->ctx, self->copy.in.handle, handle, 0));
	close(dmabuf);
}

TEST_F(prime, exported_outlives_handle_and_file)
{
	const int fd = card_open(0);
	uint32_t handle;
	struct bo bo;
	int dmabuf;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, bo_new(fd, self->copy.in.size, &bo));
	memcpy(bo.map, self->copy.in.map, bo.size);
	ASSERT_EQ(0, prime_export(fd, bo.handle, &dmabuf));
	bo_free(&bo);
	close(fd);
	ASSERT_EQ(0, prime_import(self->fd, dmabuf, &handle));
	close(dmabuf);
	EXPECT_EQ(0,
		  copy_between(&self->copy, self->fd, self->ctx, handle, self->copy.out.handle, 0));
	EXPECT_EQ(0, copy_check(&self->copy));
	EXPECT_EQ(0, gem_close(self->fd, handle));
}

TEST_F(prime, between_two_files)
{
	const int fd = card_open(0);
	struct bo shared = {0};
	int dmabuf;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, prime_export(self->fd, self->copy.in.handle, &dmabuf));
	ASSERT_EQ(0, prime_import(fd, dmabuf, &shared.handle));
	shared.fd = fd;
	shared.size = self->copy.in.size;
	ASSERT_EQ(0, bo_map(&shared));
	memset(shared.map, 0x2e, 10);
	EXPECT_EQ(0, memcmp(shared.map, self->copy.in.map, shared.size));
	bo_free(&shared);
	close(fd);
	close(dmabuf);
}

/* A child makes the input and is gone before the job runs. */
TEST_F(prime, between_processes)
{
	int pair[2], dmabuf, status = 0;
	uint32_t handle;
	pid_t child;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	child = fork();
	if (!child) {
		const int fd = card_open(0);
		struct bo bo;
		int ret = bo_new(fd, self->copy.in.size, &bo);

		if (!ret) {
			memcpy(bo.map, self->copy.in.map, bo.size);
			ret = prime_export(fd, bo.handle, &dmabuf);
		}
		if (!ret)
			ret = fd_send(pair[1], dmabuf);
		_exit(ret ? 1 : 0);
	}
	close(pair[1]);
	ASSERT_EQ(0, fd_receive(pair[0], &dmabuf));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	ASSERT_EQ(0, prime_import(self->fd, dmabuf, &handle));
	EXPECT_EQ(0,
		  copy_between(&self->copy, self->fd, self->ctx, handle, self->copy.out.handle, 0));
	EXPECT_EQ(0, copy_check(&self->copy));
	close(dmabuf);
	close(pair[0]);
}

/* The same with memory of the child, which is the memfd's and outlives it. */
TEST_F(prime, udmabuf_of_another_process)
{
	int pair[2], dmabuf, status = 0;
	uint32_t handle;
	pid_t child;

	if (access("/dev/udmabuf", R_OK | W_OK))
		SKIP(return, "there is no /dev/udmabuf");
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	child = fork();
	if (!child) {
		struct udmabuf udmabuf;
		int ret = udmabuf_new(&udmabuf, self->copy.in.size, false);

		if (!ret) {
			memcpy(udmabuf.map, self->copy.in.map, self->copy.in.size);
			ret = fd_send(pair[1], udmabuf.dmabuf);
		}
		_exit(ret ? 1 : 0);
	}
	close(pair[1]);
	ASSERT_EQ(0, fd_receive(pair[0], &dmabuf));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	ASSERT_EQ(0, prime_import(self->fd, dmabuf, &handle));
	close(dmabuf);
	EXPECT_EQ(0,
		  copy_between(&self->copy, self->fd, self->ctx, handle, self->copy.out.handle, 0));
	EXPECT_EQ(0, copy_check(&self->copy));
	EXPECT_EQ(0, gem_close(self->fd, handle));
	close(pair[0]);
}

/* The parent's output, read by a child through the dma-buf alone. */
TEST_F(prime, result_read_by_another_process)
{
	int dmabuf, status = 0;
	pid_t child;

	ASSERT_EQ(0, copy_run(&self->copy, self->ctx));
	ASSERT_EQ(0, prime_export(self->fd, self->copy.out.handle, &dmabuf));
	child = fork();
	if (!child) {
		void *map = mmap(NULL, self->copy.out.size, PROT_READ, MAP_SHARED, dmabuf, 0);

		if (map == MAP_FAILED || dmabuf_begin(dmabuf))
			_exit(1);
		self->copy.out.map = map;
		_exit(copy_check(&self->copy) || dmabuf_end(dmabuf) ? 2 : 0);
	}
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	close(dmabuf);
}

TEST_F(prime, map_of_the_dmabuf)
{
	const uint64_t size = self->copy.in.size;
	uint8_t *map;
	int dmabuf;

	ASSERT_EQ(0, prime_export(self->fd, self->copy.in.handle, &dmabuf));
	map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, dmabuf, 0);
	ASSERT_NE(MAP_FAILED, (void *)map);
	EXPECT_EQ(0, dmabuf_begin(dmabuf));
	map[self->page + 5] = 99;
	EXPECT_EQ(0, dmabuf_end(dmabuf));
	EXPECT_EQ(99, self->copy.in.map[self->page + 5]);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, size + self->page, PROT_READ, MAP_SHARED, dmabuf, 0));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, self->page, PROT_READ, MAP_SHARED, dmabuf, (off_t)size));
	munmap(map, size);
	close(dmabuf);
}

TEST_F(prime, map_of_a_read_only_dmabuf)
{
	struct drm_prime_handle args = {.handle = self->copy.in.handle, .flags = DRM_CLOEXEC};
	void *map;

	ASSERT_EQ(0, call(self->fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &args));
	EXPECT_EQ(MAP_FAILED,
		  mmap(NULL, self->page, PROT_READ | PROT_WRITE, MAP_SHARED, args.fd, 0));
	EXPECT_EQ(EACCES, errno);
	map = mmap(NULL, self->page, PROT_READ, MAP_SHARED, args.fd, 0);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(-1, mprotect(map, self->page, PROT_READ | PROT_WRITE));
	munmap(map, self->page);
	close(args.fd);
}

/*
 * Buffers of udmabuf: from the start, from a page in their middle, and with pages in disorder.
 */
FIXTURE(udmabuf)
{
	int fd;
	uint32_t ctx, in, out;
	uint64_t page;
	struct copy copy;
	struct udmabuf from, to;
};

FIXTURE_VARIANT(udmabuf)
{
	bool reversed;
	uint64_t pages; /* before the data */
};

FIXTURE_VARIANT_ADD(udmabuf, whole){
	.reversed = false,
};

FIXTURE_VARIANT_ADD(udmabuf, from_a_page_on){
	.pages = 3,
};

FIXTURE_VARIANT_ADD(udmabuf, reversed){
	.reversed = true,
};

FIXTURE_VARIANT_ADD(udmabuf, reversed_from_a_page_on){
	.reversed = true,
	.pages = 5,
};

FIXTURE_SETUP(udmabuf)
{
	uint64_t size;
	int ret;

	self->fd = card_open(0);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_NORMAL, &self->ctx));
	ASSERT_EQ(0, copy_init(&self->copy, self->fd, 500, 30));
	self->page = (uint64_t)sysconf(_SC_PAGESIZE);
	size = self->copy.in.size + variant->pages * self->page;
	ret = udmabuf_new(&self->from, size, variant->reversed);
	if (ret == -ENODEV)
		SKIP(return, "there is no /dev/udmabuf");
	ASSERT_EQ(0, ret);
	ASSERT_EQ(0, udmabuf_new(&self->to, size, variant->reversed));
	ASSERT_EQ(0, prime_import(self->fd, self->from.dmabuf, &self->in));
	ASSERT_EQ(0, prime_import(self->fd, self->to.dmabuf, &self->out));
}

FIXTURE_TEARDOWN(udmabuf)
{
	copy_free(&self->copy);
	udmabuf_free(&self->from);
	udmabuf_free(&self->to);
	close(self->fd);
}

/* Where page number i of the dma-buf is in the memfd. */
static uint8_t *page_of(const struct udmabuf *udmabuf, bool reversed, uint64_t page, uint64_t i)
{
	return udmabuf->map + page * (reversed ? udmabuf->size / page - 1 - i : i);
}

TEST_F(udmabuf, read_and_written)
{
	const uint64_t pages = self->copy.in.size / self->page;
	uint64_t i;

	memset(self->to.map, 0x5a, self->to.size);
	for (i = 0; i < pages; i++)
		memcpy(page_of(&self->from, variant->reversed, self->page, i + variant->pages),
		       self->copy.in.map + i * self->page, self->page);
	ASSERT_EQ(0, copy_between(&self->copy, self->fd, self->ctx, self->in, self->out,
				  variant->pages * self->page));
	for (i = 0; i < pages; i++)
		memcpy(self->copy.out.map + i * self->page,
		       page_of(&self->to, variant->reversed, self->page, i + variant->pages),
		       self->page);
	EXPECT_EQ(0, copy_check(&self->copy));
	for (i = 0; i < variant->pages; i++)
		EXPECT_EQ(0x5a, *page_of(&self->to, variant->reversed, self->page, i));
}

TEST_F(udmabuf, extents_are_checked)
{
	const uint64_t offset = self->from.size - self->page;

	EXPECT_EQ(-EINVAL,
		  copy_between(&self->copy, self->fd, self->ctx, self->in, self->out, offset));
	EXPECT_EQ(-EINVAL, copy_between(&self->copy, self->fd, self->ctx, self->in, self->out,
					self->from.size));
}

TEST_F(udmabuf, mapped_by_its_exporter_only)
{
	struct drm_nmaccel_bo_mmap_offset args = {.handle = self->in};

	EXPECT_REFUSED(EINVAL, DRM_IOCTL_NMACCEL_BO_MMAP_OFFSET, &args);
}

TEST_F(udmabuf, imported_twice_is_one_handle)
{
	uint32_t again;

	ASSERT_EQ(0, prime_import(self->fd, self->from.dmabuf, &again));
	EXPECT_EQ(self->in, again);
	EXPECT_EQ(0, gem_close(self->fd, again));
	EXPECT_EQ(-EINVAL, gem_close(self->fd, self->in));
}

/* The exporter's end of it does not end it. */
TEST_F(udmabuf, outlives_memfd_and_dmabuf)
{
	memset(self->from.map, 0x41, self->from.size);
	udmabuf_free(&self->from);
	ASSERT_EQ(0, copy_between(&self->copy, self->fd, self->ctx, self->in, self->copy.out.handle,
				  0));
	EXPECT_EQ(0x41, self->copy.out.map[0]);
	self->from.memfd = -1;
	self->from.dmabuf = -1;
}

CARD_TEST_MAIN
