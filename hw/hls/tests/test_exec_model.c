// SPDX-License-Identifier: MIT
/*
 * The model executor: the engine behind the library's own bus. The same random jobs go to the soft
 * executor, since the two are one contract.
 */
#include <fenv.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "exec_fault.h"
#include "executor.h"
#include "gen.h"
#include "rng.h"

#define RANDOM_JOBS 200
#define BROKEN_JOBS 400
#define THREADS	    4

static const uint32_t ops[] = {
	NMACCEL_OP_CONV,
	NMACCEL_OP_ADD,
	NMACCEL_OP_POOL_MAX,
	NMACCEL_OP_POOL_AVG,
};

static void *copy_of(const void *data, uint64_t size)
{
	void *copy = aligned_alloc(64, (size + 64) / 64 * 64);

	assert_non_null(copy);
	if (size)
		memcpy(copy, data, size);
	return copy;
}

/* Copies of a job's buffers, as an executor takes them. */
static void copy_buffers(const struct test_job *job, struct nmaccel_exec_buffer *buffers)
{
	uint32_t i;

	for (i = 0; i < job->n_buffers; i++) {
		buffers[i].data = copy_of(job->buffers[i].data, job->buffers[i].size);
		buffers[i].size = job->buffers[i].size;
		buffers[i].flags = job->buffers[i].flags;
	}
}

static void free_buffers(const struct test_job *job, struct nmaccel_exec_buffer *buffers)
{
	uint32_t i;

	for (i = 0; i < job->n_buffers; i++)
		free(buffers[i].data);
}

/* Prepare and run on fresh copies of the buffers, which are left for the caller. */
static enum nmaccel_status run_job(const struct nmaccel_executor_ops *exec, void *executor,
				   const struct test_job *job, struct nmaccel_exec_buffer *buffers,
				   struct nmaccel_hw_record *record)
{
	enum nmaccel_status status;
	void *program = NULL;

	copy_buffers(job, buffers);
	memset(record, 0, sizeof(*record));
	status = exec->prepare(executor, job->descs, job->n_descs, buffers, job->n_buffers,
			       &program);
	if (status)
		return status;
	status = exec->run(executor, program, buffers, record);
	exec->release(executor, program);
	return status;
}

static void *open_exec(const struct nmaccel_executor_ops *exec)
{
	void *executor = NULL;

	if (exec->open(&executor) != NMACCEL_OK)
		fail_msg("%s: %s", exec->name, nmaccel_last_error());
	return executor;
}

static void random_job(struct gen *gen, struct test_job *job, uint32_t descs)
{
	gen_init(gen, nmaccel_engine_find(8, 256, 64), NMACCEL_MIN_PAGE_SHIFT);
	test_job_init(job);
	while (descs--)
		gen_desc(gen, job, ops[rng_range(0, 3)]);
}

static void test_describe(void **state)
{
	struct nmaccel_device_info info;
	void *executor = open_exec(&nmaccel_model_executor);

	(void)state;
	memset(&info, 0, sizeof(info));
	nmaccel_model_executor.describe(executor, &info);
	assert_string_equal(nmaccel_model_executor.name, "model");
	assert_string_equal(info.backend, "model");
	assert_int_equal(info.lanes, 8);
	assert_int_equal(info.block_rows, 256);
	assert_int_equal(info.columns, 64);
	assert_int_equal(info.engines, 1);
	assert_int_equal(info.contract_version, NMACCEL_CONTRACT_VERSION);
	assert_int_equal(info.max_rows, NMACCEL_MAX_PANEL_ROWS);
	assert_int_equal(info.max_descs, NMACCEL_MAX_DESCS);
	assert_non_null(strstr(info.description, "DeMM(8, 256, 64)"));
	nmaccel_model_executor.close(executor);
}

