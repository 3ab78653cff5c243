// SPDX-License-Identifier: MIT
/*
 * The loader against the definition of a window: every byte of every block that it says is
 * complete, under random geometry, latencies, stalls and refusals.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "drm/nmaccel_hw.h"
#include "rng.h"
#include "shim.h"

#define PITCH	   ((COLUMNS + 15u) / 16u * 16u)
#define BEAT_WORDS (DATA_BYTES / 16u)
#define REQUESTS   32
#define DESCS	   150
#define MAX_CLOCKS 4000000u

/* A linear buffer for each input; its device address tells which. */
#define ADDR(second) ((second) ? 0x7000000000000000u : 0x1000u)

struct request {
	uint64_t addr;
	uint32_t words;
	uint32_t sent;
	uint64_t when;
};

struct bench {
	struct nmaccel_hw_desc hw;
	uint64_t size[2];
	uint8_t *data[2];
	int8_t block[512][COLUMNS];
	bool written[512][COLUMNS];
	uint32_t inside[32][COLUMNS];

	/* Where the reference is: the block that comes next. */
	uint32_t tile, group, position;
	uint32_t unit;
	uint32_t blocks_held; /* complete and not freed */
	uint32_t held_units;
	uint64_t clock;
	uint32_t latency;
	uint32_t stall; /* one in so many; 0: never */
	struct request requests[REQUESTS];
	uint32_t n_requests;
	bool xlat_pending;
	bool xlat_second;
	uint64_t xlat_offset;
	uint32_t xlat_words;
	uint64_t fail_read; /* this read of a burst is refused, from 1 */
	uint64_t reads;
	uint64_t bytes_read;
	bool fault;
	struct loader_out fault_token;
};

static uint32_t out_columns(const struct nmaccel_hw_desc *hw)
{
	return hw->batch * hw->out_h * hw->out_w;
}

static uint32_t group_rows(const struct nmaccel_hw_desc *hw)
{
	return hw->op == NMACCEL_OP_ADD ? hw->block_rows / 2 : hw->block_rows;
}

static struct position split(int64_t value)
{
	int64_t tile = value / (int64_t)COLUMNS;
	int64_t place = value % (int64_t)COLUMNS;

	if (place < 0) {
		place += COLUMNS;
		tile--;
	}
	return (struct position){(uint32_t)tile, (uint32_t)place};
}

static void derive(const struct nmaccel_hw_desc *hw, struct loader_desc *d)
{
	const int64_t in_w = hw->in_w, in_h = hw->in_h;
	const uint32_t columns = out_columns(hw);

	*d = (struct loader_desc){
		.op = hw->op,
		.block256 = hw->block_rows == 256,
		.in_base = hw->in.offset + (uint64_t)hw->in.ch0 * PITCH,
		.in2_base = hw->in2.offset + (uint64_t)hw->in2.ch0 * PITCH,
		.in_step = hw->in.channels * PITCH,
		.in2_step = hw->in2.channels * PITCH,
		.in_ch = hw->in.ch,
		.tiles = (columns + COLUMNS - 1) / COLUMNS,
		.last_columns = (columns - 1) % COLUMNS + 1,
		.in_h = hw->in_h,
		.in_w = hw->in_w,
		.out_h = hw->out_h,
		.out_w = hw->out_w,
		.kernel_h = hw->kernel_h,
		.kernel_w = hw->kernel_w,
		.stride_h = hw->stride_h,
		.stride_w = hw->stride_w,
		.pad_top = hw->pad_top,
		.pad_left = hw->pad_left,
		.dilation_h = hw->dilation_h,
		.dilation_w = hw->dilation_w,
		.in_zero = (int8_t)hw->in_zero,
		.corner = split(-(int64_t)hw->pad_top * in_w - hw->pad_left),
		.next_x = split(hw->stride_w),
		.next_y = split(hw->stride_h * in_w - (int64_t)(hw->out_w - 1) * hw->stride_w),
		.next_image = split(in_h * in_w - (int64_t)(hw->out_h - 1) * hw->stride_h * in_w -
				    (int64_t)(hw->out_w - 1) * hw->stride_w),
		.tap_x = split(hw->dilation_w),
		.tap_y =
			split(hw->dilation_h * in_w - (int64_t)(hw->kernel_w - 1) * hw->dilation_w),
	};
}

