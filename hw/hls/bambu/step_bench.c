// SPDX-License-Identifier: MIT
/*
 * The Verilog of the step against the engine's model and against sums of its own: rows of slots
 * clock after clock, each of which has to give one result, and then rows with gaps between them.
 */
#include <stdio.h>

#define NMACCEL_ENGINE_MODEL
#define NMACCEL_ENGINE_LANES   8
#define NMACCEL_ENGINE_COLUMNS 8
#include "step.h"
#include "expect.h"
#include "shim.h"

#define ROWS	  100000u
#define GAPS_ROWS 20000u

/* Rows on their way; more than Bambu's pipelines are deep. */
#define MAX_LATENCY 64u

struct bench {
	struct shim_dut *dut;
	int8_t block[1][EXPECT_ROWS][EXPECT_COLUMNS];
	uint64_t packed[EXPECT_ROWS];
	uint64_t random;
};

struct run {
	struct expect_slots slots[MAX_LATENCY];
	uint32_t started[MAX_LATENCY]; /* at which clock */
	uint32_t rows, sent, done;
	uint32_t clock, first, last; /* first and last result */
	uint32_t latency;
	uint32_t wrong;	 /* sums */
	uint32_t astray; /* results that no row has asked for, or that come late */
};

static void send(struct bench *bench, struct run *run, struct shim_in *in)
{
	struct expect_slots *slots = &run->slots[run->sent % MAX_LATENCY];

	expect_fill_slots(slots, &bench->random);
	in->start = true;
	in->values = expect_pack(slots->values);
	in->indices = expect_pack(slots->indices);
	run->started[run->sent % MAX_LATENCY] = run->clock;
	run->sent++;
}

/* A result is that of the oldest row on its way, and all take equally long. */
static void receive(struct bench *bench, struct run *run, const struct shim_out *out)
{
	const struct expect_slots *slots = &run->slots[run->done % MAX_LATENCY];
	const uint32_t latency = run->clock - run->started[run->done % MAX_LATENCY];
	int32_t model[EXPECT_COLUMNS];
	int j;

	if (run->done == run->sent) {
		run->astray++;
		return;
	}
	if (!run->done) {
		run->first = run->clock;
		run->latency = latency;
	}
	run->last = run->clock;
	run->astray += latency != run->latency;
	engine_step(bench->block, slots->values, slots->indices, model);
	for (j = 0; j < EXPECT_COLUMNS; j++)
		run->wrong += out->sums[j] != model[j] ||
			      out->sums[j] != expect_sum(0, bench->block[0], slots, j);
	run->done++;
}

/* gaps: one clock of so many starts no row; 0 for none. */
static struct run run_rows(struct bench *bench, uint32_t rows, uint32_t gaps)
{
	const uint32_t limit = 4 * rows + MAX_LATENCY;
	struct run run = {.rows = rows};
	struct shim_out out;

	for (; run.done < rows && run.clock < limit; run.clock++) {
		/* What stands at the inputs of a gap is no zero. */
		struct shim_in in = {
			.values = expect_random(&bench->random),
			.indices = expect_random(&bench->random),
		};

		if (run.sent < rows && run.sent - run.done < MAX_LATENCY &&
		    (!gaps || expect_random(&bench->random) % gaps))
			send(bench, &run, &in);
		shim_clock(bench->dut, &in, &out);
		if (out.done)
			receive(bench, &run, &out);
	}
	return run;
}

static bool report(const char *what, const struct run *run)
{
	printf("%s: %u of %u rows, a result in %u of %u clocks, latency %u, %u astray: "
	       "mismatches %u of %u\n",
	       what, run->done, run->rows, run->done, run->last - run->first + 1u, run->latency,
	       run->astray, run->wrong, run->rows * EXPECT_COLUMNS);
	return run->done == run->rows && !run->wrong && !run->astray;
}

int main(void)
{
	static struct bench bench = {.random = 1};
	struct run all, some;
	bool good;
	int r;

	expect_fill_block(bench.block[0], &bench.random);
	for (r = 0; r < EXPECT_ROWS; r++)
		bench.packed[r] = expect_pack(bench.block[0][r]);
	bench.dut = shim_create(bench.packed);
	all = run_rows(&bench, ROWS, 0);
	some = run_rows(&bench, GAPS_ROWS, 3);
	shim_destroy(bench.dut);

	good = report("clock after clock", &all) && all.last - all.first + 1u == ROWS;
	good = report("with gaps", &some) && good;
	return !good;
}
