// SPDX-License-Identifier: MIT
/* The control unit against the model's checks, and its contexts against the contract. */
#include "bench.h"

#include <stdlib.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define FLAGS_ALL     (NMACCEL_BUF_READ | NMACCEL_BUF_WRITE)

static struct bench bench;
static struct world world;
static uint64_t jobs;

/* Sometimes small, sometimes large, sometimes max itself. */
static uint32_t spread(uint32_t min, uint32_t max)
{
	const uint32_t top = max - min;

	if (rng_one_in(8))
		return rng_one_in(2) ? min : max;
	return min + (uint32_t)(rng_u64() % ((top >> rng_range(0, 30)) + 1ull));
}

static uint32_t page_shift(void)
{
	if (rng_one_in(2))
		return 0;
	return rng_range(NMACCEL_MIN_PAGE_SHIFT, NMACCEL_MAX_PAGE_SHIFT);
}

static uint32_t add_buffer(uint64_t size, uint32_t flags, uint32_t shift)
{
	struct nmaccel_hw_buffer *entry = &world.table[world.n_buffers];

	assert_true(world.n_buffers < NMACCEL_MAX_BUFFERS);
	entry->addr = rng_u64() >> 2 & ~(uint64_t)15;
	entry->size = size;
	entry->flags = flags | (shift ? NMACCEL_BUF_PAGE_LIST : 0);
	entry->page_shift = shift;
	entry->reserved = 0;
	return world.n_buffers++;
}

/* Descriptors of any legal geometry, with buffers that just suffice. */

static void big_tensor(struct nmaccel_hw_tensor *tensor, uint32_t ch, uint64_t columns,
		       uint32_t bytes, uint32_t access)
{
	const uint64_t tiles = (columns + CTL_COLUMNS - 1) / CTL_COLUMNS;
	uint64_t end;

	tensor->ch = ch;
	tensor->ch0 = spread(0, NMACCEL_MAX_CHANNELS - ch);
	tensor->channels = tensor->ch0 + ch;
	tensor->channels += spread(0, NMACCEL_MAX_CHANNELS - tensor->channels);
	tensor->offset = (uint64_t)spread(0, UINT32_MAX) << rng_range(4, 20);
	end = tensor->offset +
	      ((tiles - 1) * tensor->channels + tensor->ch0 + ch) * (uint64_t)PITCH(bytes);
	if (rng_one_in(3))
		access = FLAGS_ALL;
	tensor->buffer =
		add_buffer(end + (rng_one_in(2) ? 0 : spread(0, UINT32_MAX)), access, page_shift());
}

/* Height and width of images, of which there are batch. */
static void big_image(uint32_t batch, uint32_t *height, uint32_t *width)
{
	*height = spread(1, NMACCEL_MAX_PIXELS / batch);
	*width = spread(1, NMACCEL_MAX_PIXELS / batch / *height);
	if (rng_one_in(2)) {
		const uint32_t swap = *height;

		*height = *width;
		*width = swap;
	}
}

static void big_window(struct nmaccel_hw_desc *desc)
{
	desc->batch = rng_one_in(2) ? 1 : spread(1, NMACCEL_MAX_PIXELS);
	big_image(desc->batch, &desc->in_h, &desc->in_w);
	desc->out_h = desc->in_h;
	desc->out_w = desc->in_w;
	desc->kernel_h = desc->kernel_w = 1;
	desc->stride_h = desc->stride_w = 1;
	desc->dilation_h = desc->dilation_w = 1;
	if (desc->op == NMACCEL_OP_ADD)
		return;
	big_image(desc->batch, &desc->out_h, &desc->out_w);
	desc->kernel_h = spread(1, NMACCEL_MAX_KERNEL);
	desc->kernel_w = spread(1, NMACCEL_MAX_KERNEL);
	desc->stride_h = spread(1, NMACCEL_MAX_KERNEL);
	desc->stride_w = spread(1, NMACCEL_MAX_KERNEL);
	desc->pad_top = spread(0, NMACCEL_MAX_KERNEL);
	desc->pad_left = spread(0, NMACCEL_MAX_KERNEL);
	desc->dilation_h = spread(1, NMACCEL_MAX_KERNEL);
	desc->dilation_w = spread(1, NMACCEL_MAX_KERNEL);
}

