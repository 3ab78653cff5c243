/* SPDX-License-Identifier: MIT */
/* NumPy's archives: a zip file with one .npy entry for each array, stored or deflated. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <zip.h>

#include "fail.h"
#include "npy.h"
#include "source.h"

/* Deflate cannot do better than 1032 to 1; an entry that claims more is not what it says. */
#define MAX_INFLATE 1040

/* The record that ends every archive. */
#define ZIP_END_BYTES 22

struct npz_entry {
	zip_uint64_t index;
	struct npy_layout layout;
};

struct npz_state {
	zip_t *zip;
	struct npz_entry *entries; /* of tensor i */
};

static int read_exactly(zip_file_t *file, const char *where, void *buffer, uint64_t bytes)
{
	unsigned char *to = buffer;

	while (bytes) {
		zip_int64_t got = zip_fread(file, to, bytes);

		if (got < 0)
			return fail(FAIL_INPUT, "%s: %s", where, zip_file_strerror(file));
		if (got == 0)
			return fail(FAIL_INPUT, "%s: truncated: %" PRIu64 " bytes are missing",
				    where, bytes);
		to += got;
		bytes -= (uint64_t)got;
	}
	return 0;
}

static int read_header(zip_file_t *file, const char *where, struct tensor *t,
		       struct npy_layout *layout)
{
	unsigned char prefix[NPY_PREFIX_BYTES], *header;
	uint32_t bytes;
	int ret;

	if (read_exactly(file, where, prefix, sizeof(prefix)) < 0 ||
	    npy_header_bytes(prefix, where, &bytes) < 0)
		return -1;
	if (bytes < sizeof(prefix))
		return fail(FAIL_INPUT, "%s: the header is cut short", where);
	header = xcalloc(1, bytes);
	memcpy(header, prefix, sizeof(prefix));
	ret = read_exactly(file, where, header + sizeof(prefix), bytes - sizeof(prefix));
	if (ret == 0)
		ret = npy_parse_header(header, bytes, where, t, layout);
	free(header);
	return ret;
}

static int check_stat(const zip_stat_t *st, const char *where)
{
	const zip_uint64_t need = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD;

	if ((st->valid & need) != need)
		return fail(FAIL_INPUT, "%s: the archive does not give the entry's sizes", where);
	if (st->comp_method != ZIP_CM_STORE && st->comp_method != ZIP_CM_DEFLATE)
		return fail(FAIL_INPUT,
			    "%s: compression method %u is not read; save with numpy.savez or "
			    "numpy.savez_compressed",
			    where, st->comp_method);
	if (st->size / MAX_INFLATE > st->comp_size)
		return fail(FAIL_INPUT, "%s: %" PRIu64 " bytes cannot come from %" PRIu64, where,
			    (uint64_t)st->size, (uint64_t)st->comp_size);
	return 0;
}

static int add_entry(struct tensor_source *src, zip_uint64_t index, const zip_stat_t *st,
		     const char *where)
{
	struct npz_state *state = src->state;
	size_t len = strlen(st->name);
	char *name = xstrdup(st->name);
	struct npz_entry *entry;
	struct tensor *t;
	zip_file_t *file;
	int ret;

	name[len - strlen(".npy")] = '\0';
	t = source_add(src, name);
	free(name);
	state->entries = xrealloc_array(state->entries, src->count, sizeof(*entry));
	entry = &state->entries[src->count - 1];
	*entry = (struct npz_entry){.index = index};
	if (check_stat(st, where) < 0)
		return -1;
	file = zip_fopen_index(state->zip, index, 0);
	if (!file)
		return fail(FAIL_INPUT, "%s: %s", where, zip_strerror(state->zip));
	ret = read_header(file, where, t, &entry->layout);
	zip_fclose(file);
	if (ret < 0)
		return -1;
	if (st->size < entry->layout.data_offset ||
	    st->size - entry->layout.data_offset != t->bytes)
		return fail(FAIL_INPUT,
			    "%s: the header promises %" PRIu64
			    " bytes of data, the entry has %" PRIu64 " bytes in all",
			    where, t->bytes, (uint64_t)st->size);
	tensor_guess_use(t);
	return 0;
}

