// SPDX-License-Identifier: MIT
/*
 * Translations against page lists in C. Each buffer's list has its place in the address space; the
 * memory answers in order, after a random time, with what the list held when it was asked.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "drm/nmaccel_hw.h"
#include "rng.h"
#include "shim.h"

#define WORD_BYTES  16u
#define BEAT_WORDS  (DATA_BYTES / WORD_BYTES)
#define MAX_BURST   64u
#define LINE_WORDS  4u
#define LATENCY	    5u
#define BUFFERS	    12u
#define MAX_ENTRIES 120u
#define QUEUE	    32u

struct buffer {
	struct mmu_port port;
	uint32_t entries;
	uint64_t list[MAX_ENTRIES + 1];
	uint64_t refused; /* words of the list that cannot be read, a bit for each */
};

/* A list read under way. */
struct reading {
	uint64_t answer_at;
	uint64_t entries[2 * LINE_WORDS];
	uint32_t words;
	uint32_t given;
	bool refused;
};

struct bench {
	struct mmu_dut *dut;
	struct mmu_in in;
	struct mmu_out out;
	struct buffer buffers[BUFFERS];
	struct reading reading[QUEUE];
	uint32_t first, count;
	uint32_t latency_min, latency_max, stall;
	uint64_t now;
	uint64_t asked_at[MMU_REQUESTERS];
	uint32_t buffer_of[MMU_REQUESTERS];
	uint32_t answered; /* by req_ready, in the clock before */
	struct mmu_request request[MMU_REQUESTERS];
	uint64_t answers, faults[16], reads, words_read;
	uint64_t slowest;
};

static uint32_t list_words(const struct buffer *buffer)
{
	return (buffer->entries + 1) / 2;
}

static uint64_t random_page(const struct buffer *buffer)
{
	const uint64_t page = rng_u64() >> buffer->port.page_shift << buffer->port.page_shift;

	if (!rng_one_in(25))
		return page;
	return page | (uint64_t)1 << rng_range(0, buffer->port.page_shift - 1u);
}

static void fill_list(struct buffer *buffer)
{
	uint32_t i;

	for (i = 0; i <= MAX_ENTRIES; i++)
		buffer->list[i] = random_page(buffer);
	buffer->refused = rng_one_in(2) ? 0 : rng_u64() & rng_u64() & rng_u64() & rng_u64();
}

static void make_paged(struct buffer *buffer, uint32_t index)
{
	const uint64_t page = (uint64_t)1 << buffer->port.page_shift;

	buffer->entries = rng_one_in(3) ? rng_range(1, 9) : rng_range(1, MAX_ENTRIES);
	buffer->port.size = (buffer->entries - 1) * page + 1 + rng_u64() % page;
	if (rng_one_in(3))
		buffer->port.size = buffer->entries * page;
	/* One of them up to the end of the address space. */
	buffer->port.addr = (uint64_t)index << 56 | rng_range(0, 0xffff) * WORD_BYTES;
	if (index == 0)
		buffer->port.addr = -(uint64_t)list_words(buffer) * WORD_BYTES;
	fill_list(buffer);
}

static void make_buffers(struct bench *bench)
{
	struct buffer *buffer;
	uint32_t i;

	for (i = 0; i < BUFFERS; i++) {
		buffer = &bench->buffers[i];
		buffer->port.index = (uint8_t)(i * 21u);
		buffer->port.paged = i % 4 != 3;
		if (buffer->port.paged) {
			buffer->port.page_shift =
				(uint8_t)(rng_one_in(2) ? 12
							: rng_range(NMACCEL_MIN_PAGE_SHIFT,
								    NMACCEL_MAX_PAGE_SHIFT));
			make_paged(buffer, i);
			continue;
		}
		buffer->port.page_shift = 0;
		buffer->port.size = rng_u64() >> rng_range(1, 60);
		buffer->port.addr = rng_u64() >> 1 & ~(uint64_t)(WORD_BYTES - 1);
	}
}

static struct buffer *buffer_at(struct bench *bench, uint64_t addr, uint32_t words)
{
	struct buffer *buffer;
	uint64_t word;
	uint32_t i;

	assert_int_equal(addr % WORD_BYTES, 0);
	for (i = 0; i < BUFFERS; i++) {
		buffer = &bench->buffers[i];
		word = (addr - buffer->port.addr) / WORD_BYTES;
		if (buffer->port.paged && word < list_words(buffer)) {
			assert_in_range(words, 1, list_words(buffer) - word);
			return buffer;
		}
	}
	fail_msg("a read outside all lists");
	return NULL;
}

