/* SPDX-License-Identifier: MIT */
/*
 * The instructions of nmaccel_micro.sv: one list of each kind of number, from which the assembler
 * has its enumerations and the RTL its package nmaccel_micro_isa.
 *
 * An instruction takes an operand, B, and does its operation on the accumulator A; then it may
 * write A to a register of the control unit (out), and may compare A with an immediate, or with B,
 * and branch or end the job with a fault. So most checks of a field are one instruction.
 */
#ifndef NMACCEL_MICRO_ISA_H
#define NMACCEL_MICRO_ISA_H

/* Bits of the program counter: the program's memory has this many words, as a power of two. */
#define MICRO_PC_BITS 10

/* Fields of an instruction and their bits, from the top. */
#define MICRO_FIELDS(X)                                                                            \
	X(out, 7)		 /* MICRO_OUT_*: where A goes afterwards */                        \
	X(target, MICRO_PC_BITS) /* of the branch, or the fault code */                            \
	X(fail, 1)		 /* end the job with a fault instead of a branch */                \
	X(invert, 1)		 /* the condition must not hold */                                 \
	X(cond, 3)		 /* MICRO_COND_* */                                                \
	X(imm, 32)                                                                                 \
	X(addr, 7) /* word of the data memory */                                                   \
	X(indexed, 1)                                                                              \
	X(kind, 3) /* MICRO_KIND_* */                                                              \
	X(op, 4)   /* MICRO_OP_* */

#define MICRO_OPS(X)                                                                               \
	X(KEEP) /* A stays, and is compared with B */                                              \
	X(LOAD) /* A = B */                                                                        \
	X(ADD)                                                                                     \
	X(SUB)                                                                                     \
	X(AND)                                                                                     \
	X(SHR) /* by B bits; F: a bit that is lost is not zero */                                  \
	X(MUL) /* a clock for each bit of A, so A is the smaller one */                            \
	X(DIV) /* floor(A / COLUMNS) of a signed A of 48 bits; REST: what is left, never negative  \
		*/                                                                                 \
	X(STORE) /* A to a temporary */                                                            \
	X(INDEX) /* X = B; the next instruction may not be indexed yet */                          \
	X(READ)	 /* memory at address A to the data memory: B is MICRO_READ(); F: refused */       \
	X(SYNC)	 /* MICRO_SYNC_* in imm */                                                         \
	X(HALT)

/* Operands. An odd number names the upper half of a word in the detail of a fault. */
#define MICRO_KINDS(X)                                                                             \
	X(LO) /* lower half of a word */                                                           \
	X(HI)                                                                                      \
	X(SLO) /* signed */                                                                        \
	X(SHI)                                                                                     \
	X(WORD)                                                                                    \
	X(HARD) /* MICRO_HARD_* in addr */                                                         \
	X(IMM)                                                                                     \
	X(IMM_HI) /* an immediate, and a fault that names an upper half */

/*
 * After KEEP, of A against B; after LOAD, ADD, SUB and AND against the immediate, or zero where
 * that is the operand.
 */
#define MICRO_CONDS(X)                                                                             \
	X(NEVER)                                                                                   \
	X(EQ)                                                                                      \
	X(LTU)                                                                                     \
	X(GTU)                                                                                     \
	X(LTS)                                                                                     \
	X(GTS)                                                                                     \
	X(FLAG) /* F */

#define MICRO_SYNCS(X)                                                                             \
	X(SLOT)	   /* wait until a context is free; F: a descriptor has ended in a fault */        \
	X(PUBLISH) /* the context that has been filled in */                                       \
	X(DRAIN)   /* wait until all contexts are retired; F as above */                           \
	X(BEGIN)   /* of the job: its first record */                                              \
	X(END)	   /* of the job: its last record */                                               \
	X(NONE)	   /* there is no job, and no record */

/* What is known to the hardware alone. */
#define MICRO_HARDS(X)                                                                             \
	X(FLAG)                                                                                    \
	X(REST)                                                                                    \
	X(JOB)                                                                                     \
	X(COLUMNS)                                                                                 \
	X(PITCH_S8)                                                                                \
	X(PITCH_S32)                                                                               \
	X(MAX_ROWS)                                                                                \
	X(BLOCK_ROWS)

