/* SPDX-License-Identifier: MIT */
#include "npy.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "source.h"

static const unsigned char npy_magic[6] = {0x93, 'N', 'U', 'M', 'P', 'Y'};

/* The header is a Python dict literal: a cursor over it, with errors that name the place. */
struct literal {
	const char *start, *at, *end;
	const char *where;
};

static int literal_fail(const struct literal *lit, const char *what)
{
	return fail(FAIL_INPUT, "%s: header byte %td: %s", lit->where, lit->at - lit->start, what);
}

static void skip_space(struct literal *lit)
{
	while (lit->at < lit->end && isspace((unsigned char)*lit->at))
		lit->at++;
}

static bool take(struct literal *lit, char c)
{
	skip_space(lit);
	if (lit->at == lit->end || *lit->at != c)
		return false;
	lit->at++;
	return true;
}

static int expect(struct literal *lit, char c, const char *what)
{
	return take(lit, c) ? 0 : literal_fail(lit, what);
}

static int take_string(struct literal *lit, char *text, size_t len)
{
	const char *begin;
	char quote;

	skip_space(lit);
	if (lit->at == lit->end || (*lit->at != '\'' && *lit->at != '"'))
		return literal_fail(lit, "a quoted string is missing (records are not read)");
	quote = *lit->at++;
	begin = lit->at;
	while (lit->at < lit->end && *lit->at != quote)
		lit->at++;
	if (lit->at == lit->end)
		return literal_fail(lit, "a string does not end");
	if ((size_t)(lit->at - begin) >= len)
		return literal_fail(lit, "a string is too long");
	memcpy(text, begin, (size_t)(lit->at - begin));
	text[lit->at - begin] = '\0';
	lit->at++;
	return 0;
}

static int take_word(struct literal *lit, bool *value)
{
	skip_space(lit);
	if (lit->end - lit->at >= 4 && !memcmp(lit->at, "True", 4)) {
		*value = true;
		lit->at += 4;
		return 0;
	}
	if (lit->end - lit->at >= 5 && !memcmp(lit->at, "False", 5)) {
		*value = false;
		lit->at += 5;
		return 0;
	}
	return literal_fail(lit, "True or False is missing");
}

static int take_number(struct literal *lit, uint64_t *value)
{
	uint64_t number = 0;

	skip_space(lit);
	if (lit->at == lit->end || !isdigit((unsigned char)*lit->at))
		return literal_fail(lit, "a dimension is not a whole number");
	for (; lit->at < lit->end && isdigit((unsigned char)*lit->at); lit->at++) {
		if (__builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, (uint64_t)(*lit->at - '0'), &number))
			return literal_fail(lit, "a dimension is too large");
	}
	take(lit, 'L'); /* Python 2 wrote long integers so */
	*value = number;
	return 0;
}

static int take_shape(struct literal *lit, uint64_t *shape, unsigned int *rank)
{
	*rank = 0;
	if (expect(lit, '(', "the shape does not begin with '('") < 0)
		return -1;
	while (!take(lit, ')')) {
		if (*rank == TENSOR_MAX_RANK)
			return literal_fail(lit, "more than 8 dimensions are not read");
		if (take_number(lit, &shape[*rank]) < 0)
			return -1;
		(*rank)++;
		if (take(lit, ','))
			continue;
		if (expect(lit, ')', "',' or ')' is missing in the shape") < 0)
			return -1;
		break;
	}
	return 0;
}

static const struct {
	const char *text;
	enum dtype dtype;
} descriptions[] = {
	{"f8", DTYPE_F64}, {"f4", DTYPE_F32}, {"f2", DTYPE_F16}, {"i8", DTYPE_S64},
	{"i4", DTYPE_S32}, {"i2", DTYPE_S16}, {"i1", DTYPE_S8},	 {"u8", DTYPE_U64},
	{"u4", DTYPE_U32}, {"u2", DTYPE_U16}, {"u1", DTYPE_U8},	 {"b1", DTYPE_BOOL},
};

