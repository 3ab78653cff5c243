// SPDX-License-Identifier: MIT
#include "memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "rng.h"

/* Device addresses: the buffer above bit 40, and in it pages that are not in order. */
#define BUFFER_SHIFT  40
#define LINEAR_START  0x12340u
#define PAGE_SCRAMBLE 5u

uint64_t memory_buffer_addr(const struct memory *memory, uint32_t buffer)
{
	const uint64_t base = (uint64_t)(buffer + 1) << BUFFER_SHIFT;

	return memory->job->buffers[buffer].page_shift ? base + 0x8000000000 : base + LINEAR_START;
}

static uint64_t to_device(const struct memory *memory, uint32_t buffer, uint64_t offset)
{
	const uint32_t shift = memory->job->buffers[buffer].page_shift;
	const uint64_t base = (uint64_t)(buffer + 1) << BUFFER_SHIFT;

	return base + (shift ? offset ^ (uint64_t)PAGE_SCRAMBLE << shift : offset + LINEAR_START);
}

static uint64_t to_offset(const struct memory *memory, uint64_t addr, uint32_t *buffer)
{
	uint64_t inside = addr & (((uint64_t)1 << BUFFER_SHIFT) - 1);
	uint32_t shift;

	*buffer = (uint32_t)(addr >> BUFFER_SHIFT) - 1;
	assert_true(*buffer < memory->job->n_buffers);
	shift = memory->job->buffers[*buffer].page_shift;
	return shift ? inside ^ (uint64_t)PAGE_SCRAMBLE << shift : inside - LINEAR_START;
}

void memory_init(struct memory *memory, const struct test_job *job, uint32_t data_bytes)
{
	memset(memory, 0, sizeof(*memory));
	memory->job = job;
	memory->data_bytes = data_bytes;
	memory->latency = 20;
	memory->xlat_latency = 3;
}

static bool stalls(const struct memory *memory)
{
	return memory->stall && rng_range(0, 255) < memory->stall;
}

static bool in_hole(const struct memory *memory, uint32_t buffer, uint64_t at, uint32_t words)
{
	const struct walk_hole *hole = &memory->hole;

	return hole->words && hole->buffer == buffer && at < hole->at + 16 * hole->words &&
	       at + 16 * (uint64_t)words > hole->at;
}

/* The answer to a translation: words up to the end of the page, or the fault of its first. */
static void translate(const struct memory *memory, struct shim_in *in)
{
	const struct shim_out *xlat = &memory->xlat;
	const uint32_t shift = xlat->xlat_page_shift;
	const uint64_t page = (uint64_t)1 << shift;
	uint64_t words = xlat->xlat_words;

	if (xlat->xlat_paged && words > (page - xlat->xlat_offset % page) / 16)
		words = (page - xlat->xlat_offset % page) / 16;
	in->xlat_rsp_valid = true;
	in->xlat_rsp_words = (uint32_t)words;
	in->xlat_rsp_addr = to_device(memory, xlat->xlat_index, xlat->xlat_offset);
	if (memory->hole_in_list && in_hole(memory, xlat->xlat_index, xlat->xlat_offset, 1))
		in->xlat_rsp_fault = memory->hole.fault.code;
}

static void give_beat(struct memory *memory, struct shim_in *in)
{
	const struct memory_request *request = &memory->flight[0];
	const uint32_t width = memory->data_bytes / 16, left = request->words - memory->beat_words;
	uint32_t buffer, i;
	uint64_t at;

	at = to_offset(memory, request->addr, &buffer);
	in->rsp_valid = true;
	in->rsp_words = left < width ? left : width;
	in->rsp_last = left <= width;
	in->rsp_error = in->rsp_last && !memory->hole_in_list &&
			in_hole(memory, buffer, at, request->words);
	at += 16 * memory->beat_words;
	for (i = 0; i < 16 * in->rsp_words; i++)
		in->rsp_data[i] = at + i < memory->job->buffers[buffer].size
					  ? memory->job->buffers[buffer].data[at + i]
					  : (uint8_t)rng_u64();
}

