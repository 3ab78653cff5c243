/* SPDX-License-Identifier: MIT */
#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fail.h"

int input_open(const char *path, struct input *in)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return fail(FAIL_SYSTEM, "cannot open %s: %s", path, strerror(errno));
	if (fstat(fd, &st) < 0) {
		int error = errno;

		close(fd);
		return fail(FAIL_SYSTEM, "cannot examine %s: %s", path, strerror(error));
	}
	if (!S_ISREG(st.st_mode)) {
		close(fd);
		return fail(FAIL_SYSTEM, "%s is not a regular file; save the data to a file first",
			    path);
	}
	*in = (struct input){.path = xstrdup(path), .fd = fd, .size = (uint64_t)st.st_size};
	return 0;
}

void input_open_memory(const char *name, const void *data, uint64_t size, struct input *in)
{
	*in = (struct input){
		.path = xstrdup(name), .memory = size ? data : "", .fd = -1, .size = size};
}

void input_close(struct input *in)
{
	if (in->fd >= 0)
		close(in->fd);
	free(in->path);
	*in = (struct input){.fd = -1};
}

int input_check(const struct input *in, uint64_t offset, uint64_t bytes, const char *what)
{
	if (offset <= in->size && bytes <= in->size - offset)
		return 0;
	return fail(FAIL_INPUT,
		    "%s: truncated: %s needs bytes %" PRIu64 " to %" PRIu64
		    ", the file has %" PRIu64,
		    in->path, what, offset, offset + bytes, in->size);
}

int input_read(const struct input *in, uint64_t offset, void *buffer, uint64_t bytes,
	       const char *what)
{
	unsigned char *to = buffer;

	if (input_check(in, offset, bytes, what) < 0)
		return -1;
	if (in->memory) {
		if (bytes)
			memcpy(to, in->memory + offset, bytes);
		return 0;
	}
	while (bytes) {
		size_t want = bytes < 1 << 30 ? (size_t)bytes : 1 << 30;
		ssize_t got = pread(in->fd, to, want, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail(FAIL_SYSTEM, "cannot read %s: %s", in->path, strerror(errno));
		if (got == 0)
			return fail(FAIL_SYSTEM, "%s shrank while it was read", in->path);
		to += got;
		offset += (uint64_t)got;
		bytes -= (uint64_t)got;
	}
	return 0;
}

int input_read_alloc(const struct input *in, uint64_t offset, uint64_t bytes, const char *what,
		     void **buffer)
{
	void *memory;

	if (input_check(in, offset, bytes, what) < 0)
		return -1;
	memory = malloc(bytes ? bytes : 1);
	if (!memory)
		return fail(FAIL_SYSTEM, "%s: no memory for the %" PRIu64 " bytes of %s", in->path,
			    bytes, what);
	if (input_read(in, offset, memory, bytes, what) < 0) {
		free(memory);
		return -1;
	}
	*buffer = memory;
	return 0;
}
