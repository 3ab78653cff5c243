/* SPDX-License-Identifier: MIT */
/* Bytes to read from: a file, or memory in tests and fuzzers. Nothing is mapped, so that a file
 * which shrinks while it is read is an error and not a signal. */
#ifndef NMACCEL_TOOLS_INPUT_H
#define NMACCEL_TOOLS_INPUT_H

#include <stdint.h>

struct input {
	char *path;		     /* for messages; of the file */
	const unsigned char *memory; /* NULL: read from fd */
	int fd;
	uint64_t size;
};

int input_open(const char *path, struct input *in);

/* The memory stays the caller's. */
void input_open_memory(const char *name, const void *data, uint64_t size, struct input *in);
void input_close(struct input *in);

/* Is [offset, offset + bytes) in the file? If not, fail with a message that names `what`. */
int input_check(const struct input *in, uint64_t offset, uint64_t bytes, const char *what);

/* All of [offset, offset + bytes), or a failure that names `what`. */
int input_read(const struct input *in, uint64_t offset, void *buffer, uint64_t bytes,
	       const char *what);

/* The same into new memory, which the caller frees. The range is checked before allocation. */
int input_read_alloc(const struct input *in, uint64_t offset, uint64_t bytes, const char *what,
		     void **buffer);

#endif /* NMACCEL_TOOLS_INPUT_H */