static void ask_list(struct bench *bench)
{
	const struct mmu_out *out = &bench->out;
	const struct buffer *buffer = buffer_at(bench, out->list_addr, out->list_words);
	const uint32_t word = (uint32_t)((out->list_addr - buffer->port.addr) / WORD_BYTES);
	struct reading *reading;

	assert_in_range(out->list_words, 1, LINE_WORDS);
	assert_in_range(bench->count, 0, QUEUE - 1);
	reading = &bench->reading[(bench->first + bench->count++) % QUEUE];
	reading->answer_at = bench->now + rng_range(bench->latency_min, bench->latency_max);
	reading->words = out->list_words;
	reading->given = 0;
	reading->refused = buffer->refused >> word & (((uint64_t)1 << out->list_words) - 1);
	memcpy(reading->entries, &buffer->list[2 * word], reading->words * WORD_BYTES);
	bench->reads++;
	bench->words_read += out->list_words;
}

static void offer_list(struct bench *bench)
{
	struct reading *reading = &bench->reading[bench->first];
	struct mmu_in *in = &bench->in;
	uint32_t left;

	rng_fill(in->list_rsp_data, DATA_BYTES);
	in->list_rsp_valid = in->list_rsp_last = in->list_rsp_error = false;
	if (!bench->count || reading->answer_at > bench->now || rng_range(0, 255) < bench->stall)
		return;
	left = reading->words - reading->given;
	in->list_rsp_valid = true;
	in->list_rsp_words = left < BEAT_WORDS ? left : BEAT_WORDS;
	in->list_rsp_last = left <= BEAT_WORDS;
	in->list_rsp_error = reading->refused && in->list_rsp_last;
	if (!reading->refused)
		memcpy(in->list_rsp_data, &reading->entries[2 * reading->given],
		       in->list_rsp_words * WORD_BYTES);
	reading->given += in->list_rsp_words;
	if (!in->list_rsp_last)
		return;
	bench->first = (bench->first + 1) % QUEUE;
	bench->count--;
}

static uint32_t expected_fault(const struct buffer *buffer, const struct mmu_request *request,
			       bool writes)
{
	const uint64_t size = buffer->port.size;
	const uint64_t limit = size / WORD_BYTES + (!writes && size % WORD_BYTES);
	const uint64_t first = request->offset / WORD_BYTES;
	const uint64_t page = request->offset >> buffer->port.page_shift;

	if (first > limit || request->words > limit - first)
		return NMACCEL_FAULT_BOUNDS;
	if (!buffer->port.paged)
		return NMACCEL_FAULT_NONE;
	if (buffer->refused >> (page / 2) & 1)
		return NMACCEL_FAULT_BUS;
	if (buffer->list[page] % ((uint64_t)1 << buffer->port.page_shift))
		return NMACCEL_FAULT_BUFFER;
	return NMACCEL_FAULT_NONE;
}

static void check_place(const struct mmu_out *out, const struct buffer *buffer,
			const struct mmu_request *request)
{
	uint64_t run = request->words < MAX_BURST ? request->words : MAX_BURST;
	uint64_t page, inside;

	if (!buffer->port.paged) {
		assert_int_equal(out->rsp_addr, buffer->port.addr + request->offset);
		assert_int_equal(out->rsp_words, run);
		return;
	}
	page = (uint64_t)1 << buffer->port.page_shift;
	inside = request->offset % page;
	if (run * WORD_BYTES > page - inside)
		run = (page - inside) / WORD_BYTES;
	assert_int_equal(out->rsp_addr, buffer->list[request->offset / page] + inside);
	assert_int_equal(out->rsp_words, run);
}

static void check_answer(struct bench *bench)
{
	const struct mmu_out *out = &bench->out;
	uint32_t who;
	uint64_t took;

	assert_int_equal(out->rsp_valid, bench->answered);
	if (!out->rsp_valid)
		return;
	for (who = 0; out->rsp_valid != 1u << who; who++)
		assert_in_range(who, 0, MMU_REQUESTERS - 1);
	took = bench->now - bench->asked_at[who];
	if (took > bench->slowest)
		bench->slowest = took;
	bench->answers++;
	bench->faults[out->rsp_fault]++;
}

/* When it is taken the answer is certain, so the lists are looked at here, not a clock later. */
static void check_now(struct bench *bench, uint32_t who)
{
	const struct buffer *buffer = &bench->buffers[bench->buffer_of[who]];
	const struct mmu_request *request = &bench->request[who];
	const uint32_t fault = expected_fault(buffer, request, who == 2);

	assert_int_equal(bench->out.rsp_fault, fault);
	if (fault == NMACCEL_FAULT_NONE)
		check_place(&bench->out, buffer, request);
}

