// SPDX-License-Identifier: MIT
#include <sys/stat.h>

#include "crc32c.h"
#include "nmw_case.h"
#include "nmw_format.h"

/* The n-th hex dump of the page: "00000010: 05 ff ..." lines, from offset 0 on. */
static void read_dump(int n, struct file *f)
{
	FILE *in = fopen("docs/packed-format.md", "r");
	unsigned int offset, byte;
	char line[512];
	int used;

	if (!in)
		fail_msg("docs/packed-format.md is not here; run the tests in the top directory");
	f->bytes = 0;
	f->data = malloc(4096);
	assert_non_null(f->data);
	while (fgets(line, sizeof(line), in)) {
		const char *p = line + 9;

		if (strlen(line) < 12 || line[8] != ':' || sscanf(line, "%8x:", &offset) != 1)
			continue;
		n -= offset == 0;
		if (n)
			continue;
		assert_int_equal(offset, f->bytes);
		while (sscanf(p, " %2x%n", &byte, &used) == 1 && f->bytes < 4096) {
			f->data[f->bytes++] = (uint8_t)byte;
			p += used;
		}
	}
	fclose(in);
}

static void test_documented_bytes(void **state)
{
	struct nmaccel_weights *w = example_weights();
	struct file stream, file, made;
	uint32_t first, n;
	const void *data;
	uint64_t bytes;

	(void)state;
	read_dump(1, &stream);
	read_dump(2, &file);
	assert_ok(nmaccel_weights_panel(w, 0, &data, &bytes, &first, &n));
	assert_int_equal(bytes, 80);
	assert_int_equal(stream.bytes, bytes);
	assert_memory_equal(data, stream.data, bytes);
	example_file(&made);
	assert_int_equal(made.bytes, 576);
	assert_int_equal(file.bytes, made.bytes);
	assert_memory_equal(made.data, file.data, made.bytes);
	nmaccel_weights_unref(w);
	free(stream.data);
	free(file.data);
	free(made.data);
}

static void test_crc(void **state)
{
	uint8_t bytes[100];
	uint32_t i, from, whole;

	(void)state;
	/* RFC 3720, B.4, and the usual check value. */
	assert_int_equal(nmaccel_crc32c(0, "123456789", 9), 0xe3069283u);
	memset(bytes, 0, sizeof(bytes));
	assert_int_equal(nmaccel_crc32c(0, bytes, 32), 0x8a9136aau);
	memset(bytes, 0xff, sizeof(bytes));
	assert_int_equal(nmaccel_crc32c(0, bytes, 32), 0x62a8ab43u);
	for (i = 0; i < 32; i++)
		bytes[i] = (uint8_t)i;
	assert_int_equal(nmaccel_crc32c(0, bytes, 32), 0x46dd794eu);
	whole = nmaccel_crc32c(0, bytes, sizeof(bytes));
	for (from = 0; from <= sizeof(bytes); from++)
		assert_int_equal(nmaccel_crc32c(nmaccel_crc32c(0, bytes, from), bytes + from,
						sizeof(bytes) - from),
				 whole);
}

static void assert_same_weights(const struct nmaccel_weights *a, const struct nmaccel_weights *b)
{
	struct nmaccel_weights_info x = {.size = sizeof(x)}, y = {.size = sizeof(y)};
	uint32_t i, first, n;

	assert_ok(nmaccel_weights_query(a, &x));
	assert_ok(nmaccel_weights_query(b, &y));
	assert_memory_equal(&x, &y, sizeof(x));
	assert_memory_equal(nmaccel_weights_scales(a), nmaccel_weights_scales(b),
			    x.rows * sizeof(float));
	assert_memory_equal(nmaccel_weights_sums(a), nmaccel_weights_sums(b),
			    x.rows * sizeof(int32_t));
	for (i = 0; i < x.n_panels; i++) {
		uint64_t a_bytes, b_bytes;
		const void *p, *q;

		assert_ok(nmaccel_weights_panel(a, i, &p, &a_bytes, &first, &n));
		assert_ok(nmaccel_weights_panel(b, i, &q, &b_bytes, &first, &n));
		assert_int_equal((uintptr_t)q % 64, 0);
		assert_int_equal(a_bytes, b_bytes);
		assert_memory_equal(p, q, a_bytes);
	}
}

