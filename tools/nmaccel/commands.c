/* SPDX-License-Identifier: MIT */
#include "commands.h"

#include <inttypes.h>

#include "fail.h"

int parse_pattern(const char *text, struct nmaccel_pattern *pattern)
{
	if (nmaccel_pattern_parse(text, pattern) != NMACCEL_OK)
		return fail(FAIL_USAGE, "--pattern: %s", nmaccel_last_error());
	return 0;
}

int check_lanes(uint32_t lanes)
{
	if (lanes == 4 || lanes == 8 || lanes == 16 || lanes == 32)
		return 0;
	return fail(FAIL_USAGE, "--lanes takes 4, 8, 16 or 32, not %" PRIu32, lanes);
}

int check_block_rows(uint32_t block_rows)
{
	if (block_rows == 128 || block_rows == 256)
		return 0;
	return fail(FAIL_USAGE, "--block-rows takes 128 or 256, not %" PRIu32, block_rows);
}
