// SPDX-License-Identifier: MIT
/*
 * The epilogue against hw/hls: random results of all operations one after the other, with stalls on
 * every handshake. What may change, changes as soon as it may: accumulators when their bank is
 * free, descriptors when their last result is out, data in clocks in which it is not asked for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "rows.h"

#define INSIDE_TILES 64u
#define ROWS	     512u
#define TOKENS	     256u /* a power of two, more than there can be under way */

/* Of the address of a column. */
#define PLACE_BITS (COLUMNS <= 16u ? 4u : COLUMNS <= 32u ? 5u : 6u)

/* From a row's read to its first beat, as documented. */
#define LATENCY (RD_LATENCY + 30u)

struct token {
	struct epilogue_result res;
	uint32_t size; /* 0: no rows */
	uint8_t *bytes;
};

struct read {
	bool valid;
	bool bank;
	uint16_t row;
};

/* What a run consists of. */
struct plan {
	uint8_t op;	/* 0: any */
	int wide;	/* of convolutions; -1: any */
	uint32_t rows;	/* of each result; 0: any */
	bool whole;	/* all columns, nothing empty, no faults */
	uint32_t tiles; /* of a descriptor; 0: any */
};

struct bench {
	struct epilogue_dut *dut;
	struct epilogue_in in;
	struct epilogue_out out;
	struct plan plan;

	int32_t acc[2][ROWS][COLUMNS];
	bool bank_busy[2];
	struct param param[2][ROWS];
	uint16_t inside[INSIDE_TILES][COLUMNS]; /* of both descriptors' tiles */
	struct read reads[RD_LATENCY];		/* the oldest first */
	uint16_t par_addr;
	uint16_t in_addr;

	/* Results in order, and how far each of them has come. */
	struct token tokens[TOKENS];
	uint32_t made, taken, passed, read, freed, done;
	uint32_t row; /* of the one that is read */
	uint32_t at;  /* bytes of the one that comes out */

	/* The descriptor whose results are made. */
	uint32_t descs;
	bool slot_open[2];
	uint32_t tiles_left, groups_left, tile, columns;
	bool bank;

	uint32_t res_every, tok_every, beat_every; /* ready or valid once in so many clocks */
	uint32_t stall_left;
	bool tok_offered, beat_offered; /* and not taken */
	uint64_t clock, beats, rows, first_beat, last_beat, first_read, values;
};

static struct token *token_at(struct bench *bench, uint32_t number)
{
	return &bench->tokens[number % TOKENS];
}

static bool empty(const struct token *token)
{
	return !token->res.rows || token->res.fault_code;
}

static void noise(void *data, size_t size)
{
	rng_fill(data, size);
}

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Results that still need a slot's descriptor. */
static bool slot_used(struct bench *bench, uint32_t slot)
{
	uint32_t i = least(least(bench->passed, bench->freed), bench->done);

	for (; i != bench->made; i++)
		if (token_at(bench, i)->res.desc == slot)
			return true;
	return false;
}

static void begin_desc(struct bench *bench)
{
	const uint32_t slot = bench->descs++ % 2;
	struct epilogue_desc *desc = &bench->in.desc[slot];
	const uint8_t ops[] = {NMACCEL_OP_CONV, NMACCEL_OP_CONV, NMACCEL_OP_ADD,
			       NMACCEL_OP_POOL_MAX, NMACCEL_OP_POOL_AVG};
	uint32_t r;

	random_desc(desc, bench->plan.op ? bench->plan.op : ops[rng_range(0, 4)], bench->plan.wide);
	for (r = 0; r < ROWS; r++)
		random_param(&bench->param[slot][r]);
	bench->slot_open[slot] = true;
	bench->tiles_left = bench->plan.tiles ? bench->plan.tiles : rng_range(1, 5);
	bench->groups_left = 0;
}

/* Where the counts of a tile are. */
static uint16_t *inside_of(struct bench *bench, uint32_t slot, uint32_t tile)
{
	return bench->inside[slot * (INSIDE_TILES / 2) + tile % (INSIDE_TILES / 2)];
}