static struct nmaccel_weights *random_weights(void)
{
	struct nmaccel_pack_options o = {.size = sizeof(o)};
	struct nmaccel_weight_view view;
	struct nmaccel_weights *w;
	struct dense d;

	dense_random_shape(&d);
	dense_random_fill(&d);
	dense_view(&d, &view);
	o.pattern = pattern_random();
	if (random_range(0, 1))
		assert_ok(nmaccel_prune(&view, &o.pattern));
	else
		o.pattern = (struct nmaccel_pattern){NMACCEL_PATTERN_UNSTRUCTURED, 0, 0};
	o.lanes = 4u << random_range(0, 3);
	o.block_rows = 128u << random_range(0, 1);
	o.panel_rows = random_range(1, 100);
	do
		o.n_groups = random_range(1, 8);
	while (d.rows % o.n_groups);
	assert_ok(nmaccel_weights_pack(&view, &o, &w));
	dense_free(&d);
	return w;
}

/* By file and by memory; the weights live on when the container is gone. */
static void check_opened(struct nmaccel_nmw *nmw, const char *const *names,
			 struct nmaccel_weights **w, size_t count)
{
	struct nmaccel_weights *got[8], *found;
	size_t i;

	assert_int_equal(nmaccel_nmw_count(nmw), count);
	for (i = 0; i < count; i++) {
		assert_string_equal(nmaccel_nmw_name(nmw, i), names[i]);
		assert_ok(nmaccel_nmw_get(nmw, i, &got[i]));
		assert_ok(nmaccel_nmw_find(nmw, names[i], &found));
		assert_ptr_equal(found, got[i]);
		nmaccel_weights_unref(found);
	}
	assert_null(nmaccel_nmw_name(nmw, count));
	assert_fails(nmaccel_nmw_get(nmw, count, &found), NMACCEL_ERR_INVALID, "does not exist");
	assert_fails(nmaccel_nmw_find(nmw, "none", &found), NMACCEL_ERR_INVALID, "'none'");
	nmaccel_nmw_unref(nmw);
	for (i = 0; i < count; i++) {
		assert_same_weights(w[i], got[i]);
		nmaccel_weights_unref(got[i]);
	}
}

static void test_round_trip(void **state)
{
	static const char *const names[] = {"b", "a", "gr\xc3\xbc\xc3\x9f/\xe4\xb8\xad", "0",
					    "\xf0\x9f\x98\x80"};
	struct nmaccel_weights *w[N_ELEMENTS(names)];
	struct nmaccel_nmw *nmw;
	struct file f;
	size_t i, count;
	int round;

	(void)state;
	random_start("test_round_trip");
	for (round = 0; round < 12; round++) {
		count = round % (N_ELEMENTS(names) + 1);
		for (i = 0; i < count; i++)
			w[i] = random_weights();
		save(names, w, count);
		assert_ok(nmaccel_nmw_open(path, &nmw));
		check_opened(nmw, names, w, count);
		read_file(path, &f);
		assert_ok(nmaccel_nmw_open_memory(f.data, f.bytes, &nmw));
		memset(f.data, 0, f.bytes);
		check_opened(nmw, names, w, count);
		free(f.data);
		for (i = 0; i < count; i++)
			nmaccel_weights_unref(w[i]);
	}
}

static void open_refused(const struct file *f, size_t bytes)
{
	struct nmaccel_nmw *nmw = NULL;
	uint8_t *copy = malloc(bytes ? bytes : 1);
	enum nmaccel_status status;

	assert_non_null(copy);
	memcpy(copy, f->data, bytes);
	status = nmaccel_nmw_open_memory(copy, bytes, &nmw);
	free(copy);
	assert_null(nmw);
	if (status != NMACCEL_ERR_FORMAT && status != NMACCEL_ERR_VERSION &&
	    status != NMACCEL_ERR_CHECKSUM)
		fail_msg("%s: %s", nmaccel_status_name(status), nmaccel_last_error());
	assert_words("container in memory: ");
}

