/* SPDX-License-Identifier: MIT */
/* What tests of .nmw files share: a directory for each test, files in memory, an example. */
#ifndef NMACCEL_TESTS_NMW_CASE_H
#define NMACCEL_TESTS_NMW_CASE_H

#include <errno.h>
#include <unistd.h>

#include "weights_util.h"

#define TEST_IN_DIRECTORY(name)                                                                    \
	cmocka_unit_test_setup_teardown(name, make_directory, remove_directory)

static char directory[64];
static char path[128];

/* A file's bytes, in memory of just that size. */
struct file {
	uint8_t *data;
	size_t bytes;
};

static inline int make_directory(void **state)
{
	(void)state;
	strcpy(directory, "/tmp/nmaccel-test-XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	snprintf(path, sizeof(path), "%s/w.nmw", directory);
	return 0;
}

static inline int remove_directory(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(directory);
}

static inline void read_file(const char *name, struct file *f)
{
	FILE *in = fopen(name, "rb");
	long bytes;

	if (!in)
		fail_msg("%s: %s", name, strerror(errno));
	assert_int_equal(fseek(in, 0, SEEK_END), 0);
	bytes = ftell(in);
	assert_true(bytes >= 0);
	rewind(in);
	f->bytes = (size_t)bytes;
	f->data = malloc(f->bytes + 1);
	assert_non_null(f->data);
	assert_int_equal(fread(f->data, 1, f->bytes, in), f->bytes);
	fclose(in);
}

static inline void write_file(const char *name, const void *data, size_t bytes)
{
	FILE *out = fopen(name, "wb");

	assert_non_null(out);
	assert_int_equal(fwrite(data, 1, bytes, out), bytes);
	assert_int_equal(fclose(out), 0);
}

/* The matrix of docs/packed-format.md. */
static inline struct nmaccel_weights *example_weights(void)
{
	static const float scales[] = {0.5f, 1.0f, 0.25f};
	struct nmaccel_pack_options o = {.size = sizeof(o),
					 .pattern = {NMACCEL_PATTERN_NM, 8, 128},
					 .scales = scales,
					 .lanes = 4};
	struct nmaccel_weight_view view;
	struct nmaccel_weights *w;
	int8_t d[3][130] = {{5, 0, 0, -1}, {0}, {0, 1, 2, 3, 4, 5}};

	d[0][127] = 127;
	d[0][128] = -128;
	d[2][129] = 9;
	assert_ok(nmaccel_weight_view_init(&view, NMACCEL_WEIGHTS_ROWS_K, NMACCEL_TYPE_S8, d, 3,
					   130, 1, 1));
	assert_ok(nmaccel_weights_pack(&view, &o, &w));
	return w;
}

static inline void save(const char *const *names, struct nmaccel_weights **w, size_t count)
{
	assert_ok(nmaccel_nmw_save(path, names, (const struct nmaccel_weights *const *)w, count));
}

static inline void example_file(struct file *f)
{
	struct nmaccel_weights *w = example_weights();
	const char *name = "fc";

	save(&name, &w, 1);
	read_file(path, f);
	nmaccel_weights_unref(w);
}

#endif /* NMACCEL_TESTS_NMW_CASE_H */