static void begin_tile(struct bench *bench, uint32_t slot)
{
	const struct epilogue_desc *desc = &bench->in.desc[slot];

	bench->tile++;
	bench->groups_left = desc->op == NMACCEL_OP_CONV || bench->plan.rows ? 1 : rng_range(1, 3);
	bench->columns = bench->plan.whole || bench->tiles_left > 1 || rng_one_in(3)
				 ? COLUMNS
				 : rng_range(1, COLUMNS);
	noise(inside_of(bench, slot, bench->tile), sizeof(bench->inside[0]));
	random_inside(desc, inside_of(bench, slot, bench->tile));
	noise(inside_of(bench, slot, bench->tile + 21), sizeof(bench->inside[0]));
	noise(inside_of(bench, !slot, bench->tile), sizeof(bench->inside[0]));
}

static uint32_t random_rows(const struct bench *bench)
{
	if (bench->plan.rows)
		return bench->plan.rows;
	if (rng_one_in(12))
		return 0;
	if (rng_one_in(40))
		return ROWS;
	return rng_range(1, rng_one_in(3) ? 60 : 8);
}

/* The accumulators of a result, and what is to come out. */
static void fill_token(struct bench *bench, const struct epilogue_desc *desc, struct token *token)
{
	const struct epilogue_result *res = &token->res;
	const uint32_t pitch = row_pitch(desc);
	struct row *row = malloc(sizeof(*row));
	uint32_t r, j;

	token->size = res->rows * pitch;
	token->bytes = malloc(token->size);
	assert_non_null(row);
	assert_non_null(token->bytes);
	for (r = 0; r < res->rows; r++) {
		random_row(desc, &bench->param[res->desc][r],
			   inside_of(bench, res->desc, res->tile), res->columns, row,
			   token->bytes + (size_t)r * pitch);
		memcpy(bench->acc[res->bank][r], row->acc, sizeof(row->acc));
		for (j = res->columns; j < COLUMNS; j++)
			bench->acc[res->bank][r][j] = (int32_t)rng_u64();
	}
	bench->bank_busy[res->bank] = true;
	bench->values += (uint64_t)res->rows * res->columns;
	free(row);
}

static bool can_make(struct bench *bench)
{
	if (bench->made != bench->taken || bench->bank_busy[bench->bank])
		return false;
	return bench->tiles_left || !slot_used(bench, bench->descs % 2);
}

static void make_token(struct bench *bench)
{
	struct token *token = token_at(bench, bench->made);
	struct epilogue_result *res = &token->res;
	const struct epilogue_desc *desc;

	if (!bench->tiles_left)
		begin_desc(bench);
	desc = &bench->in.desc[(bench->descs - 1) % 2];
	if (!bench->groups_left)
		begin_tile(bench, (bench->descs - 1) % 2);
	bench->groups_left--;
	if (!bench->groups_left)
		bench->tiles_left--;
	free(token->bytes);
	memset(token, 0, sizeof(*token));
	res->desc = (bench->descs - 1) % 2;
	res->bank = bench->bank;
	res->first = rng_range(0, 65535);
	res->rows = (uint16_t)random_rows(bench);
	res->tile = bench->tile;
	res->columns = (uint16_t)bench->columns;
	res->tile_end = !bench->groups_left;
	res->desc_end = res->tile_end && !bench->tiles_left;
	res->steps = rng_u64();
	res->loads = rng_u64();
	res->fault_code = !bench->plan.whole && rng_one_in(20) ? (uint8_t)rng_range(1, 15) : 0;
	res->fault_buffer = (uint32_t)rng_u64();
	res->fault_detail = (uint32_t)rng_u64();
	res->fault_offset = rng_u64();
	if (!empty(token)) {
		fill_token(bench, desc, token);
		bench->bank = !bench->bank;
	}
	if (res->fault_code) /* the end of a job: the next one comes with a new descriptor */
		bench->tiles_left = bench->groups_left = 0;
	bench->made++;
}

