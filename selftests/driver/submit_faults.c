// SPDX-License-Identifier: MIT
/*
 * What only the card can find: streams that are wrong, and a bus that refuses. The job ends with
 * EIO, RESULT tells the place, the context goes on, and what was done before the fault stays.
 */
#include "ksft_case.h"
#include "ksft_test.h"

#define ROWS	 5u
#define CHANNELS 40u
#define PIXELS	 30u

FIXTURE(faults)
{
	int fd;
	uint32_t ctx;
	struct card card;
	struct drm_nmaccel_dev_info info;
	struct op_case op_case; /* a 1 x 1 convolution of one block */
	struct bo bo[CASE_BUFFERS];
	struct submit submit;
	struct drm_nmaccel_result result;
	bool reset; /* the card did something that only a reset of the engine mends */
	uint8_t *stream;
	struct nmaccel_hw_desc *desc;
};

FIXTURE_SETUP(faults)
{
	static const struct case_range range = {
		.op = NMACCEL_OP_CONV,
		.one_size = true,
		.batch = PIXELS,
		.size = 1,
		.kernel = 1,
		.channels = CHANNELS,
		.rows = ROWS,
		.block_rows = 128,
	};
	struct prng prng;

	self->fd = card_open(0);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, card_get(0, &self->card));
	ASSERT_EQ(0, dev_info(self->fd, &self->info));
	ASSERT_EQ(0, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_NORMAL, &self->ctx));
	prng_init(&prng, 5);
	case_init(&self->op_case, &self->info, &range, &prng);
	ASSERT_EQ(0, case_upload(&self->op_case, self->fd, self->bo));
	submit_init(&self->submit, self->fd, self->ctx);
	case_add(&self->op_case, self->bo, &self->submit);
	self->desc = &self->submit.descs[0];
	self->stream = self->bo[CASE_STREAM].map + self->desc->weights_offset;
}

/* The context is as good as new. */
FIXTURE_TEARDOWN(faults)
{
	struct drm_nmaccel_ctx_query query;
	struct copy copy;

	EXPECT_EQ(0, ctx_query(self->fd, self->ctx, &query));
	EXPECT_NE(DRM_NMACCEL_CTX_GUILTY, query.state);
	if (!self->reset)
		EXPECT_EQ(DRM_NMACCEL_CTX_OK, query.state);
	EXPECT_EQ(0, copy_init(&copy, self->fd, 70, 9));
	EXPECT_EQ(0, copy_run(&copy, self->ctx));
	copy_free(&copy);
	submit_free(&self->submit);
	case_free(&self->op_case);
	close(self->fd);
}

/* Run it, and have the fault in self->result. The fence carries the error, too. */
#define RUN_TO_FAULT()                                                                             \
	do {                                                                                       \
		uint32_t syncobj;                                                                  \
		uint64_t job;                                                                      \
		int sync_file;                                                                     \
                                                                                                   \
		ASSERT_EQ(0, syncobj_create(self->fd, 0, &syncobj));                               \
		submit_signal(&self->submit, syncobj, 0);                                          \
		ASSERT_EQ(0, submit_run(&self->submit, &job));                                     \
		ASSERT_EQ(0, syncobj_to_sync_file(self->fd, syncobj, &sync_file));                 \
		ASSERT_EQ(0, job_wait(self->fd, self->ctx, job, &self->result));                   \
		EXPECT_EQ(EIO, self->result.error);                                                \
		EXPECT_EQ(0, syncobj_wait(self->fd, syncobj, 0));                                  \
		EXPECT_EQ(-EIO, sync_file_status(sync_file));                                      \
		close(sync_file);                                                                  \
	} while (0)

#define EXPECT_FAULT(kind, descriptor, table_entry, place, more)                                   \
	do {                                                                                       \
		EXPECT_EQ(kind, self->result.fault);                                               \
		EXPECT_EQ(descriptor, self->result.fault_desc);                                    \
		EXPECT_EQ(table_entry, self->result.fault_buffer);                                 \
		EXPECT_EQ(place, self->result.fault_offset);                                       \
		EXPECT_EQ(more, self->result.fault_detail);                                        \
	} while (0)