static void clock_once(struct bench *bench)
{
	bool stays = bench->out.list_valid && !bench->in.list_ready;
	const uint64_t addr = bench->out.list_addr;
	uint32_t taken, who;

	offer_list(bench);
	bench->in.list_ready = rng_range(0, 255) >= bench->stall;
	mmu_clock(bench->dut, &bench->in, &bench->out);
	if (bench->in.rst)
		return;
	if (stays)
		assert_true(bench->out.list_valid && bench->out.list_addr == addr);
	if (bench->out.list_valid && bench->in.list_ready)
		ask_list(bench);
	check_answer(bench);
	for (who = 0; who < MMU_REQUESTERS; who++) {
		if (bench->answered >> who & 1)
			check_now(bench, who);
	}
	taken = bench->in.req_valid & bench->out.req_ready;
	assert_int_equal(taken, bench->out.req_ready);
	assert_false(taken & (taken - 1));
	bench->in.req_valid &= ~taken;
	bench->answered = taken;
	bench->now++;
}

static void start(struct bench *bench, uint32_t latency_min, uint32_t latency_max, uint32_t stall)
{
	memset(bench, 0, sizeof(*bench));
	bench->latency_min = latency_min;
	bench->latency_max = latency_max;
	bench->stall = stall;
	make_buffers(bench);
	bench->dut = mmu_create();
	assert_non_null(bench->dut);
	bench->in.rst = true;
	clock_once(bench);
	clock_once(bench);
	bench->in.rst = false;
}

static void offer(struct bench *bench, uint32_t who, uint32_t index, uint64_t offset,
		  uint32_t words)
{
	struct mmu_request *request = &bench->request[who];

	request->port = bench->buffers[index].port;
	request->offset = offset;
	request->words = words;
	bench->in.req[who] = *request;
	bench->in.req_valid |= 1u << who;
	bench->asked_at[who] = bench->now;
	bench->buffer_of[who] = index;
}

static uint64_t random_offset(const struct buffer *buffer, uint64_t last)
{
	const uint64_t page = (uint64_t)1 << buffer->port.page_shift;
	const uint64_t size = buffer->port.size;
	uint64_t offset;

	switch (rng_range(0, 9)) {
	case 0: /* the end */
		offset = size + rng_range(0, 70) * WORD_BYTES - rng_range(0, 70) * WORD_BYTES;
		break;
	case 1: /* anywhere, far behind the end too */
		offset = rng_u64() >> rng_range(0, 60);
		break;
	case 2:
	case 3: /* around a page's end */
		offset = (rng_u64() % (size / page + 1)) * page - rng_range(0, 70) * WORD_BYTES;
		break;
	case 4:
		offset = rng_u64() % (size + 1);
		break;
	default: /* on from where it was */
		offset = last + rng_range(0, 2) * page / 2 + rng_range(0, 64) * WORD_BYTES;
		break;
	}
	return offset & ~(uint64_t)(WORD_BYTES - 1);
}

static void offer_random(struct bench *bench, uint32_t who)
{
	const uint32_t index = rng_one_in(4) ? rng_range(0, BUFFERS - 1) : bench->buffer_of[who];
	const uint64_t offset = random_offset(&bench->buffers[index], bench->request[who].offset);

	offer(bench, who, index, offset, rng_one_in(9) ? rng_range(1, 127) : rng_range(1, 64));
}

/* Nothing is left but what is read ahead. */
static void settle(struct bench *bench)
{
	uint32_t left = 200000, calm = 0;

	while (bench->in.req_valid || bench->answered || calm < 20) {
		assert_true(left--);
		calm = bench->count || bench->in.req_valid || bench->out.list_valid ? 0 : calm + 1;
		clock_once(bench);
	}
}

static void run_random(struct bench *bench, uint32_t clocks, uint32_t every)
{
	uint32_t i, who;

	for (i = 0; i < clocks; i++) {
		for (who = 0; who < MMU_REQUESTERS; who++) {
			if (!((bench->in.req_valid | bench->answered) >> who & 1) &&
			    rng_one_in(every))
				offer_random(bench, who);
		}
		clock_once(bench);
	}
}

static void test_random(void **state)
{
	uint64_t faults[16] = {0};
	struct bench bench;
	uint32_t i, j;

	(void)state;
	for (i = 0; i < 12; i++) {
		start(&bench, rng_range(0, 40), 40 + rng_range(0, 40), rng_range(0, 200));
		run_random(&bench, 8000, rng_range(1, 20));
		settle(&bench);
		assert_in_range(bench.answers, 200, UINT32_MAX);
		for (j = 0; j < 16; j++)
			faults[j] += bench.faults[j];
		mmu_destroy(bench.dut);
	}
	assert_in_range(faults[NMACCEL_FAULT_NONE], 1000, UINT32_MAX);
	assert_in_range(faults[NMACCEL_FAULT_BOUNDS], 100, UINT32_MAX);
	assert_in_range(faults[NMACCEL_FAULT_BUS], 10, UINT32_MAX);
	assert_in_range(faults[NMACCEL_FAULT_BUFFER], 10, UINT32_MAX);
}

