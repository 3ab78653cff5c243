// SPDX-License-Identifier: MIT
/*
 * The .nmw container, read byte by byte by the offsets of docs/packed-format.md. It checks what it
 * needs to stay within the file and to give the right weights; the library's reader, which has
 * tests of its own, refuses far more.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nmw.h"

#define HEADER_BYTES 64
#define ENTRY_BYTES  128
#define PANEL_BYTES  32
#define PART_ALIGN   64
#define STREAM_ALIGN 16
#define MAX_SIZE     (1u << 28) /* elements; more than any test has */

struct ref_nmw {
	uint8_t *data;
	uint64_t bytes;
};

struct failure {
	char *error;
	size_t bytes;
};

static bool fail(const struct failure *f, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static bool fail(const struct failure *f, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(f->error, f->bytes, format, args);
	va_end(args);
	return false;
}

static uint64_t little_endian(const uint8_t *p, size_t bytes)
{
	uint64_t value = 0;

	for (size_t i = 0; i < bytes; i++)
		value |= (uint64_t)p[i] << (8 * i);
	return value;
}

static uint32_t u32(const uint8_t *p)
{
	return (uint32_t)little_endian(p, 4);
}

static uint64_t u64(const uint8_t *p)
{
	return little_endian(p, 8);
}

static uint64_t round_up(uint64_t bytes, uint64_t multiple)
{
	return (bytes + multiple - 1) / multiple * multiple;
}

/* CRC-32C (Castagnoli), bit by bit. */
static uint32_t crc32c(const uint8_t *data, uint64_t bytes)
{
	uint32_t crc = UINT32_MAX;

	for (uint64_t i = 0; i < bytes; i++) {
		crc ^= data[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ 0x82f63b78u : crc >> 1;
	}
	return ~crc;
}

static bool holds(const struct ref_nmw *nmw, uint64_t offset, uint64_t bytes)
{
	return offset <= nmw->bytes && bytes <= nmw->bytes - offset;
}

/* ---- the file -------------------------------------------------------------------------------- */

static bool check_header(const struct ref_nmw *nmw, const char *path, const struct failure *f)
{
	const uint8_t *h = nmw->data;
	uint64_t first_data;

	if (nmw->bytes < HEADER_BYTES || memcmp(h, "\x89NMW\r\n\x1a\n", 8) != 0)
		return fail(f, "%s: no .nmw file", path);
	if (u32(h + 8) != 1 || u32(h + 12) != HEADER_BYTES || u32(h + 36) != ENTRY_BYTES)
		return fail(f, "%s: not version 1", path);
	if (u64(h + 16) != nmw->bytes)
		return fail(f, "%s: cut off", path);
	if (u32(h + 60) != crc32c(h, 60))
		return fail(f, "%s: the header's checksum is wrong", path);
	if (!u32(h + 32) || !holds(nmw, u64(h + 24), (uint64_t)u32(h + 32) * ENTRY_BYTES) ||
	    !holds(nmw, u64(h + 40), u64(h + 48)))
		return fail(f, "%s: no entries, or they lie outside the file", path);
	first_data = u64(h + u64(h + 24) + 56);
	if (first_data < HEADER_BYTES || first_data > nmw->bytes ||
	    u32(h + 56) != crc32c(h + HEADER_BYTES, first_data - HEADER_BYTES))
		return fail(f, "%s: the table's checksum is wrong", path);
	return true;
}

static bool read_file(const char *path, struct ref_nmw *nmw, const struct failure *f)
{
	FILE *file = fopen(path, "rb");
	long end = -1;

	if (!file)
		return fail(f, "%s: cannot be opened", path);
	if (!fseek(file, 0, SEEK_END))
		end = ftell(file);
	rewind(file);
	nmw->data = end > 0 ? malloc((size_t)end) : NULL;
	nmw->bytes = end > 0 ? (uint64_t)end : 0;
	if (!nmw->data || fread(nmw->data, 1, nmw->bytes, file) != nmw->bytes) {
		fclose(file);
		return fail(f, "%s: cannot be read", path);
	}
	fclose(file);
	return check_header(nmw, path, f);
}

struct ref_nmw *ref_nmw_load(const char *path, char *error, size_t error_bytes)
{
	const struct failure f = {error, error_bytes};
	struct ref_nmw *nmw = calloc(1, sizeof(*nmw));

	if (!nmw) {
		fail(&f, "%s: out of memory", path);
		return NULL;
	}
	if (!read_file(path, nmw, &f)) {
		ref_nmw_free(nmw);
		return NULL;
	}
	return nmw;
}

void ref_nmw_free(struct ref_nmw *nmw)
{
	if (!nmw)
		return;
	free(nmw->data);
	free(nmw);
}

/* ---- one panel's stream ---------------------------------------------------------------------- */

struct stream {
	const uint8_t *next, *end;
	size_t lanes, block_rows;
};

/* The next bytes of the stream, or NULL if there are not so many. */
static const uint8_t *take(struct stream *s, uint64_t bytes)
{
	const uint8_t *p = s->next;

	if (bytes > (uint64_t)(s->end - s->next))
		return NULL;
	s->next += bytes;
	return p;
}

/* Positions [first, first + count) of a group of input channels are one block. */
struct block {
	size_t first_channel, channels; /* of the channel group */
	size_t first, count;
};

/* Place one step's values: position -> tap and channel -> weight. */
static bool place_step(const struct stream *s, const uint8_t *step, const struct block *block,
		       const struct ref_weights *w, size_t row)
{
	int8_t *row_weights = w->w + row * w->kernel_h * w->kernel_w * w->channels;

	for (size_t i = 0; i < s->lanes; i++) {
		int8_t value = (int8_t)step[i];
		size_t index = step[s->lanes + i], position, tap, channel;

		if (index >= block->count)
			return false;
		position = block->first + index;
		tap = position / block->channels;
		channel = block->first_channel + position % block->channels;
		row_weights[tap * w->channels + channel] += value;
	}
	return true;
}

static bool read_block(struct stream *s, const struct block *block, const struct ref_weights *w,
		       size_t first_row, size_t n_rows)
{
	const uint8_t *counts = take(s, round_up(n_rows, STREAM_ALIGN));
	uint64_t steps = 0;

	if (!counts)
		return false;
	for (size_t r = 0; r < n_rows; r++) {
		for (size_t k = 0; k < counts[r]; k++, steps++) {
			const uint8_t *step = take(s, 2 * s->lanes);

			if (!step || !place_step(s, step, block, w, first_row + r))
				return false;
		}
	}
	steps *= 2 * s->lanes;
	return take(s, round_up(steps, STREAM_ALIGN) - steps);
}

/* The reduction axis: groups of M input channels, in each (tap, channel), cut every M positions. */
static bool read_stream(struct stream *s, const struct ref_weights *w, size_t first_row,
			size_t n_rows)
{
	struct block block;

	for (size_t c = 0; c < w->channels; c += s->block_rows) {
		size_t left = w->channels - c, positions;

		block.first_channel = c;
		block.channels = left < s->block_rows ? left : s->block_rows;
		positions = w->kernel_h * w->kernel_w * block.channels;
		for (block.first = 0; block.first < positions; block.first += s->block_rows) {
			left = positions - block.first;
			block.count = left < s->block_rows ? left : s->block_rows;
			if (!read_block(s, &block, w, first_row, n_rows))
				return false;
		}
	}
	return s->next == s->end;
}

/* ---- one entry ------------------------------------------------------------------------------- */

static const uint8_t *find_entry(const struct ref_nmw *nmw, const char *name)
{
	const uint8_t *h = nmw->data;
	const uint8_t *names = h + u64(h + 40);

	for (uint32_t i = 0; i < u32(h + 32); i++) {
		const uint8_t *entry = h + u64(h + 24) + (uint64_t)i * ENTRY_BYTES;
		uint64_t offset = u32(entry), bytes = u32(entry + 4);

		if (offset + bytes <= u64(h + 48) && bytes == strlen(name) &&
		    !memcmp(names + offset, name, bytes))
			return entry;
	}
	return NULL;
}

static bool read_shape(const struct ref_nmw *nmw, const uint8_t *entry, struct ref_weights *w)
{
	uint64_t data = u64(entry + 56), bytes = u64(entry + 64), elements;

	w->rows = u32(entry + 20);
	w->channels = u32(entry + 24);
	w->kernel_h = u32(entry + 28);
	w->kernel_w = u32(entry + 32);
	w->groups = u32(entry + 36);
	return !__builtin_mul_overflow((uint64_t)w->rows, w->channels, &elements) &&
	       !__builtin_mul_overflow(elements, w->kernel_h, &elements) &&
	       !__builtin_mul_overflow(elements, w->kernel_w, &elements) && elements &&
	       elements <= MAX_SIZE && w->groups && holds(nmw, data, bytes) &&
	       crc32c(nmw->data + data, bytes) == u32(entry + 88);
}

static bool read_panels(const struct ref_nmw *nmw, const uint8_t *entry, uint64_t table,
			const struct ref_weights *w)
{
	uint32_t n_panels = u32(entry + 52);
	size_t rows = 0;

	if (!holds(nmw, table, (uint64_t)n_panels * PANEL_BYTES))
		return false;
	for (uint32_t i = 0; i < n_panels; i++) {
		const uint8_t *panel = nmw->data + table + (uint64_t)i * PANEL_BYTES;
		uint64_t offset = u64(panel), bytes = u64(panel + 8);
		size_t first_row = u32(panel + 16), n_rows = u32(panel + 20);
		struct stream s = {.lanes = u32(entry + 40), .block_rows = u32(entry + 44)};

		if (!holds(nmw, offset, bytes) || !s.lanes || s.lanes > 32 || !s.block_rows ||
		    first_row != rows || n_rows > w->rows - rows)
			return false;
		s.next = nmw->data + offset;
		s.end = s.next + bytes;
		if (!read_stream(&s, w, first_row, n_rows))
			return false;
		rows += n_rows;
	}
	return rows == w->rows;
}

static bool read_entry(const struct ref_nmw *nmw, const uint8_t *entry, struct ref_weights *w)
{
	uint64_t scales = u64(entry + 56), part = round_up(w->rows * 4, PART_ALIGN);

	if (!holds(nmw, scales, 2 * part) || !read_panels(nmw, entry, scales + 2 * part, w))
		return false;
	for (size_t r = 0; r < w->rows; r++) {
		uint32_t bits = u32(nmw->data + scales + 4 * r);

		memcpy(&w->scale[r], &bits, sizeof(bits));
	}
	return true;
}

bool ref_nmw_find(const struct ref_nmw *nmw, const char *name, struct ref_weights *weights,
		  char *error, size_t error_bytes)
{
	const struct failure f = {error, error_bytes};
	const uint8_t *entry = find_entry(nmw, name);

	if (!entry)
		return fail(&f, "no weights '%s'", name);
	if (!read_shape(nmw, entry, weights))
		return fail(&f, "weights '%s': wrong shape or checksum", name);
	weights->w =
		calloc(weights->rows * weights->kernel_h * weights->kernel_w, weights->channels);
	weights->scale = calloc(weights->rows, sizeof(*weights->scale));
	if (!weights->w || !weights->scale || !read_entry(nmw, entry, weights)) {
		ref_weights_free(weights);
		return fail(&f, "weights '%s': malformed, or no memory for them", name);
	}
	return true;
}
