// SPDX-License-Identifier: MIT
/*
 * The Verilated engine as an engine of the emulated card: a shared object that nmaccel-card opens,
 * one for each build.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus.h"
#include "drm/nmaccel_hw.h"

/* A block of the most steps is 131,072 clocks; so long without an access to memory, it hangs. */
#define MAX_QUIET_CLOCKS 5000000u

struct run {
	void *engine;
	struct rtl_bus axi;
	struct engine_in in;
	struct engine_out out;
};

static void run_clock(struct run *run)
{
	rtl_bus_drive(&run->axi, &run->in);
	engine_eval(run->engine, &run->in, &run->out);
	rtl_bus_clock(&run->axi, &run->in, &run->out);
	engine_clock(run->engine);
}

static void run_reset(struct run *run)
{
	uint32_t i;

	run->in.reset = true;
	for (i = 0; i < 8; i++) {
		engine_eval(run->engine, &run->in, &run->out);
		engine_clock(run->engine);
	}
	run->in.reset = false;
	for (i = 0; i < 4; i++)
		run_clock(run);
}

static void run_write(struct run *run, uint32_t offset, uint32_t value)
{
	struct control_in *in = &run->in.control;
	bool addressed = false, given = false, answered = false;

	in->awaddr = offset;
	in->wdata = value;
	in->bready = true;
	while (!answered) {
		in->awvalid = !addressed;
		in->wvalid = !given;
		run_clock(run);
		addressed |= in->awvalid && run->out.control.awready;
		given |= in->wvalid && run->out.control.wready;
		answered = run->out.control.bvalid;
	}
	in->awvalid = in->wvalid = in->bready = false;
}

static void run_start(struct run *run, uint64_t job)
{
	run_write(run, NMACCEL_REG_JOB_LO, (uint32_t)job);
	run_write(run, NMACCEL_REG_JOB_HI, (uint32_t)(job >> 32));
	run_write(run, NMACCEL_REG_GIER, NMACCEL_GIER_ENABLE);
	run_write(run, NMACCEL_REG_IER, NMACCEL_INT_DONE);
	run_write(run, NMACCEL_REG_CTRL, NMACCEL_CTRL_START);
}

/* A wrong engine is no card: its user must not take what it says for a result. */
static void give_up(const char *what)
{
	fprintf(stderr, "nmaccel-card: the SystemVerilog engine: %s\n", what);
	abort();
}

static void run_wait(struct run *run)
{
	uint64_t accesses = run->axi.accesses;
	uint32_t quiet = 0;

	while (!run->out.interrupt) {
		run_clock(run);
		if (run->axi.error)
			give_up(run->axi.error);
		quiet = run->axi.accesses == accesses ? quiet + 1 : 0;
		accesses = run->axi.accesses;
		if (quiet > MAX_QUIET_CLOCKS)
			give_up("the job does not end");
	}
}

static void run_job(struct nmaccel_bus *bus, void *state, uint64_t job)
{
	struct run *run = state;

	memset(run, 0, sizeof(*run));
	rtl_bus_init(&run->axi, bus);
	run->engine = engine_create();
	run_reset(run);
	run_start(run, job);
	run_wait(run);
	engine_destroy(run->engine);
}

/* What nmaccel-card looks for in the shared object. */
extern const struct nmaccel_engine_variant nmaccel_engine_rtl;

const struct nmaccel_engine_variant nmaccel_engine_rtl = {
	.lanes = LANES,
	.block_rows = BLOCK_ROWS,
	.columns = COLUMNS,
	.max_rows = NMACCEL_MAX_PANEL_ROWS,
	.state_bytes = sizeof(struct run),
	.run = run_job,
};