/*
 * The lists change in the clock of the flush, while they are being read and used: what is taken
 * from then on must be of the new ones.
 */
static void test_flush(void **state)
{
	struct bench bench;
	uint32_t i, j;

	(void)state;
	start(&bench, 5, 60, 50);
	for (i = 0; i < 400; i++) {
		run_random(&bench, rng_range(1, 150), 2);
		if (rng_one_in(2))
			settle(&bench);
		bench.in.flush = true;
		clock_once(&bench);
		bench.in.flush = false;
		/* An answer on its way is of the old lists. */
		clock_once(&bench);
		for (j = 0; j < BUFFERS; j++) {
			if (bench.buffers[j].port.paged)
				fill_list(&bench.buffers[j]);
		}
	}
	settle(&bench);
	mmu_destroy(bench.dut);
}

static uint64_t answer_clocks(struct bench *bench, uint32_t who, uint32_t index, uint64_t offset)
{
	const uint64_t from = bench->now;

	offer(bench, who, index, offset, 1);
	while (bench->in.req_valid || bench->answered)
		clock_once(bench);
	return bench->now - from - 1;
}

/* Buffer 0 of 100 pages of 4 KiB, buffer 3 linear, all of it fine. */
static void start_plain(struct bench *bench, uint32_t latency)
{
	struct buffer *paged = &bench->buffers[0];
	uint32_t i;

	start(bench, latency, latency, 0);
	paged->port.page_shift = 12;
	paged->port.size = 100 * 4096;
	paged->port.addr = 0x1000;
	paged->entries = 100;
	paged->refused = 0;
	for (i = 0; i < paged->entries; i++)
		paged->list[i] = rng_u64() >> 12 << 12;
	bench->buffers[3].port.size = 0x10000;
}

/* Each entry is read once, and all but the first before it is wanted. */
static void test_reads_ahead(void **state)
{
	struct bench bench;
	uint64_t clocks;
	uint32_t i;

	(void)state;
	start_plain(&bench, 100);
	for (i = 0; i < 400; i++) {
		clocks = answer_clocks(&bench, 0, 0, i * 1024u);
		if (i == 0)
			assert_in_range(clocks, 100, 125);
		else
			assert_int_equal(clocks, LATENCY);
		/* A kilobyte takes a while. */
		for (clocks = 0; clocks < 16; clocks++)
			clock_once(&bench);
	}
	assert_int_equal(bench.reads, (100 + 7) / 8);
	assert_int_equal(bench.words_read, 50);
	mmu_destroy(bench.dut);
}

/* Two buffers in turn keep their lines, two requesters have their own. */
static void test_keeps_lines(void **state)
{
	struct bench bench;
	uint32_t i;

	(void)state;
	start_plain(&bench, 30);
	bench.buffers[1] = bench.buffers[0];
	bench.buffers[1].port.index = 7;
	bench.buffers[1].port.addr = 0x8000;
	for (i = 0; i < 200; i++) {
		answer_clocks(&bench, 1, i % 2, i / 2 * 2048u);
		answer_clocks(&bench, 2, 0, 90 * 4096u - i * 16u);
	}
	settle(&bench);
	/* 50 pages of each, the line after, and of the other requester the one before at the end.
	 */
	assert_in_range(bench.reads, 2 * 7, 2 * 8 + 3);
	mmu_destroy(bench.dut);
}

static void test_latency(void **state)
{
	struct bench bench;
	uint32_t i;

	(void)state;
	start_plain(&bench, 10);
	assert_int_equal(answer_clocks(&bench, 0, 3, 0x100), LATENCY);
	assert_int_equal(answer_clocks(&bench, 2, 3, 0x10000), LATENCY);
	assert_int_equal(bench.faults[NMACCEL_FAULT_BOUNDS], 1);
	/* All three at once, in turn. */
	bench.slowest = 0;
	for (i = 0; i < 100; i++) {
		offer(&bench, 0, 3, 0, 1);
		offer(&bench, 1, 3, 16, 2);
		offer(&bench, 2, 3, 32, 3);
		while (bench.in.req_valid || bench.answered)
			clock_once(&bench);
	}
	assert_int_equal(bench.slowest, 3 * LATENCY);
	mmu_destroy(bench.dut);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),	    cmocka_unit_test(test_flush),
		cmocka_unit_test(test_reads_ahead), cmocka_unit_test(test_keeps_lines),
		cmocka_unit_test(test_latency),
	};

	rng_start("mem_mmu");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