static int32_t random_s8(void)
{
	return (int32_t)spread(0, 255) - 128;
}

static void big_quant(struct nmaccel_hw_desc *desc)
{
	desc->in_zero = random_s8();
	desc->out_zero = random_s8();
	desc->act_min = random_s8();
	desc->act_max = (int32_t)rng_range((uint32_t)(desc->act_min + 128), 255) - 128;
	if (desc->op == NMACCEL_OP_ADD || desc->op == NMACCEL_OP_POOL_AVG)
		desc->scale = (uint32_t)rng_u64();
	if (desc->op == NMACCEL_OP_ADD) {
		desc->in2_zero = random_s8();
		desc->scale2 = (uint32_t)rng_u64();
	}
	if (desc->op == NMACCEL_OP_POOL_AVG && rng_one_in(2))
		desc->flags = NMACCEL_FLAG_COUNT_VALID;
	if (desc->op != NMACCEL_OP_CONV || rng_one_in(2))
		return;
	desc->flags = NMACCEL_FLAG_OUT_S32;
	desc->out_zero = 0;
	desc->act_min = (int32_t)rng_u64();
	desc->act_max = (int32_t)spread((uint32_t)desc->act_min ^ 1u << 31, UINT32_MAX) ^ INT32_MIN;
}

static uint32_t big_channels(const struct nmaccel_hw_desc *desc)
{
	const uint32_t taps = desc->kernel_h * desc->kernel_w;

	if (desc->op != NMACCEL_OP_CONV)
		return spread(1, NMACCEL_MAX_CHANNELS);
	return spread(1, taps > 1 ? NMACCEL_MAX_REDUCTION / taps : NMACCEL_MAX_CHANNELS);
}

static void big_weights(struct nmaccel_hw_desc *desc)
{
	desc->block_rows = CTL_BLOCK_ROWS == 256 && rng_one_in(2) ? 256 : 128;
	desc->weights_offset = (uint64_t)spread(0, UINT32_MAX) << rng_range(4, 20);
	desc->weights_bytes = (uint64_t)spread(0, UINT32_MAX) << rng_range(0, 20);
	desc->weights = add_buffer(desc->weights_offset + desc->weights_bytes, NMACCEL_BUF_READ,
				   page_shift());
	desc->params_offset = (uint64_t)spread(0, UINT32_MAX) << rng_range(4, 20);
	desc->params =
		add_buffer(desc->params_offset + desc->out.ch * 8u, NMACCEL_BUF_READ, page_shift());
}

static void add_big(uint32_t op)
{
	struct nmaccel_hw_desc *desc = &world.descs[world.n_descs++];
	uint64_t in_columns, out_columns;
	uint32_t ch;

	desc->op = op;
	big_window(desc);
	big_quant(desc);
	ch = big_channels(desc);
	in_columns = (uint64_t)desc->batch * desc->in_h * desc->in_w;
	out_columns = (uint64_t)desc->batch * desc->out_h * desc->out_w;
	big_tensor(&desc->in, ch, in_columns, 1, NMACCEL_BUF_READ);
	if (op == NMACCEL_OP_ADD)
		big_tensor(&desc->in2, ch, in_columns, 1, NMACCEL_BUF_READ);
	if (op == NMACCEL_OP_CONV)
		ch = spread(1, NMACCEL_MAX_PANEL_ROWS);
	big_tensor(&desc->out, ch, out_columns, desc->flags & NMACCEL_FLAG_OUT_S32 ? 4 : 1,
		   NMACCEL_BUF_WRITE);
	if (op == NMACCEL_OP_CONV)
		big_weights(desc);
}

static void make_job(uint32_t n_descs)
{
	world_init(&world);
	while (n_descs--)
		add_big(rng_range(NMACCEL_OP_CONV, NMACCEL_OP_POOL_AVG));
	world_finish(&world);
}

static void check_job(void)
{
	const struct pace pace = random_pace();

	bench_check(&bench, &world, &pace);
	jobs++;
}