/* Every bit of every byte, and every byte with all bits changed. */
static void test_every_byte_changed(void **state)
{
	struct file f;
	size_t i;
	int bit;

	(void)state;
	example_file(&f);
	for (i = 0; i < f.bytes; i++) {
		for (bit = 0; bit < 8; bit++) {
			f.data[i] ^= (uint8_t)(1 << bit);
			open_refused(&f, f.bytes);
			f.data[i] ^= (uint8_t)(1 << bit);
		}
		f.data[i] ^= 0xff;
		open_refused(&f, f.bytes);
		f.data[i] ^= 0xff;
	}
	free(f.data);
}

static void test_every_cut(void **state)
{
	struct nmaccel_nmw *nmw = NULL;
	struct file f;
	size_t i;

	(void)state;
	example_file(&f);
	for (i = 0; i < f.bytes; i++)
		open_refused(&f, i);
	for (i = 0; i < f.bytes; i += 13) {
		write_file(path, f.data, i);
		assert_status(nmaccel_nmw_open(path, &nmw), NMACCEL_ERR_FORMAT);
		assert_words(path);
	}
	f.data = realloc(f.data, f.bytes + 64);
	assert_non_null(f.data);
	memset(f.data + f.bytes, 0, 64);
	for (i = 1; i <= 64; i++)
		open_refused(&f, f.bytes + i);
	assert_null(nmw);
	free(f.data);
}

/* As an attacker would: after a change, make all checksums right again, as far as they can be. */
static void fix_checksums(struct file *f)
{
	struct nmaccel_nmw_header *h = (struct nmaccel_nmw_header *)f->data;
	struct nmaccel_nmw_entry *e = (struct nmaccel_nmw_entry *)(h + 1);
	size_t data = nmaccel_nmw_align(h->names_offset + h->names_bytes);

	if (data > f->bytes || data < sizeof(*h))
		data = 256;
	if (e->data_offset <= f->bytes && e->data_bytes <= f->bytes - e->data_offset)
		e->data_crc = nmaccel_crc32c(0, f->data + e->data_offset, e->data_bytes);
	h->table_crc = nmaccel_crc32c(0, h + 1, data - sizeof(*h));
	h->header_crc = nmaccel_crc32c(0, h, sizeof(*h) - 4);
}

/* Names and scales may be any; and a file has one layout, so what is accepted is written so. */
static void check_accepted(const struct file *f, struct nmaccel_nmw *nmw, size_t at)
{
	struct nmaccel_weights *w;
	struct file again;
	const char *name;

	if ((at >= 0xc0 && at < 0xc2) || (at >= 0x100 && at < 0x10c))
		return;
	assert_ok(nmaccel_nmw_get(nmw, 0, &w));
	name = nmaccel_nmw_name(nmw, 0);
	save(&name, &w, 1);
	read_file(path, &again);
	assert_int_equal(again.bytes, f->bytes);
	assert_memory_equal(again.data, f->data, f->bytes);
	free(again.data);
	nmaccel_weights_unref(w);
}

static void test_every_byte_changed_with_checksums(void **state)
{
	uint32_t accepted = 0, refused = 0, value;
	struct file f, copy;
	size_t i;

	(void)state;
	example_file(&f);
	copy = f;
	copy.data = malloc(f.bytes);
	assert_non_null(copy.data);
	for (i = 0; i < f.bytes; i++)
		for (value = 0; value < 256; value++) {
			struct nmaccel_nmw *nmw = NULL;
			enum nmaccel_status status;

			memcpy(copy.data, f.data, f.bytes);
			if (copy.data[i] == value)
				continue;
			copy.data[i] = (uint8_t)value;
			fix_checksums(&copy);
			/* The change was to a checksum, and is undone. */
			if (!memcmp(copy.data, f.data, f.bytes))
				continue;
			status = nmaccel_nmw_open_memory(copy.data, copy.bytes, &nmw);
			accepted += !status;
			refused += status != 0;
			if (!status)
				check_accepted(&copy, nmw, i);
			nmaccel_nmw_unref(nmw);
		}
	assert_true(accepted > 0 && refused > accepted);
	free(copy.data);
	free(f.data);
}

