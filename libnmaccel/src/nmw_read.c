// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>

#include "checked.h"
#include "crc32c.h"
#include "error.h"
#include "nmw_read.h"
#include "pattern.h"
#include "verify.h"

#define FLOAT_INFINITY_BITS 0x7f800000u

/* An entry while its data is read. */
struct reader {
	const struct nmaccel_nmw_entry *entry;
	const uint8_t *data; /* the entry's */
	struct nmaccel_nmw_parts parts;
	struct nmaccel_weights *weights;
};

enum nmaccel_status nmaccel_nmw_check_zero(const uint8_t *data, uint64_t from, uint64_t to,
					   const char *what)
{
	for (; from < to; from++)
		if (data[from])
			return nmaccel_error(NMACCEL_ERR_FORMAT,
					     "byte %llu of the %s is 0x%02x; it must be zero",
					     (unsigned long long)from, what, data[from]);
	return NMACCEL_OK;
}

/* What others refuse as a wrong argument is malformed here. */
static enum nmaccel_status as_format(enum nmaccel_status status)
{
	return status && status != NMACCEL_ERR_NO_MEMORY ? NMACCEL_ERR_FORMAT : status;
}

static enum nmaccel_status read_shape(const struct nmaccel_nmw_entry *e,
				      struct nmaccel_weights_shape *shape,
				      struct nmaccel_pattern *pattern)
{
	enum nmaccel_status status;

	*shape = (struct nmaccel_weights_shape){.rows = e->rows,
						.channels = e->channels,
						.kernel_h = e->kernel_h,
						.kernel_w = e->kernel_w,
						.n_groups = e->n_groups,
						.lanes = e->lanes,
						.block_rows = e->block_rows,
						.panel_rows = e->panel_rows};
	*pattern = (struct nmaccel_pattern){.kind = (enum nmaccel_pattern_kind)e->pattern_kind,
					    .n = e->pattern_n,
					    .m = e->pattern_m};
	status = nmaccel_weights_shape_check(shape);
	if (!status)
		status = nmaccel_pattern_validate(pattern);
	if (status)
		return as_format(status);
	if (e->n_panels != nmaccel_weights_count_panels(shape))
		return nmaccel_error(NMACCEL_ERR_FORMAT, "%u panels where the shape makes %u",
				     e->n_panels, nmaccel_weights_count_panels(shape));
	return nmaccel_nmw_check_zero((const uint8_t *)e->reserved, 0, sizeof(e->reserved),
				      "entry's reserved fields");
}

/* Is the data in its place, inside the file, and large enough for all but the streams? */
static enum nmaccel_status check_extent(const struct reader *r, uint64_t offset,
					uint64_t file_bytes)
{
	const struct nmaccel_nmw_entry *e = r->entry;

	if (e->data_offset != offset)
		return nmaccel_error(
			NMACCEL_ERR_FORMAT, "the data is at byte %llu where %llu is right",
			(unsigned long long)e->data_offset, (unsigned long long)offset);
	if (e->data_bytes > file_bytes - offset || e->data_bytes % NMACCEL_NMW_ALIGN ||
	    e->data_bytes < r->parts.streams)
		return nmaccel_error(NMACCEL_ERR_FORMAT,
				     "%llu bytes of data: the file has %llu, scales, sums and "
				     "panel table take %llu, and it must be a multiple of %d",
				     (unsigned long long)e->data_bytes,
				     (unsigned long long)(file_bytes - offset),
				     (unsigned long long)r->parts.streams, NMACCEL_NMW_ALIGN);
	return NMACCEL_OK;
}

static enum nmaccel_status check_scales(const struct reader *r)
{
	uint64_t end = (uint64_t)r->entry->rows * sizeof(float);
	const uint8_t *scales = r->data + r->parts.scales;
	uint32_t row, bits;

	for (row = 0; row < r->entry->rows; row++) {
		memcpy(&bits, scales + (size_t)row * sizeof(bits), sizeof(bits));
		if (!bits || bits >= FLOAT_INFINITY_BITS)
			return nmaccel_error(NMACCEL_ERR_FORMAT,
					     "the scale of row %u is not finite and above 0", row);
	}
	return nmaccel_nmw_check_zero(scales, end, r->parts.sums - r->parts.scales, "scales");
}

static enum nmaccel_status read_panel(struct reader *r, uint32_t i, uint64_t *at)
{
	struct nmaccel_panel *panel = &r->weights->panels[i];
	uint64_t end = r->entry->data_bytes;
	struct nmaccel_nmw_panel p;

	memcpy(&p, r->data + r->parts.panels + i * sizeof(p), sizeof(p));
	if (p.first_row != panel->first_row || p.n_rows != panel->n_rows || p.group != panel->group)
		return nmaccel_error(NMACCEL_ERR_FORMAT,
				     "panel %u has %u rows from %u of group %u where %u from %u of "
				     "%u are right",
				     i, p.n_rows, p.first_row, p.group, panel->n_rows,
				     panel->first_row, panel->group);
	if (p.reserved)
		return nmaccel_error(NMACCEL_ERR_FORMAT,
				     "panel %u: its reserved field is %u; it must be zero", i,
				     p.reserved);
	if (p.offset != r->entry->data_offset + *at)
		return nmaccel_error(NMACCEL_ERR_FORMAT,
				     "panel %u: its stream is at byte %llu where %llu is right", i,
				     (unsigned long long)p.offset,
				     (unsigned long long)(r->entry->data_offset + *at));
	if (p.bytes > end - *at)
		return nmaccel_error(NMACCEL_ERR_FORMAT,
				     "panel %u: its stream of %llu bytes ends beyond the entry", i,
				     (unsigned long long)p.bytes);
	panel->stream = r->data + *at;
	panel->bytes = p.bytes;
	/* The entry's end is aligned as well, so this stays within it. */
	*at = nmaccel_nmw_align(*at + p.bytes);
	return nmaccel_nmw_check_zero(panel->stream, p.bytes,
				      (uint64_t)(r->data + *at - panel->stream), "padded stream");
}