/* Model, soft executor and expectation: one result, to the last byte of every buffer. */
static void test_random_jobs(void **state)
{
	void *model = open_exec(&nmaccel_model_executor);
	void *soft = open_exec(&nmaccel_soft_executor);
	const uint32_t jobs = gen_jobs(RANDOM_JOBS);
	uint32_t i, b, d;

	(void)state;
	for (i = 0; i < jobs; i++) {
		struct nmaccel_exec_buffer by_model[TEST_MAX_BUFFERS], by_soft[TEST_MAX_BUFFERS];
		struct nmaccel_hw_record record;
		struct expect_counts counts = {0};
		struct test_job job;
		struct gen gen;

		random_job(&gen, &job, rng_range(1, 3));
		/* The caller's rounding mode is no business of the executors'. */
		fesetround(i % 2 ? FE_UPWARD : FE_TONEAREST);
		if (run_job(&nmaccel_model_executor, model, &job, by_model, &record))
			fail_msg("model: %s", nmaccel_last_error());
		if (run_job(&nmaccel_soft_executor, soft, &job, by_soft, &record))
			fail_msg("soft: %s", nmaccel_last_error());
		assert_int_equal(fegetround(), i % 2 ? FE_UPWARD : FE_TONEAREST);
		fesetround(FE_TONEAREST);
		for (d = 0; d < job.n_descs; d++)
			assert_int_equal(expect_desc(&gen.build, &job, &job.descs[d], &counts), 0);
		for (b = 0; b < job.n_buffers; b++) {
			if (!job.buffers[b].size)
				continue;
			assert_memory_equal(by_model[b].data, job.buffers[b].data,
					    job.buffers[b].size);
			assert_memory_equal(by_soft[b].data, job.buffers[b].data,
					    job.buffers[b].size);
		}
		free_buffers(&job, by_model);
		free_buffers(&job, by_soft);
		test_job_free(&job);
	}
	printf("%u jobs compared: model, soft executor and expectation\n", jobs);
	nmaccel_model_executor.close(model);
	nmaccel_soft_executor.close(soft);
}

/* The record of the model counts what the engine did. */
static void test_record(void **state)
{
	void *model = open_exec(&nmaccel_model_executor);
	struct nmaccel_exec_buffer buffers[TEST_MAX_BUFFERS];
	struct nmaccel_hw_record record;
	struct expect_counts counts = {0};
	struct test_job job;
	struct gen gen;

	(void)state;
	random_job(&gen, &job, 0);
	gen_small_conv(&gen, &job);
	assert_int_equal(run_job(&nmaccel_model_executor, model, &job, buffers, &record),
			 NMACCEL_OK);
	assert_int_equal(expect_desc(&gen.build, &job, &job.descs[0], &counts), 0);
	assert_int_equal(record.state, NMACCEL_JOB_DONE);
	assert_int_equal(record.descs_done, 1);
	assert_int_equal(record.tiles_done, counts.tiles);
	assert_int_equal(record.steps, counts.steps);
	assert_int_equal(record.loads, counts.loads);
	free_buffers(&job, buffers);
	test_job_free(&job);
	nmaccel_model_executor.close(model);
}

/*
 * One random word of the descriptor becomes one of these: both executors accept it or both stop,
 * with the same fault.
 */
static uint32_t odd_word(uint32_t old)
{
	const uint32_t words[] = {0,	   1,	    2,		128,	    255,
				  256,	   65537,   0x7fffffff, 0x80000000, 0xffffffff,
				  old + 1, old - 1, old ^ 16,	old * 2};

	return words[rng_range(0, sizeof(words) / sizeof(words[0]) - 1)];
}

/* A result that overlaps what is read is undefined by the contract. */
static bool overlaps(const struct nmaccel_hw_desc *desc)
{
	return desc->out.buffer == desc->in.buffer ||
	       (desc->op == NMACCEL_OP_ADD && desc->out.buffer == desc->in2.buffer) ||
	       (desc->op == NMACCEL_OP_CONV &&
		(desc->out.buffer == desc->weights || desc->out.buffer == desc->params));
}

