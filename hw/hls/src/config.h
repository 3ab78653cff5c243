/* SPDX-License-Identifier: MIT */
/* The parameters of one build of the engine, what follows from them, and the tools' differences. */
#ifndef ENGINE_CONFIG_H
#define ENGINE_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "drm/nmaccel_hw.h"
#include "../nmaccel_word.h"

/* Slots of one step: N read ports of the block memory. */
#ifndef NMACCEL_ENGINE_LANES
#define NMACCEL_ENGINE_LANES 8
#endif

/* Rows of the block memory: the largest M. */
#ifndef NMACCEL_ENGINE_BLOCK_ROWS
#define NMACCEL_ENGINE_BLOCK_ROWS 256
#endif

/* Columns computed at once: C. */
#ifndef NMACCEL_ENGINE_COLUMNS
#define NMACCEL_ENGINE_COLUMNS 64
#endif

/* Rows of the accumulator memory. */
#ifndef NMACCEL_ENGINE_MAX_ROWS
#define NMACCEL_ENGINE_MAX_ROWS NMACCEL_MAX_PANEL_ROWS
#endif

/*
 * Copies of the block memory, one per read port. The model needs only one, as its reads come one
 * after the other.
 */
#ifdef NMACCEL_ENGINE_MODEL
#define ENGINE_COPIES 1
#else
#define ENGINE_COPIES NMACCEL_ENGINE_LANES
#endif

/* Bytes of one channel of one column tile, of 8-bit and 32-bit elements. */
#define ENGINE_PITCH_S8	 NMACCEL_PITCH(NMACCEL_ENGINE_COLUMNS, 1u)
#define ENGINE_PITCH_S32 NMACCEL_PITCH(NMACCEL_ENGINE_COLUMNS, 4u)

/* Staging memory between the bus and the datapath: one block. */
#define ENGINE_STAGE_BYTES (NMACCEL_ENGINE_BLOCK_ROWS * ENGINE_PITCH_S8)

/*
 * Steps fetched at once. A multiple of 8, so that the next fetch starts at a multiple of
 * NMACCEL_ALIGN again with steps of 8 bytes.
 */
#ifndef ENGINE_FETCH_STEPS
#define ENGINE_FETCH_STEPS 64
#endif
#define ENGINE_STEP_BYTES  NMACCEL_STEP_BYTES(NMACCEL_ENGINE_LANES)
#define ENGINE_FETCH_BYTES (ENGINE_FETCH_STEPS * ENGINE_STEP_BYTES)

/* Beats of one burst. */
#ifndef ENGINE_BURST_WORDS
#define ENGINE_BURST_WORDS 64
#endif

NMACCEL_STATIC_ASSERT(NMACCEL_ENGINE_LANES == 4 || NMACCEL_ENGINE_LANES == 8 ||
			      NMACCEL_ENGINE_LANES == 16 || NMACCEL_ENGINE_LANES == 32,
		      "a step has 4, 8, 16 or 32 slots");
NMACCEL_STATIC_ASSERT(NMACCEL_ENGINE_BLOCK_ROWS == NMACCEL_BLOCK_ROWS_128 ||
			      NMACCEL_ENGINE_BLOCK_ROWS == NMACCEL_BLOCK_ROWS_256,
		      "a block has 128 or 256 rows");
NMACCEL_STATIC_ASSERT(NMACCEL_ENGINE_COLUMNS >= 1 && NMACCEL_ENGINE_COLUMNS <= 1024,
		      "1 to 1024 columns");
NMACCEL_STATIC_ASSERT(NMACCEL_ENGINE_MAX_ROWS >= NMACCEL_MAX_PANEL_ROWS &&
			      NMACCEL_ENGINE_MAX_ROWS <= NMACCEL_MAX_CHANNELS,
		      "the contract promises room for NMACCEL_MAX_PANEL_ROWS rows");
NMACCEL_STATIC_ASSERT(NMACCEL_ENGINE_MAX_ROWS >= NMACCEL_ENGINE_BLOCK_ROWS,
		      "a pool accumulates up to a block of channels at once");
NMACCEL_STATIC_ASSERT(ENGINE_FETCH_BYTES % NMACCEL_ALIGN == 0, "a fetch keeps the alignment");
NMACCEL_STATIC_ASSERT(ENGINE_STAGE_BYTES >= 2u * ENGINE_PITCH_S32,
		      "the stage holds a result row, and a row of either input of an addition");

/*
 * Pragmas of loops: Vitis HLS takes them in the loop's body; Bambu takes only unroll, in front of
 * the loop, and no loop pipelining at all. In the model they are nothing.
 */
#if defined(__BAMBU__)
#define ENGINE_PIPELINE
#define ENGINE_UNROLL
#define ENGINE_UNROLL_NEXT _Pragma("HLS unroll")
#elif defined(__VITIS_HLS__) || defined(__SYNTHESIS__)
#define ENGINE_PIPELINE _Pragma("HLS pipeline II=1")
#define ENGINE_UNROLL	_Pragma("HLS unroll")
#define ENGINE_UNROLL_NEXT
#else
#define ENGINE_PIPELINE
#define ENGINE_UNROLL
#define ENGINE_UNROLL_NEXT
#endif

/* What the memory port is: an AXI master, or the bus that the model's user provides. */
#ifdef NMACCEL_ENGINE_MODEL
#include "../nmaccel_engine.h"
#define ENGINE_MEM struct nmaccel_bus
#else
#define ENGINE_MEM struct nmaccel_word
#endif

#endif /* ENGINE_CONFIG_H */
