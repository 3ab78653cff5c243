/* SPDX-License-Identifier: MIT */
/*
 * The .nmw container as bytes (docs/packed-format.md).
 *
 *	header | entries | names | data of entry 0 | data of entry 1 | ...
 *
 * Every part begins at a multiple of NMACCEL_NMW_ALIGN, right behind the part before it; the bytes
 * between are zero. Data of an entry: scales, sums, panel table, streams, each so aligned. So a
 * file has one layout only, and every byte of it lies under one of the checksums.
 */
#ifndef NMACCEL_SRC_NMW_FORMAT_H
#define NMACCEL_SRC_NMW_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weights.h"

/* Mapped scales, sums and tables are used in place. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, ".nmw files are little endian");

/* As PNG's: no text file, and damaged by any conversion of line ends or to seven bits. */
#define NMACCEL_NMW_MAGIC	"\x89NMW\r\n\x1a\n"
#define NMACCEL_NMW_MAGIC_BYTES 8
#define NMACCEL_NMW_VERSION	1

#define NMACCEL_NMW_ALIGN    64
#define NMACCEL_NMW_MAX_NAME 255

struct nmaccel_nmw_header {
	uint8_t magic[NMACCEL_NMW_MAGIC_BYTES];
	uint32_t version;
	uint32_t header_bytes;
	uint64_t file_bytes;
	uint64_t entries_offset;
	uint32_t n_entries;
	uint32_t entry_bytes;
	uint64_t names_offset;
	uint64_t names_bytes; /* a NUL after each name, no padding */
	uint32_t table_crc;   /* of all between the header and the first data */
	uint32_t header_crc;  /* of the header up to here */
};

_Static_assert(sizeof(struct nmaccel_nmw_header) == 64, "the header has 64 bytes");
_Static_assert(offsetof(struct nmaccel_nmw_header, names_offset) == 40, "no padding");

struct nmaccel_nmw_entry {
	uint32_t name_offset; /* in the names */
	uint32_t name_bytes;  /* without the NUL */
	uint32_t pattern_kind, pattern_n, pattern_m;
	uint32_t rows, channels, kernel_h, kernel_w, n_groups;
	uint32_t lanes, block_rows, panel_rows;
	uint32_t n_panels;
	uint64_t data_offset; /* in the file */
	uint64_t data_bytes;  /* with all padding */
	uint64_t nonzeros;
	uint64_t steps;
	uint32_t data_crc;
	uint32_t reserved[9];
};

_Static_assert(sizeof(struct nmaccel_nmw_entry) == 128, "an entry has 128 bytes");
_Static_assert(offsetof(struct nmaccel_nmw_entry, data_offset) == 56, "no padding");

struct nmaccel_nmw_panel {
	uint64_t offset; /* in the file */
	uint64_t bytes;
	uint32_t first_row;
	uint32_t n_rows;
	uint32_t group;
	uint32_t reserved;
};

_Static_assert(sizeof(struct nmaccel_nmw_panel) == 32, "a panel has 32 bytes");

/* Sizes in memory are far below 2^63, those of files are checked to be. */
static inline uint64_t nmaccel_nmw_align(uint64_t bytes)
{
	return (bytes + NMACCEL_NMW_ALIGN - 1) & ~(uint64_t)(NMACCEL_NMW_ALIGN - 1);
}

/* Where the parts of an entry's data begin, from data_offset on. */
struct nmaccel_nmw_parts {
	uint64_t scales, sums, panels, streams;
};

static inline void nmaccel_nmw_cut(uint32_t rows, uint32_t n_panels,
				   struct nmaccel_nmw_parts *parts)
{
	parts->scales = 0;
	parts->sums = nmaccel_nmw_align((uint64_t)rows * sizeof(float));
	parts->panels = parts->sums + nmaccel_nmw_align((uint64_t)rows * sizeof(int32_t));
	parts->streams = parts->panels +
			 nmaccel_nmw_align((uint64_t)n_panels * sizeof(struct nmaccel_nmw_panel));
}

/* 1 to 255 bytes of UTF-8 without control characters, so that any tool can print it? */
bool nmaccel_nmw_name_ok(const char *name, size_t bytes);

/* A name and the entry that bears it, for sorting; compare is one for qsort and bsearch. */
struct nmaccel_nmw_named {
	const char *name;
	size_t entry;
};

int nmaccel_nmw_compare(const void *a, const void *b);

/* The first name that occurs twice among count, which become sorted; NULL if all differ. */
const char *nmaccel_nmw_sort(struct nmaccel_nmw_named *named, size_t count);

#endif /* NMACCEL_SRC_NMW_FORMAT_H */