/* The counts, and where they and the steps end. */
static const uint32_t counts_bytes = NMACCEL_COUNT_BYTES(ROWS);

static uint32_t row_start(const struct drm_nmaccel_dev_info *info, const uint8_t *stream,
			  uint32_t row)
{
	uint32_t at = counts_bytes, i;

	for (i = 0; i < row; i++)
		at += stream[i] * NMACCEL_STEP_BYTES(info->lanes);
	return at;
}

/* A row that has steps. */
static uint32_t full_row(const uint8_t *stream)
{
	uint32_t row = ROWS - 1;

	while (row && !stream[row])
		row--;
	return row;
}

TEST_F(faults, good_without_a_fault)
{
	uint64_t job;

	ASSERT_EQ(0, submit_run(&self->submit, &job));
	ASSERT_EQ(0, job_wait(self->fd, self->ctx, job, &self->result));
	EXPECT_EQ(0, self->result.error);
	EXPECT_FAULT(NMACCEL_FAULT_NONE, 0, 0, 0, 0);
	model_run(&self->info, &self->op_case.desc, self->op_case.weights, self->op_case.expected);
	EXPECT_EQ(0, case_compare(&self->op_case, self->bo));
}

TEST_F(faults, index_just_beyond_the_block)
{
	const uint32_t row = full_row(self->stream);
	const uint32_t at = row_start(&self->info, self->stream, row) + self->info.lanes;

	ASSERT_LT(0, self->stream[row]);
	self->stream[at] = CHANNELS;
	RUN_TO_FAULT();
	EXPECT_FAULT(NMACCEL_FAULT_INDEX, 0, CASE_STREAM, self->desc->weights_offset + at, row);
}

TEST_F(faults, index_255)
{
	const uint32_t row = full_row(self->stream);
	const uint32_t at = row_start(&self->info, self->stream, row) + self->info.lanes;

	self->stream[at] = 255;
	RUN_TO_FAULT();
	EXPECT_FAULT(NMACCEL_FAULT_INDEX, 0, CASE_STREAM, self->desc->weights_offset + at, row);
}

/* Even where the value is 0 and the slot counts for nothing. */
TEST_F(faults, index_of_an_unused_slot)
{
	const uint32_t row = full_row(self->stream);
	const uint32_t at = row_start(&self->info, self->stream, row) + 2 * self->info.lanes - 1;

	self->stream[at - self->info.lanes] = 0;
	self->stream[at] = CHANNELS;
	RUN_TO_FAULT();
	EXPECT_FAULT(NMACCEL_FAULT_INDEX, 0, CASE_STREAM, self->desc->weights_offset + at, row);
}

TEST_F(faults, stream_ends_in_the_counts)
{
	self->desc->weights_bytes = 0;
	RUN_TO_FAULT();
	EXPECT_FAULT(NMACCEL_FAULT_TRUNCATED, 0, CASE_STREAM, self->desc->weights_offset, 0);
}

TEST_F(faults, stream_ends_in_the_steps)
{
	const uint32_t row = full_row(self->stream);

	/* Room for all but the last row's steps. */
	self->desc->weights_bytes =
		row_start(&self->info, self->stream, row) & ~(NMACCEL_STREAM_ALIGN - 1u);
	RUN_TO_FAULT();
	EXPECT_EQ(NMACCEL_FAULT_TRUNCATED, self->result.fault);
	EXPECT_EQ(0, self->result.fault_desc);
	EXPECT_EQ(CASE_STREAM, self->result.fault_buffer);
	EXPECT_EQ(self->desc->weights_offset + self->desc->weights_bytes,
		  self->result.fault_offset);
	EXPECT_GE(row, self->result.fault_detail);
}

TEST_F(faults, more_steps_than_the_stream_has)
{
	memset(self->stream, 255, ROWS);
	RUN_TO_FAULT();
	EXPECT_EQ(NMACCEL_FAULT_TRUNCATED, self->result.fault);
	EXPECT_EQ(CASE_STREAM, self->result.fault_buffer);
	EXPECT_EQ(self->desc->weights_offset + self->desc->weights_bytes,
		  self->result.fault_offset);
}

