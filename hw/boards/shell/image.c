// SPDX-License-Identifier: MIT
/*
 * image: the initial memory of a board's self-test, for $readmemh.
 *
 * usage: image DATA_BYTES MEMORY_BYTES
 *
 * A job as a driver would make it, of four descriptors that feed each other: a 3 x 3 convolution
 * with padding, the sum of its result and a second input, a maximum over 2 x 2 windows, and a
 * linear layer with 32-bit results. What it must write, record included, is found by the model.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drm/nmaccel_hw.h"
#include "image_memory.h"
#include "rng.h"
#include "selftest.h"

#define SIDE	      10u /* of the input image */
#define IN_CHANNELS   24u
#define CHANNELS      20u /* of what the convolution makes */
#define ROWS	      16u /* of the linear layer */
#define DESCS	      4u
#define PAGE	      4096u
#define WORK_PAGES    4u
#define CLOCK_LIMIT   4000000u
#define MAX_STREAM    16384u
#define TILES(pixels) (((pixels) + NMACCEL_ENGINE_COLUMNS - 1) / NMACCEL_ENGINE_COLUMNS)

extern const struct nmaccel_engine_variant image_engine;

enum buffer {
	IN,
	WEIGHTS,
	PARAMS,
	WORK, /* a page list */
	OUT,
	BUFFERS,
};

struct image {
	struct image_memory memory;
	struct nmaccel_hw_desc descs[DESCS];
	struct nmaccel_hw_buffer table[BUFFERS];
	uint32_t record;
	uint32_t work_used; /* of the buffer WORK */
};

static uint32_t tensor_bytes(uint32_t channels, uint32_t pixels, uint32_t element)
{
	return TILES(pixels) * channels * NMACCEL_PITCH(NMACCEL_ENGINE_COLUMNS, element);
}

static void put(struct image *image, uint32_t at, const void *data, uint32_t bytes)
{
	memcpy(image->memory.bytes + at, data, bytes);
}

static void set_buffer(struct image *image, enum buffer buffer, uint32_t addr, uint32_t size,
		       uint32_t flags)
{
	image->table[buffer].addr = addr;
	image->table[buffer].size = size;
	image->table[buffer].flags = flags;
}

/* Counts and steps of one block of the packed stream; returns its bytes. */
static uint32_t fill_block(uint8_t *bytes, uint32_t rows, uint32_t positions)
{
	uint8_t *step = bytes + NMACCEL_COUNT_BYTES(rows);
	uint32_t row, k, slot;

	for (row = 0; row < rows; row++) {
		bytes[row] = (uint8_t)rng_range(0, 3);
		for (k = 0; k < bytes[row]; k++, step += NMACCEL_STEP_BYTES(NMACCEL_ENGINE_LANES))
			for (slot = 0; slot < NMACCEL_ENGINE_LANES; slot++) {
				step[slot] = (uint8_t)rng_range(0, 255);
				step[NMACCEL_ENGINE_LANES + slot] =
					(uint8_t)rng_range(0, positions - 1);
			}
	}
	return ((uint32_t)(step - bytes) + NMACCEL_STREAM_ALIGN - 1) / NMACCEL_STREAM_ALIGN *
	       NMACCEL_STREAM_ALIGN;
}

/* The stream and parameters of a convolution whose channels all belong to one group. */
static void add_weights(struct image *image, struct nmaccel_hw_desc *desc)
{
	static uint8_t stream[MAX_STREAM];
	const uint32_t positions = desc->kernel_h * desc->kernel_w * desc->in.ch;
	struct nmaccel_hw_param param = {0};
	const float scale = 0.002f;
	uint32_t first, row, at, bytes = 0;

	memset(stream, 0, sizeof(stream));
	for (first = 0; first < positions; first += desc->block_rows)
		bytes += fill_block(stream + bytes, desc->out.ch,
				    positions - first < desc->block_rows ? positions - first
									 : desc->block_rows);
	at = image_memory_take(&image->memory, bytes, NMACCEL_ALIGN);
	put(image, at, stream, bytes);
	desc->weights = WEIGHTS;
	desc->weights_offset = at;
	desc->weights_bytes = bytes;
	desc->params = PARAMS;
	desc->params_offset =
		image_memory_take(&image->memory, desc->out.ch * sizeof(param), NMACCEL_ALIGN);
	for (row = 0; row < desc->out.ch; row++) {
		param.bias = (int32_t)rng_range(0, 20000) - 10000;
		memcpy(&param.scale, &scale, sizeof(scale));
		put(image, (uint32_t)desc->params_offset + row * (uint32_t)sizeof(param), &param,
		    sizeof(param));
	}
}