/* The byte that output column column reads at one tap and channel. */
static int8_t expected(const struct bench *b, uint32_t column, uint32_t tap, uint32_t channel)
{
	const struct nmaccel_hw_desc *hw = &b->hw;
	const bool second = hw->op == NMACCEL_OP_ADD && tap == 1;
	const struct nmaccel_hw_tensor *tensor = second ? &hw->in2 : &hw->in;
	const uint32_t image = column / (hw->out_h * hw->out_w);
	int64_t y = column / hw->out_w % hw->out_h, x = column % hw->out_w;
	uint64_t at;

	y = y * hw->stride_h - hw->pad_top;
	x = x * hw->stride_w - hw->pad_left;
	if (hw->op != NMACCEL_OP_ADD) {
		y += (int64_t)(tap / hw->kernel_w) * hw->dilation_h;
		x += (int64_t)(tap % hw->kernel_w) * hw->dilation_w;
	}
	if (column >= out_columns(hw) || y < 0 || y >= hw->in_h || x < 0 || x >= hw->in_w)
		return hw->op == NMACCEL_OP_POOL_MAX ? -128 : (int8_t)hw->in_zero;
	at = ((uint64_t)image * hw->in_h + (uint64_t)y) * hw->in_w + (uint64_t)x;
	at = tensor->offset + (at / COLUMNS * tensor->channels + tensor->ch0 + channel) * PITCH +
	     at % COLUMNS;
	return (int8_t)b->data[second][at];
}

static uint32_t expected_inside(const struct bench *b, uint32_t column)
{
	const struct nmaccel_hw_desc *hw = &b->hw;
	int64_t y = column / hw->out_w % hw->out_h, x = column % hw->out_w;
	uint32_t count = 0, i, j;

	for (i = 0; i < hw->kernel_h; i++)
		for (j = 0; j < hw->kernel_w; j++) {
			const int64_t v = y * hw->stride_h - hw->pad_top + i * hw->dilation_h;
			const int64_t u = x * hw->stride_w - hw->pad_left + j * hw->dilation_w;

			count += v >= 0 && v < hw->in_h && u >= 0 && u < hw->in_w;
		}
	return count;
}

/* The block that has been told to be complete: check it, and go on to the next. */
static void check_block(struct bench *b)
{
	const struct nmaccel_hw_desc *hw = &b->hw;
	const bool add = hw->op == NMACCEL_OP_ADD;
	const uint32_t left = hw->in.ch - b->group;
	const uint32_t channels = left < group_rows(hw) ? left : group_rows(hw);
	const uint32_t positions = add ? 2 * channels : hw->kernel_h * hw->kernel_w * channels;
	const uint32_t room = positions - b->position;
	const uint32_t rows = room < hw->block_rows ? room : hw->block_rows;
	uint32_t r, j;

	assert_true(b->tile < (out_columns(hw) + COLUMNS - 1) / COLUMNS);
	for (r = 0; r < rows; r++)
		for (j = 0; j < COLUMNS; j++) {
			const uint32_t p = b->position + r;

			assert_true(b->written[b->unit * 128 + r][j]);
			assert_int_equal(b->block[b->unit * 128 + r][j],
					 expected(b, b->tile * COLUMNS + j, p / channels,
						  b->group + p % channels));
			b->written[b->unit * 128 + r][j] = false;
		}
	for (j = 0; j < COLUMNS && b->tile * COLUMNS + j < out_columns(hw); j++)
		if (hw->op == NMACCEL_OP_POOL_AVG)
			assert_int_equal(b->inside[b->tile % 32][j],
					 expected_inside(b, b->tile * COLUMNS + j));
	b->unit = (b->unit + hw->block_rows / 128) % 4;
	b->position += rows;
	if (b->position < positions)
		return;
	b->position = 0;
	b->group += channels;
	if (b->group < hw->in.ch)
		return;
	b->group = 0;
	b->tile++;
}

static bool stalled(const struct bench *b)
{
	return b->stall && rng_one_in(b->stall);
}

static void drive_memory(struct bench *b, struct loader_in *in)
{
	struct request *r = &b->requests[0];
	uint32_t words, second;
	uint64_t base;

	in->req_ready = b->n_requests < REQUESTS && !stalled(b);
	in->rsp_valid = false;
	if (!b->n_requests || b->clock < r->when || stalled(b))
		return;
	second = r->addr >= ADDR(1);
	base = ADDR(second);
	words = r->words - r->sent < BEAT_WORDS ? r->words - r->sent : BEAT_WORDS;
	rng_fill(in->rsp_data, sizeof(in->rsp_data));
	memcpy(in->rsp_data, b->data[second] + (r->addr - base) + r->sent * 16u, words * 16u);
	in->rsp_valid = true;
	in->rsp_words = words;
	in->rsp_last = r->sent + words == r->words;
	in->rsp_error = in->rsp_last && b->reads + 1 == b->fail_read;
}