/* One field wrong at a time, all checksums right: each is told by its name or number. */
static void test_fields(void **state)
{
	static const struct {
		size_t at;
		int bytes;
		uint64_t value;
		enum nmaccel_status status;
		const char *words;
	} faults[] = {
		{8, 4, 2, NMACCEL_ERR_VERSION, "version 2"},
		{12, 4, 60, NMACCEL_ERR_FORMAT, "sizes and offsets"},
		{16, 8, 577, NMACCEL_ERR_FORMAT, "the header says 577"},
		{24, 8, 128, NMACCEL_ERR_FORMAT, "sizes and offsets"},
		{32, 4, 0xffffffff, NMACCEL_ERR_FORMAT, "sizes and offsets"},
		{36, 4, 64, NMACCEL_ERR_FORMAT, "sizes and offsets"},
		{40, 8, UINT64_MAX, NMACCEL_ERR_FORMAT, "sizes and offsets"},
		{48, 8, UINT64_MAX, NMACCEL_ERR_FORMAT, "do not fit the file"},
		{48, 8, 2, NMACCEL_ERR_FORMAT, "does not end within the names"},
		{48, 8, 4, NMACCEL_ERR_FORMAT, "follow the last name"},
		{48, 8, 0, NMACCEL_ERR_FORMAT, "entry 0: its name"},
		{0x40, 4, 1, NMACCEL_ERR_FORMAT, "entry 0: its name of 2 bytes at 1"},
		{0x44, 4, 0, NMACCEL_ERR_FORMAT, "entry 0: its name of 0 bytes"},
		{0x44, 4, 0xffffffff, NMACCEL_ERR_FORMAT, "entry 0: its name"},
		{0x48, 4, 3, NMACCEL_ERR_FORMAT, "pattern kind 3"},
		{0x4c, 4, 129, NMACCEL_ERR_FORMAT, "pattern 129:128"},
		{0x4c, 4, 4, NMACCEL_ERR_FORMAT, "row 2, tap (0, 0), channels 0 to 127"},
		{0x50, 4, 127, NMACCEL_ERR_FORMAT, "pattern 8:127"},
		{0x54, 4, 0, NMACCEL_ERR_FORMAT, "is empty"},
		{0x54, 4, 2, NMACCEL_ERR_FORMAT, "the scales"},
		{0x54, 4, 0xffffffff, NMACCEL_ERR_FORMAT, "panels"},
		{0x58, 4, 131072, NMACCEL_ERR_FORMAT, "131071"},
		{0x58, 4, 128, NMACCEL_ERR_FORMAT, "after the last block"},
		{0x58, 4, 129, NMACCEL_ERR_FORMAT, "block 1, row 2, byte 76: index outside"},
		{0x5c, 4, 256, NMACCEL_ERR_FORMAT, "kernel 256 x 1"},
		{0x60, 4, 256, NMACCEL_ERR_FORMAT, "kernel 1 x 256"},
		{0x64, 4, 2, NMACCEL_ERR_FORMAT, "n_groups is 2"},
		{0x64, 4, 3, NMACCEL_ERR_FORMAT, "1 panels where the shape makes 3"},
		{0x68, 4, 5, NMACCEL_ERR_FORMAT, "lanes is 5"},
		{0x68, 4, 8, NMACCEL_ERR_FORMAT, "panel 0: block 0"},
		{0x6c, 4, 64, NMACCEL_ERR_FORMAT, "block_rows is 64"},
		{0x6c, 4, 256, NMACCEL_ERR_FORMAT, "panel 0: "},
		{0x70, 4, 513, NMACCEL_ERR_FORMAT, "panel_rows is 513"},
		{0x70, 4, 2, NMACCEL_ERR_FORMAT, "1 panels where the shape makes 2"},
		{0x74, 4, 2, NMACCEL_ERR_FORMAT, "2 panels where the shape makes 1"},
		{0x78, 8, 320, NMACCEL_ERR_FORMAT, "the data is at byte 320"},
		{0x80, 8, 256, NMACCEL_ERR_FORMAT, "ends beyond the entry"},
		{0x80, 8, 384, NMACCEL_ERR_FORMAT, "384 bytes of data"},
		{0x80, 8, 319, NMACCEL_ERR_FORMAT, "319 bytes of data"},
		{0x80, 8, 128, NMACCEL_ERR_FORMAT, "128 bytes of data"},
		{0x80, 8, UINT64_MAX - 63, NMACCEL_ERR_FORMAT, "bytes of data"},
		{0x88, 8, 11, NMACCEL_ERR_FORMAT, "10 non-zeros in 5 steps, the entry says 11"},
		{0x90, 8, 4, NMACCEL_ERR_FORMAT, "the entry says 10 in 4"},
		{0x9c, 4, 1, NMACCEL_ERR_FORMAT, "byte 0 of the entry's reserved fields"},
		{0xbf, 1, 1, NMACCEL_ERR_FORMAT, "byte 35 of the entry's reserved fields"},
		{0xc1, 1, 0, NMACCEL_ERR_FORMAT, "UTF-8"},
		{0xc1, 1, '\n', NMACCEL_ERR_FORMAT, "control characters"},
		{0xc1, 1, 0x80, NMACCEL_ERR_FORMAT, "UTF-8"},
		{0xc2, 1, 'x', NMACCEL_ERR_FORMAT, "does not end"},
		{0xc3, 1, 1, NMACCEL_ERR_FORMAT, "byte 195 of the file, after the names,"},
		{0xff, 1, 1, NMACCEL_ERR_FORMAT, "byte 255 of the file"},
		{0x104, 4, 0, NMACCEL_ERR_FORMAT, "scale of row 1"},
		{0x104, 4, 0x7f800000, NMACCEL_ERR_FORMAT, "scale of row 1"},
		{0x104, 4, 0xbf800000, NMACCEL_ERR_FORMAT, "scale of row 1"},
		{0x10c, 1, 1, NMACCEL_ERR_FORMAT, "byte 12 of the scales"},
		{0x140, 4, 4, NMACCEL_ERR_FORMAT, "row 0 sums up to 3, the file says 4"},
		{0x17f, 1, 1, NMACCEL_ERR_FORMAT, "byte 63 of the sums"},
		{0x180, 8, 512, NMACCEL_ERR_FORMAT, "stream is at byte 512"},
		{0x188, 8, 144, NMACCEL_ERR_FORMAT, "ends beyond the entry"},
		{0x188, 8, 128, NMACCEL_ERR_FORMAT, "after the last block"},
		{0x188, 8, 64, NMACCEL_ERR_FORMAT, "64 bytes follow the last stream"},
		{0x188, 8, 72, NMACCEL_ERR_FORMAT, "byte 72 of the padded stream is 0x09"},
		{0x188, 8, 0, NMACCEL_ERR_FORMAT, "follow the last stream"},
		{0x188, 8, UINT64_MAX, NMACCEL_ERR_FORMAT, "ends beyond the entry"},
		{0x190, 4, 1, NMACCEL_ERR_FORMAT, "panel 0 has 3 rows from 1"},
		{0x194, 4, 2, NMACCEL_ERR_FORMAT, "panel 0 has 2 rows"},
		{0x198, 4, 1, NMACCEL_ERR_FORMAT, "of group 1"},
		{0x19c, 4, 1, NMACCEL_ERR_FORMAT, "panel 0: its reserved field"},
		{0x1bf, 1, 1, NMACCEL_ERR_FORMAT, "byte 63 of the panel table"},
		{0x1c3, 1, 1, NMACCEL_ERR_FORMAT, "entry 0 'fc': panel 0: block 0, byte 3"},
		{0x1d0, 1, 6, NMACCEL_ERR_FORMAT, "row 0 sums up to 4, the file says 3"},
		{0x1d5, 1, 0, NMACCEL_ERR_FORMAT, "block 0, row 0, byte 21: index out of order"},
		{0x23f, 1, 1, NMACCEL_ERR_FORMAT, "byte 127 of the padded stream"},
	};
	struct nmaccel_nmw *nmw = NULL;
	struct file f, copy;
	size_t i;

	(void)state;
	example_file(&f);
	copy = f;
	copy.data = malloc(f.bytes);
	assert_non_null(copy.data);
	for (i = 0; i < N_ELEMENTS(faults); i++) {
		memcpy(copy.data, f.data, f.bytes);
		memcpy(copy.data + faults[i].at, &faults[i].value, (size_t)faults[i].bytes);
		fix_checksums(&copy);
		assert_status(nmaccel_nmw_open_memory(copy.data, copy.bytes, &nmw),
			      faults[i].status);
		assert_words(faults[i].words);
	}
	assert_null(nmw);
	free(copy.data);
	free(f.data);
}