static struct nmaccel_hw_tensor tensor(enum buffer buffer, uint32_t offset, uint32_t channels)
{
	return (struct nmaccel_hw_tensor){
		.buffer = buffer, .channels = channels, .offset = offset, .ch = channels};
}

static struct nmaccel_hw_tensor work(struct image *image, uint32_t channels, uint32_t pixels)
{
	const uint32_t offset = image->work_used;

	image->work_used += tensor_bytes(channels, pixels, 1);
	if (image->work_used > WORK_PAGES * PAGE) {
		fputs("image: the intermediate results do not fit\n", stderr);
		exit(1);
	}
	return tensor(WORK, offset, channels);
}

static struct nmaccel_hw_tensor input(struct image *image, uint32_t channels)
{
	const uint32_t bytes = tensor_bytes(channels, SIDE * SIDE, 1);
	const uint32_t at = image_memory_take(&image->memory, bytes, NMACCEL_ALIGN);

	rng_fill(image->memory.bytes + at, bytes);
	return tensor(IN, at, channels);
}

/* What most descriptors have in common. */
static struct nmaccel_hw_desc *start_desc(struct image *image, uint32_t index, uint32_t op,
					  uint32_t in_side, uint32_t out_side)
{
	struct nmaccel_hw_desc *desc = &image->descs[index];

	desc->op = op;
	desc->batch = 1;
	desc->in_h = desc->in_w = in_side;
	desc->out_h = desc->out_w = out_side;
	desc->kernel_h = desc->kernel_w = 1;
	desc->stride_h = desc->stride_w = 1;
	desc->dilation_h = desc->dilation_w = 1;
	desc->act_min = -128;
	desc->act_max = 127;
	return desc;
}

static void make_descs(struct image *image)
{
	struct nmaccel_hw_desc *conv = start_desc(image, 0, NMACCEL_OP_CONV, SIDE, SIDE);
	struct nmaccel_hw_desc *add = start_desc(image, 1, NMACCEL_OP_ADD, SIDE, SIDE);
	struct nmaccel_hw_desc *pool = start_desc(image, 2, NMACCEL_OP_POOL_MAX, SIDE, SIDE / 2);
	struct nmaccel_hw_desc *linear = start_desc(image, 3, NMACCEL_OP_CONV, SIDE / 2, SIDE / 2);
	const float scale = 0.7f, scale2 = 0.4f;

	conv->kernel_h = conv->kernel_w = 3;
	conv->pad_top = conv->pad_left = 1;
	conv->in_zero = -5;
	conv->out_zero = 3;
	conv->act_min = 3;
	conv->block_rows = NMACCEL_BLOCK_ROWS_128;
	conv->in = input(image, IN_CHANNELS);
	conv->out = work(image, CHANNELS, SIDE * SIDE);
	add_weights(image, conv);

	add->in = conv->out;
	add->in2 = input(image, CHANNELS);
	add->out = work(image, CHANNELS, SIDE * SIDE);
	add->in_zero = 3;
	add->in2_zero = 11;
	add->out_zero = -20;
	memcpy(&add->scale, &scale, sizeof(scale));
	memcpy(&add->scale2, &scale2, sizeof(scale2));

	pool->kernel_h = pool->kernel_w = 2;
	pool->stride_h = pool->stride_w = 2;
	pool->in = add->out;
	pool->out = work(image, CHANNELS, SIDE / 2 * (SIDE / 2));

	linear->flags = NMACCEL_FLAG_OUT_S32;
	linear->act_min = INT32_MIN;
	linear->act_max = INT32_MAX;
	linear->block_rows = NMACCEL_ENGINE_BLOCK_ROWS;
	linear->in = pool->out;
	linear->out = tensor(OUT, 0, ROWS);
	add_weights(image, linear);
}

