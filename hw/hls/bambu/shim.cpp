// SPDX-License-Identifier: MIT
#include "shim.h"

#include "Vdut.h"

#define RESET_CLOCKS 4

struct shim_dut {
	VerilatedContext context;
	Vdut top{&context};
	const uint64_t *block;
};

/* A memory reads each clock and has two ports, of which Bambu uses one or both. */
#define READ(n)                                                                                    \
	do {                                                                                       \
		const uint8_t a0 = top.b##n##_address0;                                            \
		const uint8_t a1 = top.b##n##_address1;                                            \
		q[n][0] = dut->block[a0];                                                          \
		q[n][1] = dut->block[a1];                                                          \
	} while (0)
#define SHOW(n)                                                                                    \
	do {                                                                                       \
		top.b##n##_q0 = q[n][0];                                                           \
		top.b##n##_q1 = q[n][1];                                                           \
	} while (0)

void shim_clock(struct shim_dut *dut, const struct shim_in *in, struct shim_out *out)
{
	Vdut &top = dut->top;
	uint64_t q[SHIM_PORTS][2];

	top.start_port = in->start;
	top.values = in->values;
	top.indices = in->indices;
	top.clock = 0;
	top.eval();

	out->done = top.done_port;
	out->sums[0] = (int32_t)top.s0;
	out->sums[1] = (int32_t)top.s1;
	out->sums[2] = (int32_t)top.s2;
	out->sums[3] = (int32_t)top.s3;
	out->sums[4] = (int32_t)top.s4;
	out->sums[5] = (int32_t)top.s5;
	out->sums[6] = (int32_t)top.s6;
	out->sums[7] = (int32_t)top.s7;
	READ(0);
	READ(1);
	READ(2);
	READ(3);
	READ(4);
	READ(5);
	READ(6);
	READ(7);

	top.clock = 1;
	top.eval();
	SHOW(0);
	SHOW(1);
	SHOW(2);
	SHOW(3);
	SHOW(4);
	SHOW(5);
	SHOW(6);
	SHOW(7);
}

struct shim_dut *shim_create(const uint64_t block[SHIM_ROWS])
{
	const struct shim_in idle = {};
	struct shim_dut *dut = new shim_dut;
	struct shim_out out;
	int i;

	dut->block = block;
	dut->top.reset = 0; /* active low */
	for (i = 0; i < RESET_CLOCKS; i++)
		shim_clock(dut, &idle, &out);
	dut->top.reset = 1;
	return dut;
}

void shim_destroy(struct shim_dut *dut)
{
	dut->top.final();
	delete dut;
}