void memory_before(struct memory *memory, struct shim_in *in)
{
	in->xlat_ready = !stalls(memory);
	in->xlat_rsp_valid = false;
	in->xlat_rsp_addr = rng_u64();
	in->xlat_rsp_words = (uint32_t)rng_range(0, 127);
	in->xlat_rsp_fault = 0;
	if (memory->xlat_busy && memory->now >= memory->xlat_at && !stalls(memory))
		translate(memory, in);
	in->req_ready = memory->n_flight < MEMORY_MAX_FLIGHT && !stalls(memory);
	in->rsp_valid = in->rsp_last = in->rsp_error = false;
	in->rsp_words = 0;
	if (memory->n_flight && memory->now >= memory->flight[0].ready_at && !stalls(memory))
		give_beat(memory, in);
}

static void check_xlat(const struct memory *memory, const struct shim_out *out)
{
	const struct test_buffer *buffer;

	assert_true(out->xlat_index < memory->job->n_buffers);
	buffer = &memory->job->buffers[out->xlat_index];
	assert_int_equal(out->xlat_addr, memory_buffer_addr(memory, out->xlat_index));
	assert_int_equal(out->xlat_size, buffer->size);
	assert_int_equal(out->xlat_paged, buffer->page_shift != 0);
	assert_int_equal(out->xlat_page_shift, buffer->page_shift);
	assert_int_equal(out->xlat_offset % 16, 0);
	assert_in_range(out->xlat_words, 1, 64);
	assert_true(out->xlat_offset + 16 * (uint64_t)out->xlat_words <=
		    buffer->size / 16 * 16 + 16);
	assert_true(out->xlat_offset < buffer->size);
	assert_false(memory->xlat_busy);
}

/* What was offered and not taken must still be there, unchanged. */
static void check_offers(const struct memory *memory, const struct shim_out *out)
{
	const struct shim_out *last = &memory->last;

	if (last->xlat_valid && !memory->last_xlat) {
		assert_true(out->xlat_valid);
		assert_int_equal(out->xlat_offset, last->xlat_offset);
		assert_int_equal(out->xlat_words, last->xlat_words);
		assert_int_equal(out->xlat_index, last->xlat_index);
	}
	if (last->req_valid && !memory->last_req) {
		assert_true(out->req_valid);
		assert_int_equal(out->req_addr, last->req_addr);
		assert_int_equal(out->req_words, last->req_words);
	}
}

static void take_request(struct memory *memory, const struct shim_out *out)
{
	struct memory_request *request = &memory->flight[memory->n_flight++];

	assert_int_equal(out->req_addr % 16, 0);
	assert_in_range(out->req_words, 1, 64);
	request->addr = out->req_addr;
	request->words = out->req_words;
	request->ready_at = memory->now + memory->latency;
	if (memory->stall)
		request->ready_at += rng_range(0, memory->latency);
}

void memory_after(struct memory *memory, const struct shim_in *in, const struct shim_out *out)
{
	check_offers(memory, out);
	if (in->xlat_rsp_valid)
		memory->xlat_busy = false;
	if (out->xlat_valid && in->xlat_ready) {
		check_xlat(memory, out);
		memory->xlat_busy = true;
		memory->xlat = *out;
		memory->xlat_at = memory->now + memory->xlat_latency;
	}
	if (in->rsp_valid) {
		memory->beat_words += in->rsp_words;
		memory->words += in->rsp_words;
		if (in->rsp_last) {
			memory->beat_words = 0;
			memory->n_flight--;
			memmove(memory->flight, memory->flight + 1,
				memory->n_flight * sizeof(memory->flight[0]));
		}
	}
	if (out->req_valid && in->req_ready)
		take_request(memory, out);
	memory->last = *out;
	memory->last_xlat = in->xlat_ready;
	memory->last_req = in->req_ready;
	memory->now++;
}

bool memory_idle(const struct memory *memory)
{
	return !memory->xlat_busy && !memory->n_flight && !memory->last.xlat_valid &&
	       !memory->last.req_valid;
}
