/* SPDX-License-Identifier: MIT */
#ifndef FASHION_DATA_H
#define FASHION_DATA_H

#include <stdint.h>

#define FASHION_SIDE	28
#define FASHION_PIXELS	(FASHION_SIDE * FASHION_SIDE)
#define FASHION_CLASSES 10

struct fashion_data {
	uint32_t count;
	uint8_t *images; /* [count][FASHION_PIXELS] */
	uint8_t *labels; /* [count], each below FASHION_CLASSES */
};

/*
 * Reads `set` ("train" or "t10k") from the gzipped idx files in `dir`. Returns 0, or -1 after
 * a message on stderr.
 */
int fashion_data_load(struct fashion_data *data, const char *dir, const char *set);
void fashion_data_free(struct fashion_data *data);

#endif
