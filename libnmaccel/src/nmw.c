// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>

#include "crc32c.h"
#include "error.h"
#include "mapping.h"
#include "nmw_format.h"
#include "nmw_read.h"
#include "weights.h"

struct nmaccel_nmw {
	struct nmaccel_mapping *mapping;
	struct nmaccel_nmw_header header; /* a copy, as checked */
	size_t count;
	const char **names; /* in the mapping */
	struct nmaccel_weights **weights;
	struct nmaccel_nmw_named *by_name; /* sorted */
};

static enum nmaccel_status check_magic(const uint8_t *data, uint64_t bytes)
{
	uint32_t version;

	if (bytes < sizeof(struct nmaccel_nmw_header))
		return nmaccel_error(NMACCEL_ERR_FORMAT,
				     "%llu bytes are fewer than a .nmw header has; the file is "
				     "cut off or no .nmw file",
				     (unsigned long long)bytes);
	if (memcmp(data, NMACCEL_NMW_MAGIC, NMACCEL_NMW_MAGIC_BYTES))
		return nmaccel_error(NMACCEL_ERR_FORMAT,
				     "no .nmw file: its first bytes differ; make one with "
				     "`nmaccel pack`");
	memcpy(&version, data + offsetof(struct nmaccel_nmw_header, version), sizeof(version));
	if (version != NMACCEL_NMW_VERSION)
		return nmaccel_error(NMACCEL_ERR_VERSION,
				     "container version %u; this library (%s) reads version %d",
				     version, nmaccel_version(), NMACCEL_NMW_VERSION);
	return NMACCEL_OK;
}

static enum nmaccel_status check_header(const struct nmaccel_nmw_header *h, uint64_t bytes)
{
	uint64_t entries = (uint64_t)h->n_entries * sizeof(struct nmaccel_nmw_entry);

	if (nmaccel_crc32c(0, h, offsetof(struct nmaccel_nmw_header, header_crc)) != h->header_crc)
		return nmaccel_error(NMACCEL_ERR_CHECKSUM,
				     "the header does not match its checksum; the file is damaged");
	if (h->file_bytes != bytes)
		return nmaccel_error(NMACCEL_ERR_FORMAT,
				     "%llu bytes where the header says %llu; the file is cut off "
				     "or has bytes added",
				     (unsigned long long)bytes, (unsigned long long)h->file_bytes);
	if (h->header_bytes != sizeof(*h) || h->entries_offset != sizeof(*h) ||
	    h->entry_bytes != sizeof(struct nmaccel_nmw_entry) ||
	    h->names_offset != sizeof(*h) + entries)
		return nmaccel_error(NMACCEL_ERR_FORMAT,
				     "the header's sizes and offsets are not those of version %d",
				     NMACCEL_NMW_VERSION);
	if (h->names_offset > bytes || h->names_bytes > bytes - h->names_offset ||
	    nmaccel_nmw_align(h->names_offset + h->names_bytes) > bytes)
		return nmaccel_error(NMACCEL_ERR_FORMAT,
				     "%u entries and %llu bytes of names do not fit the file",
				     h->n_entries, (unsigned long long)h->names_bytes);
	return NMACCEL_OK;
}

static enum nmaccel_status check_table(const uint8_t *data, const struct nmaccel_nmw_header *h)
{
	uint64_t names_end = h->names_offset + h->names_bytes;
	uint64_t end = nmaccel_nmw_align(names_end);

	if (nmaccel_crc32c(0, data + sizeof(*h), end - sizeof(*h)) != h->table_crc)
		return nmaccel_error(NMACCEL_ERR_CHECKSUM, "the table of entries does not match "
							   "its checksum; the file is damaged");
	return nmaccel_nmw_check_zero(data, names_end, end, "file, after the names,");
}

