/* SPDX-License-Identifier: MIT */
/*
 * The packed weight stream: how a pruned matrix lies in memory for the engine.
 *
 * One definition for the packer, the reader, the driver's size checks, the CPU kernels and the
 * engine. docs/packed-format.md explains it byte by byte with a worked example.
 *
 * A stream holds one *panel*: R rows (output channels, 1 <= R <= NMACCEL_MAX_PANEL_ROWS) by the
 * whole reduction axis, cut into blocks of M positions. It is a sequence of blocks, each
 *
 *	counts	R bytes, one per row: the number of steps k of that row in this block, 0 included;
 *		then zero bytes up to a multiple of NMACCEL_STREAM_ALIGN
 *	steps	for each row in turn its k steps; then zero bytes up to a multiple of
 *		NMACCEL_STREAM_ALIGN
 *
 * One step is N slots: first N signed 8-bit values, then N unsigned 8-bit indices. Slot i
 * multiplies value[i] with position index[i] of the block. An unused slot has value 0 and any
 * legal index (the packer writes 0); an index is legal if it is below the positions of its block,
 * which are fewer than M in a short one. The counts say where every row ends, so no slot is special
 * and no value or index is reserved.
 *
 * The reduction axis of a convolution is (channel group, kh, kw, channel in group), where a
 * channel group is M consecutive input channels (the last one holds the rest). Blocks are cut
 * inside a channel group: group g with c channels has kh * kw * c positions and therefore
 * ceil(kh * kw * c / M) blocks, the last of which may be short. So every tap of a group reads the
 * same cached input channels, and a group with few channels packs several taps into one block.
 * A linear layer is the case kh = kw = 1: plain blocks of M along K.
 */
#ifndef NMACCEL_STREAM_H
#define NMACCEL_STREAM_H

#if defined(__KERNEL__) || defined(__linux__)
#include <linux/types.h>
#else
#include <stdint.h>
typedef uint8_t __u8;
typedef uint16_t __u16;
typedef uint32_t __u32;
typedef uint64_t __u64;
typedef int8_t __s8;
typedef int32_t __s32;
typedef int64_t __s64;
#endif

/* Positions of one block, M: the depth of the engine's block memory that a stream uses. */
#define NMACCEL_BLOCK_ROWS_128		128
#define NMACCEL_BLOCK_ROWS_256		256
#define NMACCEL_MAX_BLOCK_ROWS		256

/* Slots of one step, N: 4, 8, 16 or 32, fixed by the build of the engine. */
#define NMACCEL_MIN_LANES		4
#define NMACCEL_MAX_LANES		32
#define NMACCEL_DEFAULT_LANES		8

/* A panel's rows: what every engine's accumulators hold. */
#define NMACCEL_MAX_PANEL_ROWS		512

/* Steps of one row in one block: the count is one byte. */
#define NMACCEL_MAX_STEPS		255

/* Counts, steps, and so every block and every stream, are padded to this many bytes. */
#define NMACCEL_STREAM_ALIGN		16

/* Bytes of one step of n slots. */
#define NMACCEL_STEP_BYTES(n)		(2u * (n))

/* Bytes of the counts of r rows, padding included. */
#define NMACCEL_COUNT_BYTES(r)		(((r) + NMACCEL_STREAM_ALIGN - 1u) & \
					 ~(NMACCEL_STREAM_ALIGN - 1u))

/*
 * The longest reduction axis, kh * kw * input channels: with it the exact sum of
 * |s8 * s8| <= 128 * 128 over all positions stays within 31 bits.
 */
#define NMACCEL_MAX_REDUCTION		131071

#endif /* NMACCEL_STREAM_H */
