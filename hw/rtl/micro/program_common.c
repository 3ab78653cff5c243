// SPDX-License-Identifier: MIT
#include "program.h"

void set(uint32_t variable, uint32_t value)
{
	load(imm(value));
	store(variable);
}

void room_from(struct operand b)
{
	load(imm(0));
	sub(imm(1));
	sub(b);
}

void at_most(struct operand field, uint32_t max, enum nmaccel_fault code)
{
	compare(imm_at(max, field));
	fail_if(GTU, code);
}

void load_range(struct operand field, uint32_t max)
{
	load(field);
	fail_if(EQ, FIELD_FAULT);
	at_most(field, max, LIMIT_FAULT);
}

void zero(struct operand field)
{
	load(field);
	fail_if(NE, FIELD_FAULT);
}

void is_op(enum nmaccel_op op, label to)
{
	load(DESC(op));
	against(op);
	branch_if(EQ, to);
}

void is_not_op(enum nmaccel_op op, label to)
{
	load(DESC(op));
	against(op);
	branch_if(NE, to);
}