/* Jobs as the tests of the model have them. */
static void make_small_job(void)
{
	static struct test_job job;
	struct gen gen;
	uint32_t i;

	gen_init(&gen, &ctl_variant, 14);
	test_job_init(&job);
	for (i = rng_range(1, 8); i; i--)
		gen_desc(&gen, &job, rng_range(NMACCEL_OP_CONV, NMACCEL_OP_POOL_AVG));
	world_init(&world);
	for (i = 0; i < job.n_buffers; i++)
		add_buffer(job.buffers[i].size, job.buffers[i].flags, job.buffers[i].page_shift);
	for (i = 0; i < job.n_descs; i++)
		world.descs[world.n_descs++] = job.descs[i];
	world_finish(&world);
	test_job_free(&job);
}

static void test_small_jobs(void **state)
{
	uint32_t i;

	(void)state;
	for (i = 0; i < 40; i++) {
		make_small_job();
		check_job();
		assert_int_equal(bench.published, world.n_descs);
	}
}

static void test_big_jobs(void **state)
{
	uint32_t i;

	(void)state;
	for (i = 0; i < 200; i++) {
		make_job(rng_range(0, 8));
		check_job();
		assert_int_equal(bench.published, world.n_descs);
	}
}

/* What a field may be changed to: limits of all kinds, and one beside them. */
static uint32_t odd_value(uint32_t old)
{
	static const uint32_t edges[] = {
		0,
		1,
		2,
		4,
		NMACCEL_OP_POOL_AVG + 1,
		16,
		127,
		128,
		-128u,
		NMACCEL_MAX_KERNEL,
		256,
		NMACCEL_MAX_PANEL_ROWS,
		NMACCEL_MAX_CHANNELS,
		NMACCEL_MAX_REDUCTION,
		NMACCEL_MAX_PIXELS,
		INT32_MAX,
		UINT32_MAX,
	};

	switch (rng_range(0, 5)) {
	case 0:
		return old + (rng_one_in(2) ? 1u : -1u);
	case 1:
		return (uint32_t)rng_u64() >> rng_range(0, 31);
	case 2:
		return old ^ 1u << rng_range(0, 31);
	case 3:
		return edges[rng_range(0, LENGTH(edges) - 1)];
	default:
		return edges[rng_range(0, LENGTH(edges) - 1)] + rng_range(0, 2) - 1u;
	}
}

static void break_word(void *part, uint64_t bytes)
{
	uint32_t *words = part;
	const uint64_t i = rng_range(0, (uint32_t)(bytes / 4) - 1);

	words[i] = odd_value(words[i]);
}

/* Each word of a descriptor, with the operation that it is for. */
static void test_each_field(void **state)
{
	uint32_t op, word, i;

	(void)state;
	for (op = NMACCEL_OP_CONV; op <= NMACCEL_OP_POOL_AVG; op++) {
		for (word = 0; word < sizeof(struct nmaccel_hw_desc) / 4; word++) {
			for (i = 0; i < 12; i++) {
				uint32_t *words;

				world_init(&world);
				add_big(op);
				world_finish(&world);
				words = (uint32_t *)&world.descs[0];
				words[word] = odd_value(words[word]);
				check_job();
			}
		}
	}
}

/* Several at once, in any descriptor: which is told depends on the order of the checks. */
static void test_broken_fields(void **state)
{
	uint32_t i, n;

	(void)state;
	for (i = 0; i < 1500; i++) {
		make_job(rng_range(1, 3));
		for (n = rng_range(2, 6); n; n--)
			break_word(&world.descs[rng_range(0, world.n_descs - 1)],
				   sizeof(struct nmaccel_hw_desc) -
					   (rng_one_in(4) ? 0 : sizeof(world.descs[0].reserved)));
		check_job();
	}
}