static int parse_descr(const char *descr, const char *where, enum dtype *dtype, bool *big_endian)
{
	const char *text = descr;

	*big_endian = *text == '>';
	if (*text && strchr("<>|=", *text))
		text++;
	for (size_t i = 0; i < sizeof(descriptions) / sizeof(descriptions[0]); i++) {
		if (!strcmp(text, descriptions[i].text)) {
			*dtype = descriptions[i].dtype;
			return 0;
		}
	}
	return fail(FAIL_INPUT,
		    "%s: elements of type '%s' are not read; save as float, integer or bool", where,
		    descr);
}

struct npy_dict {
	char descr[32];
	bool fortran_order;
	uint64_t shape[TENSOR_MAX_RANK];
	unsigned int rank;
	bool has_descr, has_order, has_shape;
};

static int take_item(struct literal *lit, struct npy_dict *dict)
{
	char key[32];

	if (take_string(lit, key, sizeof(key)) < 0 ||
	    expect(lit, ':', "':' is missing after a key") < 0)
		return -1;
	if (!strcmp(key, "descr")) {
		dict->has_descr = true;
		return take_string(lit, dict->descr, sizeof(dict->descr));
	}
	if (!strcmp(key, "fortran_order")) {
		dict->has_order = true;
		return take_word(lit, &dict->fortran_order);
	}
	if (!strcmp(key, "shape")) {
		dict->has_shape = true;
		return take_shape(lit, dict->shape, &dict->rank);
	}
	return literal_fail(lit, "unknown key");
}

static int take_dict(struct literal *lit, struct npy_dict *dict)
{
	if (expect(lit, '{', "the header does not begin with '{'") < 0)
		return -1;
	while (!take(lit, '}')) {
		if (take_item(lit, dict) < 0)
			return -1;
		if (take(lit, ','))
			continue;
		if (expect(lit, '}', "',' or '}' is missing") < 0)
			return -1;
		break;
	}
	skip_space(lit);
	if (lit->at != lit->end)
		return literal_fail(lit, "bytes after the header's end");
	if (!dict->has_descr || !dict->has_order || !dict->has_shape)
		return literal_fail(lit, "'descr', 'fortran_order' or 'shape' is missing");
	return 0;
}

int npy_header_bytes(const unsigned char *prefix, const char *where, uint32_t *bytes)
{
	unsigned int major = prefix[6], minor = prefix[7];
	uint32_t length = prefix[8] | (uint32_t)prefix[9] << 8;
	uint32_t fixed = 10;

	if (memcmp(prefix, npy_magic, sizeof(npy_magic)))
		return fail(FAIL_INPUT, "%s: not a NumPy array: the magic bytes are missing",
			    where);
	if (major < 1 || major > 3 || minor != 0)
		return fail(FAIL_INPUT, "%s: version %u.%u of the format is not known", where,
			    major, minor);
	if (major > 1) {
		length |= (uint32_t)prefix[10] << 16 | (uint32_t)prefix[11] << 24;
		fixed = 12;
	}
	if (length > NPY_MAX_HEADER)
		return fail(FAIL_INPUT, "%s: header of %u bytes; at most %u are read", where,
			    length, NPY_MAX_HEADER);
	*bytes = fixed + length;
	return 0;
}

int npy_parse_header(const unsigned char *header, uint32_t bytes, const char *where,
		     struct tensor *t, struct npy_layout *layout)
{
	uint32_t fixed = header[6] == 1 ? 10 : 12;
	struct literal lit = {.start = (const char *)header,
			      .at = (const char *)header + fixed,
			      .end = (const char *)header + bytes,
			      .where = where};
	struct npy_dict dict = {0};
	enum dtype dtype = DTYPE_UNKNOWN;

	if (take_dict(&lit, &dict) < 0 ||
	    parse_descr(dict.descr, where, &dtype, &layout->big_endian) < 0)
		return -1;
	layout->data_offset = bytes;
	layout->fortran_order = dict.fortran_order;
	return tensor_set_shape(t, dtype, dict.shape, dict.rank, where);
}

