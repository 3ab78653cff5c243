// SPDX-License-Identifier: MIT
#include <pthread.h>

#include "crc32c.h"

#define POLYNOMIAL 0x82f63b78u /* 0x1edc6f41 with its bits reversed */

/* Bytes taken at once ("slicing"): table[i][b] is what byte b adds when i bytes follow it. */
#define SLICES 8

static uint32_t table[SLICES][256];
static pthread_once_t table_once = PTHREAD_ONCE_INIT;

static void table_init(void)
{
	uint32_t byte, crc;
	int i;

	for (byte = 0; byte < 256; byte++) {
		crc = byte;
		for (i = 0; i < 8; i++)
			crc = crc >> 1 ^ (crc & 1 ? POLYNOMIAL : 0);
		table[0][byte] = crc;
	}
	for (i = 1; i < SLICES; i++)
		for (byte = 0; byte < 256; byte++)
			table[i][byte] =
				table[i - 1][byte] >> 8 ^ table[0][table[i - 1][byte] & 0xff];
}

static uint32_t slice(uint32_t crc, const uint8_t *p)
{
	return table[7][p[0] ^ (crc & 0xff)] ^ table[6][p[1] ^ (crc >> 8 & 0xff)] ^
	       table[5][p[2] ^ (crc >> 16 & 0xff)] ^ table[4][p[3] ^ crc >> 24] ^ table[3][p[4]] ^
	       table[2][p[5]] ^ table[1][p[6]] ^ table[0][p[7]];
}

uint32_t nmaccel_crc32c(uint32_t crc, const void *data, size_t bytes)
{
	const uint8_t *p = data;

	pthread_once(&table_once, table_init);
	crc = ~crc;
	for (; bytes >= SLICES; bytes -= SLICES, p += SLICES)
		crc = slice(crc, p);
	for (; bytes; bytes--, p++)
		crc = crc >> 8 ^ table[0][(crc ^ *p) & 0xff];
	return ~crc;
}
