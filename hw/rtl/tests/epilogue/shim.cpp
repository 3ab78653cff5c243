// SPDX-License-Identifier: MIT
#include "shim.h"

#include <cstring>

#include "Vdut.h"

struct epilogue_dut {
	VerilatedContext context;
	Vdut top{&context};
};

struct epilogue_dut *epilogue_create(void)
{
	return new epilogue_dut;
}

void epilogue_destroy(struct epilogue_dut *dut)
{
	dut->top.final();
	delete dut;
}

/* Fields of a packed struct from its last one on. */
class bits
{
      public:
	explicit bits(uint32_t *words) : words(words)
	{
	}

	void put(uint64_t value, unsigned int width)
	{
		for (unsigned int i = 0; i < width; i++, at++) {
			words[at / 32] &= ~(1u << at % 32);
			words[at / 32] |= (uint32_t)(value >> i & 1) << at % 32;
		}
	}

	uint64_t get(unsigned int width)
	{
		uint64_t value = 0;

		for (unsigned int i = 0; i < width; i++, at++)
			value |= (uint64_t)(words[at / 32] >> at % 32 & 1) << i;
		return value;
	}

      private:
	uint32_t *words;
	unsigned int at = 0;
};

static void put_result(uint32_t *words, const struct epilogue_result *res)
{
	bits to(words);

	to.put(res->fault_offset, 64);
	to.put(res->fault_detail, 32);
	to.put(res->fault_buffer, 32);
	to.put(res->fault_code, 4);
	to.put(res->loads, 64);
	to.put(res->steps, 64);
	to.put(res->desc_end, 1);
	to.put(res->tile_end, 1);
	to.put(res->columns, 11);
	to.put(res->tile, 31);
	to.put(res->rows, 10);
	to.put(res->first, 17);
	to.put(res->bank, 1);
	to.put(res->desc, 1);
}

static void get_result(uint32_t *words, struct epilogue_result *res)
{
	bits from(words);

	memset(res, 0, sizeof(*res));
	res->fault_offset = from.get(64);
	res->fault_detail = (uint32_t)from.get(32);
	res->fault_buffer = (uint32_t)from.get(32);
	res->fault_code = (uint8_t)from.get(4);
	res->loads = from.get(64);
	res->steps = from.get(64);
	res->desc_end = from.get(1);
	res->tile_end = from.get(1);
	res->columns = (uint16_t)from.get(11);
	res->tile = (uint32_t)from.get(31);
	res->rows = (uint16_t)from.get(10);
	res->first = (uint32_t)from.get(17);
	res->bank = from.get(1);
	res->desc = from.get(1);
}

/* Both slots' values of a field, the second one above. */
template <class T> static uint64_t pair(T first, T second)
{
	return (uint64_t)second << 8 * sizeof(T) | first;
}

static void set_descs(Vdut &top, const struct epilogue_desc *desc)
{
	top.op = (uint8_t)(desc[0].op | desc[1].op << 3);
	top.wide = (uint8_t)(desc[0].wide | desc[1].wide << 1);
	top.count_valid = (uint8_t)(desc[0].count_valid | desc[1].count_valid << 1);
	top.kernel_h = (uint16_t)pair(desc[0].kernel_h, desc[1].kernel_h);
	top.kernel_w = (uint16_t)pair(desc[0].kernel_w, desc[1].kernel_w);
	top.in_zero = (uint16_t)pair((uint8_t)desc[0].in_zero, (uint8_t)desc[1].in_zero);
	top.in2_zero = (uint16_t)pair((uint8_t)desc[0].in2_zero, (uint8_t)desc[1].in2_zero);
	top.out_zero = (uint16_t)pair((uint8_t)desc[0].out_zero, (uint8_t)desc[1].out_zero);
	top.act_min = pair((uint32_t)desc[0].act_min, (uint32_t)desc[1].act_min);
	top.act_max = pair((uint32_t)desc[0].act_max, (uint32_t)desc[1].act_max);
	top.scale = pair(desc[0].scale, desc[1].scale);
	top.scale2 = pair(desc[0].scale2, desc[1].scale2);
}

void epilogue_clock(struct epilogue_dut *dut, const struct epilogue_in *in,
		    struct epilogue_out *out)
{
	Vdut &top = dut->top;

	top.rst = in->rst;
	top.noise = in->noise;
	set_descs(top, in->desc);
	top.res_valid = in->res_valid;
	put_result(top.res.data(), &in->res);
	memcpy(&top.rd_data, in->rd_data, sizeof(in->rd_data));
	top.par_rd_data = in->par_rd_data;
	top.in_rd_data = in->in_rd_data;
	top.tok_ready = in->tok_ready;
	top.beat_ready = in->beat_ready;
	top.clk = 0;
	top.eval();
	out->res_ready = top.res_ready;
	out->bank_free = top.bank_free;
	out->rd_valid = top.rd_valid;
	out->rd_bank = top.rd_bank;
	out->rd_row = top.rd_row;
	out->par_rd_addr = top.par_rd_addr;
	out->in_rd_addr = top.in_rd_addr;
	out->tok_valid = top.tok_valid;
	get_result(top.tok.data(), &out->tok);
	out->beat_valid = top.beat_valid;
	memcpy(out->beat, &top.beat, DATA_BYTES);
	top.clk = 1;
	top.eval();
}
