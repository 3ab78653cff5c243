/* SPDX-License-Identifier: MIT */
/*
 * A build and limits so small that a proof follows every loop to its end. The engine's source is
 * the same; what is smaller are the numbers of the contract and of the build that it is compiled
 * with.
 */
#ifndef PROOF_SMALL_H
#define PROOF_SMALL_H

#include "drm/nmaccel_hw.h"

#undef NMACCEL_BLOCK_ROWS_128
#undef NMACCEL_BLOCK_ROWS_256
#undef NMACCEL_MAX_PANEL_ROWS
#undef NMACCEL_MAX_DESCS
#undef NMACCEL_MAX_BUFFERS
#undef NMACCEL_MAX_CHANNELS
#undef NMACCEL_MAX_PIXELS
#undef NMACCEL_MAX_KERNEL

#define NMACCEL_BLOCK_ROWS_128 2
#define NMACCEL_BLOCK_ROWS_256 4
#define NMACCEL_MAX_PANEL_ROWS 4
#define NMACCEL_MAX_DESCS      2
#define NMACCEL_MAX_CHANNELS   6
#define NMACCEL_MAX_PIXELS     7 /* three column tiles */
#define NMACCEL_MAX_KERNEL     2

/* Operands of a descriptor may all be in one buffer, as each is checked by itself. */
#ifdef PROOF_BUFFERS
#define NMACCEL_MAX_BUFFERS PROOF_BUFFERS
#else
#define NMACCEL_MAX_BUFFERS 1
#endif

#define NMACCEL_ENGINE_LANES	  4
#define NMACCEL_ENGINE_BLOCK_ROWS 4
#define NMACCEL_ENGINE_COLUMNS	  3
#define ENGINE_FETCH_STEPS	  2
#define ENGINE_BURST_WORDS	  2

#endif /* PROOF_SMALL_H */
