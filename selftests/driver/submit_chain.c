// SPDX-License-Identifier: MIT
/* Many descriptors in one job, each reading what earlier ones have written. */
#include "ksft_case.h"
#include "ksft_test.h"

#define TENSORS	 6u
#define CHANNELS 12u
#define BATCH	 2u
#define SIZE	 9u
#define PIXELS	 (BATCH * SIZE * SIZE)

FIXTURE(chain)
{
	int fd;
	uint32_t ctx;
	struct drm_nmaccel_dev_info info;
	struct prng prng;
	struct submit submit;
	struct bo tensor[TENSORS];
	uint8_t *expected[TENSORS];
	uint64_t bytes;
};

FIXTURE_SETUP(chain)
{
	unsigned int i;

	self->fd = card_open(0);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, dev_info(self->fd, &self->info));
	if (!case_possible(&self->info, NMACCEL_OP_ADD) ||
	    !case_possible(&self->info, NMACCEL_OP_POOL_MAX))
		SKIP(return, "the card lacks operations");
	ASSERT_EQ(0, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_NORMAL, &self->ctx));
	prng_init(&self->prng, 77);
	submit_init(&self->submit, self->fd, self->ctx);
	self->bytes = copy_bytes(&self->info, PIXELS, CHANNELS);
	for (i = 0; i < TENSORS; i++) {
		ASSERT_EQ(0, bo_new(self->fd, self->bytes, &self->tensor[i]));
		self->expected[i] = malloc(self->bytes);
		ASSERT_NE(NULL, self->expected[i]);
		prng_bytes(&self->prng, self->expected[i], self->bytes);
		memcpy(self->tensor[i].map, self->expected[i], self->bytes);
		submit_buffer(&self->submit, self->tensor[i].handle,
			      DRM_NMACCEL_BUFFER_READ | DRM_NMACCEL_BUFFER_WRITE);
	}
}

FIXTURE_TEARDOWN(chain)
{
	unsigned int i;

	submit_free(&self->submit);
	for (i = 0; i < TENSORS; i++) {
		bo_free(&self->tensor[i]);
		free(self->expected[i]);
	}
	close(self->fd);
}

/* Any operation that leaves the shape, from one tensor or two to a third. */
static struct nmaccel_hw_desc draw_desc(struct prng *prng)
{
	static const uint32_t ops[] = {NMACCEL_OP_ADD, NMACCEL_OP_POOL_MAX, NMACCEL_OP_POOL_AVG};
	const uint32_t in = prng_range(prng, 0, TENSORS - 1);
	struct nmaccel_hw_desc desc = {
		.op = ops[prng_range(prng, 0, 2)],
		.in = {.buffer = in, .channels = CHANNELS, .ch = CHANNELS},
		.batch = BATCH,
		.in_h = SIZE,
		.in_w = SIZE,
		.out_h = SIZE,
		.out_w = SIZE,
		.kernel_h = 1,
		.kernel_w = 1,
		.stride_h = 1,
		.stride_w = 1,
		.dilation_h = 1,
		.dilation_w = 1,
		.act_min = -128,
		.act_max = 127,
	};

	desc.out = desc.in;
	desc.out.buffer = (in + prng_range(prng, 1, 2)) % TENSORS;
	if (desc.op == NMACCEL_OP_ADD) {
		desc.in2 = desc.in;
		desc.in2.buffer = (in + prng_range(prng, 3, 5)) % TENSORS;
		desc.scale = 0x3f800000;  /* 1 */
		desc.scale2 = 0xbf400000; /* -0.75 */
		return desc;
	}
	desc.kernel_h = 2;
	desc.kernel_w = 3;
	desc.pad_top = 1;
	desc.pad_left = 1;
	if (desc.op == NMACCEL_OP_POOL_AVG) {
		desc.flags = NMACCEL_FLAG_COUNT_VALID;
		desc.scale = 0x3fa00000; /* 1.25 */
	}
	return desc;
}

static unsigned int count_wrong(struct bo *tensor, uint8_t **expected, uint64_t bytes)
{
	unsigned int i, wrong = 0;

	for (i = 0; i < TENSORS; i++)
		wrong += memcmp(tensor[i].map, expected[i], bytes) != 0;
	return wrong;
}

#define EXPECT_CHAIN(descs, jobs) expect_chain(_metadata, self, descs, jobs)

static void expect_chain(struct __test_metadata *_metadata, FIXTURE_DATA(chain) * self,
			 uint32_t descs, uint32_t jobs)
{
	const uint32_t each = descs / jobs;
	uint32_t job, i;
	uint64_t last = 0;

	for (job = 0; job < jobs; job++) {
		self->submit.n_descs = 0;
		for (i = 0; i < each && i < self->info.max_descs; i++) {
			const struct nmaccel_hw_desc desc = draw_desc(&self->prng);

			model_run(&self->info, submit_desc(&self->submit, &desc), NULL,
				  self->expected);
		}
		ASSERT_EQ(0, submit_run(&self->submit, &last));
		EXPECT_EQ(job + 1, last);
	}
	for (i = 1; i <= last; i++)
		EXPECT_EQ(0, job_error(self->fd, self->ctx, i));
	EXPECT_EQ(0, count_wrong(self->tensor, self->expected, self->bytes));
}

TEST_F(chain, of_2)
{
	EXPECT_CHAIN(2, 1);
}

TEST_F(chain, of_100)
{
	EXPECT_CHAIN(100, 1);
}

TEST_F(chain, of_1000)
{
	EXPECT_CHAIN(1000, 1);
}