/* A well-formed file, and more behind it that its header owns up to. */
static void test_trailing(void **state)
{
	struct nmaccel_nmw_header *h;
	struct nmaccel_nmw *nmw;
	struct file f, longer;

	(void)state;
	example_file(&f);
	longer.bytes = f.bytes + 64;
	longer.data = calloc(1, longer.bytes);
	assert_non_null(longer.data);
	memcpy(longer.data, f.data, f.bytes);
	h = (struct nmaccel_nmw_header *)longer.data;
	h->file_bytes = longer.bytes;
	fix_checksums(&longer);
	assert_fails(nmaccel_nmw_open_memory(longer.data, longer.bytes, &nmw), NMACCEL_ERR_FORMAT,
		     "64 bytes follow the last entry's data");
	free(longer.data);
	free(f.data);
}

static void test_magic(void **state)
{
	struct nmaccel_nmw *nmw = NULL;
	char text[200];

	(void)state;
	memset(text, 'x', sizeof(text));
	assert_fails(nmaccel_nmw_open_memory(text, sizeof(text), &nmw), NMACCEL_ERR_FORMAT,
		     "no .nmw file");
	assert_fails(nmaccel_nmw_open_memory(text, 0, &nmw), NMACCEL_ERR_FORMAT, "0 bytes");
	assert_null(nmw);
}

