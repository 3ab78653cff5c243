// SPDX-License-Identifier: MIT
/* The assembler of the micro-program; run with "program" or "package", it prints one of them. */
#include "assembler.h"

#include <stdlib.h>
#include <string.h>

#define MAX_WORDS  (1u << MICRO_PC_BITS)
#define MAX_LABELS 256
#define NO_PLACE   UINT32_MAX

struct insn {
#define MEMBER(name, bits) uint32_t name;
	MICRO_FIELDS(MEMBER)
#undef MEMBER
	bool to_label; /* target is a label */
};

/* A fault that is reported out of line. */
struct stub {
	label at;
	enum nmaccel_fault fault;
	struct operand field;
};

static struct insn code[MAX_WORDS];
static uint32_t words;
static uint32_t places[MAX_LABELS];
static uint32_t labels;
static struct stub stubs[MAX_LABELS];
static uint32_t n_stubs;
static bool placed; /* a label is at the next instruction */

static void require(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "micro-program, word %u: %s\n", words, what);
	exit(1);
}

static struct insn *append(enum micro_op op, struct operand b)
{
	struct insn *insn = &code[words];

	require(words < MAX_WORDS, "too long");
	require(!b.indexed || !words || code[words - 1].op != MICRO_OP_INDEX,
		"the index is not there yet");
	memset(insn, 0, sizeof(*insn));
	insn->op = op;
	insn->kind = b.kind;
	insn->indexed = b.indexed;
	insn->addr = b.addr;
	insn->imm = b.imm;
	words++;
	placed = false;
	return insn;
}

/* What is added to an instruction must happen on every way that leads there. */
static struct insn *last(void)
{
	require(words && !placed, "nothing to add to");
	return &code[words - 1];
}

static bool has_imm(const struct insn *insn)
{
	return insn->kind == MICRO_KIND_IMM || insn->kind == MICRO_KIND_IMM_HI;
}

struct operand memory(uint32_t word, bool indexed, size_t offset, size_t bytes)
{
	struct operand b = {MICRO_KIND_WORD, indexed, word + (uint32_t)offset / 8u, 0};

	require(offset % bytes == 0 && (bytes == 4 || bytes == 8), "a field of a strange size");
	require(b.addr < MICRO_WORD_TEMP && (!indexed || b.addr < 4), "a field out of reach");
	if (bytes == 4)
		b.kind = offset % 8u ? MICRO_KIND_HI : MICRO_KIND_LO;
	return b;
}

struct operand signed_of(struct operand field)
{
	require(field.kind == MICRO_KIND_LO || field.kind == MICRO_KIND_HI, "no sign to extend");
	field.kind = field.kind == MICRO_KIND_LO ? MICRO_KIND_SLO : MICRO_KIND_SHI;
	return field;
}

struct operand temp(uint32_t n)
{
	const struct operand b = {MICRO_KIND_WORD, false, MICRO_WORD_TEMP + n, 0};

	require(n < MICRO_TEMPS, "too many temporaries");
	return b;
}

struct operand hard(enum micro_hard which)
{
	const struct operand b = {MICRO_KIND_HARD, false, which, 0};

	return b;
}

struct operand imm(uint32_t value)
{
	const struct operand b = {MICRO_KIND_IMM, false, 0, value};

	return b;
}

struct operand imm_at(uint32_t value, struct operand field)
{
	const bool high = field.kind == MICRO_KIND_HI || field.kind == MICRO_KIND_SHI;
	const struct operand b = {high ? MICRO_KIND_IMM_HI : MICRO_KIND_IMM, false, field.addr,
				  value};

	return b;
}

void compare(struct operand b)
{
	append(MICRO_OP_KEEP, b);
}

void load(struct operand b)
{
	append(MICRO_OP_LOAD, b);
}

void add(struct operand b)
{
	append(MICRO_OP_ADD, b);
}

