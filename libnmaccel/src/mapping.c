// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "error.h"
#include "mapping.h"

struct nmaccel_mapping {
	atomic_uint refs;
	void *data; /* NULL for an empty file, which has nothing to map */
	size_t bytes;
};

/* NULL without memory, with the error set. */
static struct nmaccel_mapping *mapping_alloc(size_t bytes)
{
	struct nmaccel_mapping *m = calloc(1, sizeof(*m));

	if (!m) {
		nmaccel_error(NMACCEL_ERR_NO_MEMORY, "no memory for a mapping");
		return NULL;
	}
	atomic_init(&m->refs, 1);
	m->bytes = bytes;
	return m;
}

static enum nmaccel_status map_fd(int fd, const char *path, struct nmaccel_mapping **mapping)
{
	struct nmaccel_mapping *m;
	enum nmaccel_status status;
	struct stat st;

	if (fstat(fd, &st))
		return nmaccel_error(NMACCEL_ERR_IO, "%s: %m", path);
	if (!S_ISREG(st.st_mode))
		return nmaccel_error(NMACCEL_ERR_IO,
				     "%s is not a regular file, so it cannot be mapped; copy it to "
				     "one",
				     path);
	if ((uint64_t)st.st_size > PTRDIFF_MAX)
		return nmaccel_error(NMACCEL_ERR_OVERFLOW,
				     "%s is larger than this machine's address space", path);
	m = mapping_alloc((size_t)st.st_size);
	if (!m)
		return NMACCEL_ERR_NO_MEMORY;
	if (m->bytes) {
		void *data = mmap(NULL, m->bytes, PROT_READ, MAP_PRIVATE, fd, 0);

		if (data == MAP_FAILED) {
			status = nmaccel_error(NMACCEL_ERR_IO, "%s: mapping %zu bytes: %m", path,
					       m->bytes);
			free(m);
			return status;
		}
		m->data = data;
	}
	*mapping = m;
	return NMACCEL_OK;
}

enum nmaccel_status nmaccel_mapping_open(const char *path, struct nmaccel_mapping **mapping)
{
	enum nmaccel_status status;
	int fd;

	/* Without O_NONBLOCK a FIFO would hang here before it can be refused. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return nmaccel_error(NMACCEL_ERR_IO, "%s: %m", path);
	status = map_fd(fd, path, mapping);
	close(fd);
	return status;
}

enum nmaccel_status nmaccel_mapping_copy(const void *data, size_t bytes,
					 struct nmaccel_mapping **mapping)
{
	struct nmaccel_mapping *m = mapping_alloc(bytes);

	if (!m)
		return NMACCEL_ERR_NO_MEMORY;
	if (bytes) {
		void *copy = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
				  -1, 0);

		if (copy == MAP_FAILED) {
			free(m);
			return nmaccel_error(NMACCEL_ERR_NO_MEMORY, "no memory for %zu bytes",
					     bytes);
		}
		memcpy(copy, data, bytes);
		m->data = copy;
	}
	*mapping = m;
	return NMACCEL_OK;
}

const uint8_t *nmaccel_mapping_data(const struct nmaccel_mapping *mapping)
{
	return mapping->data;
}

uint64_t nmaccel_mapping_bytes(const struct nmaccel_mapping *mapping)
{
	return mapping->bytes;
}

struct nmaccel_mapping *nmaccel_mapping_ref(struct nmaccel_mapping *mapping)
{
	atomic_fetch_add_explicit(&mapping->refs, 1, memory_order_relaxed);
	return mapping;
}

void nmaccel_mapping_unref(struct nmaccel_mapping *mapping)
{
	if (!mapping || atomic_fetch_sub_explicit(&mapping->refs, 1, memory_order_acq_rel) != 1)
		return;
	if (mapping->data)
		munmap(mapping->data, mapping->bytes);
	free(mapping);
}