TEST_F(faults, stream_longer_than_its_blocks)
{
	const uint64_t end = self->desc->weights_bytes;

	self->submit.buffers[CASE_STREAM].size = 0;
	self->desc->weights_bytes += NMACCEL_STREAM_ALIGN;
	RUN_TO_FAULT();
	EXPECT_FAULT(NMACCEL_FAULT_TRAILING, 0, CASE_STREAM, self->desc->weights_offset + end, 0);
}

TEST_F(faults, padding_after_the_counts)
{
	self->stream[counts_bytes - 1] = 1;
	RUN_TO_FAULT();
	EXPECT_FAULT(NMACCEL_FAULT_PADDING, 0, CASE_STREAM,
		     self->desc->weights_offset + counts_bytes - 1, 0);
}

/* The second of three: the first one's output is there, and the third one's is not. */
TEST_F(faults, in_the_middle_of_a_job)
{
	struct copy before, after;

	ASSERT_EQ(0, copy_init(&before, self->fd, 50, 6));
	ASSERT_EQ(0, copy_init(&after, self->fd, 50, 6));
	self->submit.n_descs = 0;
	copy_add(&before, &self->submit, 1);
	submit_desc(&self->submit, &self->op_case.desc);
	copy_add(&after, &self->submit, 1);
	self->stream[counts_bytes - 1] = 1;
	RUN_TO_FAULT();
	EXPECT_FAULT(NMACCEL_FAULT_PADDING, 1, CASE_STREAM,
		     self->op_case.desc.weights_offset + counts_bytes - 1, 0);
	EXPECT_EQ(0, copy_check(&before));
	EXPECT_LT(0, copy_check(&after));
	copy_free(&before);
	copy_free(&after);
}

/* A fault is the job's own: those behind it in the context run. */
TEST_F(faults, those_behind_it_run)
{
	struct copy copy;
	uint64_t job;
	uint32_t i;

	ASSERT_EQ(0, copy_init(&copy, self->fd, 50, 6));
	self->stream[counts_bytes - 1] = 1;
	for (i = 0; i < 20; i++) {
		ASSERT_EQ(0, submit_run(&self->submit, &job));
		EXPECT_EQ(2 * i + 1, job);
		ASSERT_EQ(0, copy_submit(&copy, self->ctx, 1, &job));
	}
	for (i = 0; i < 20; i++) {
		EXPECT_EQ(-EIO, job_error(self->fd, self->ctx, 2 * i + 1));
		EXPECT_EQ(0, job_error(self->fd, self->ctx, 2 * i + 2));
	}
	EXPECT_EQ(0, copy_check(&copy));
	copy_free(&copy);
}

/* The stream is changed while the engine reads it: a fault or not, and nothing worse. */
TEST_F(faults, stream_that_changes_under_the_engine)
{
	struct prng prng;
	uint64_t job = 0;
	uint32_t i;

	prng_init(&prng, 9);
	for (i = 0; i < effort(200); i++) {
		ASSERT_EQ(0, submit_run(&self->submit, &job));
		prng_bytes(&prng, self->stream, self->desc->weights_bytes);
	}
	for (i = 1; i <= job; i++) {
		const int error = job_error(self->fd, self->ctx, i);

		EXPECT_TRUE(!error || error == -EIO);
	}
}

TEST_F(faults, bus)
{
	NEEDS_CONTROL(&self->card);
	self->reset = true;
	ASSERT_EQ(0, card_control(&self->card, "dma-fault count=1"));
	RUN_TO_FAULT();
	EXPECT_EQ(0, card_control(&self->card, "clear"));
	/* The access may have been that to the job itself, of which there is no record then. */
	EXPECT_TRUE(self->result.fault == NMACCEL_FAULT_BUS || self->result.fault == 0);
}

TEST_F(faults, record_that_makes_no_sense)
{
	NEEDS_CONTROL(&self->card);
	self->reset = true;
	ASSERT_EQ(0, card_control(&self->card, "wrong-status count=1"));
	RUN_TO_FAULT();
	EXPECT_EQ(0, card_control(&self->card, "clear"));
	EXPECT_EQ(NMACCEL_FAULT_NONE, self->result.fault);
	EXPECT_EQ(0, self->result.steps);
}

CARD_TEST_MAIN