void sub(struct operand b)
{
	append(MICRO_OP_SUB, b);
}

void mask(struct operand b)
{
	append(MICRO_OP_AND, b);
}

void shr(struct operand b)
{
	append(MICRO_OP_SHR, b);
}

void mul(struct operand b)
{
	append(MICRO_OP_MUL, b);
}

void divide(void)
{
	append(MICRO_OP_DIV, imm(0));
}

void store(uint32_t n)
{
	append(MICRO_OP_STORE, temp(n));
}

void take_index(struct operand b)
{
	append(MICRO_OP_INDEX, b);
}

void read_memory(struct operand b)
{
	append(MICRO_OP_READ, b);
}

void sync(enum micro_sync what)
{
	append(MICRO_OP_SYNC, imm(what));
}

void halt(void)
{
	append(MICRO_OP_HALT, imm(0));
}

void out(enum micro_out where)
{
	if (placed || last()->out != MICRO_OUT_NOWHERE)
		compare(imm(0));
	last()->out = where;
}

void against(int32_t value)
{
	struct insn *insn = last();

	require(insn->op != MICRO_OP_KEEP && !has_imm(insn), "A is not compared with a number");
	insn->imm = (uint32_t)value;
}

label make_label(void)
{
	require(labels < MAX_LABELS, "too many labels");
	places[labels] = NO_PLACE;
	return labels++;
}

void place(label here)
{
	require(places[here] == NO_PLACE, "a label in two places");
	places[here] = words;
	placed = true;
}

/* A is compared only after these. */
static bool compares(const struct insn *insn)
{
	return insn->op == MICRO_OP_KEEP || insn->op == MICRO_OP_LOAD || insn->op == MICRO_OP_ADD ||
	       insn->op == MICRO_OP_SUB || insn->op == MICRO_OP_AND;
}

static struct insn *decide(enum cond cond)
{
	struct insn *insn = last();

	require(cond == ALWAYS || cond >> 1 == MICRO_COND_FLAG || compares(insn),
		"a condition of what is not compared");
	require(insn->cond == MICRO_COND_NEVER && !insn->invert, "two conditions");
	insn->cond = cond >> 1;
	insn->invert = cond & 1;
	return insn;
}

void branch_if(enum cond cond, label to)
{
	struct insn *insn = decide(cond);

	insn->target = to;
	insn->to_label = true;
}

void fail_if(enum cond cond, enum nmaccel_fault fault)
{
	struct insn *insn = decide(cond);

	require(insn->kind != MICRO_KIND_HARD && !(insn->addr & MICRO_WORD_TEMP),
		"a fault that names no field");
	insn->fail = 1;
	insn->target = fault;
}

void jump(label to)
{
	compare(imm(0));
	branch_if(ALWAYS, to);
}

void fail_at_if(enum cond cond, enum nmaccel_fault fault, struct operand field)
{
	struct stub *stub = &stubs[n_stubs];

	require(n_stubs < MAX_LABELS, "too many faults");
	stub->at = make_label();
	stub->fault = fault;
	stub->field = field;
	n_stubs++;
	branch_if(cond, stub->at);
}

static void resolve(void)
{
	uint32_t i;

	for (i = 0; i < words; i++) {
		if (!code[i].to_label)
			continue;
		require(places[code[i].target] != NO_PLACE, "a label without a place");
		code[i].target = places[code[i].target];
	}
}

void finish(void)
{
	uint32_t i;

	for (i = 0; i < n_stubs; i++) {
		place(stubs[i].at);
		compare(imm_at(0, stubs[i].field));
		fail_if(ALWAYS, stubs[i].fault);
	}
	resolve();
}

