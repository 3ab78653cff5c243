// SPDX-License-Identifier: MIT
/*
 * Containers from a fuzzer, as they come and again with their checksums made right, so that what
 * lies behind these is reached. Weights that open must unpack and pack to the same streams.
 */
#include <stdlib.h>
#include <string.h>

#include "crc32c.h"
#include "nmw_format.h"

#define MAX_DENSE (1u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fix_data(uint8_t *data, size_t size, struct nmaccel_nmw_entry *entry)
{
	struct nmaccel_nmw_entry e;

	memcpy(&e, entry, sizeof(e));
	if (e.data_offset > size || e.data_bytes > size - e.data_offset)
		return;
	e.data_crc = nmaccel_crc32c(0, data + e.data_offset, e.data_bytes);
	memcpy(entry, &e, sizeof(e));
}

static void fix_checksums(uint8_t *data, size_t size)
{
	struct nmaccel_nmw_header *h = (struct nmaccel_nmw_header *)data;
	struct nmaccel_nmw_entry *entries = (struct nmaccel_nmw_entry *)(h + 1);
	uint64_t table;
	uint32_t i;

	if (size < sizeof(*h))
		return;
	memcpy(h->magic, NMACCEL_NMW_MAGIC, NMACCEL_NMW_MAGIC_BYTES);
	h->version = NMACCEL_NMW_VERSION;
	h->file_bytes = size;
	for (i = 0; i < h->n_entries && (uint8_t *)(entries + i + 1) <= data + size; i++)
		fix_data(data, size, &entries[i]);
	table = nmaccel_nmw_align(h->names_offset + h->names_bytes);
	if (table >= sizeof(*h) && table <= size)
		h->table_crc = nmaccel_crc32c(0, h + 1, table - sizeof(*h));
	h->header_crc = nmaccel_crc32c(0, h, offsetof(struct nmaccel_nmw_header, header_crc));
}

static void compare_panels(const struct nmaccel_weights *a, const struct nmaccel_weights *b,
			   uint32_t n_panels)
{
	uint32_t i, a_first, a_rows, b_first, b_rows;
	uint64_t a_bytes, b_bytes;
	const void *p, *q;

	for (i = 0; i < n_panels; i++) {
		if (nmaccel_weights_panel(a, i, &p, &a_bytes, &a_first, &a_rows) ||
		    nmaccel_weights_panel(b, i, &q, &b_bytes, &b_first, &b_rows))
			abort();
		if (a_bytes != b_bytes || memcmp(p, q, a_bytes))
			abort();
	}
}

static void check_weights(const struct nmaccel_weights *w)
{
	struct nmaccel_weights_info info = {.size = sizeof(info)};
	struct nmaccel_pack_options o = {.size = sizeof(o)};
	struct nmaccel_weights *again;
	struct nmaccel_weight_view view;
	void *dense;

	if (nmaccel_weights_query(w, &info))
		abort();
	if (info.dense_bytes > MAX_DENSE)
		return;
	dense = malloc(info.dense_bytes);
	if (!dense)
		return;
	if (nmaccel_weight_view_init(&view, NMACCEL_WEIGHTS_OHWI, NMACCEL_TYPE_S8, dense, info.rows,
				     info.channels, info.kernel_h, info.kernel_w) ||
	    nmaccel_weights_unpack(w, &view))
		abort();
	o.pattern = info.pattern;
	o.scales = nmaccel_weights_scales(w);
	o.n_groups = info.n_groups;
	o.lanes = info.lanes;
	o.block_rows = info.block_rows;
	o.panel_rows = info.panel_rows;
	if (nmaccel_weights_pack(&view, &o, &again))
		abort();
	compare_panels(w, again, info.n_panels);
	nmaccel_weights_unref(again);
	free(dense);
}

static void open_container(const uint8_t *data, size_t size)
{
	struct nmaccel_weights *w;
	struct nmaccel_nmw *nmw;
	size_t i;

	if (nmaccel_nmw_open_memory(data, size, &nmw))
		return;
	for (i = 0; i < nmaccel_nmw_count(nmw); i++) {
		if (nmaccel_nmw_find(nmw, nmaccel_nmw_name(nmw, i), &w))
			abort();
		check_weights(w);
		nmaccel_weights_unref(w);
	}
	nmaccel_nmw_unref(nmw);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size + 1);

	if (!copy)
		return 0;
	memcpy(copy, data, size);
	open_container(copy, size);
	fix_checksums(copy, size);
	open_container(copy, size);
	free(copy);
	return 0;
}
