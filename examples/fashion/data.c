// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "data.h"

/* idx header: two zero bytes, the element type (8: unsigned byte), the number of dimensions. */
#define IDX_U8	     0x00000800u
#define IDX_MAX_RANK 3

/* Fashion-MNIST has 60,000; a larger count is a damaged file and not worth an allocation. */
#define MAX_COUNT 1000000u

/* Any program may share this file, so it names the one that runs. */
static int complain(const char *what, const char *fault)
{
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, fault);
	return -1;
}

static bool read_all(gzFile file, void *dst, size_t size)
{
	return gzread(file, dst, (unsigned int)size) == (int)size;
}

static bool read_u32_be(gzFile file, uint32_t *value)
{
	uint8_t b[4];

	if (!read_all(file, b, sizeof(b)))
		return false;
	*value = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
	return true;
}

/* Checks the header against what is asked for and gives the number of items. */
static const char *read_header(gzFile file, unsigned int rank, uint32_t *count)
{
	uint32_t magic, dim[IDX_MAX_RANK];

	if (!read_u32_be(file, &magic))
		return "no idx header (is it a gzipped idx file?)";
	if (magic != (IDX_U8 | rank))
		return "not an idx file of bytes with the expected number of dimensions";
	for (unsigned int i = 0; i < rank; i++) {
		if (!read_u32_be(file, &dim[i]))
			return "the idx header is cut off";
	}
	if (dim[0] == 0 || dim[0] > MAX_COUNT)
		return "an impossible number of items";
	if (rank == 3 && (dim[1] != FASHION_SIDE || dim[2] != FASHION_SIDE))
		return "the images are not 28 x 28";
	*count = dim[0];
	return NULL;
}

static const char *read_items(gzFile file, unsigned int rank, uint8_t **items, uint32_t *count)
{
	const size_t item_size = rank == 3 ? FASHION_PIXELS : 1;
	const char *fault = read_header(file, rank, count);

	if (fault)
		return fault;
	*items = malloc(*count * item_size);
	if (!*items)
		return "out of memory";
	if (!read_all(file, *items, *count * item_size))
		return "the file ends too early";
	return NULL;
}

static int load_file(const char *dir, const char *set, const char *suffix, unsigned int rank,
		     uint8_t **items, uint32_t *count)
{
	char path[4096];
	const char *fault;
	gzFile file;

	if (snprintf(path, sizeof(path), "%s/%s-%s", dir, set, suffix) >= (int)sizeof(path))
		return complain(dir, "the directory's name is too long");
	file = gzopen(path, "rb");
	if (!file) {
		return complain(path, "cannot be opened; install the Debian package "
				      "dataset-fashion-mnist or name another directory");
	}
	fault = read_items(file, rank, items, count);
	gzclose(file);
	return fault ? complain(path, fault) : 0;
}

static int check_labels(const struct fashion_data *data, const char *set, uint32_t label_count)
{
	if (label_count != data->count)
		return complain(set, "there are not as many labels as images");
	for (uint32_t i = 0; i < data->count; i++) {
		if (data->labels[i] >= FASHION_CLASSES)
			return complain(set, "a label is not below 10");
	}
	return 0;
}

int fashion_data_load(struct fashion_data *data, const char *dir, const char *set)
{
	uint32_t label_count = 0;

	memset(data, 0, sizeof(*data));
	if (load_file(dir, set, "images-idx3-ubyte.gz", 3, &data->images, &data->count) ||
	    load_file(dir, set, "labels-idx1-ubyte.gz", 1, &data->labels, &label_count) ||
	    check_labels(data, set, label_count)) {
		fashion_data_free(data);
		return -1;
	}
	return 0;
}

void fashion_data_free(struct fashion_data *data)
{
	free(data->images);
	free(data->labels);
	memset(data, 0, sizeof(*data));
}