static void test_names(void **state)
{
	static const char *const bad[] = {
		"",
		"a\nb",
		"\x7f",
		"\x80",
		"\xc0\x80",
		"\xc1\xbf",
		"\xe0\x9f\xbf",
		"\xed\xa0\x80",
		"\xf0\x8f\xbf\xbf",
		"\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80",
		"\xc3",
		"\xe4\xb8",
		"a\xff",
		"\xc3(",
	};
	struct nmaccel_weights *w[2];
	const char *names[2];
	char longest[257];
	struct nmaccel_nmw *nmw;
	size_t i;

	(void)state;
	w[0] = w[1] = example_weights();
#define SAVE(count) nmaccel_nmw_save(path, names, (const struct nmaccel_weights *const *)w, count)
	for (i = 0; i < N_ELEMENTS(bad); i++) {
		names[0] = bad[i];
		assert_fails(SAVE(1), NMACCEL_ERR_INVALID, "name 0");
	}
	names[0] = names[1] = "same";
	assert_fails(SAVE(2), NMACCEL_ERR_INVALID, "two entries have the name 'same'");
	names[1] = NULL;
	assert_fails(SAVE(2), NMACCEL_ERR_INVALID, "name 1");
	memset(longest, 'n', sizeof(longest));
	longest[256] = '\0';
	names[0] = longest;
	assert_fails(SAVE(1), NMACCEL_ERR_INVALID, "255");
	longest[255] = '\0';
	assert_ok(SAVE(1));
	assert_ok(nmaccel_nmw_open(path, &nmw));
	assert_string_equal(nmaccel_nmw_name(nmw, 0), longest);
	nmaccel_nmw_unref(nmw);
#undef SAVE
	nmaccel_weights_unref(w[0]);
}