/* Buffers that are too small or not for this, and offsets that wrap. */
static void test_places(void **state)
{
	uint32_t i;

	(void)state;
	for (i = 0; i < 1000; i++) {
		struct nmaccel_hw_buffer *entry;
		struct nmaccel_hw_desc *desc;
		__u64 *offsets[5];

		make_job(1);
		desc = &world.descs[0];
		offsets[0] = &desc->in.offset;
		offsets[1] = &desc->out.offset;
		offsets[2] = desc->op == NMACCEL_OP_ADD ? &desc->in2.offset : offsets[0];
		offsets[3] = desc->op == NMACCEL_OP_CONV ? &desc->weights_offset : offsets[1];
		offsets[4] = desc->op == NMACCEL_OP_CONV ? &desc->params_offset : offsets[1];
		entry = &world.table[rng_range(0, world.n_buffers - 1)];
		switch (rng_range(0, 5)) {
		case 0:
			entry->size -= rng_one_in(2) ? 1 : spread(0, UINT32_MAX);
			entry->size &= UINT64_MAX >> 2;
			break;
		case 1:
			entry->flags ^= FLAGS_ALL;
			break;
		case 2:
			entry->flags &= ~(uint32_t)FLAGS_ALL;
			break;
		case 3:
			*offsets[rng_range(0, 4)] ^= (uint64_t)1 << rng_range(0, 63);
			break;
		case 4:
			*offsets[rng_range(0, 4)] = -(uint64_t)spread(0, UINT32_MAX);
			break;
		default:
			desc->weights_bytes += spread(0, 100);
			world.n_buffers -= rng_one_in(2);
			world.job.n_buffers = world.n_buffers;
		}
		check_job();
	}
}

/* Entries of the table. */

static void odd_entry(struct nmaccel_hw_buffer *entry)
{
	const uint64_t room = (uint64_t)spread(0, UINT32_MAX) << rng_range(0, 24);

	switch (rng_range(0, 7)) {
	case 0:
		break_word(entry, sizeof(*entry));
		break;
	case 1:
		entry->reserved = (uint64_t)1 << rng_range(0, 63);
		break;
	case 2:
		entry->flags ^= 1u << rng_range(0, 31);
		break;
	case 3:
		entry->page_shift = rng_range(0, 40);
		break;
	case 4:
		entry->addr |= rng_range(1, 15);
		break;
	case 5: /* the end of the address space */
		entry->addr = -(room & ~(uint64_t)15);
		entry->size = room + rng_range(0, 48) - 24;
		break;
	case 6:
		entry->page_shift = rng_range(NMACCEL_MIN_PAGE_SHIFT, NMACCEL_MAX_PAGE_SHIFT);
		entry->flags |= NMACCEL_BUF_PAGE_LIST;
		entry->addr = -(uint64_t)(16 * rng_range(1, 40));
		entry->size = ((uint64_t)rng_range(0, 100) << entry->page_shift) +
			      (rng_one_in(2) ? rng_range(0, 2) - 1u : 0);
		break;
	default:
		entry->size = UINT64_MAX >> rng_range(0, 63);
	}
}

static uint32_t fill_table(void)
{
	const uint32_t n = rng_one_in(8) ? NMACCEL_MAX_BUFFERS : rng_range(1, 40);

	while (world.n_buffers < n)
		add_buffer(rng_u64() >> rng_range(3, 60), rng_range(0, 3), page_shift());
	return n;
}

static void test_table(void **state)
{
	uint32_t i, n, broken;

	(void)state;
	for (i = 0; i < 400; i++) {
		make_job(1);
		n = fill_table();
		for (broken = rng_range(0, 2); broken; broken--)
			odd_entry(&world.table[rng_range(0, n - 1)]);
		world.job.n_buffers = world.n_buffers;
		if (rng_one_in(3))
			world.refuse = world.table_at + 16 * rng_range(0, 2 * world.n_buffers - 1);
		check_job();
	}
}

/* The header. */

static void test_header(void **state)
{
	uint32_t i;

	(void)state;
	for (i = 0; i < 1500; i++) {
		make_job(1);
		break_word(&world.job, sizeof(world.job));
		if (rng_one_in(4))
			break_word(&world.job, sizeof(world.job));
		if (world.job.n_descs > 1)
			world.job.n_descs |= NMACCEL_MAX_DESCS;
		check_job();
	}
}