#define MICRO_PORT(X, port)                                                                        \
	X(port##_ADDR) X(port##_SIZE) X(port##_PAGED) X(port##_PAGE_SHIFT) X(port##_INDEX)

#define MICRO_POSITION(X, position) X(position##_TILE) X(position##_PLACE)

/* Registers that A can be written to: of the job, and of the context (nmaccel_pkg::desc_t). */
#define MICRO_OUTS(X)                                                                              \
	X(NOWHERE)                                                                                 \
	X(SEQ)                                                                                     \
	X(RECORD)                                                                                  \
	X(N_DESCS)                                                                                 \
	X(FAULT_CODE)                                                                              \
	X(FAULT_BUFFER)                                                                            \
	X(FAULT_OFFSET)                                                                            \
	X(OP)                                                                                      \
	X(WIDE)                                                                                    \
	X(COUNT_VALID)                                                                             \
	X(BLOCK256)                                                                                \
	MICRO_PORT(X, IN)                                                                          \
	MICRO_PORT(X, IN2)                                                                         \
	MICRO_PORT(X, OUT)                                                                         \
	MICRO_PORT(X, WEIGHTS)                                                                     \
	MICRO_PORT(X, PARAMS)                                                                      \
	X(IN_BASE)                                                                                 \
	X(IN_STEP)                                                                                 \
	X(IN_CH)                                                                                   \
	X(IN2_BASE)                                                                                \
	X(IN2_STEP)                                                                                \
	X(OUT_BASE)                                                                                \
	X(OUT_STEP)                                                                                \
	X(OUT_CH)                                                                                  \
	X(WEIGHTS_OFFSET)                                                                          \
	X(WEIGHTS_END)                                                                             \
	X(PARAMS_OFFSET)                                                                           \
	X(TILES)                                                                                   \
	X(LAST_COLUMNS)                                                                            \
	X(IN_H)                                                                                    \
	X(IN_W)                                                                                    \
	X(OUT_H)                                                                                   \
	X(OUT_W)                                                                                   \
	X(KERNEL_H)                                                                                \
	X(KERNEL_W)                                                                                \
	X(STRIDE_H)                                                                                \
	X(STRIDE_W)                                                                                \
	X(PAD_TOP)                                                                                 \
	X(PAD_LEFT)                                                                                \
	X(DILATION_H)                                                                              \
	X(DILATION_W)                                                                              \
	X(IN_ZERO)                                                                                 \
	X(IN2_ZERO)                                                                                \
	X(OUT_ZERO)                                                                                \
	X(ACT_MIN)                                                                                 \
	X(ACT_MAX)                                                                                 \
	X(SCALE)                                                                                   \
	X(SCALE2)                                                                                  \
	MICRO_POSITION(X, CORNER)                                                                  \
	MICRO_POSITION(X, NEXT_X)                                                                  \
	MICRO_POSITION(X, NEXT_Y)                                                                  \
	MICRO_POSITION(X, NEXT_IMAGE)                                                              \
	MICRO_POSITION(X, TAP_X)                                                                   \
	MICRO_POSITION(X, TAP_Y)

#define MICRO_ENUM_OP(name)   MICRO_OP_##name,
#define MICRO_ENUM_KIND(name) MICRO_KIND_##name,
#define MICRO_ENUM_COND(name) MICRO_COND_##name,
#define MICRO_ENUM_SYNC(name) MICRO_SYNC_##name,
#define MICRO_ENUM_HARD(name) MICRO_HARD_##name,
#define MICRO_ENUM_OUT(name)  MICRO_OUT_##name,

enum micro_op {
	MICRO_OPS(MICRO_ENUM_OP)
};
enum micro_kind {
	MICRO_KINDS(MICRO_ENUM_KIND)
};
enum micro_cond {
	MICRO_CONDS(MICRO_ENUM_COND)
};
enum micro_sync {
	MICRO_SYNCS(MICRO_ENUM_SYNC)
};
enum micro_hard {
	MICRO_HARDS(MICRO_ENUM_HARD)
};
enum micro_out {
	MICRO_OUTS(MICRO_ENUM_OUT)
};

/* Where the program starts, and where it goes on after a fault. */
#define MICRO_PC_START 0
#define MICRO_PC_FAULT 1

/*
 * Words of 64 bits of the data memory. What is read starts at a multiple of 8, so that answers of
 * 64 bytes are written as they come. An indexed operand is word addr (0 .. 3) of table entry X.
 */
#define MICRO_WORD_DESC	 0
#define MICRO_WORD_JOB	 32
#define MICRO_WORD_TEMP	 64 /* not a part of it but a memory of its own: READ does not reach it */
#define MICRO_TEMPS	 32
#define MICRO_WORD_TABLE 1024
#define MICRO_WORDS	 2048

/* Operand of READ: so many words of 16 bytes, up to 16, to the data memory from a word on. */
#define MICRO_READ_SHIFT      16
#define MICRO_READ(words, to) ((uint32_t)(words) << MICRO_READ_SHIFT | (to))

#endif /* NMACCEL_MICRO_ISA_H */
