// SPDX-License-Identifier: MIT
#include "stimulus.h"

#include <string.h>

#include "rng.h"

static int8_t extreme(void)
{
	static const int8_t bytes[] = {-128, -127, -1, 0, 1, 126, 127};

	return bytes[rng_range(0, sizeof(bytes) - 1)];
}

void stimulus_fill(enum stimulus_bytes kind, int8_t *bytes, uint32_t count)
{
	const int8_t one = kind == BYTES_LEAST ? -128 : extreme();
	uint32_t i;

	rng_fill((uint8_t *)bytes, count);
	for (i = 0; kind != BYTES_ANY && i < count; i++)
		bytes[i] = kind == BYTES_EXTREME ? extreme() : one;
}

void stimulus_start(struct stimulus *s, uint32_t lanes, uint32_t columns, uint32_t latency)
{
	memset(s, 0, sizeof(*s));
	s->model.lanes = lanes;
	s->model.columns = columns;
	s->latency = latency;
}

static uint32_t often_one(uint32_t most)
{
	return rng_one_in(2) ? 1 : rng_range(1, most);
}

static uint32_t seldom(uint32_t most)
{
	return rng_one_in(3) ? 0 : rng_range(1, most);
}

void stimulus_next_phase(struct stimulus *s)
{
	struct stimulus_phase *phase = &s->phase;

	phase->clocks = rng_range(1, 400);
	phase->step_one_in = rng_one_in(8) ? 0 : often_one(5);
	phase->clear_one_in = seldom(60);
	phase->rd_one_in = often_one(3);
	phase->wr_one_in = rng_one_in(4) ? 0 : often_one(10);
	phase->rows = rng_one_in(3) ? CORE_ROWS : rng_range(1, 6);
	phase->first_row = rng_range(0, CORE_ROWS - phase->rows);
	phase->walk = rng_one_in(2);
	phase->run = often_one(6);
	phase->banks = rng_range(0, 3);
	phase->max_one_in = seldom(2);
	phase->values = rng_range(0, BYTES_KINDS - 1);
	phase->data = rng_range(0, BYTES_KINDS - 1);
	phase->indices = rng_one_in(2) ? 256 : rng_range(1, 4);
	phase->first_index = rng_range(0, 256 - phase->indices);
}

static bool now_and_then(uint32_t one_in)
{
	return one_in && rng_one_in(one_in);
}

static uint32_t draw_row(const struct stimulus *s)
{
	return s->phase.first_row + rng_range(0, s->phase.rows - 1);
}

static void draw_next_run(struct stimulus *s)
{
	const struct stimulus_phase *phase = &s->phase;
	const uint32_t place = s->row - phase->first_row;

	s->run_left = rng_range(1, phase->run);
	s->row = phase->walk ? phase->first_row + (place + 1) % phase->rows : draw_row(s);
	if (phase->banks < 2)
		s->bank = phase->banks;
	else
		s->bank = phase->banks == 2 ? !s->bank : rng_range(0, 1);
}

static uint32_t draw_index(const struct stimulus *s)
{
	return s->phase.first_index + rng_range(0, s->phase.indices - 1);
}

/* All steps of a used row are of one kind. */
static bool draw_max(const struct stimulus *s, const struct core_in *in)
{
	const bool cleared = in->clear_valid && in->clear_bank == in->step_bank;

	if (s->model.used[in->step_bank][in->step_row] && !cleared)
		return s->model.max[in->step_bank][in->step_row];
	return now_and_then(s->phase.max_one_in);
}

static void draw_step(struct stimulus *s, struct core_in *in)
{
	uint32_t i;

	in->step_valid = now_and_then(s->phase.step_one_in);
	in->step_base = rng_range(0, 3);
	for (i = 0; i < s->model.lanes; i++)
		in->step_indices[i] = (uint8_t)draw_index(s);
	stimulus_fill(s->phase.values, in->step_values, s->model.lanes);
	if (!in->step_valid) {
		in->step_bank = rng_one_in(2);
		in->step_row = draw_row(s);
		in->step_max = rng_one_in(2);
		return;
	}
	if (!s->run_left)
		draw_next_run(s);
	s->run_left--;
	in->step_bank = s->bank;
	in->step_row = s->row;
	in->step_max = draw_max(s, in);
}

static void draw_write(const struct stimulus *s, struct core_in *in)
{
	const bool write = now_and_then(s->phase.wr_one_in), whole = rng_one_in(2);
	uint32_t j;

	stimulus_fill(s->phase.data, in->wr_data, s->model.columns);
	in->wr_row = rng_range(0, 3) * 128u | draw_index(s);
	for (j = 0; j < s->model.columns; j++)
		in->wr_mask[j] = write && (whole || rng_one_in(2));
}

static void draw_read(const struct stimulus *s, struct core_in *in)
{
	in->rd_bank = rng_one_in(2);
	in->rd_row = rng_one_in(8) ? rng_range(0, CORE_ROWS - 1)
				   : s->recent[in->rd_bank][rng_range(0, STIMULUS_RECENT - 1)];
	in->rd_valid = now_and_then(s->phase.rd_one_in) && !s->left[in->rd_bank];
}

static void draw_fill(struct stimulus *s, struct core_in *in)
{
	in->wr_row = s->filled++;
	memset(in->wr_mask, true, s->model.columns);
	stimulus_fill(BYTES_ANY, in->wr_data, s->model.columns);
}

void stimulus_draw(struct stimulus *s, struct core_in *in)
{
	memset(in, 0, sizeof(*in));
	if (s->filled < CORE_ROWS) {
		draw_fill(s, in);
		return;
	}
	in->clear_bank = rng_one_in(2);
	in->clear_valid = now_and_then(s->phase.clear_one_in);
	draw_step(s, in);
	draw_write(s, in);
	draw_read(s, in);
}

void stimulus_clock(struct stimulus *s, const struct core_in *in, struct core_out *expected)
{
	struct core_out *next = &s->ring[s->at];
	uint32_t b;

	*expected = *next;
	s->at = (s->at + 1) % STIMULUS_RD_CLOCKS;
	next->rd_data_valid = in->rd_valid;
	s->reads_used += in->rd_valid && s->model.used[in->rd_bank][in->rd_row];
	core_model_clock(&s->model, in, next->rd_data);
	if (in->step_valid)
		s->recent[in->step_bank][s->steps++ % STIMULUS_RECENT] = in->step_row;
	for (b = 0; b < 2; b++) {
		expected->busy[b] = s->left[b];
		if (in->rst)
			s->left[b] = 0;
		else if (in->step_valid && in->step_bank == b)
			s->left[b] = s->latency - 1;
		else if (s->left[b])
			s->left[b]--;
	}
}