/* Addresses at the end of the address space, and those that are not aligned. */
static void test_job_places(void **state)
{
	uint32_t i;

	(void)state;
	for (i = 0; i < 400; i++) {
		__u64 *places[] = {&world.job_at, &world.job.record, &world.job.descs,
				   &world.job.buffers};
		__u64 *place = places[rng_range(0, 3)];

		make_job(1);
		if (rng_one_in(2))
			*place += rng_range(1, 15);
		else
			*place = -(uint64_t)rng_range(1, 1200);
		if (rng_one_in(2))
			*place &= ~(uint64_t)15;
		if (place == &world.job.descs && *place % 16 == 0)
			world.descs_at = *place;
		if (place == &world.job.buffers && *place % 16 == 0)
			world.table_at = *place;
		check_job();
	}
}

static void test_minor_version(void **state)
{
	(void)state;
	make_job(2);
	world.job.version += 0xffff - NMACCEL_CONTRACT_MINOR;
	check_job();
	assert_int_equal(bench.published, 2);
}

/* A memory system that refuses a word of a structure. */
static void test_refused(void **state)
{
	const uint32_t words = sizeof(struct nmaccel_hw_desc) / 16;
	uint32_t i;

	(void)state;
	for (i = 0; i < 300; i++) {
		make_job(rng_range(1, 4));
		switch (rng_range(0, 2)) {
		case 0:
			world.refuse = world.job_at + 16 * rng_range(0, 3);
			break;
		case 1:
			world.refuse = world.table_at + 16 * rng_range(0, 2 * world.n_buffers - 1);
			break;
		default:
			world.refuse =
				world.descs_at + 16 * rng_range(0, words * world.n_descs - 1);
		}
		check_job();
		assert_true(bench.none || bench.out.fault_code == NMACCEL_FAULT_BUS);
	}
}

/* Each request refused once: that is not forgotten, even if the next try succeeds. */
static void test_refused_once(void **state)
{
	struct pace pace = random_pace();
	uint64_t total;

	(void)state;
	make_job(6);
	fill_table();
	world.job.n_buffers = world.n_buffers;
	bench_check(&bench, &world, &pace);
	total = bench.requests;
	for (pace.refuse = 1; pace.refuse <= total; pace.refuse++) {
		bench_run(&bench, &world, &pace);
		jobs++;
		if (pace.refuse == 1) {
			assert_true(bench.none);
			continue;
		}
		assert_int_equal(bench.out.fault_code, NMACCEL_FAULT_BUS);
		assert_int_equal(bench.out.fault_detail, 0);
		assert_int_equal(bench.out.fault_buffer, NMACCEL_NO_BUFFER);
		/* It may have been tried again. */
		if (bench.last_request >= world.descs_at &&
		    bench.last_request < world.descs_at + sizeof(world.descs))
			assert_true(bench.out.fault_offset == bench.last_request);
		else
			assert_in_range(bench.out.fault_offset - world.table_at, 0,
					32 * world.n_buffers - 1);
	}
}

/* A descriptor that fails while it runs ends the job, whatever was found in the next ones. */
static void test_run_faults(void **state)
{
	uint32_t i;

	(void)state;
	for (i = 0; i < 300; i++) {
		struct pace pace = random_pace();
		struct outcome want;

		make_job(rng_range(1, 8));
		if (rng_one_in(2))
			break_word(&world.descs[rng_range(0, world.n_descs - 1)],
				   sizeof(world.descs[0]));
		world_outcome(&world, &want);
		pace.begin_fault = rng_one_in(6);
		pace.fault_desc = rng_range(0, world.n_descs - 1);
		bench_run(&bench, &world, &pace);
		jobs++;
		assert_true(bench.ended);
		if (bench.pace.begin_fault)
			assert_int_equal(bench.published, 0);
		else if (pace.fault_desc >= want.good)
			assert_int_equal(bench.out.fault_code, want.code);
		if (bench.in.retire_fault)
			assert_int_equal(bench.out.fault_code, 0);
	}
}

