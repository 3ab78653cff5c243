/* SPDX-License-Identifier: MIT */
/*
 * compressed-tensors' sparse-24-bitmask: a 2:4 matrix NAME of [R, C] is kept as NAME.compressed
 * [R, C / 2] (the kept elements of each row), NAME.bitmask [R, ceil(C / 8)] (which ones they are,
 * lowest bit first) and NAME.shape (two integers).
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "safetensors.h"

static bool ends_with(const char *name, const char *end)
{
	size_t n = strlen(name), e = strlen(end);

	return n > e && !strcmp(name + n - e, end);
}

static ptrdiff_t find_part(struct tensor_source *src, const char *base, const char *suffix)
{
	char *name = xasprintf("%s%s", base, suffix);
	struct tensor *t = source_find(src, name);

	free(name);
	return t ? t - src->tensors : -1;
}

static int read_shape(struct tensor_source *src, ptrdiff_t part, uint64_t shape[2])
{
	struct tensor *t = &src->tensors[part];

	if (t->elements != 2 || dtype_is_float(t->dtype) || !dtype_bytes(t->dtype))
		return fail(FAIL_INPUT, "%s: tensor '%s' does not hold two integers", src->in.path,
			    t->name);
	if (source_load(src, (size_t)part) < 0)
		return -1;
	for (uint64_t i = 0; i < 2; i++) {
		double value = dtype_get(t->dtype, t->data, i);

		if (value < 0 || value > 1e15)
			return fail(FAIL_INPUT, "%s: tensor '%s': %g is not a dimension",
				    src->in.path, t->name, value);
		shape[i] = (uint64_t)value;
	}
	return 0;
}

static int check_parts(const struct tensor_source *src, const struct safetensors_entry *entry,
		       const uint64_t shape[2], const char *base)
{
	const struct tensor *compressed = &src->tensors[entry->compressed];
	const struct tensor *bitmask = &src->tensors[entry->bitmask];
	uint64_t mask_columns = shape[1] / 8 + (shape[1] % 8 != 0);

	if (compressed->rank == 2 && compressed->shape[0] == shape[0] && shape[1] % 4 == 0 &&
	    compressed->shape[1] == shape[1] / 2 && bitmask->rank == 2 &&
	    bitmask->dtype == DTYPE_U8 && bitmask->shape[0] == shape[0] &&
	    bitmask->shape[1] == mask_columns)
		return 0;
	return fail(FAIL_INPUT,
		    "%s: '%s.compressed' and '.bitmask' do not have the sizes that '.shape' "
		    "[%" PRIu64 ", %" PRIu64 "] asks for (2:4 keeps half of every row)",
		    src->in.path, base, shape[0], shape[1]);
}

static int add_one(struct tensor_source *src, ptrdiff_t compressed, const char *base)
{
	ptrdiff_t bitmask = find_part(src, base, ".bitmask");
	ptrdiff_t shape_part = find_part(src, base, ".shape");
	struct safetensors_entry *entry;
	struct tensor *t;
	uint64_t shape[2];

	if (bitmask < 0 || shape_part < 0)
		return 0;
	if (read_shape(src, shape_part, shape) < 0)
		return -1;
	t = source_add(src, base);
	entry = safetensors_entry_add(src);
	entry->compressed = compressed;
	entry->bitmask = bitmask;
	if (check_parts(src, entry, shape, base) < 0 ||
	    tensor_set_shape(t, src->tensors[compressed].dtype, shape, 2, base) < 0)
		return -1;
	tensor_guess_use(t);
	src->tensors[compressed].part = true;
	src->tensors[bitmask].part = true;
	src->tensors[shape_part].part = true;
	return 0;
}

int sparse24_add(struct tensor_source *src)
{
	size_t count = src->count;

	for (size_t i = 0; i < count; i++) {
		char *base = xstrdup(src->tensors[i].name);
		int ret = 0;

		if (ends_with(base, ".compressed")) {
			base[strlen(base) - strlen(".compressed")] = '\0';
			if (!source_find(src, base))
				ret = add_one(src, (ptrdiff_t)i, base);
		}
		free(base);
		if (ret < 0)
			return -1;
	}
	return 0;
}

static int expand_row(const struct tensor *t, uint64_t row, const unsigned char *bits,
		      const unsigned char *values, unsigned char *out)
{
	size_t size = dtype_bytes(t->dtype);
	uint64_t kept = 0, columns = t->shape[1];

	for (uint64_t c = 0; c < columns; c++) {
		if (!(bits[c / 8] >> (c % 8) & 1))
			continue;
		if (kept == columns / 2)
			break;
		memcpy(out + c * size, values + kept++ * size, size);
	}
	for (uint64_t group = 0; group < columns / 4; group++) {
		unsigned int nibble = bits[group / 2] >> (group % 2 * 4) & 15;

		if (__builtin_popcount(nibble) != 2)
			return fail(FAIL_INPUT,
				    "tensor '%s': row %" PRIu64 ", group %" PRIu64
				    " of the bitmask keeps %d of 4 elements, not 2",
				    t->name, row, group, __builtin_popcount(nibble));
	}
	return 0;
}

int sparse24_load(struct tensor_source *src, struct tensor *t)
{
	struct safetensors_state *state = src->state;
	const struct safetensors_entry *entry = &state->entries[t - src->tensors];
	const struct tensor *bitmask = &src->tensors[entry->bitmask];
	const struct tensor *compressed = &src->tensors[entry->compressed];
	size_t size = dtype_bytes(t->dtype);

	if (source_load(src, (size_t)entry->bitmask) < 0 ||
	    source_load(src, (size_t)entry->compressed) < 0)
		return -1;
	if (!t->bytes)
		return 0;
	memset(t->data, 0, t->bytes);
	for (uint64_t row = 0; row < t->shape[0]; row++) {
		if (expand_row(t, row, bitmask->data + row * bitmask->shape[1],
			       compressed->data + row * compressed->shape[1] * size,
			       t->data + row * t->shape[1] * size) < 0)
			return fail_prefix("%s", src->in.path);
	}
	source_unload(src, (size_t)entry->bitmask);
	source_unload(src, (size_t)entry->compressed);
	return 0;
}
