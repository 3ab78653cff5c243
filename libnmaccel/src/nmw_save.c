// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "crc32c.h"
#include "error.h"
#include "nmw_format.h"

/* The system takes no more than this at once. */
#define MAX_WRITE 0x40000000u

/* Where bytes go: into a checksum, and into a file if there is one. */
struct sink {
	int fd; /* -1: checksum only */
	uint32_t crc;
	uint64_t at;
	int error; /* the first errno; then nothing more is written */
};

/* The parts of the file before the data, in one piece of memory. */
struct table {
	uint64_t bytes;
	struct nmaccel_nmw_header *header;
	struct nmaccel_nmw_entry *entries;
	char *names;
};

static void sink_write(struct sink *s, const char *data, uint64_t bytes)
{
	while (bytes && !s->error) {
		ssize_t n = write(s->fd, data, bytes < MAX_WRITE ? bytes : MAX_WRITE);

		if (n < 0 && errno != EINTR)
			s->error = errno;
		if (n <= 0)
			continue;
		data += n;
		bytes -= (uint64_t)n;
	}
}

static void put(struct sink *s, const void *data, uint64_t bytes)
{
	s->crc = nmaccel_crc32c(s->crc, data, bytes);
	s->at += bytes;
	if (s->fd >= 0)
		sink_write(s, data, bytes);
}

static void put_padding(struct sink *s)
{
	static const char zeros[NMACCEL_NMW_ALIGN];

	put(s, zeros, nmaccel_nmw_align(s->at) - s->at);
}

static void put_panels(struct sink *s, const struct nmaccel_weights *w, uint64_t offset)
{
	uint32_t i;

	for (i = 0; i < w->n_panels; i++) {
		struct nmaccel_nmw_panel panel = {.offset = offset,
						  .bytes = w->panels[i].bytes,
						  .first_row = w->panels[i].first_row,
						  .n_rows = w->panels[i].n_rows,
						  .group = w->panels[i].group};

		put(s, &panel, sizeof(panel));
		offset += nmaccel_nmw_align(panel.bytes);
	}
}

/* An entry's data; both the checksum and the file come from here, so they agree. */
static void put_data(struct sink *s, const struct nmaccel_weights *w)
{
	struct nmaccel_nmw_parts parts;
	uint64_t start = s->at;
	uint32_t i;

	nmaccel_nmw_cut(w->shape.rows, w->n_panels, &parts);
	put(s, w->scales, w->shape.rows * sizeof(*w->scales));
	put_padding(s);
	put(s, w->sums, w->shape.rows * sizeof(*w->sums));
	put_padding(s);
	put_panels(s, w, start + parts.streams);
	put_padding(s);
	for (i = 0; i < w->n_panels; i++) {
		put(s, w->panels[i].stream, w->panels[i].bytes);
		put_padding(s);
	}
}

static enum nmaccel_status check_names(const char *const *names, size_t count)
{
	struct nmaccel_nmw_named *named;
	const char *twice;
	size_t i;

	for (i = 0; i < count; i++)
		if (!names[i] || !nmaccel_nmw_name_ok(names[i], strlen(names[i])))
			return nmaccel_error(NMACCEL_ERR_INVALID,
					     "name %zu must be 1 to %d bytes of UTF-8 without "
					     "control characters",
					     i, NMACCEL_NMW_MAX_NAME);
	named = calloc(count ? count : 1, sizeof(*named));
	if (!named)
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY, "no memory for %zu names", count);
	for (i = 0; i < count; i++)
		named[i].name = names[i];
	twice = nmaccel_nmw_sort(named, count);
	free(named);
	if (twice)
		return nmaccel_error(NMACCEL_ERR_INVALID,
				     "two entries have the name '%s'; names must differ", twice);
	return NMACCEL_OK;
}