/* Names lie one behind the other, each with its NUL; *at is where this one must. */
static enum nmaccel_status read_name(struct nmaccel_nmw *nmw, size_t i,
				     const struct nmaccel_nmw_entry *e, uint64_t *at)
{
	const uint8_t *data = nmaccel_mapping_data(nmw->mapping);
	const struct nmaccel_nmw_header *h = &nmw->header;
	const char *name = (const char *)data + h->names_offset + *at;

	if (e->name_offset != *at || e->name_bytes > NMACCEL_NMW_MAX_NAME ||
	    e->name_bytes >= h->names_bytes - *at || name[e->name_bytes])
		return nmaccel_error(NMACCEL_ERR_FORMAT,
				     "entry %zu: its name of %u bytes at %u does not follow the "
				     "one before or does not end within the names",
				     i, e->name_bytes, e->name_offset);
	if (!nmaccel_nmw_name_ok(name, e->name_bytes))
		return nmaccel_error(NMACCEL_ERR_FORMAT,
				     "entry %zu: its name is not 1 to %d bytes of UTF-8 without "
				     "control characters",
				     i, NMACCEL_NMW_MAX_NAME);
	nmw->names[i] = name;
	nmw->by_name[i] = (struct nmaccel_nmw_named){name, i};
	*at += e->name_bytes + 1;
	return NMACCEL_OK;
}

/* Entries are copied before they are looked at, so that they do not change between two looks. */
static void load_entry(const struct nmaccel_nmw *nmw, size_t i, struct nmaccel_nmw_entry *entry)
{
	const uint8_t *data = nmaccel_mapping_data(nmw->mapping);

	memcpy(entry, data + sizeof(struct nmaccel_nmw_header) + i * sizeof(*entry),
	       sizeof(*entry));
}

static enum nmaccel_status read_names(struct nmaccel_nmw *nmw)
{
	struct nmaccel_nmw_entry entry;
	enum nmaccel_status status;
	const char *twice;
	uint64_t at = 0;
	size_t i;

	for (i = 0; i < nmw->count; i++) {
		load_entry(nmw, i, &entry);
		status = read_name(nmw, i, &entry, &at);
		if (status)
			return status;
	}
	if (at != nmw->header.names_bytes)
		return nmaccel_error(NMACCEL_ERR_FORMAT, "%llu bytes follow the last name",
				     (unsigned long long)(nmw->header.names_bytes - at));
	twice = nmaccel_nmw_sort(nmw->by_name, nmw->count);
	if (twice)
		return nmaccel_error(NMACCEL_ERR_FORMAT, "two entries have the name '%s'", twice);
	return NMACCEL_OK;
}

static enum nmaccel_status read_entries(struct nmaccel_nmw *nmw)
{
	const struct nmaccel_nmw_header *h = &nmw->header;
	uint64_t at = nmaccel_nmw_align(h->names_offset + h->names_bytes);
	struct nmaccel_nmw_entry entry;
	enum nmaccel_status status;
	size_t i;

	for (i = 0; i < nmw->count; i++) {
		load_entry(nmw, i, &entry);
		status = nmaccel_nmw_read_entry(nmw->mapping, &entry, at, &nmw->weights[i]);
		if (status)
			return nmaccel_error_prefix(status, "entry %zu '%s'", i, nmw->names[i]);
		at += entry.data_bytes;
	}
	if (at != h->file_bytes)
		return nmaccel_error(NMACCEL_ERR_FORMAT, "%llu bytes follow the last entry's data",
				     (unsigned long long)(h->file_bytes - at));
	return NMACCEL_OK;
}

static enum nmaccel_status read_container(struct nmaccel_nmw *nmw)
{
	const uint8_t *data = nmaccel_mapping_data(nmw->mapping);
	uint64_t bytes = nmaccel_mapping_bytes(nmw->mapping);
	struct nmaccel_nmw_header *h = &nmw->header;
	enum nmaccel_status status = check_magic(data, bytes);

	if (status)
		return status;
	memcpy(h, data, sizeof(*h));
	status = check_header(h, bytes);
	if (!status)
		status = check_table(data, h);
	if (status)
		return status;
	nmw->count = h->n_entries;
	nmw->names = calloc(nmw->count + 1, sizeof(*nmw->names));
	nmw->weights = calloc(nmw->count + 1, sizeof(*nmw->weights));
	nmw->by_name = calloc(nmw->count + 1, sizeof(*nmw->by_name));
	if (!nmw->names || !nmw->weights || !nmw->by_name)
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY, "no memory for %zu entries",
				     nmw->count);
	status = read_names(nmw);
	if (!status)
		status = read_entries(nmw);
	return status;
}