static int list_entries(struct tensor_source *src)
{
	struct npz_state *state = src->state;
	zip_int64_t count = zip_get_num_entries(state->zip, 0);

	for (zip_int64_t i = 0; i < count; i++) {
		zip_stat_t st;
		size_t len;
		char *where;
		int ret = 0;

		if (zip_stat_index(state->zip, (zip_uint64_t)i, 0, &st) < 0 ||
		    !(st.valid & ZIP_STAT_NAME))
			return fail(FAIL_INPUT, "%s: entry %" PRId64 ": %s", src->in.path, i,
				    zip_strerror(state->zip));
		len = strlen(st.name);
		if (len <= 4 || strcmp(st.name + len - 4, ".npy"))
			continue;
		where = xasprintf("%s: entry '%s'", src->in.path, st.name);
		ret = add_entry(src, (zip_uint64_t)i, &st, where);
		free(where);
		if (ret < 0)
			return -1;
	}
	return source_attach_quant(src);
}

static zip_source_t *make_source(const struct input *in, zip_error_t *error)
{
	FILE *file;
	int fd;

	if (in->memory)
		return zip_source_buffer_create(in->memory, in->size, 0, error);
	fd = dup(in->fd);
	file = fd < 0 ? NULL : fdopen(fd, "rb");
	if (!file) {
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	return zip_source_filep_create(file, 0, -1, error);
}

static int npz_open(struct tensor_source *src)
{
	struct npz_state *state = xcalloc(1, sizeof(*state));
	zip_source_t *source;
	zip_error_t error;

	src->state = state;
	/* libzip takes no bytes for an archive that is yet to be filled. */
	if (src->in.size < ZIP_END_BYTES)
		return fail(FAIL_INPUT, "%s: truncated: a zip archive has at least %d bytes",
			    src->in.path, ZIP_END_BYTES);
	zip_error_init(&error);
	source = make_source(&src->in, &error);
	if (source)
		state->zip = zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error);
	if (!state->zip) {
		fail(FAIL_INPUT, "%s: not a sound zip archive: %s", src->in.path,
		     zip_error_strerror(&error));
		zip_source_free(source);
	}
	zip_error_fini(&error);
	return state->zip ? list_entries(src) : -1;
}

/* Reads to the entry's end: only there does libzip compare the checksum. */
static int read_data(zip_file_t *file, const char *where, struct tensor *t,
		     const struct npy_layout *layout)
{
	unsigned char skipped[4096];
	uint64_t header = layout->data_offset;

	while (header) {
		uint64_t bytes = header < sizeof(skipped) ? header : sizeof(skipped);

		if (read_exactly(file, where, skipped, bytes) < 0)
			return -1;
		header -= bytes;
	}
	if (read_exactly(file, where, t->data, t->bytes) < 0)
		return -1;
	switch (zip_fread(file, skipped, 1)) {
	case 0:
		return 0;
	case 1:
		return fail(FAIL_INPUT, "%s: bytes after the data", where);
	default:
		return fail(FAIL_INPUT, "%s: %s", where, zip_file_strerror(file));
	}
}

static int npz_load(struct tensor_source *src, struct tensor *t)
{
	struct npz_state *state = src->state;
	const struct npz_entry *entry = &state->entries[t - src->tensors];
	char *where = xasprintf("%s: entry '%s.npy'", src->in.path, t->name);
	zip_file_t *file = zip_fopen_index(state->zip, entry->index, 0);
	int ret;

	if (!file) {
		ret = fail(FAIL_INPUT, "%s: %s", where, zip_strerror(state->zip));
	} else {
		ret = read_data(file, where, t, &entry->layout);
		zip_fclose(file);
	}
	free(where);
	return ret < 0 ? -1 : npy_normalise(t, &entry->layout);
}

static void npz_close(struct tensor_source *src)
{
	struct npz_state *state = src->state;

	if (!state)
		return;
	if (state->zip)
		zip_discard(state->zip);
	free(state->entries);
	free(state);
}

static bool npz_probe(const unsigned char *head, size_t bytes)
{
	return bytes >= 4 && (!memcmp(head, "PK\3\4", 4) || !memcmp(head, "PK\5\6", 4));
}

const struct tensor_format npz_format = {
	.name = "npz",
	.extension = ".npz",
	.description = "NumPy archive",
	.probe = npz_probe,
	.open = npz_open,
	.load = npz_load,
	.close = npz_close,
};
