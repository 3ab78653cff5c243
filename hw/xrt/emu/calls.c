// SPDX-License-Identifier: MIT
#include "calls.h"

/* Tags of field 1 as fixed64 and of field 2 as fixed32. */
#define TAG_SIZE 0x09
#define TAG_CALL 0x15

static uint64_t get_le(const uint8_t *bytes, uint32_t n)
{
	uint64_t value = 0;

	while (n--)
		value = value << 8 | bytes[n];
	return value;
}

bool emu_call_header(const uint8_t header[EMU_CALL_HEADER], uint64_t *size, uint32_t *call)
{
	if (header[0] != TAG_SIZE || header[9] != TAG_CALL)
		return false;
	*size = get_le(header + 1, 8);
	*call = (uint32_t)get_le(header + 10, 4);
	return true;
}

void emu_answer_header(uint8_t header[EMU_ANSWER_HEADER], uint64_t size)
{
	uint32_t i;

	header[0] = TAG_SIZE;
	for (i = 0; i < 8; i++)
		header[1 + i] = (uint8_t)(size >> (8 * i));
}
