/* SPDX-License-Identifier: MIT */
/* One beat of the engine's 128-bit memory port; byte 0 is the low byte of lo. */
#ifndef NMACCEL_WORD_H
#define NMACCEL_WORD_H

#include <stdint.h>

#define NMACCEL_WORD_BYTES 16u

struct nmaccel_word {
	uint64_t lo;
	uint64_t hi;
};

#endif /* NMACCEL_WORD_H */