/* Inputs of a clock. */
static void drive(struct bench *bench)
{
	struct epilogue_in *in = &bench->in;
	const struct read *read = &bench->reads[0];
	const struct param *param;
	uint32_t column;

	if (!bench->stall_left--) {
		const uint32_t most = rng_range(1, 5);

		bench->res_every = rng_range(1, most);
		bench->tok_every = rng_range(1, most);
		bench->beat_every = rng_range(1, most);
		bench->stall_left = rng_range(1, 400);
	}
	in->noise = bench->stall_left & 16;
	in->res_valid =
		bench->made != bench->taken && (in->res_valid || rng_one_in(bench->res_every));
	if (in->res_valid)
		in->res = token_at(bench, bench->taken)->res;
	else
		noise(&in->res.rows, sizeof(in->res.rows));
	in->tok_ready = rng_one_in(bench->tok_every);
	in->beat_ready = rng_one_in(bench->beat_every);
	if (read->valid)
		memcpy(in->rd_data, bench->acc[read->bank][read->row], sizeof(in->rd_data));
	else
		noise(in->rd_data, 16);
	param = &bench->param[bench->par_addr / ROWS][bench->par_addr % ROWS];
	in->par_rd_data = (uint64_t)param->scale << 32 | param->bias;
	column = bench->in_addr % (1u << PLACE_BITS);
	in->in_rd_data = bench->inside[bench->in_addr >> PLACE_BITS][least(column, COLUMNS - 1u)];
}

static void check_read(struct bench *bench)
{
	const struct epilogue_out *out = &bench->out;
	const struct read read = {out->rd_valid, out->rd_bank, out->rd_row};
	const struct token *token;

	memmove(bench->reads, bench->reads + 1, sizeof(bench->reads) - sizeof(read));
	bench->reads[RD_LATENCY - 1] = read;
	bench->par_addr = out->par_rd_addr;
	bench->in_addr = out->in_rd_addr;
	while (bench->read != bench->taken && empty(token_at(bench, bench->read)))
		bench->read++;
	if (!out->rd_valid)
		return;
	assert_true(bench->read != bench->taken);
	token = token_at(bench, bench->read);
	assert_int_equal(out->rd_bank, token->res.bank);
	assert_int_equal(out->rd_row, bench->row);
	if (!bench->rows++)
		bench->first_read = bench->clock;
	if (++bench->row == token->res.rows) {
		bench->row = 0;
		bench->read++;
	}
}

static void check_free(struct bench *bench)
{
	const struct token *token = token_at(bench, bench->freed);

	if (!bench->out.bank_free)
		return;
	assert_true(bench->freed != bench->taken);
	if (!empty(token)) {
		assert_true(bench->freed < bench->read);
		bench->bank_busy[token->res.bank] = false;
		noise(bench->acc[token->res.bank], sizeof(bench->acc[0]));
	}
	bench->freed++;
}

static void check_beat(struct bench *bench)
{
	const struct epilogue_out *out = &bench->out;
	struct token *token;
	uint32_t left;

	while (bench->done != bench->passed && empty(token_at(bench, bench->done)))
		bench->done++;
	if (bench->beat_offered)
		assert_true(out->beat_valid);
	bench->beat_offered = out->beat_valid && !bench->in.beat_ready;
	if (!out->beat_valid)
		return;
	/* Its result was passed on. */
	assert_true(bench->done != bench->passed);
	token = token_at(bench, bench->done);
	left = least(token->size - bench->at, DATA_BYTES);
	if (memcmp(out->beat, token->bytes + bench->at, left))
		fail_msg("result %u, op %u, byte %u of %u: another one", bench->done,
			 bench->in.desc[token->res.desc].op, bench->at, token->size);
	if (!bench->in.beat_ready)
		return;
	if (!bench->beats++)
		bench->first_beat = bench->clock;
	bench->last_beat = bench->clock;
	bench->at += DATA_BYTES;
	if (bench->at >= token->size) {
		bench->at = 0;
		bench->done++;
	}
}

static void check_tok(struct bench *bench)
{
	const struct epilogue_out *out = &bench->out;

	if (bench->tok_offered)
		assert_true(out->tok_valid);
	bench->tok_offered = out->tok_valid && !bench->in.tok_ready;
	if (!out->tok_valid)
		return;
	assert_true(bench->passed != bench->taken);
	assert_memory_equal(&out->tok, &token_at(bench, bench->passed)->res, sizeof(out->tok));
	bench->passed += bench->in.tok_ready;
}

/* A descriptor whose results are all out may be another one. */
static void close_slots(struct bench *bench)
{
	uint32_t slot;

	for (slot = 0; slot < 2; slot++) {
		if (!bench->slot_open[slot] || slot_used(bench, slot) ||
		    (bench->tiles_left && (bench->descs - 1) % 2 == slot))
			continue;
		random_desc(&bench->in.desc[slot], (uint8_t)rng_range(1, 4), -1);
		noise(bench->param[slot], sizeof(bench->param[slot]));
		bench->slot_open[slot] = false;
	}
}