static void test_broken_jobs(void **state)
{
	void *model = open_exec(&nmaccel_model_executor);
	void *soft = open_exec(&nmaccel_soft_executor);
	const uint32_t jobs = gen_jobs(BROKEN_JOBS);
	uint32_t i, b, faults = 0;

	(void)state;
	for (i = 0; i < jobs; i++) {
		struct nmaccel_exec_buffer by_model[TEST_MAX_BUFFERS], by_soft[TEST_MAX_BUFFERS];
		struct nmaccel_hw_record record;
		enum nmaccel_status want, got;
		struct test_job job;
		struct gen gen;
		uint32_t *word;

		random_job(&gen, &job, 0);
		if (rng_one_in(2))
			gen_small_conv(&gen, &job);
		else
			gen_desc(&gen, &job, ops[rng_range(1, 3)]);
		word = (uint32_t *)&job.descs[0] + rng_range(0, sizeof(job.descs[0]) / 4 - 1);
		*word = odd_word(*word);
		want = run_job(&nmaccel_model_executor, model, &job, by_model, &record);
		if (want == NMACCEL_OK && overlaps(&job.descs[0])) {
			free_buffers(&job, by_model);
			test_job_free(&job);
			continue;
		}
		got = run_job(&nmaccel_soft_executor, soft, &job, by_soft, &record);
		if (got != want)
			fail_msg("byte %u: model %s, soft %s: %s",
				 (uint32_t)((uint8_t *)word - (uint8_t *)job.descs),
				 nmaccel_status_name(want), nmaccel_status_name(got),
				 nmaccel_last_error());
		faults += want != NMACCEL_OK;
		for (b = 0; b < job.n_buffers; b++)
			if (job.buffers[b].size)
				assert_memory_equal(by_model[b].data, by_soft[b].data,
						    job.buffers[b].size);
		free_buffers(&job, by_model);
		free_buffers(&job, by_soft);
		test_job_free(&job);
	}
	printf("%u jobs compared: broken ones, model and soft executor, %u faults\n", jobs, faults);
	assert_true(faults > 0 && faults < jobs);
	nmaccel_model_executor.close(model);
	nmaccel_soft_executor.close(soft);
}

/* The error tells descriptor, fault and field. */
static void test_fault_error(void **state)
{
	void *model = open_exec(&nmaccel_model_executor);
	struct nmaccel_exec_buffer buffers[TEST_MAX_BUFFERS];
	struct nmaccel_hw_record record;
	struct test_job job;
	struct gen gen;

	(void)state;
	random_job(&gen, &job, 0);
	gen_small_conv(&gen, &job);
	job.descs[1] = job.descs[0];
	job.descs[1].act_min = 128;
	job.n_descs = 2;
	assert_int_equal(run_job(&nmaccel_model_executor, model, &job, buffers, &record),
			 NMACCEL_ERR_FAULT);
	assert_int_equal(record.state, NMACCEL_JOB_FAULT);
	assert_int_equal(record.fault, NMACCEL_FAULT_FIELD);
	assert_int_equal(record.fault_desc, 1);
	assert_non_null(strstr(nmaccel_last_error(), "descriptor 1"));
	assert_non_null(strstr(nmaccel_last_error(), "NMACCEL_FAULT_FIELD"));
	assert_non_null(strstr(nmaccel_last_error(), "act_min"));
	free_buffers(&job, buffers);
	test_job_free(&job);
	nmaccel_model_executor.close(model);
}

static void test_fault_texts(void **state)
{
	struct nmaccel_hw_record record;
	uint32_t fault;

	(void)state;
	for (fault = NMACCEL_FAULT_JOB; fault <= NMACCEL_FAULT_BUS; fault++) {
		memset(&record, 0, sizeof(record));
		record.fault = fault;
		record.fault_desc = 7;
		record.fault_buffer = 3;
		assert_int_equal(nmaccel_fault_error(&record), NMACCEL_ERR_FAULT);
		assert_non_null(strstr(nmaccel_last_error(), nmaccel_fault_name(fault)));
		if (fault != NMACCEL_FAULT_JOB)
			assert_non_null(strstr(nmaccel_last_error(), "descriptor 7"));
		if (fault >= NMACCEL_FAULT_BUFFER)
			assert_non_null(strstr(nmaccel_last_error(), "buffer 3"));
	}
	record.fault_buffer = NMACCEL_NO_BUFFER;
	record.fault_offset = 0x1234;
	assert_int_equal(nmaccel_fault_error(&record), NMACCEL_ERR_FAULT);
	assert_non_null(strstr(nmaccel_last_error(), "0x1234"));
	record.fault = 99;
	assert_int_equal(nmaccel_fault_error(&record), NMACCEL_ERR_FAULT);
	assert_non_null(strstr(nmaccel_last_error(), "99"));
	assert_string_equal(nmaccel_fault_name(99), "unknown fault");
	assert_string_equal(nmaccel_fault_field(0), "op");
	assert_string_equal(nmaccel_fault_field(28), "in.ch");
	assert_string_equal(nmaccel_fault_field(252), "reserved");
	assert_null(nmaccel_fault_field(1));
	assert_null(nmaccel_fault_field(256));
}

