/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <zip.h>

#include "fail.h"
#include "writer.h"

/* 1980-01-01, the first day that zip knows: the same tensors make the same file. */
#define ZIP_EPOCH_DATE 0x21

/* Zeros compress at any level, and the other weights at none. */
#define DEFLATE_LEVEL 1

/* An entry as libzip reads it while it writes the archive: header, then data. */
struct entry {
	const struct out_tensors *tensors;
	size_t index;
	char *header;
	size_t header_bytes;
	const unsigned char *data;
	uint64_t at;
	zip_error_t error;
};

static zip_int64_t entry_read(struct entry *entry, unsigned char *to, zip_uint64_t len)
{
	uint64_t bytes = entry->tensors->items[entry->index].bytes;
	zip_uint64_t done = 0;

	while (done < len && entry->at < entry->header_bytes + bytes) {
		bool in_header = entry->at < entry->header_bytes;
		uint64_t at = in_header ? entry->at : entry->at - entry->header_bytes;
		uint64_t left = (in_header ? entry->header_bytes : bytes) - at;
		uint64_t take = left < len - done ? left : len - done;
		const unsigned char *from =
			in_header ? (const unsigned char *)entry->header : entry->data;

		memcpy(to + done, from + at, take);
		entry->at += take;
		done += take;
	}
	return (zip_int64_t)done;
}

static zip_int64_t entry_open(struct entry *entry)
{
	const void *data;

	if (entry->tensors->fill(entry->tensors->context, entry->index, &data) < 0) {
		zip_error_set(&entry->error, ZIP_ER_INTERNAL, 0);
		return -1;
	}
	entry->data = data;
	entry->at = 0;
	return 0;
}

static zip_int64_t entry_stat(const struct entry *entry, void *data, zip_uint64_t len)
{
	zip_stat_t *st = data;

	if (len < sizeof(*st))
		return -1;
	zip_stat_init(st);
	st->size = entry->header_bytes + entry->tensors->items[entry->index].bytes;
	st->valid = ZIP_STAT_SIZE;
	return sizeof(*st);
}

static zip_int64_t entry_callback(void *userdata, void *data, zip_uint64_t len,
				  zip_source_cmd_t command)
{
	struct entry *entry = userdata;

	switch (command) {
	case ZIP_SOURCE_OPEN:
		return entry_open(entry);
	case ZIP_SOURCE_READ:
		return entry_read(entry, data, len);
	case ZIP_SOURCE_CLOSE:
		return 0;
	case ZIP_SOURCE_STAT:
		return entry_stat(entry, data, len);
	case ZIP_SOURCE_ERROR:
		return zip_error_to_data(&entry->error, data, len);
	case ZIP_SOURCE_FREE:
		zip_error_fini(&entry->error);
		free(entry->header);
		free(entry);
		return 0;
	case ZIP_SOURCE_SUPPORTS:
		return zip_source_make_command_bitmap(ZIP_SOURCE_OPEN, ZIP_SOURCE_READ,
						      ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT,
						      ZIP_SOURCE_ERROR, ZIP_SOURCE_FREE, -1);
	default:
		zip_error_set(&entry->error, ZIP_ER_OPNOTSUPP, 0);
		return -1;
	}
}

static int add_entry(zip_t *zip, const struct out_tensors *tensors, size_t i)
{
	struct entry *entry = xcalloc(1, sizeof(*entry));
	char *name = xasprintf("%s.npy", tensors->items[i].name);
	zip_source_t *source;
	zip_int64_t index = -1;

	entry->tensors = tensors;
	entry->index = i;
	entry->header = npy_make_header(&tensors->items[i], &entry->header_bytes);
	zip_error_init(&entry->error);
	source = zip_source_function(zip, entry_callback, entry);
	if (!source) {
		free(entry->header);
		free(entry);
	} else {
		index = zip_file_add(zip, name, source, ZIP_FL_ENC_UTF_8);
		if (index < 0)
			zip_source_free(source);
	}
	free(name);
	if (index < 0 ||
	    zip_set_file_compression(zip, (zip_uint64_t)index, ZIP_CM_DEFLATE, DEFLATE_LEVEL) < 0 ||
	    zip_file_set_dostime(zip, (zip_uint64_t)index, 0, ZIP_EPOCH_DATE, 0) < 0)
		return fail(FAIL_SYSTEM, "cannot add '%s' to the archive: %s",
			    tensors->items[i].name, zip_strerror(zip));
	return 0;
}

