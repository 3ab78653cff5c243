// SPDX-License-Identifier: MIT
/* Memory of the CPU devices: memfds where it may be shared, anonymous pages where not. */
#include "host_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "error.h"

/* From this size on, fewer TLB misses are worth asking for. */
#define HUGE_PAGE_BYTES (2u << 20)

enum host_memory_kind {
	HOST_MEMORY_ANONYMOUS,
	HOST_MEMORY_FD,
	HOST_MEMORY_WRAPPED,
};

struct host_memory {
	struct nmaccel_memory base;
	enum host_memory_kind kind;
	int fd; /* HOST_MEMORY_FD; else -1 */
};

static struct host_memory *to_host_memory(struct nmaccel_memory *memory)
{
	return (struct host_memory *)memory;
}

static enum nmaccel_status new_memory(uint64_t bytes, enum host_memory_kind kind,
				      struct host_memory **memory)
{
	struct host_memory *m;

	if (bytes > INT64_MAX || bytes > SIZE_MAX)
		return nmaccel_error(NMACCEL_ERR_OVERFLOW,
				     "%" PRIu64 " bytes are more than this machine can address",
				     bytes);
	m = calloc(1, sizeof(*m));
	if (!m)
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY, "no memory for a memory object");
	m->base.bytes = bytes;
	m->kind = kind;
	m->fd = -1;
	*memory = m;
	return NMACCEL_OK;
}

/* What a failing system call means to the caller. */
static enum nmaccel_status system_error(const char *call, uint64_t bytes)
{
	enum nmaccel_status status = NMACCEL_ERR_IO;

	if (errno == ENOMEM || errno == EMFILE || errno == ENFILE || errno == ENOSPC)
		status = NMACCEL_ERR_NO_MEMORY;
	return nmaccel_error(status, "%s of %" PRIu64 " bytes: %s", call, bytes, strerror(errno));
}

static enum nmaccel_status map_anonymous(struct host_memory *m)
{
	m->base.map = mmap(NULL, m->base.bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			   -1, 0);
	if (m->base.map == MAP_FAILED)
		return system_error("mmap", m->base.bytes);
	/* A hint: a kernel without huge pages refuses it and nothing is lost. */
	if (m->base.bytes >= HUGE_PAGE_BYTES)
		(void)madvise(m->base.map, m->base.bytes, MADV_HUGEPAGE);
	return NMACCEL_OK;
}

/* On failure m->fd, if open, is left to the caller to close. */
static enum nmaccel_status map_fd(struct host_memory *m)
{
	m->base.map = mmap(NULL, m->base.bytes, PROT_READ | PROT_WRITE, MAP_SHARED, m->fd, 0);
	if (m->base.map == MAP_FAILED)
		return system_error("mmap", m->base.bytes);
	return NMACCEL_OK;
}

static enum nmaccel_status create_memfd(struct host_memory *m)
{
	m->fd = memfd_create("nmaccel-buffer", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (m->fd < 0)
		return system_error("memfd_create", m->base.bytes);
	if (ftruncate(m->fd, (off_t)m->base.bytes))
		return system_error("ftruncate", m->base.bytes);
	/* Whoever gets the exported fd cannot pull the memory from under a running job. */
	if (fcntl(m->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL))
		return system_error("sealing", m->base.bytes);
	return map_fd(m);
}

static void free_unmapped(struct host_memory *m)
{
	if (m->fd >= 0)
		close(m->fd);
	free(m);
}

enum nmaccel_status nmaccel_host_memory_create(void *priv, uint64_t bytes,
					       enum nmaccel_memory_use use,
					       struct nmaccel_memory **memory)
{
	enum nmaccel_status status;
	struct host_memory *m = NULL;

	(void)priv;
	status = new_memory(
		bytes, use == NMACCEL_MEMORY_SHAREABLE ? HOST_MEMORY_FD : HOST_MEMORY_ANONYMOUS,
		&m);
	if (status)
		return status;
	status = m->kind == HOST_MEMORY_FD ? create_memfd(m) : map_anonymous(m);
	if (status) {
		free_unmapped(m);
		return status;
	}
	*memory = &m->base;
	return NMACCEL_OK;
}

/* A memfd that its owner could cut short would turn an access into SIGBUS. */
static enum nmaccel_status check_importable(int fd, uint64_t bytes)
{
	struct stat st;
	int seals;

	seals = fcntl(fd, F_GET_SEALS);
	if (seals < 0)
		return nmaccel_error(NMACCEL_ERR_INVALID,
				     "fd %d: %s; a CPU device imports memfds (memfd_create)", fd,
				     errno == EBADF ? "not an open descriptor" : "not a memfd");
	if (fstat(fd, &st))
		return nmaccel_error(NMACCEL_ERR_IO, "fd %d: fstat: %s", fd, strerror(errno));
	if (st.st_size < 0 || (uint64_t)st.st_size < bytes)
		return nmaccel_error(NMACCEL_ERR_INVALID,
				     "fd %d holds %" PRIi64 " bytes, fewer than the %" PRIu64
				     " to be imported",
				     fd, (int64_t)st.st_size, bytes);
	if (!(seals & F_SEAL_SHRINK) && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK))
		return nmaccel_error(NMACCEL_ERR_INVALID,
				     "fd %d can still be cut short: create it with "
				     "MFD_ALLOW_SEALING, writable, or seal it with F_SEAL_SHRINK",
				     fd);
	return NMACCEL_OK;
}

enum nmaccel_status nmaccel_host_memory_import(void *priv, int fd, uint64_t bytes,
					       struct nmaccel_memory **memory)
{
	enum nmaccel_status status;
	struct host_memory *m = NULL;

	(void)priv;
	status = check_importable(fd, bytes);
	if (status)
		return status;
	status = new_memory(bytes, HOST_MEMORY_FD, &m);
	if (status)
		return status;
	m->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	status = m->fd < 0 ? system_error("dup", bytes) : map_fd(m);
	if (status) {
		free_unmapped(m);
		return status;
	}
	*memory = &m->base;
	return NMACCEL_OK;
}

enum nmaccel_status nmaccel_host_memory_wrap(void *priv, const void *data, uint64_t bytes,
					     struct nmaccel_memory **memory)
{
	enum nmaccel_status status;
	struct host_memory *m = NULL;

	(void)priv;
	status = new_memory(bytes, HOST_MEMORY_WRAPPED, &m);
	if (status)
		return status;
	m->base.map = (void *)data;
	*memory = &m->base;
	return NMACCEL_OK;
}

enum nmaccel_status nmaccel_host_memory_export(void *priv, struct nmaccel_memory *memory, int *fd)
{
	struct host_memory *m = to_host_memory(memory);
	int copy;

	(void)priv;
	if (m->kind != HOST_MEMORY_FD)
		return nmaccel_error(NMACCEL_ERR_INTERNAL, "private memory cannot be exported");
	copy = fcntl(m->fd, F_DUPFD_CLOEXEC, 0);
	if (copy < 0)
		return system_error("dup", memory->bytes);
	*fd = copy;
	return NMACCEL_OK;
}

void nmaccel_host_memory_destroy(void *priv, struct nmaccel_memory *memory)
{
	struct host_memory *m = to_host_memory(memory);

	(void)priv;
	if (m->kind != HOST_MEMORY_WRAPPED)
		munmap(m->base.map, m->base.bytes);
	free_unmapped(m);
}