static void take_requests(struct bench *b, const struct loader_in *in, const struct loader_out *out)
{
	struct request *r = &b->requests[0];

	if (in->rsp_valid) {
		r->sent += in->rsp_words;
		b->bytes_read += in->rsp_words * 16u;
		if (in->rsp_last) {
			b->reads++;
			memmove(r, r + 1, --b->n_requests * sizeof(*r));
		}
	}
	if (out->req_valid && in->req_ready) {
		const uint32_t second = out->req_addr >= ADDR(1);

		assert_in_range(out->req_words, 1, 64);
		assert_true(out->req_addr - ADDR(second) + out->req_words * 16u <= b->size[second]);
		b->requests[b->n_requests++] =
			(struct request){out->req_addr, out->req_words, 0, b->clock + b->latency};
	}
}

/* A translation is answered some clocks later; sometimes only in part, as at a page's end. */
static void drive_xlat(struct bench *b, struct loader_in *in)
{
	in->xlat_ready = !b->xlat_pending && !stalled(b);
	in->xlat_rsp_valid = b->xlat_pending && !stalled(b);
	if (!in->xlat_rsp_valid)
		return;
	in->xlat_addr = ADDR(b->xlat_second) + b->xlat_offset;
	in->xlat_run = rng_one_in(4) ? rng_range(1, b->xlat_words) : b->xlat_words;
	in->xlat_fault = 0;
}

static void clock_once(struct bench *b, struct loader_in *in, struct loader_out *out)
{
	uint32_t j;

	drive_memory(b, in);
	drive_xlat(b, in);
	in->blk_ready = !stalled(b);
	in->blk_free = b->blocks_held && !stalled(b);
	loader_eval(in, out);
	take_requests(b, in, out);
	if (in->xlat_rsp_valid)
		b->xlat_pending = false;
	if (out->xlat_valid && in->xlat_ready) {
		b->xlat_pending = true;
		b->xlat_second = out->xlat_second;
		b->xlat_offset = out->xlat_offset;
		b->xlat_words = out->xlat_words;
	}
	b->blocks_held -= in->blk_free;
	if (out->blk_valid && in->blk_ready) {
		if (out->blk_fault) {
			b->fault = true;
			b->fault_token = *out;
		} else {
			check_block(b);
			b->blocks_held++;
		}
	}
	for (j = 0; j < COLUMNS; j++)
		if (out->mask[j]) {
			assert_false(b->written[out->wr_row][j]);
			b->block[out->wr_row][j] = out->wr_data[j];
			b->written[out->wr_row][j] = true;
		}
	if (out->inside_we)
		b->inside[out->inside_addr / (1u << (32 - __builtin_clz(COLUMNS - 1))) % 32]
			 [out->inside_addr % (1u << (32 - __builtin_clz(COLUMNS - 1)))] =
			out->inside_data;
	loader_clock();
	b->clock++;
}

static void random_tensor(struct bench *b, struct nmaccel_hw_tensor *t, uint32_t second)
{
	const uint64_t columns = (uint64_t)b->hw.batch * b->hw.in_h * b->hw.in_w;

	t->ch0 = rng_range(0, 3);
	t->channels = t->ch0 + t->ch + rng_range(0, 3);
	t->offset = 16u * rng_range(0, 20);
	b->size[second] = t->offset + (columns + COLUMNS - 1) / COLUMNS * t->channels * PITCH;
	b->data[second] = malloc(b->size[second]);
	assert_non_null(b->data[second]);
	rng_fill(b->data[second], b->size[second]);
}

static uint32_t small(uint32_t most)
{
	return rng_one_in(2) ? 1 : rng_range(1, most);
}

static void random_window(struct nmaccel_hw_desc *hw)
{
	hw->kernel_h = small(4);
	hw->kernel_w = small(4);
	hw->stride_h = small(3);
	hw->stride_w = small(3);
	hw->dilation_h = small(3);
	hw->dilation_w = small(3);
	hw->pad_top = rng_one_in(2) ? 0 : rng_range(0, 5);
	hw->pad_left = rng_one_in(2) ? 0 : rng_range(0, 5);
	hw->out_h = rng_one_in(2) ? hw->in_h : rng_range(1, 12);
	hw->out_w = rng_one_in(2) ? hw->in_w : rng_range(1, 12);
	if (rng_one_in(10)) {
		hw->stride_h = NMACCEL_MAX_KERNEL;
		hw->dilation_w = rng_range(1, NMACCEL_MAX_KERNEL);
		hw->pad_top = rng_range(0, NMACCEL_MAX_KERNEL);
		hw->in_h = rng_range(1, 600);
	}
}