/* A reset at any time, and a job after it. */
static void test_reset(void **state)
{
	uint32_t i, clocks;

	(void)state;
	for (i = 0; i < 100; i++) {
		const struct pace pace = random_pace();

		make_job(rng_range(1, 4));
		bench_start(&bench, &world, &pace);
		for (clocks = rng_range(1, 6000); clocks && !bench.ended; clocks--)
			bench_clock(&bench);
		bench.in.rst = true;
		ctl_clock(bench.dut, &bench.in, &bench.out);
		bench.in.rst = bench.in.rsp_valid = false;
		ctl_clock(bench.dut, &bench.in, &bench.out);
		assert_false(bench.out.req_valid || bench.out.begin_valid || bench.out.end_valid);
		make_job(rng_range(1, 4));
		check_job();
	}
}

/* Layers of a network, in a table of some buffers; how long each takes when nothing else waits. */

static void layer(uint32_t op, uint32_t ch, uint32_t size, uint32_t kernel, uint32_t stride)
{
	struct nmaccel_hw_desc *desc = &world.descs[world.n_descs++];

	desc->op = op;
	desc->batch = 1;
	desc->in_h = desc->in_w = size * stride;
	desc->out_h = desc->out_w = size;
	desc->kernel_h = desc->kernel_w = kernel;
	desc->stride_h = desc->stride_w = stride;
	desc->pad_top = desc->pad_left = kernel / 2;
	desc->dilation_h = desc->dilation_w = 1;
	desc->act_min = -128;
	desc->act_max = 127;
	desc->in.ch = desc->in.channels = ch;
	desc->out.ch = desc->out.channels = op == NMACCEL_OP_CONV && ch > 512 ? 512 : ch;
	desc->out.buffer = 1;
	if (op == NMACCEL_OP_ADD)
		desc->in2 = desc->in;
	if (op != NMACCEL_OP_CONV)
		return;
	desc->block_rows = 128;
	desc->weights = desc->params = 2;
}

static void test_clocks(void **state)
{
	const struct pace pace = {.latency = 0, .fault_desc = BENCH_NO_DESC};
	static const char *const names[] = {"3x3 convolution of 64 channels, 56 x 56",
					    "1x1 convolution of 2048 channels, 7 x 7",
					    "addition of 256 channels, 56 x 56",
					    "3x3 pool of 64 channels, 112 to 56"};
	uint32_t i;

	(void)state;
	world_init(&world);
	for (i = 0; i < 3; i++)
		add_buffer((uint64_t)1 << 32, FLAGS_ALL, 0);
	layer(NMACCEL_OP_CONV, 64, 56, 3, 1);
	layer(NMACCEL_OP_CONV, 64, 56, 3, 1);
	layer(NMACCEL_OP_CONV, 2048, 7, 1, 1);
	layer(NMACCEL_OP_ADD, 256, 56, 1, 1);
	layer(NMACCEL_OP_POOL_MAX, 64, 56, 3, 2);
	world_finish(&world);
	bench_check(&bench, &world, &pace);
	assert_int_equal(bench.published, world.n_descs);
	printf("%llu clocks from the start to the first context, with a table of 3 buffers\n",
	       (unsigned long long)bench.publish_clock[0]);
	for (i = 1; i < world.n_descs; i++) {
		const uint64_t clocks = bench.publish_clock[i] - bench.publish_clock[i - 1];

		printf("%llu clocks: %s\n", (unsigned long long)clocks, names[i - 1]);
		assert_in_range(clocks, 1, 1500);
	}
}

static int finish(void **state)
{
	(void)state;
	ctl_destroy(bench.dut);
	printf("%llu jobs\n", (unsigned long long)jobs);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clocks),	      cmocka_unit_test(test_small_jobs),
		cmocka_unit_test(test_big_jobs),      cmocka_unit_test(test_each_field),
		cmocka_unit_test(test_broken_fields), cmocka_unit_test(test_places),
		cmocka_unit_test(test_table),	      cmocka_unit_test(test_header),
		cmocka_unit_test(test_job_places),    cmocka_unit_test(test_minor_version),
		cmocka_unit_test(test_refused),	      cmocka_unit_test(test_refused_once),
		cmocka_unit_test(test_run_faults),    cmocka_unit_test(test_reset),
	};

	rng_start("test_rtl_ctl");
	bench_create(&bench);
	return cmocka_run_group_tests(tests, NULL, finish);
}