/* Takes over the mapping's reference. */
static enum nmaccel_status nmw_create(struct nmaccel_mapping *mapping, const char *where,
				      struct nmaccel_nmw **nmw)
{
	struct nmaccel_nmw *n = calloc(1, sizeof(*n));
	enum nmaccel_status status;

	if (!n) {
		nmaccel_mapping_unref(mapping);
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY, "no memory for a container");
	}
	n->mapping = mapping;
	status = read_container(n);
	if (status) {
		nmaccel_error_prefix(status, "%s", where);
		nmaccel_nmw_unref(n);
		return status;
	}
	*nmw = n;
	return NMACCEL_OK;
}

enum nmaccel_status nmaccel_nmw_open(const char *path, struct nmaccel_nmw **nmw)
{
	struct nmaccel_mapping *mapping;
	enum nmaccel_status status;

	if (!path || !nmw)
		return nmaccel_error(NMACCEL_ERR_INVALID, "%s is NULL", path ? "nmw" : "path");
	status = nmaccel_mapping_open(path, &mapping);
	if (status)
		return status;
	return nmw_create(mapping, path, nmw);
}

enum nmaccel_status nmaccel_nmw_open_memory(const void *data, size_t bytes,
					    struct nmaccel_nmw **nmw)
{
	struct nmaccel_mapping *mapping;
	enum nmaccel_status status;

	if (!data || !nmw)
		return nmaccel_error(NMACCEL_ERR_INVALID, "%s is NULL", data ? "nmw" : "data");
	status = nmaccel_mapping_copy(data, bytes, &mapping);
	if (status)
		return status;
	return nmw_create(mapping, "container in memory", nmw);
}

size_t nmaccel_nmw_count(const struct nmaccel_nmw *nmw)
{
	return nmw ? nmw->count : 0;
}

const char *nmaccel_nmw_name(const struct nmaccel_nmw *nmw, size_t i)
{
	return nmw && i < nmw->count ? nmw->names[i] : NULL;
}

enum nmaccel_status nmaccel_nmw_get(struct nmaccel_nmw *nmw, size_t i,
				    struct nmaccel_weights **weights)
{
	if (!nmw || !weights)
		return nmaccel_error(NMACCEL_ERR_INVALID, "%s is NULL", nmw ? "weights" : "nmw");
	if (i >= nmw->count)
		return nmaccel_error(NMACCEL_ERR_INVALID, "entry %zu does not exist; there are %zu",
				     i, nmw->count);
	*weights = nmaccel_weights_ref(nmw->weights[i]);
	return NMACCEL_OK;
}

enum nmaccel_status nmaccel_nmw_find(struct nmaccel_nmw *nmw, const char *name,
				     struct nmaccel_weights **weights)
{
	struct nmaccel_nmw_named key = {.name = name};
	const struct nmaccel_nmw_named *found;

	if (!nmw || !name || !weights)
		return nmaccel_error(NMACCEL_ERR_INVALID, "nmw, name or weights is NULL");
	found = bsearch(&key, nmw->by_name, nmw->count, sizeof(key), nmaccel_nmw_compare);
	if (!found)
		return nmaccel_error(NMACCEL_ERR_INVALID,
				     "no entry has the name '%s'; there are %zu, the first is '%s'",
				     name, nmw->count, nmw->count ? nmw->names[0] : "");
	return nmaccel_nmw_get(nmw, found->entry, weights);
}

void nmaccel_nmw_unref(struct nmaccel_nmw *nmw)
{
	size_t i;

	if (!nmw)
		return;
	for (i = 0; nmw->weights && i < nmw->count; i++)
		nmaccel_weights_unref(nmw->weights[i]);
	nmaccel_mapping_unref(nmw->mapping);
	free(nmw->names);
	free(nmw->weights);
	free(nmw->by_name);
	free(nmw);
}
