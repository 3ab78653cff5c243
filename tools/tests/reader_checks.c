/* SPDX-License-Identifier: MIT */
#include "reader_checks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Before cmocka.h, which makes a macro of the name fail. */
#include "fail.h"

#include <cmocka.h>

struct tensor_source *open_sound(const struct bytes *file)
{
	struct tensor_source *src = NULL;

	if (source_open_memory(NULL, "test", file->data, file->size, &src) < 0)
		fail_msg("refused: %s", fail_last_text());
	return src;
}

const struct tensor *load_only(struct tensor_source *src)
{
	assert_int_equal(src->count, 1);
	if (source_load(src, 0) < 0)
		fail_msg("not loaded: %s", fail_last_text());
	return &src->tensors[0];
}

void expect_refused(const struct tensor_format *format, const struct bytes *file,
		    const char *message)
{
	struct tensor_source *src = NULL;
	int ret = source_open_memory(format, "test", file->data, file->size, &src);

	for (size_t i = 0; ret == 0 && i < src->count; i++)
		ret = source_load(src, i);
	source_close(src);
	assert_int_equal(ret, -1);
	assert_int_equal(fail_last_kind(), FAIL_INPUT);
	if (!strstr(fail_last_text(), message))
		fail_msg("'%s' lacks '%s'", fail_last_text(), message);
}

const struct tensor *find_loaded(struct tensor_source *src, const char *name)
{
	struct tensor *t = source_find(src, name);

	if (!t)
		fail_msg("no tensor '%s'", name);
	assert_int_equal(source_load(src, (size_t)(t - src->tensors)), 0);
	return t;
}

/* A whole file that is read must read as the original did where the mutation changes nothing. */
static int read_all(const struct tensor_format *format, const void *data, size_t size)
{
	struct tensor_source *src;
	int ret = source_open_memory(format, "test", data, size, &src);

	if (ret < 0)
		return -1;
	for (size_t i = 0; i < src->count && ret == 0; i++)
		ret = source_load(src, i);
	source_close(src);
	return ret;
}

void try_mutations(const struct tensor_format *format, const struct bytes *file, bool whole_counts)
{
	size_t refused = 0;

	for (size_t size = 0; size < file->size; size++) {
		/* Exactly so large, so that the sanitizer sees a read beyond the end. */
		unsigned char *copy = malloc(size ? size : 1);

		assert_non_null(copy);
		memcpy(copy, file->data, size);
		if (whole_counts)
			assert_int_equal(read_all(format, copy, size), -1);
		else
			refused += read_all(format, copy, size) < 0;
		free(copy);
	}
	for (size_t i = 0; i < file->size; i++) {
		for (unsigned int flip = 1; flip < 256; flip = flip == 1 ? 0x80 : flip + 0x7f) {
			file->data[i] ^= (unsigned char)flip;
			refused += read_all(format, file->data, file->size) < 0;
			file->data[i] ^= (unsigned char)flip;
		}
	}
	assert_int_equal(read_all(format, file->data, file->size), 0);
	assert_true(refused > 0);
}
