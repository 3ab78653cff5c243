// SPDX-License-Identifier: MIT
/*
 * .xclbin files from a fuzzer, as they come and again with their length made right, so that what
 * lies behind it is reached. What is accepted must be what the library can work with.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "xrt/xclbin.h"
#include "xrt/xclbin_format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds)
{
	if (!holds)
		abort();
}

static void check(const struct nmaccel_xclbin *xclbin)
{
	uint32_t i;

	require(xclbin->n_units >= 1 && xclbin->n_units <= NMACCEL_MAX_ENGINES);
	for (i = 0; i < xclbin->n_units; i++)
		require(memchr(xclbin->units[i], '\0', sizeof(xclbin->units[i])) &&
			xclbin->units[i][0]);
	require(xclbin->contract_version >> 16 == NMACCEL_CONTRACT_MAJOR);
	require(xclbin->lanes && !(xclbin->lanes & (xclbin->lanes - 1)) && xclbin->lanes <= 64);
	require(xclbin->block_rows == NMACCEL_BLOCK_ROWS_128 ||
		xclbin->block_rows == NMACCEL_BLOCK_ROWS_256);
	require(xclbin->columns && xclbin->max_rows && xclbin->max_descs && xclbin->max_buffers);
	require(xclbin->max_descs <= NMACCEL_MAX_DESCS &&
		xclbin->max_buffers <= NMACCEL_MAX_BUFFERS);
	require(memchr(xclbin->board, '\0', sizeof(xclbin->board)) != NULL);
}

static void parse(const uint8_t *data, size_t size)
{
	struct nmaccel_xclbin xclbin;

	if (!nmaccel_xclbin_parse("fuzz", data, size, &xclbin))
		check(&xclbin);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint64_t length = size;
	uint8_t *copy;

	parse(data, size);
	if (size < sizeof(struct nmaccel_axlf))
		return 0;
	copy = malloc(size);
	if (!copy)
		return 0;
	memcpy(copy, data, size);
	memcpy(copy, NMACCEL_AXLF_MAGIC, sizeof(NMACCEL_AXLF_MAGIC));
	memcpy(copy + offsetof(struct nmaccel_axlf, length), &length, sizeof(length));
	parse(copy, size);
	free(copy);
	return 0;
}
