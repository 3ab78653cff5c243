/* SPDX-License-Identifier: MIT */
/* What the parts of the control unit's program share. */
#ifndef MICRO_PROGRAM_H
#define MICRO_PROGRAM_H

#include "assembler.h"

#define FIELD_FAULT   NMACCEL_FAULT_FIELD
#define LIMIT_FAULT   NMACCEL_FAULT_LIMIT
#define ENTRY_BYTES   ((uint32_t)sizeof(struct nmaccel_hw_buffer))
#define ENTRY_WORDS   (ENTRY_BYTES / NMACCEL_ALIGN)
#define DESC_BYTES    ((uint32_t)sizeof(struct nmaccel_hw_desc))
#define VERSION_SHIFT 16u /* of the major in NMACCEL_CONTRACT_VERSION */

/* Table entries that are read at once. */
#define BATCH 8u

/* The place of a flag: SHR by it leaves the flag in bit 0. */
#define SHIFT_OF(flag) ((uint32_t)__builtin_ctz(flag))

/* Temporaries. */
enum {
	JOB_ADDR,
	FIRST,	  /* entry of the batch */
	BATCHED,  /* entries in it */
	COUNT,	  /* entries that were read */
	STEPWISE, /* the batch was refused: it is read with one entry more each time */
	THIS,	  /* entry that is checked, descriptor that is next */
	SHIFT,
	WORK,
	BYTES,
	PITCH,
	IN_TILES, /* column tiles, less one */
	OUT_TILES,
	IMAGE, /* columns of an input image */
	DOWN,  /* from a row of output pixels to the next: stride_h * in_w */
	ALONG, /* along a row of them: (out_w - 1) * stride_w */
	DOWN_TILE,
	DOWN_PLACE,
	ROWS, /* out_h - 1 */
};

void set(uint32_t variable, uint32_t value);
/* A = UINT64_MAX - b */
void room_from(struct operand b);
/* A, which a fault tells of as the field. */
void at_most(struct operand field, uint32_t max, enum nmaccel_fault code);
/* Load a field that must be within [1, max]. */
void load_range(struct operand field, uint32_t max);
void zero(struct operand field);
void is_op(enum nmaccel_op op, label to);
void is_not_op(enum nmaccel_op op, label to);

/* A descriptor that has been read: all its checks, and what follows from it, to the context. */
void check_desc(void);

#endif /* MICRO_PROGRAM_H */