/* Where the job writes: the pages in backward order, then the linear layer's result, the record. */
static void make_results(struct image *image, uint32_t page_list)
{
	const uint32_t pages = image_memory_take(&image->memory, WORK_PAGES * PAGE, PAGE);
	const uint32_t bytes = tensor_bytes(ROWS, SIDE / 2 * (SIDE / 2), 4);
	uint64_t page;
	uint32_t i;

	for (i = 0; i < WORK_PAGES; i++) {
		page = pages + (WORK_PAGES - 1 - i) * PAGE;
		put(image, page_list + i * (uint32_t)sizeof(page), &page, sizeof(page));
	}
	set_buffer(image, WORK, page_list, WORK_PAGES * PAGE,
		   NMACCEL_BUF_READ | NMACCEL_BUF_WRITE | NMACCEL_BUF_PAGE_LIST);
	image->table[WORK].page_shift = NMACCEL_MIN_PAGE_SHIFT;
	set_buffer(image, OUT, image_memory_take(&image->memory, bytes, NMACCEL_ALIGN), bytes,
		   NMACCEL_BUF_WRITE);
	image->record =
		image_memory_take(&image->memory, sizeof(struct nmaccel_hw_record), NMACCEL_ALIGN);
}

static void put_job(struct image *image, uint32_t job_at, uint32_t descs, uint32_t table)
{
	const struct nmaccel_hw_job job = {
		.magic = NMACCEL_MAGIC,
		.version = NMACCEL_CONTRACT_VERSION,
		.seq = 0x123456789abcdef0u,
		.descs = descs,
		.buffers = table,
		.record = image->record,
		.n_descs = DESCS,
		.n_buffers = BUFFERS,
	};

	put(image, job_at, &job, sizeof(job));
	put(image, descs, image->descs, sizeof(image->descs));
	put(image, table, image->table, sizeof(image->table));
}

/* Run the model, keep what it wrote, and put back what was there before. */
static void put_expected(struct image *image, uint32_t job, uint32_t result, uint32_t expected,
			 uint32_t bytes)
{
	const struct nmaccel_hw_record *record =
		(const struct nmaccel_hw_record *)(image->memory.bytes + image->record);
	void *state = calloc(1, image_engine.state_bytes);

	if (!state) {
		fputs("image: out of memory\n", stderr);
		exit(1);
	}
	image_engine.run(&image->memory.bus, state, job);
	free(state);
	if (record->state != NMACCEL_JOB_DONE) {
		fprintf(stderr, "image: the model ends with fault %u of descriptor %u, detail %u\n",
			record->fault, record->fault_desc, record->fault_detail);
		exit(1);
	}
	fprintf(stderr, "image: %u bytes used, job of %llu steps and %llu loads\n",
		image->memory.used, (unsigned long long)record->steps,
		(unsigned long long)record->loads);
	put(image, expected, image->memory.bytes + result, bytes);
	memset(image->memory.bytes + result, 0, bytes);
}

static void make_image(struct image *image)
{
	struct image_memory *memory = &image->memory;
	struct selftest_header header = {.magic = SELFTEST_MAGIC, .limit = CLOCK_LIMIT};
	const uint32_t at = image_memory_take(memory, sizeof(header), NMACCEL_ALIGN);
	const uint32_t descs = image_memory_take(memory, sizeof(image->descs), NMACCEL_ALIGN);
	const uint32_t table = image_memory_take(memory, sizeof(image->table), NMACCEL_ALIGN);
	const uint32_t page_list = image_memory_take(memory, WORK_PAGES * 8, NMACCEL_ALIGN);
	uint32_t bytes;

	header.job = image_memory_take(memory, sizeof(struct nmaccel_hw_job), NMACCEL_ALIGN);
	make_descs(image);
	set_buffer(image, IN, 0, memory->used, NMACCEL_BUF_READ);
	set_buffer(image, WEIGHTS, 0, memory->used, NMACCEL_BUF_READ);
	set_buffer(image, PARAMS, 0, memory->used, NMACCEL_BUF_READ);
	header.result = image_memory_take(memory, 0, PAGE);
	make_results(image, page_list);
	bytes = memory->used - header.result;
	header.expected = image_memory_take(memory, bytes, NMACCEL_ALIGN);
	header.words = bytes / 4;
	put(image, at, &header, sizeof(header));
	put_job(image, header.job, descs, table);
	put_expected(image, header.job, header.result, header.expected, bytes);
}

int main(int argc, char **argv)
{
	struct image *image = calloc(1, sizeof(*image));

	if (argc != 3 || !image) {
		fputs("usage: image DATA_BYTES MEMORY_BYTES\n", stderr);
		return 1;
	}
	image_memory_init(&image->memory, (uint32_t)strtoul(argv[2], NULL, 0));
	make_image(image);
	image_memory_print(&image->memory, (uint32_t)strtoul(argv[1], NULL, 0));
	image_memory_free(&image->memory);
	free(image);
	return 0;
}