static enum nmaccel_status check_arguments(const char *path, const char *const *names,
					   const struct nmaccel_weights *const *weights,
					   size_t count)
{
	size_t i;

	if (!path || !*path)
		return nmaccel_error(NMACCEL_ERR_INVALID, "path is %s", path ? "empty" : "NULL");
	if (count && (!names || !weights))
		return nmaccel_error(NMACCEL_ERR_INVALID, "%s is NULL",
				     names ? "weights" : "names");
	if (count > UINT32_MAX / (NMACCEL_NMW_MAX_NAME + 1))
		return nmaccel_error(NMACCEL_ERR_OVERFLOW, "%zu entries are too many for one file",
				     count);
	for (i = 0; i < count; i++)
		if (!weights[i])
			return nmaccel_error(NMACCEL_ERR_INVALID, "weights[%zu] is NULL", i);
	return check_names(names, count);
}

static void fill_entry(struct nmaccel_nmw_entry *entry, const struct nmaccel_weights *w,
		       uint64_t offset)
{
	const struct nmaccel_weights_shape *shape = &w->shape;
	struct sink sum = {.fd = -1, .at = offset};

	put_data(&sum, w);
	entry->pattern_kind = w->pattern.kind;
	entry->pattern_n = w->pattern.n;
	entry->pattern_m = w->pattern.m;
	entry->rows = shape->rows;
	entry->channels = shape->channels;
	entry->kernel_h = shape->kernel_h;
	entry->kernel_w = shape->kernel_w;
	entry->n_groups = shape->n_groups;
	entry->lanes = shape->lanes;
	entry->block_rows = shape->block_rows;
	entry->panel_rows = shape->panel_rows;
	entry->n_panels = w->n_panels;
	entry->data_offset = offset;
	entry->data_bytes = sum.at - offset;
	entry->nonzeros = w->nonzeros;
	entry->steps = w->steps;
	entry->data_crc = sum.crc;
}

static enum nmaccel_status table_alloc(struct table *t, uint64_t names_offset, uint64_t names_bytes)
{
	t->bytes = nmaccel_nmw_align(names_offset + names_bytes);
	t->header = calloc(1, t->bytes);
	if (!t->header)
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY, "no memory for a table of %llu bytes",
				     (unsigned long long)t->bytes);
	t->entries = (struct nmaccel_nmw_entry *)(t->header + 1);
	t->names = (char *)t->header + names_offset;
	return NMACCEL_OK;
}

/* Header, entries and names, checksums included. */
static enum nmaccel_status table_make(struct table *t, const char *const *names,
				      const struct nmaccel_weights *const *weights, size_t count)
{
	uint64_t names_offset = sizeof(*t->header) + count * sizeof(*t->entries);
	uint64_t names_bytes = 0, end;
	struct nmaccel_nmw_header *h;
	enum nmaccel_status status;
	size_t i;

	for (i = 0; i < count; i++)
		names_bytes += strlen(names[i]) + 1;
	status = table_alloc(t, names_offset, names_bytes);
	if (status)
		return status;
	names_bytes = 0;
	end = t->bytes;
	for (i = 0; i < count; i++) {
		fill_entry(&t->entries[i], weights[i], end);
		end += t->entries[i].data_bytes;
		t->entries[i].name_offset = (uint32_t)names_bytes;
		t->entries[i].name_bytes = (uint32_t)strlen(names[i]);
		strcpy(t->names + names_bytes, names[i]);
		names_bytes += t->entries[i].name_bytes + 1;
	}
	h = t->header;
	memcpy(h->magic, NMACCEL_NMW_MAGIC, NMACCEL_NMW_MAGIC_BYTES);
	h->version = NMACCEL_NMW_VERSION;
	h->header_bytes = sizeof(*h);
	h->file_bytes = end;
	h->entries_offset = sizeof(*h);
	h->n_entries = (uint32_t)count;
	h->entry_bytes = sizeof(*t->entries);
	h->names_offset = names_offset;
	h->names_bytes = names_bytes;
	h->table_crc = nmaccel_crc32c(0, h + 1, t->bytes - sizeof(*h));
	h->header_crc = nmaccel_crc32c(0, h, offsetof(struct nmaccel_nmw_header, header_crc));
	return NMACCEL_OK;
}

