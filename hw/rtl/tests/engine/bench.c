// SPDX-License-Identifier: MIT
#include "bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "drm/nmaccel_hw.h"

#define MAX_CLOCKS 20000000u

static bool holds(const struct sim_region *region, uint64_t addr)
{
	return addr >= region->addr && addr - region->addr < region->size;
}

static struct sim_region *find_word(struct bench *bench, uint64_t addr)
{
	struct sim *sim = bench->sim;
	uint32_t i;

	if (holds(&sim->regions[bench->last_region], addr))
		return &sim->regions[bench->last_region];
	for (i = 0; i < sim->n_regions; i++) {
		if (holds(&sim->regions[i], addr)) {
			bench->last_region = i;
			return &sim->regions[i];
		}
	}
	return NULL;
}

static bool word_refused(struct bench *bench, uint64_t addr)
{
	if (!bench->refuse_addr || addr != bench->refuse_addr)
		return false;
	bench->refused_words++;
	return true;
}

/* A beat is read whole: some of its words may be nobody's. */
static bool target_read(void *context, uint64_t addr, uint8_t *bytes, uint32_t size)
{
	struct bench *bench = context;
	bool any = false, refused = false;
	uint32_t at;

	for (at = 0; at < size; at += 16) {
		const struct sim_region *region = find_word(bench, addr + at);

		memset(bytes + at, 0xee, 16);
		if (!region)
			continue;
		any = true;
		refused |= word_refused(bench, addr + at);
		memcpy(bytes + at, region->data + (addr + at - region->addr), 16);
	}
	bench->strays += !any;
	return any && !refused;
}

static bool target_write(void *context, uint64_t addr, const uint8_t *bytes, uint64_t strobes,
			 uint32_t size)
{
	struct bench *bench = context;
	bool refused = false;
	uint32_t at;

	for (at = 0; at < size; at += 16) {
		const uint32_t lanes = strobes >> at & 0xffff;
		struct sim_region *region = find_word(bench, addr + at);

		if (!lanes)
			continue;
		if (lanes != 0xffff || !region || !region->writable) {
			bench->strays++;
			return false;
		}
		if (word_refused(bench, addr + at))
			refused = true;
		else
			memcpy(region->data + (addr + at - region->addr), bytes + at, 16);
	}
	return !refused;
}

static void memory_init(struct bench *bench, uint32_t data_bytes, const struct axi_timing *timing)
{
	const struct axi_target target = {bench, target_read, target_write};

	axi_read_init(&bench->read, data_bytes, &target, timing);
	axi_write_init(&bench->write, data_bytes, &target, timing);
}

void bench_init(struct bench *bench, struct sim *sim, uint32_t data_bytes,
		const struct axi_timing *timing)
{
	memset(bench, 0, sizeof(*bench));
	bench->sim = sim;
	bench->engine = engine_create();
	memory_init(bench, data_bytes, timing);
	bench_reset(bench);
}

void bench_attach(struct bench *bench, struct sim *sim, const struct axi_timing *timing)
{
	bench->sim = sim;
	bench->last_region = 0;
	bench->strays = 0;
	bench->refuse_addr = 0;
	bench->refused_words = 0;
	memory_init(bench, bench->read.common.bytes, timing);
}

void bench_free(struct bench *bench)
{
	engine_destroy(bench->engine);
}

void bench_clock(struct bench *bench)
{
	bench->in.read = *axi_read_drive(&bench->read);
	bench->in.write = *axi_write_drive(&bench->write);
	engine_eval(bench->engine, &bench->in, &bench->out);
	axi_read_clock(&bench->read, &bench->out.read);
	axi_write_clock(&bench->write, &bench->out.write);
	if (bench->read.common.error)
		fail_msg("AXI read: %s", bench->read.common.error);
	if (bench->write.common.error)
		fail_msg("AXI write: %s", bench->write.common.error);
	engine_clock(bench->engine);
	bench->clocks++;
}

void bench_reset(struct bench *bench)
{
	const struct axi_timing timing = bench->read.common.timing;
	uint32_t i;

	bench->in.reset = true;
	memset(&bench->in.read, 0, sizeof(bench->in.read));
	memset(&bench->in.write, 0, sizeof(bench->in.write));
	for (i = 0; i < 8; i++) {
		engine_eval(bench->engine, &bench->in, &bench->out);
		engine_clock(bench->engine);
	}
	bench->in.reset = false;
	memory_init(bench, bench->read.common.bytes, &timing);
	for (i = 0; i < 4; i++)
		bench_clock(bench);
}

uint32_t bench_read_reg(struct bench *bench, uint32_t offset)
{
	struct control_in *in = &bench->in.control;
	uint32_t value = 0, clocks;
	bool asked = false, answered = false;

	in->araddr = offset;
	for (clocks = 0; !answered; clocks++) {
		assert_true(clocks < 100);
		in->arvalid = !asked;
		in->rready = true;
		bench_clock(bench);
		asked |= bench->out.control.arready;
		answered = bench->out.control.rvalid;
		value = bench->out.control.rdata;
	}
	assert_int_equal(bench->out.control.rresp, 0);
	in->arvalid = in->rready = false;
	return value;
}

void bench_write_reg(struct bench *bench, uint32_t offset, uint32_t value)
{
	struct control_in *in = &bench->in.control;
	bool addressed = false, given = false, answered = false;
	uint32_t clocks;

	in->awaddr = offset;
	in->wdata = value;
	for (clocks = 0; !answered; clocks++) {
		assert_true(clocks < 100);
		in->awvalid = !addressed;
		in->wvalid = !given;
		in->bready = true;
		bench_clock(bench);
		addressed |= in->awvalid && bench->out.control.awready;
		given |= in->wvalid && bench->out.control.wready;
		answered = bench->out.control.bvalid;
	}
	assert_int_equal(bench->out.control.bresp, 0);
	in->awvalid = in->wvalid = in->bready = false;
}

void bench_start(struct bench *bench)
{
	bench_write_reg(bench, NMACCEL_REG_JOB_LO, (uint32_t)bench->sim->job_addr);
	bench_write_reg(bench, NMACCEL_REG_JOB_HI, (uint32_t)(bench->sim->job_addr >> 32));
	bench_write_reg(bench, NMACCEL_REG_GIER, NMACCEL_GIER_ENABLE);
	bench_write_reg(bench, NMACCEL_REG_IER, NMACCEL_INT_DONE);
	bench_write_reg(bench, NMACCEL_REG_CTRL, NMACCEL_CTRL_START);
}

uint64_t bench_wait(struct bench *bench)
{
	const uint64_t start = bench->clocks;
	uint64_t end;

	while (!bench->out.interrupt) {
		bench_clock(bench);
		if (bench->clocks - start > MAX_CLOCKS)
			fail_msg("the job does not end");
	}
	end = bench->clocks;
	assert_int_equal(bench->read.common.queue.count, 0);
	assert_int_equal(bench->write.common.queue.count, 0);
	assert_true(bench_read_reg(bench, NMACCEL_REG_CTRL) & NMACCEL_CTRL_DONE);
	bench_write_reg(bench, NMACCEL_REG_ISR, NMACCEL_INT_DONE);
	return end - start;
}