static void test_misuse(void **state)
{
	const struct nmaccel_executor_ops *exec = &nmaccel_model_executor;
	struct nmaccel_exec_buffer buffers[2] = {{0}};
	struct nmaccel_hw_desc desc = {0};
	struct nmaccel_hw_record record;
	void *model = open_exec(exec);
	void *program = NULL;
	uint8_t byte[16];

	(void)state;
	assert_int_equal(exec->prepare(model, &desc, NMACCEL_MAX_DESCS + 1, buffers, 1, &program),
			 NMACCEL_ERR_OVERFLOW);
	assert_int_equal(exec->prepare(model, &desc, 1, buffers, NMACCEL_MAX_BUFFERS + 1, &program),
			 NMACCEL_ERR_OVERFLOW);
	buffers[1].flags = NMACCEL_BUF_PAGE_LIST;
	assert_int_equal(exec->prepare(model, &desc, 1, buffers, 2, &program), NMACCEL_ERR_INVALID);
	buffers[1].flags = NMACCEL_BUF_READ;
	buffers[1].size = UINT64_MAX;
	assert_int_equal(exec->prepare(model, &desc, 1, buffers, 2, &program),
			 NMACCEL_ERR_OVERFLOW);
	assert_null(program);
	buffers[1].size = sizeof(byte);
	assert_int_equal(exec->prepare(model, NULL, 0, buffers, 2, &program), NMACCEL_OK);
	assert_int_equal(exec->run(model, program, buffers, &record), NMACCEL_ERR_INVALID);
	buffers[1].data = byte;
	assert_int_equal(exec->run(model, program, buffers, &record), NMACCEL_OK);
	buffers[1].size--;
	assert_int_equal(exec->run(model, program, buffers, &record), NMACCEL_ERR_INVALID);
	buffers[1].size++;
	buffers[1].flags = NMACCEL_BUF_WRITE;
	assert_int_equal(exec->run(model, program, buffers, &record), NMACCEL_ERR_INVALID);
	exec->release(model, program);
	exec->release(model, NULL);
	exec->close(model);
}

/* One program in several threads, each with buffers of its own. */
struct worker {
	pthread_t thread;
	void *executor;
	void *program;
	struct nmaccel_exec_buffer buffers[TEST_MAX_BUFFERS];
	enum nmaccel_status status;
};

static void *work(void *arg)
{
	struct worker *worker = arg;
	struct nmaccel_hw_record record;
	uint32_t i;

	for (i = 0; i < 10 && worker->status == NMACCEL_OK; i++)
		worker->status = nmaccel_model_executor.run(worker->executor, worker->program,
							    worker->buffers, &record);
	return NULL;
}

static void test_threads(void **state)
{
	void *model = open_exec(&nmaccel_model_executor);
	struct worker workers[THREADS];
	struct expect_counts counts = {0};
	struct test_job job;
	struct gen gen;
	void *program = NULL;
	uint32_t t, out;

	(void)state;
	random_job(&gen, &job, 0);
	gen_small_conv(&gen, &job);
	for (t = 0; t < THREADS; t++)
		copy_buffers(&job, workers[t].buffers);
	assert_int_equal(nmaccel_model_executor.prepare(model, job.descs, job.n_descs,
							workers[0].buffers, job.n_buffers,
							&program),
			 NMACCEL_OK);
	for (t = 0; t < THREADS; t++) {
		workers[t].executor = model;
		workers[t].program = program;
		workers[t].status = NMACCEL_OK;
		assert_int_equal(pthread_create(&workers[t].thread, NULL, work, &workers[t]), 0);
	}
	for (t = 0; t < THREADS; t++)
		assert_int_equal(pthread_join(workers[t].thread, NULL), 0);
	assert_int_equal(expect_desc(&gen.build, &job, &job.descs[0], &counts), 0);
	out = job.descs[0].out.buffer;
	for (t = 0; t < THREADS; t++) {
		assert_int_equal(workers[t].status, NMACCEL_OK);
		assert_memory_equal(workers[t].buffers[out].data, job.buffers[out].data,
				    job.buffers[out].size);
		free_buffers(&job, workers[t].buffers);
	}
	nmaccel_model_executor.release(model, program);
	test_job_free(&job);
	nmaccel_model_executor.close(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_describe),    cmocka_unit_test(test_random_jobs),
		cmocka_unit_test(test_record),	    cmocka_unit_test(test_broken_jobs),
		cmocka_unit_test(test_fault_error), cmocka_unit_test(test_fault_texts),
		cmocka_unit_test(test_misuse),	    cmocka_unit_test(test_threads),
	};

	rng_start("test_exec_model");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