/* One word as a binary number: $readmemb needs no bits to fill up a digit. */
static void print_insn(FILE *file, const struct insn *insn)
{
#define PRINT(name, bits)                                                                          \
	{                                                                                          \
		uint32_t bit;                                                                      \
                                                                                                   \
		require((uint64_t)insn->name >> (bits) == 0, "a field does not fit");              \
		for (bit = bits; bit--;)                                                           \
			fputc('0' + (insn->name >> bit & 1u), file);                               \
	}
	MICRO_FIELDS(PRINT)
#undef PRINT
	fputc('\n', file);
}

void print_program(FILE *file)
{
	struct insn none = {0};
	uint32_t i;

	none.op = MICRO_OP_HALT;
	for (i = 0; i < MAX_WORDS; i++)
		print_insn(file, i < words ? &code[i] : &none);
}

static void print_number(FILE *file, const char *prefix, const char *name, uint32_t bits,
			 uint32_t value)
{
	fprintf(file, "  localparam logic [%u:0] %s%s = %u'd%u;\n", bits - 1, prefix, name, bits,
		value);
}

static void print_numbers(FILE *file)
{
	static const struct insn bits = {
#define MEMBER(name, n) .name = n,
		MICRO_FIELDS(MEMBER)
#undef MEMBER
	};

#define OP(name)   print_number(file, "OP_", #name, bits.op, MICRO_OP_##name);
#define KIND(name) print_number(file, "KIND_", #name, bits.kind, MICRO_KIND_##name);
#define COND(name) print_number(file, "COND_", #name, bits.cond, MICRO_COND_##name);
#define OUT(name)  print_number(file, "OUT_", #name, bits.out, MICRO_OUT_##name);
#define SYNC(name) print_number(file, "SYNC_", #name, 3, MICRO_SYNC_##name);
#define HARD(name) print_number(file, "HARD_", #name, 3, MICRO_HARD_##name);
	MICRO_OPS(OP)
	MICRO_KINDS(KIND)
	MICRO_CONDS(COND)
	MICRO_OUTS(OUT)
	MICRO_SYNCS(SYNC)
	MICRO_HARDS(HARD)
#undef OP
#undef KIND
#undef COND
#undef OUT
#undef SYNC
#undef HARD
}

void print_package(FILE *file)
{
	fputs("// Generated from hw/rtl/micro/isa.h.\n", file);
	fputs("package nmaccel_micro_isa;\n", file);
	print_numbers(file);
	print_number(file, "", "PC_START", MICRO_PC_BITS, MICRO_PC_START);
	print_number(file, "", "PC_FAULT", MICRO_PC_BITS, MICRO_PC_FAULT);
	fprintf(file, "  localparam int PC_BITS = %d;\n", MICRO_PC_BITS);
	fprintf(file, "  localparam int WORDS = %d;\n", MICRO_WORDS);
	fprintf(file, "  localparam int WORD_TABLE = %d;\n", MICRO_WORD_TABLE);
	fprintf(file, "  localparam int WORD_TEMP = %d;\n", MICRO_WORD_TEMP);
	fprintf(file, "  localparam int TEMPS = %d;\n", MICRO_TEMPS);
	fprintf(file, "  localparam int READ_SHIFT = %d;\n", MICRO_READ_SHIFT);
#define PLUS(name, bits) +(bits)
	fprintf(file, "  localparam int INSN_BITS = %d;\n", 0 MICRO_FIELDS(PLUS));
#undef PLUS
	fputs("  typedef struct packed {\n", file);
#define FIELD(name, bits) fprintf(file, "    logic [%d:0] %s;\n", (bits)-1, #name);
	MICRO_FIELDS(FIELD)
#undef FIELD
	fputs("  } insn_t;\nendpackage\n", file);
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "package")) {
		print_package(stdout);
		return 0;
	}
	if (argc != 2 || strcmp(argv[1], "program")) {
		fprintf(stderr, "usage: %s program | package\n", argv[0]);
		return 1;
	}
	program();
	finish();
	print_program(stdout);
	fprintf(stderr, "micro-program: %u words of %u\n", words, MAX_WORDS);
	return 0;
}