static void random_desc(struct bench *b)
{
	static const uint32_t ops[] = {NMACCEL_OP_CONV, NMACCEL_OP_CONV,     NMACCEL_OP_CONV,
				       NMACCEL_OP_ADD,	NMACCEL_OP_POOL_MAX, NMACCEL_OP_POOL_AVG};
	static const uint32_t edges[] = {1, 2, 3, 16, 63, 64, 65, 127, 128, 129, 255, 256, 257};
	struct nmaccel_hw_desc *hw = &b->hw;

	hw->op = ops[rng_range(0, 5)];
	hw->batch = small(4);
	hw->in_h = rng_one_in(3) ? 1 : rng_range(1, 20);
	hw->in_w = rng_one_in(3) ? 1 : rng_range(1, 30);
	hw->in_zero = (int32_t)rng_range(0, 255) - 128;
	random_window(hw);
	if (hw->op == NMACCEL_OP_ADD) {
		hw->kernel_h = hw->kernel_w = hw->stride_h = hw->stride_w = 1;
		hw->dilation_h = hw->dilation_w = 1;
		hw->pad_top = hw->pad_left = 0;
		hw->out_h = hw->in_h;
		hw->out_w = hw->in_w;
	}
	hw->in.ch = rng_one_in(2) ? rng_range(1, 20) : edges[rng_range(0, 12)];
	hw->in2.ch = hw->in.ch;
	hw->block_rows = hw->op != NMACCEL_OP_CONV || rng_one_in(2) ? BLOCK_ROWS : 128;
	random_tensor(b, &hw->in, 0);
	random_tensor(b, &hw->in2, 1);
}

static void bench_start(struct bench *b)
{
	struct loader_desc d;

	loader_reset();
	derive(&b->hw, &d);
	loader_desc(&d);
}

static void bench_free(struct bench *b)
{
	free(b->data[0]);
	free(b->data[1]);
}

/* Until all tiles are there, or a fault. */
static void run(struct bench *b)
{
	const uint32_t tiles = (out_columns(&b->hw) + COLUMNS - 1) / COLUMNS;
	struct loader_in in = {0};
	struct loader_out out;

	in.desc_count = 1;
	while (b->tile < tiles && !b->fault) {
		clock_once(b, &in, &out);
		assert_true(b->clock < MAX_CLOCKS);
	}
}

static void test_random(void **state)
{
	uint64_t clocks = 0;
	uint32_t i;

	(void)state;
	for (i = 0; i < DESCS; i++) {
		struct bench b = {.latency = rng_range(1, 60), .stall = rng_range(0, 4)};

		if (b.stall == 1)
			b.stall = 0;
		random_desc(&b);
		bench_start(&b);
		run(&b);
		assert_false(b.fault);
		clocks += b.clock;
		bench_free(&b);
	}
	printf("%u descriptors, %llu clocks\n", DESCS, (unsigned long long)clocks);
}

/* A burst that is refused becomes a fault in the place of a block; what was before it is right. */
static void test_refused(void **state)
{
	uint32_t i, faults = 0;

	(void)state;
	for (i = 0; i < DESCS / 3; i++) {
		struct bench b = {.latency = rng_range(1, 60), .stall = rng_range(2, 4)};

		random_desc(&b);
		b.fail_read = rng_range(1, 12);
		bench_start(&b);
		run(&b);
		if (b.fault) {
			faults++;
			assert_int_equal(b.fault_token.blk_fault, NMACCEL_FAULT_BUS);
			assert_in_range(b.fault_token.blk_buffer, 3, 4);
			assert_int_equal(b.fault_token.blk_detail, 0);
			assert_true(b.fault_token.blk_offset <
				    b.size[b.fault_token.blk_buffer - 3]);
		} else {
			assert_true(b.reads < b.fail_read);
		}
		bench_free(&b);
	}
	assert_true(faults > 0);
	printf("%u faults\n", faults);
}

/*
 * With memory that answers at once, a convolution whose columns follow each other takes a clock for
 * a block row, but for the start; and the taps share what has been fetched.
 */
static void test_throughput(void **state)
{
	struct bench b = {.latency = 20};
	uint64_t rows;

	(void)state;
	b.hw = (struct nmaccel_hw_desc){.op = NMACCEL_OP_CONV,
					.batch = 1,
					.in_h = 28,
					.in_w = 28,
					.out_h = 28,
					.out_w = 28,
					.kernel_h = 3,
					.kernel_w = 3,
					.stride_h = 1,
					.stride_w = 1,
					.pad_top = 1,
					.pad_left = 1,
					.dilation_h = 1,
					.dilation_w = 1,
					.block_rows = 128};
	b.hw.in.ch = b.hw.in2.ch = 256;
	random_tensor(&b, &b.hw.in, 0);
	random_tensor(&b, &b.hw.in2, 1);
	bench_start(&b);
	run(&b);
	rows = (uint64_t)b.tile * 9 * 256;
	printf("%llu block rows in %llu clocks; %.2f bytes read for a byte of input\n",
	       (unsigned long long)rows, (unsigned long long)b.clock,
	       (double)b.bytes_read / (28.0 * 28 * 256));
	if (DATA_BYTES == PITCH)
		assert_true(b.clock < rows + rows / 20 + 2000);
	bench_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_throughput),
	};

	rng_start("test_rtl_loader");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