/* Two names that become the same by an attacker's hand. */
static void test_name_twice(void **state)
{
	struct nmaccel_weights *w[2];
	const char *names[] = {"ab", "ac"};
	struct nmaccel_nmw_header *h;
	struct nmaccel_nmw *nmw;
	struct file f;

	(void)state;
	w[0] = w[1] = example_weights();
	save(names, w, 2);
	read_file(path, &f);
	h = (struct nmaccel_nmw_header *)f.data;
	f.data[h->names_offset + 4] = 'b';
	h->table_crc = nmaccel_crc32c(0, h + 1, nmaccel_nmw_align(h->names_offset + 6) - 64);
	h->header_crc = nmaccel_crc32c(0, h, 60);
	assert_fails(nmaccel_nmw_open_memory(f.data, f.bytes, &nmw), NMACCEL_ERR_FORMAT,
		     "two entries have the name 'ab'");
	free(f.data);
	nmaccel_weights_unref(w[0]);
}

static void test_open_errors(void **state)
{
	struct nmaccel_nmw *nmw = NULL;
	struct nmaccel_weights *w = NULL;
	char other[160];
	struct file f;

	(void)state;
	assert_fails(nmaccel_nmw_open(NULL, &nmw), NMACCEL_ERR_INVALID, "path");
	assert_fails(nmaccel_nmw_open(path, NULL), NMACCEL_ERR_INVALID, "nmw");
	assert_fails(nmaccel_nmw_open_memory(NULL, 8, &nmw), NMACCEL_ERR_INVALID, "data");
	assert_fails(nmaccel_nmw_open_memory("", 1, NULL), NMACCEL_ERR_INVALID, "nmw");
	snprintf(other, sizeof(other), "%s/none.nmw", directory);
	assert_fails(nmaccel_nmw_open(other, &nmw), NMACCEL_ERR_IO, "none.nmw: No such file");
	assert_fails(nmaccel_nmw_open(directory, &nmw), NMACCEL_ERR_IO, "not a regular file");
	assert_int_equal(mkfifo(other, 0600), 0);
	assert_fails(nmaccel_nmw_open(other, &nmw), NMACCEL_ERR_IO, "not a regular file");
	unlink(other);
	write_file(path, "", 0);
	assert_fails(nmaccel_nmw_open(path, &nmw), NMACCEL_ERR_FORMAT, "0 bytes");
	assert_null(nmw);
	example_file(&f);
	assert_ok(nmaccel_nmw_open(path, &nmw));
	assert_fails(nmaccel_nmw_get(NULL, 0, &w), NMACCEL_ERR_INVALID, "nmw");
	assert_fails(nmaccel_nmw_get(nmw, 0, NULL), NMACCEL_ERR_INVALID, "weights");
	assert_fails(nmaccel_nmw_find(NULL, "fc", &w), NMACCEL_ERR_INVALID, "NULL");
	assert_fails(nmaccel_nmw_find(nmw, NULL, &w), NMACCEL_ERR_INVALID, "NULL");
	assert_fails(nmaccel_nmw_find(nmw, "fc", NULL), NMACCEL_ERR_INVALID, "NULL");
	assert_fails(nmaccel_nmw_find(nmw, "f", &w), NMACCEL_ERR_INVALID, "the first is 'fc'");
	assert_null(w);
	assert_int_equal(nmaccel_nmw_count(NULL), 0);
	assert_null(nmaccel_nmw_name(NULL, 0));
	nmaccel_nmw_unref(nmw);
	nmaccel_nmw_unref(NULL);
	free(f.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_IN_DIRECTORY(test_documented_bytes),
		TEST_IN_DIRECTORY(test_crc),
		TEST_IN_DIRECTORY(test_round_trip),
		TEST_IN_DIRECTORY(test_every_byte_changed),
		TEST_IN_DIRECTORY(test_every_cut),
		TEST_IN_DIRECTORY(test_every_byte_changed_with_checksums),
		TEST_IN_DIRECTORY(test_fields),
		TEST_IN_DIRECTORY(test_trailing),
		TEST_IN_DIRECTORY(test_magic),
		TEST_IN_DIRECTORY(test_names),
		TEST_IN_DIRECTORY(test_name_twice),
		TEST_IN_DIRECTORY(test_open_errors),
	};

	return cmocka_run_group_tests_name("nmw", tests, NULL, NULL);
}