static void swap_bytes(unsigned char *data, uint64_t count, size_t size)
{
	for (uint64_t i = 0; i < count; i++, data += size) {
		for (size_t low = 0, high = size - 1; low < high; low++, high--) {
			unsigned char byte = data[low];

			data[low] = data[high];
			data[high] = byte;
		}
	}
}

static int reorder(struct tensor *t)
{
	uint64_t index[TENSOR_MAX_RANK] = {0}, stride[TENSOR_MAX_RANK];
	size_t size = dtype_bytes(t->dtype);
	unsigned char *sorted;
	uint64_t from = 0;

	stride[0] = 1;
	for (unsigned int d = 1; d < t->rank; d++)
		stride[d] = stride[d - 1] * t->shape[d - 1];
	sorted = malloc(t->bytes ? t->bytes : 1);
	if (!sorted)
		return fail(FAIL_SYSTEM, "no memory to reorder the %" PRIu64 " bytes of '%s'",
			    t->bytes, t->name);
	for (uint64_t to = 0; to < t->elements; to++) {
		memcpy(sorted + to * size, t->data + from * size, size);
		for (unsigned int d = t->rank; d-- > 0;) {
			from += stride[d];
			if (++index[d] < t->shape[d])
				break;
			from -= index[d] * stride[d];
			index[d] = 0;
		}
	}
	free(t->data);
	t->data = sorted;
	return 0;
}

int npy_normalise(struct tensor *t, const struct npy_layout *layout)
{
	if (layout->big_endian)
		swap_bytes(t->data, t->elements, dtype_bytes(t->dtype));
	if (layout->fortran_order && t->rank > 1)
		return reorder(t);
	return 0;
}

static bool npy_probe(const unsigned char *head, size_t bytes)
{
	return bytes >= sizeof(npy_magic) && !memcmp(head, npy_magic, sizeof(npy_magic));
}

static char *stem(const char *path)
{
	const char *base = strrchr(path, '/');
	char *name = xstrdup(base ? base + 1 : path);
	size_t len = strlen(name);

	if (len > 4 && !strcmp(name + len - 4, ".npy"))
		name[len - 4] = '\0';
	return name;
}

static int npy_open(struct tensor_source *src)
{
	unsigned char prefix[NPY_PREFIX_BYTES];
	struct npy_layout *layout = xcalloc(1, sizeof(*layout));
	char *name = stem(src->in.path);
	struct tensor *t = source_add(src, name);
	void *header = NULL;
	uint32_t bytes;
	int ret = -1;

	free(name);
	src->state = layout;
	if (input_read(&src->in, 0, prefix, sizeof(prefix), "the header") == 0 &&
	    npy_header_bytes(prefix, src->in.path, &bytes) == 0 &&
	    input_read_alloc(&src->in, 0, bytes, "the header", &header) == 0)
		ret = npy_parse_header(header, bytes, src->in.path, t, layout);
	free(header);
	if (ret < 0)
		return -1;
	if (t->bytes != src->in.size - layout->data_offset)
		return fail(FAIL_INPUT,
			    "%s: the header promises %" PRIu64
			    " bytes of data, the file has %" PRIu64,
			    src->in.path, t->bytes, src->in.size - layout->data_offset);
	tensor_guess_use(t);
	return 0;
}

static int npy_load(struct tensor_source *src, struct tensor *t)
{
	const struct npy_layout *layout = src->state;

	if (input_read(&src->in, layout->data_offset, t->data, t->bytes, "the data") < 0)
		return -1;
	return npy_normalise(t, layout);
}

static void npy_close(struct tensor_source *src)
{
	free(src->state);
}

const struct tensor_format npy_format = {
	.name = "npy",
	.extension = ".npy",
	.description = "NumPy array",
	.probe = npy_probe,
	.open = npy_open,
	.load = npy_load,
	.close = npy_close,
};
