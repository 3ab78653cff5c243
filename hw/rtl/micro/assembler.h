/* SPDX-License-Identifier: MIT */
/*
 * An assembler in C: each function appends an instruction, or adds to the last one where it goes
 * with A or a branch that depends on A. Mistakes end the build.
 */
#ifndef NMACCEL_MICRO_ASSEMBLER_H
#define NMACCEL_MICRO_ASSEMBLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "drm/nmaccel_hw.h"

#include "isa.h"

struct operand {
	enum micro_kind kind;
	bool indexed;
	uint32_t addr;
	uint32_t imm;
};

/* A condition, which may be inverted. */
enum cond {
	EQ = MICRO_COND_EQ << 1,
	NE,
	LTU = MICRO_COND_LTU << 1,
	GEU,
	GTU = MICRO_COND_GTU << 1,
	LEU,
	LTS = MICRO_COND_LTS << 1,
	GES,
	GTS = MICRO_COND_GTS << 1,
	LES,
	REFUSED = MICRO_COND_FLAG << 1,
	ENDED = REFUSED,
	ALWAYS = (MICRO_COND_NEVER << 1) + 1,
};

/* Operands: a field of a struct that lies at a word, and others. */
struct operand memory(uint32_t word, bool indexed, size_t offset, size_t bytes);
struct operand signed_of(struct operand field);
struct operand temp(uint32_t n);
struct operand hard(enum micro_hard which);
struct operand imm(uint32_t value);
struct operand imm_at(uint32_t value, struct operand field); /* a fault then names the field */

#define FIELD_OF(type, field, word, indexed)                                                       \
	memory(word, indexed, offsetof(struct type, field), sizeof(((struct type *)0)->field))
#define DESC(field)   FIELD_OF(nmaccel_hw_desc, field, MICRO_WORD_DESC, false)
#define DESC_S(field) signed_of(DESC(field))
#define JOB(field)    FIELD_OF(nmaccel_hw_job, field, MICRO_WORD_JOB, false)
#define ENTRY(field)  FIELD_OF(nmaccel_hw_buffer, field, 0, true)

/* Instructions. */
void compare(struct operand b);
void load(struct operand b);
void add(struct operand b);
void sub(struct operand b);
void mask(struct operand b);
void shr(struct operand b);
void mul(struct operand b);
void divide(void);
void store(uint32_t n);
void take_index(struct operand b);
void read_memory(struct operand b);
void sync(enum micro_sync what);
void halt(void);

/* Added to the last instruction: A to a register; a number to compare A with instead of zero. */
void out(enum micro_out where);
void against(int32_t value);

/* Labels: made before they are placed or used, in any order. */
typedef uint32_t label;
label make_label(void);
void place(label here);

/* Added to the last instruction: where to go if the condition holds. */
void branch_if(enum cond cond, label to);
void fail_if(enum cond cond, enum nmaccel_fault fault);
void jump(label to);
/* As fail_if, for an instruction whose operand is not the field that the fault names. */
void fail_at_if(enum cond cond, enum nmaccel_fault fault, struct operand field);

/* Append what fail_at_if needs out of line, and resolve the labels. */
void finish(void);

void print_program(FILE *file);
void print_package(FILE *file);

/* program.c */
void program(void);

#endif /* NMACCEL_MICRO_ASSEMBLER_H */