static void step(struct bench *bench)
{
	drive(bench);
	epilogue_clock(bench->dut, &bench->in, &bench->out);
	check_beat(bench);
	check_tok(bench);
	check_read(bench);
	check_free(bench);
	if (bench->in.res_valid && bench->out.res_ready) {
		bench->taken++;
		bench->in.res_valid = false;
	}
	close_slots(bench);
	bench->clock++;
}

static void reset(struct bench *bench)
{
	struct epilogue_dut *dut = bench->dut;
	const struct plan plan = bench->plan;
	const uint64_t values = bench->values;
	uint32_t i;

	for (i = 0; i < TOKENS; i++)
		free(bench->tokens[i].bytes);
	memset(bench, 0, sizeof(*bench));
	bench->dut = dut;
	bench->plan = plan;
	bench->values = values;
	bench->in.rst = true;
	epilogue_clock(dut, &bench->in, &bench->out);
	bench->in.rst = false;
	bench->tile = rng_range(0, 0x7ffffff);
}

static struct bench *start(struct plan plan)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	assert_non_null(bench);
	bench->dut = epilogue_create();
	assert_non_null(bench->dut);
	bench->plan = plan;
	reset(bench);
	return bench;
}

/* Until all is out, and then nothing comes. */
static void finish(struct bench *bench)
{
	uint64_t last = bench->clock + 200000;

	while (bench->done != bench->made || bench->passed != bench->made ||
	       bench->freed != bench->made) {
		assert_true(bench->clock < last);
		step(bench);
	}
	for (last = bench->clock + 100; bench->clock < last;) {
		step(bench);
		assert_false(bench->out.tok_valid || bench->out.beat_valid || bench->out.rd_valid ||
			     bench->out.bank_free);
	}
}

static void stop(struct bench *bench)
{
	print_message("%llu values, %u results\n", (unsigned long long)bench->values, bench->made);
	epilogue_destroy(bench->dut);
	bench->dut = NULL;
	free(bench);
}

static void run(struct bench *bench, uint32_t tokens)
{
	const uint32_t end = bench->made + tokens;

	while (bench->made != end) {
		if (can_make(bench))
			make_token(bench);
		step(bench);
	}
}

static void test_random(void **state)
{
	struct bench *bench = start((struct plan){.wide = -1});

	(void)state;
	run(bench, 3000);
	finish(bench);
	stop(bench);
}

static void test_reset(void **state)
{
	struct bench *bench = start((struct plan){.wide = -1});
	uint32_t i;

	(void)state;
	for (i = 0; i < 60; i++) {
		run(bench, rng_range(1, 20));
		if (rng_one_in(4))
			finish(bench);
		reset(bench);
	}
	run(bench, 20);
	finish(bench);
	stop(bench);
}

/* Nothing waits: so many clocks for each row; more of them until a row's first beat. */
static void check_rate(struct plan plan, uint32_t clocks_per_row, uint32_t more)
{
	struct bench *bench = start(plan);
	const uint32_t tokens = 6;
	uint64_t clocks;

	bench->stall_left = UINT32_MAX;
	bench->res_every = bench->tok_every = bench->beat_every = 1;
	run(bench, tokens);
	finish(bench);
	clocks = bench->last_beat - bench->first_beat + 1 + more;
	assert_int_equal(bench->first_beat - bench->first_read, LATENCY + more);
	assert_int_equal(clocks, tokens * plan.rows * clocks_per_row +
					 (clocks_per_row == 1 ? tokens - 1 : 0));
	stop(bench);
}

static void test_rate(void **state)
{
	const uint32_t beats = (ENGINE_PITCH_S8 + DATA_BYTES - 1) / DATA_BYTES;
	const uint32_t wide_beats = (ENGINE_PITCH_S32 + DATA_BYTES - 1) / DATA_BYTES;
	struct plan plan = {.op = NMACCEL_OP_CONV, .rows = 40, .whole = true, .tiles = 6};

	(void)state;
	check_rate(plan, beats, 0);
	plan.wide = 1;
	check_rate(plan, wide_beats, 0);
	plan.wide = -1;
	plan.op = NMACCEL_OP_POOL_MAX;
	check_rate(plan, beats, 0);
	plan.op = NMACCEL_OP_ADD;
	check_rate(plan, 2 * beats, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rate),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_reset),
	};

	rng_start("epilogue");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