static enum nmaccel_status io_error(const char *path, const char *doing, int error)
{
	const char *cure = "";

	if (error == ENOSPC || error == EDQUOT)
		cure = "; make room or choose another directory";
	else if (error == EFBIG)
		cure = "; raise the file size limit (ulimit -f)";
	else if (error == EACCES || error == EPERM || error == EROFS)
		cure = "; choose a directory that you may write to";
	else if (error == ENOENT || error == ENOTDIR)
		cure = "; create the directory first";
	errno = error;
	return nmaccel_error(NMACCEL_ERR_IO, "%s: %s: %m%s", path, doing, cure);
}

/* The directory's part of path, its slash included; "" for the current one. */
static char *directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return strndup(path, slash ? (size_t)(slash - path) + 1 : 0);
}

/* Create a file of a new name in the directory; the caller frees *temporary. */
static int create_temporary(const char *directory, char **temporary)
{
	struct timespec now;
	int fd = -1, tries;

	for (tries = 0; tries < 100; tries++) {
		clock_gettime(CLOCK_REALTIME, &now);
		if (asprintf(temporary, "%s.nmaccel-%ld-%ld.tmp", directory, (long)getpid(),
			     now.tv_nsec) < 0) {
			*temporary = NULL;
			errno = ENOMEM;
			return -1;
		}
		fd = open(*temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (fd >= 0 || errno != EEXIST)
			return fd;
		free(*temporary);
		*temporary = NULL;
	}
	return fd;
}

/* All of the file, on the disk; closes fd. 0 or an errno. */
static int write_file(int fd, const struct table *t, const struct nmaccel_weights *const *weights)
{
	struct sink s = {.fd = fd};
	uint32_t i;

	put(&s, t->header, t->bytes);
	for (i = 0; i < t->header->n_entries; i++)
		put_data(&s, weights[i]);
	if (!s.error && fsync(fd))
		s.error = errno;
	if (close(fd) && !s.error)
		s.error = errno;
	return s.error;
}

/* Without this a crash of the system could bring the old name back. */
static int sync_directory(const char *directory)
{
	int fd = open(*directory ? directory : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int error = 0;

	if (fd < 0)
		return errno;
	/* Some file systems have nothing to sync in a directory and say so. */
	if (fsync(fd) && errno != EINVAL && errno != ENOTSUP)
		error = errno;
	close(fd);
	return error;
}

static enum nmaccel_status save(const char *path, const char *directory, const struct table *t,
				const struct nmaccel_weights *const *weights)
{
	char *temporary = NULL;
	int fd, error;

	fd = create_temporary(directory, &temporary);
	if (fd < 0) {
		error = errno;
		free(temporary);
		return io_error(path, "creating a temporary file beside it", error);
	}
	error = write_file(fd, t, weights);
	if (!error && rename(temporary, path))
		error = errno;
	if (error)
		unlink(temporary);
	free(temporary);
	if (error)
		return io_error(path, "writing it", error);
	error = sync_directory(directory);
	if (error)
		return io_error(path,
				"it is written, but may not outlive a power cut: syncing its "
				"directory",
				error);
	return NMACCEL_OK;
}

enum nmaccel_status nmaccel_nmw_save(const char *path, const char *const *names,
				     const struct nmaccel_weights *const *weights, size_t count)
{
	enum nmaccel_status status = check_arguments(path, names, weights, count);
	struct table t = {0};
	char *directory;

	if (status)
		return status;
	directory = directory_of(path);
	if (!directory)
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY, "no memory for a path");
	status = table_make(&t, names, weights, count);
	if (!status)
		status = save(path, directory, &t, weights);
	free(t.header);
	free(directory);
	return status;
}