/* Jobs that are queued at once: each sees all that those before it wrote. */
TEST_F(chain, of_300_in_100_jobs)
{
	EXPECT_CHAIN(300, 100);
}

/* The order holds between contexts as well, since the buffers are the same. */
TEST_F(chain, over_contexts)
{
	uint32_t ctx[4], i;

	ctx[0] = self->ctx;
	for (i = 1; i < 4; i++)
		ASSERT_EQ(0,
			  ctx_create(self->fd,
				     i % 2 ? DRM_NMACCEL_PRIORITY_LOW : DRM_NMACCEL_PRIORITY_NORMAL,
				     &ctx[i]));
	for (i = 0; i < effort(100); i++) {
		const struct nmaccel_hw_desc desc = draw_desc(&self->prng);

		self->submit.n_descs = 0;
		self->submit.args.ctx = ctx[i % 4];
		model_run(&self->info, submit_desc(&self->submit, &desc), NULL, self->expected);
		ASSERT_EQ(0, submit_run(&self->submit, NULL));
	}
	for (i = 0; i < TENSORS; i++)
		EXPECT_EQ(0, bo_wait(&self->tensor[i], true));
	EXPECT_EQ(0, count_wrong(self->tensor, self->expected, self->bytes));
}

/* As many descriptors as the card takes in one job: the first, the last, and those between. */
TEST_F(chain, most_descs)
{
	const uint32_t n = self->info.max_descs;
	struct copy copy, first, last;
	struct submit submit;
	uint64_t job;

	/* With inputs of the same bytes. */
	ASSERT_EQ(0, copy_init(&copy, self->fd, 3, 2));
	ASSERT_EQ(0, copy_init(&first, self->fd, 3, 2));
	ASSERT_EQ(0, copy_init(&last, self->fd, 3, 2));
	submit_init(&submit, self->fd, self->ctx);
	copy_add(&copy, &submit, n);
	submit.descs[0].out.buffer =
		submit_buffer(&submit, first.out.handle, DRM_NMACCEL_BUFFER_WRITE);
	submit.descs[n - 1].out.buffer =
		submit_buffer(&submit, last.out.handle, DRM_NMACCEL_BUFFER_WRITE);
	ASSERT_EQ(0, submit_run(&submit, &job));
	submit_free(&submit);
	EXPECT_EQ(0, job_error(self->fd, self->ctx, job));
	EXPECT_EQ(0, copy_check(&first));
	EXPECT_EQ(0, copy_check(&copy));
	EXPECT_EQ(0, copy_check(&last));
	copy_free(&first);
	copy_free(&copy);
	copy_free(&last);
}

/* A buffer for each entry of the largest table. */
TEST_F(chain, most_buffers)
{
	const uint32_t n = self->info.max_buffers;
	struct bo bo[NMACCEL_MAX_BUFFERS];
	struct copy copy;
	uint64_t job;
	uint32_t i;

	ASSERT_EQ(0, copy_init(&copy, self->fd, 5, 3));
	self->submit.n_buffers = 0;
	self->submit.n_descs = 0;
	for (i = 0; i < n; i++) {
		ASSERT_EQ(0, bo_new(self->fd, 4096, &bo[i]));
		memset(bo[i].map, (int)i, 64);
		submit_buffer(&self->submit, bo[i].handle,
			      DRM_NMACCEL_BUFFER_READ | DRM_NMACCEL_BUFFER_WRITE);
		if (i) {
			struct nmaccel_hw_desc *desc = submit_desc(&self->submit, &copy.desc);

			desc->in.buffer = i - 1;
			desc->out.buffer = i;
		}
	}
	memcpy(bo[0].map, copy.in.map, 4096);
	ASSERT_EQ(0, submit_run(&self->submit, &job));
	EXPECT_EQ(0, job_error(self->fd, self->ctx, job));
	memcpy(copy.out.map, bo[n - 1].map, copy_bytes(&self->info, copy.pixels, copy.channels));
	EXPECT_EQ(0, copy_check(&copy));
	for (i = 0; i < n; i++)
		bo_free(&bo[i]);
	copy_free(&copy);
}

/* All kinds of operations, each on its own buffers, in one job. */
TEST_F(chain, all_operations_in_one_job)
{
	static const struct case_range ranges[] = {
		{.op = NMACCEL_OP_CONV},
		{.op = NMACCEL_OP_ADD},
		{.op = NMACCEL_OP_POOL_MAX},
		{.op = NMACCEL_OP_POOL_AVG},
		{.op = NMACCEL_OP_CONV, .flags = NMACCEL_FLAG_OUT_S32},
		{.op = NMACCEL_OP_CONV, .kernel = 5, .loose = true},
	};
	enum {
		N = ARRAY_SIZE(ranges)
	};
	struct op_case cases[N];
	struct bo bo[N][CASE_BUFFERS];
	uint64_t job;
	uint32_t i;

	self->submit.n_buffers = 0;
	for (i = 0; i < N; i++) {
		case_init(&cases[i], &self->info, &ranges[i], &self->prng);
		ASSERT_EQ(0, case_upload(&cases[i], self->fd, bo[i]));
		case_add(&cases[i], bo[i], &self->submit);
		model_run(&self->info, &cases[i].desc, cases[i].weights, cases[i].expected);
	}
	ASSERT_EQ(0, submit_run(&self->submit, &job));
	EXPECT_EQ(0, job_error(self->fd, self->ctx, job));
	for (i = 0; i < N; i++) {
		EXPECT_EQ(0, case_compare(&cases[i], bo[i]));
		case_free(&cases[i]);
	}
}

CARD_TEST_MAIN