static enum nmaccel_status read_panels(struct reader *r)
{
	uint64_t used = (uint64_t)r->entry->n_panels * sizeof(struct nmaccel_nmw_panel);
	uint64_t at = r->parts.streams;
	enum nmaccel_status status = NMACCEL_OK;
	uint32_t i;

	for (i = 0; i < r->entry->n_panels && !status; i++)
		status = read_panel(r, i, &at);
	if (status)
		return status;
	if (at != r->entry->data_bytes)
		return nmaccel_error(NMACCEL_ERR_FORMAT,
				     "%llu bytes follow the last stream of the entry",
				     (unsigned long long)(r->entry->data_bytes - at));
	return nmaccel_nmw_check_zero(r->data + r->parts.panels, used,
				      r->parts.streams - r->parts.panels, "panel table");
}

/* The stream itself, and the sums that the file promises of it. */
static enum nmaccel_status verify_panel(struct reader *r, uint32_t i)
{
	struct nmaccel_panel *panel = &r->weights->panels[i];
	int32_t sums[NMACCEL_MAX_PANEL_ROWS];
	struct nmaccel_stream_totals totals;
	enum nmaccel_status status;
	uint32_t row;

	status = nmaccel_weights_verify_panel(r->weights, i, sums, &totals);
	if (status)
		return as_format(status);
	for (row = 0; row < panel->n_rows; row++)
		if (sums[row] != r->weights->sums[panel->first_row + row])
			return nmaccel_error(NMACCEL_ERR_FORMAT,
					     "row %u sums up to %d, the file says %d",
					     panel->first_row + row, sums[row],
					     r->weights->sums[panel->first_row + row]);
	panel->steps = totals.steps;
	panel->nonzeros = totals.nonzeros;
	r->weights->steps += totals.steps;
	r->weights->nonzeros += totals.nonzeros;
	r->weights->stream_bytes += panel->bytes;
	return NMACCEL_OK;
}

static enum nmaccel_status verify_panels(struct reader *r)
{
	uint64_t end = (uint64_t)r->entry->rows * sizeof(int32_t);
	const struct nmaccel_nmw_entry *e = r->entry;
	enum nmaccel_status status = NMACCEL_OK;
	uint32_t i;

	for (i = 0; i < e->n_panels && !status; i++)
		status = verify_panel(r, i);
	if (status)
		return status;
	if (r->weights->nonzeros != e->nonzeros || r->weights->steps != e->steps)
		return nmaccel_error(NMACCEL_ERR_FORMAT,
				     "the streams have %llu non-zeros in %llu steps, the entry "
				     "says %llu in %llu",
				     (unsigned long long)r->weights->nonzeros,
				     (unsigned long long)r->weights->steps,
				     (unsigned long long)e->nonzeros, (unsigned long long)e->steps);
	return nmaccel_nmw_check_zero(r->data + r->parts.sums, end, r->parts.panels - r->parts.sums,
				      "sums");
}

static enum nmaccel_status read_data(struct reader *r)
{
	enum nmaccel_status status = check_scales(r);

	if (!status)
		status = read_panels(r);
	if (!status)
		status = verify_panels(r);
	return status;
}

enum nmaccel_status nmaccel_nmw_read_entry(struct nmaccel_mapping *mapping,
					   const struct nmaccel_nmw_entry *entry, uint64_t offset,
					   struct nmaccel_weights **weights)
{
	struct reader r = {.entry = entry, .data = nmaccel_mapping_data(mapping) + offset};
	struct nmaccel_weights_shape shape;
	struct nmaccel_pattern pattern;
	enum nmaccel_status status;

	status = read_shape(entry, &shape, &pattern);
	if (status)
		return status;
	nmaccel_nmw_cut(entry->rows, entry->n_panels, &r.parts);
	status = check_extent(&r, offset, nmaccel_mapping_bytes(mapping));
	if (status)
		return status;
	if (nmaccel_crc32c(0, r.data, entry->data_bytes) != entry->data_crc)
		return nmaccel_error(NMACCEL_ERR_CHECKSUM,
				     "the data does not match its checksum; the file is damaged");
	r.weights = nmaccel_weights_alloc(&shape, &pattern);
	if (!r.weights)
		return NMACCEL_ERR_NO_MEMORY;
	r.weights->mapping = nmaccel_mapping_ref(mapping);
	r.weights->scales = (const float *)(r.data + r.parts.scales);
	r.weights->sums = (const int32_t *)(r.data + r.parts.sums);
	status = read_data(&r);
	if (status) {
		nmaccel_weights_unref(r.weights);
		return status;
	}
	*weights = r.weights;
	return NMACCEL_OK;
}