/*
 * The archive as libzip writes it: straight into the file that save will name. A path would have
 * libzip make a temporary file of its own, which nobody removes when a signal ends the program.
 */
struct sink {
	FILE *file;
	zip_error_t error;
};

static zip_int64_t sink_fail(struct sink *sink, int code)
{
	zip_error_set(&sink->error, code, errno);
	return -1;
}

static zip_int64_t sink_write(struct sink *sink, const void *data, zip_uint64_t len)
{
	size_t done = fwrite(data, 1, len, sink->file);

	return done == len ? (zip_int64_t)len : sink_fail(sink, ZIP_ER_WRITE);
}

static zip_int64_t sink_seek(struct sink *sink, void *data, zip_uint64_t len)
{
	zip_source_args_seek_t *args =
		ZIP_SOURCE_GET_ARGS(zip_source_args_seek_t, data, len, &sink->error);

	if (!args)
		return -1;
	return fseeko(sink->file, args->offset, args->whence) ? sink_fail(sink, ZIP_ER_SEEK) : 0;
}

static zip_int64_t sink_callback(void *userdata, void *data, zip_uint64_t len,
				 zip_source_cmd_t command)
{
	struct sink *sink = userdata;

	switch (command) {
	case ZIP_SOURCE_BEGIN_WRITE:
	case ZIP_SOURCE_ROLLBACK_WRITE:
	case ZIP_SOURCE_OPEN:
	case ZIP_SOURCE_CLOSE:
		return 0;
	case ZIP_SOURCE_COMMIT_WRITE:
		return fflush(sink->file) ? sink_fail(sink, ZIP_ER_WRITE) : 0;
	case ZIP_SOURCE_WRITE:
		return sink_write(sink, data, len);
	case ZIP_SOURCE_SEEK_WRITE:
		return sink_seek(sink, data, len);
	case ZIP_SOURCE_TELL:
	case ZIP_SOURCE_TELL_WRITE:
		return ftello(sink->file);
	case ZIP_SOURCE_STAT:
		/* There is no old archive. */
		zip_error_set(&sink->error, ZIP_ER_READ, ENOENT);
		return -1;
	case ZIP_SOURCE_ERROR:
		return zip_error_to_data(&sink->error, data, len);
	case ZIP_SOURCE_FREE:
		zip_error_fini(&sink->error);
		free(sink);
		return 0;
	case ZIP_SOURCE_SUPPORTS:
		return ZIP_SOURCE_SUPPORTS_WRITABLE;
	default:
		zip_error_set(&sink->error, ZIP_ER_OPNOTSUPP, 0);
		return -1;
	}
}

static zip_t *open_archive(struct save *save)
{
	struct sink *sink = xcalloc(1, sizeof(*sink));
	zip_source_t *source;
	zip_error_t error;
	zip_t *zip = NULL;

	sink->file = save->file;
	zip_error_init(&sink->error);
	zip_error_init(&error);
	source = zip_source_function_create(sink_callback, sink, &error);
	if (source)
		zip = zip_open_from_source(source, ZIP_CREATE | ZIP_TRUNCATE, &error);
	if (!zip) {
		fail(FAIL_SYSTEM, "cannot write %s: %s", save->path, zip_error_strerror(&error));
		if (source)
			zip_source_free(source);
		else
			free(sink);
	}
	zip_error_fini(&error);
	return zip;
}

int npz_write(struct save *save, const struct out_tensors *tensors)
{
	zip_t *zip = open_archive(save);

	if (!zip)
		return -1;
	for (size_t i = 0; i < tensors->count; i++) {
		if (add_entry(zip, tensors, i) < 0) {
			zip_discard(zip);
			return -1;
		}
	}
	fail(FAIL_NONE, "%s", "");
	if (zip_close(zip) == 0)
		return 0;
	/* A callback that failed has said more than libzip knows. */
	if (fail_last_kind() == FAIL_NONE)
		fail(FAIL_SYSTEM, "cannot write %s: %s", save->path, zip_strerror(zip));
	zip_discard(zip);
	return -1;
}
