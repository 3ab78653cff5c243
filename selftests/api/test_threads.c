// SPDX-License-Identifier: MIT
/*
 * Many threads on one device and one plan, with results that tell who got whose. Built with
 * SAN=tsan this also shows that the library locks what its threads share.
 */
#include <pthread.h>
#include <stdbool.h>

#include "api.h"

#define THREADS 6
#define ROUNDS	30
#define BATCH	70
#define ROWS	40
#define K	300

struct worker {
	pthread_t thread;
	struct nmaccel_device *dev;
	struct nmaccel_plan *plan;
	int number;
	const char *failure;
};

/* Weights are all 1: each token's sums are the sum of its inputs, which tells thread and round. */
static int32_t fill(int8_t *x, int number, int round)
{
	int32_t sum = 0;

	for (size_t k = 0; k < K; k++) {
		x[k] = (int8_t)(number * 17 + round * 5 + (int)(k % 7));
		sum += x[k];
	}
	for (size_t t = 1; t < BATCH; t++)
		memcpy(x + t * K, x, K);
	return sum;
}

static bool all_equal(const int32_t *y, int32_t sum)
{
	for (size_t i = 0; i < (size_t)BATCH * ROWS; i++)
		if (y[i] != sum)
			return false;
	return true;
}

/* Two runs in flight per thread, waited for in the opposite order, with an error in between. */
static void run_rounds(struct worker *w)
{
	static _Thread_local int8_t x[2][BATCH * K];
	static _Thread_local int32_t y[2][BATCH * ROWS];

	for (int round = 0; round < ROUNDS && !w->failure; round++) {
		struct nmaccel_fence *fences[2] = {NULL};
		int32_t sums[2];

		for (int i = 0; i < 2 && !w->failure; i++) {
			struct nmaccel_io in = {.data = x[i], .bytes = sizeof(x[i])};
			struct nmaccel_io out = {.data = y[i], .bytes = sizeof(y[i])};

			sums[i] = fill(x[i], w->number, 2 * round + i);
			if (nmaccel_plan_submit(w->plan, &in, &out, &fences[i]))
				w->failure = "submit";
			else
				memset(x[i], 0x55, sizeof(x[i]));
		}
		if (nmaccel_plan_run(w->plan, NULL, NULL) != NMACCEL_ERR_INVALID ||
		    !strstr(nmaccel_last_error(), "NULL"))
			w->failure = "error text of this thread";
		for (int i = 1; i >= 0; i--) {
			if (fences[i] && nmaccel_fence_wait(fences[i], NMACCEL_WAIT_FOREVER))
				w->failure = "wait";
			else if (fences[i] && !all_equal(y[i], sums[i]))
				w->failure = "result";
			nmaccel_fence_unref(fences[i]);
		}
	}
}

static void *run_shared_plan(void *arg)
{
	run_rounds(arg);
	return NULL;
}

/* Each thread makes its own objects on the shared device, time and again. */
static void *run_own_plans(void *arg)
{
	struct worker *w = arg;

	for (int i = 0; i < 4 && !w->failure; i++) {
		struct nmaccel_device_info info = {.size = sizeof(info)};
		struct nmaccel_buffer *buf = NULL;

		if (nmaccel_device_query(w->dev, &info) ||
		    nmaccel_buffer_create(w->dev, 1000, &buf))
			w->failure = "device";
		nmaccel_buffer_unref(buf);
		w->plan = make_plan(w->dev, BATCH, ROWS, K, 1 + (uint32_t)i);
		if (i == 0)
			run_rounds(w);
		nmaccel_plan_unref(w->plan);
	}
	return NULL;
}

/* One fence, waited for and referenced by all. */
static void *wait_shared_fence(void *arg)
{
	struct nmaccel_fence *fence = nmaccel_fence_ref(arg);
	struct nmaccel_run_stats stats = {.size = sizeof(stats)};
	enum nmaccel_status status = NMACCEL_ERR_TIMEOUT;
	void *failed = NULL;

	while (status == NMACCEL_ERR_TIMEOUT)
		status = nmaccel_fence_wait(fence, 100000);
	if (status || nmaccel_fence_stats(fence, &stats) || !stats.steps)
		failed = arg;
	nmaccel_fence_unref(fence);
	return failed;
}

static void run_workers(void *(*function)(void *), struct nmaccel_device *dev,
			struct nmaccel_plan *plan)
{
	struct worker workers[THREADS];

	for (int i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){.dev = dev, .plan = plan, .number = i};
		assert_int_equal(pthread_create(&workers[i].thread, NULL, function, &workers[i]),
				 0);
	}
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		if (workers[i].failure)
			fail_msg("thread %d: %s", i, workers[i].failure);
}

static void test_shared_plan(void **state)
{
	struct nmaccel_device *dev = open_device();

	(void)state;
	/* Fewer runs in flight than are submitted, and more. */
	for (uint32_t max_in_flight = 1; max_in_flight <= 16; max_in_flight += 5) {
		struct nmaccel_plan *plan = make_plan(dev, BATCH, ROWS, K, max_in_flight);

		/* Two runs a thread with one slot for all: a waiting submit must not starve. */
		run_workers(run_shared_plan, dev, plan);
		nmaccel_plan_unref(plan);
	}
	nmaccel_device_unref(dev);
}

static void test_own_plans(void **state)
{
	struct nmaccel_device *dev = open_device();

	(void)state;
	run_workers(run_own_plans, dev, NULL);
	nmaccel_device_unref(dev);
}

static void test_shared_fence(void **state)
{
	static int8_t x[BATCH * K];
	static int32_t y[BATCH * ROWS];
	struct nmaccel_io in = {.data = x, .bytes = sizeof(x)};
	struct nmaccel_io out = {.data = y, .bytes = sizeof(y)};
	struct nmaccel_device *dev = open_device();
	struct nmaccel_plan *plan = make_plan(dev, BATCH, ROWS, K, 0);
	struct nmaccel_fence *fence = NULL;
	pthread_t threads[THREADS];

	(void)state;
	for (int round = 0; round < 10; round++) {
		void *failed;

		expect_ok(nmaccel_plan_submit(plan, &in, &out, &fence));
		for (int i = 0; i < THREADS; i++)
			assert_int_equal(
				pthread_create(&threads[i], NULL, wait_shared_fence, fence), 0);
		for (int i = 0; i < THREADS; i++) {
			assert_int_equal(pthread_join(threads[i], &failed), 0);
			assert_null(failed);
		}
		nmaccel_fence_unref(fence);
	}
	nmaccel_plan_unref(plan);
	nmaccel_device_unref(dev);
}

/* Devices opened and closed by all threads at once. */
static void *open_and_close(void *arg)
{
	struct worker *w = arg;

	for (int i = 0; i < 10 && !w->failure; i++) {
		struct nmaccel_device *dev = NULL;
		size_t count = 0;

		if (nmaccel_device_list(NULL, &count) || count < 2 ||
		    nmaccel_device_open(NULL, &dev))
			w->failure = "open";
		nmaccel_device_unref(dev);
	}
	return NULL;
}

static void test_devices(void **state)
{
	(void)state;
	run_workers(open_and_close, NULL, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shared_plan),
		cmocka_unit_test(test_own_plans),
		cmocka_unit_test(test_shared_fence),
		cmocka_unit_test(test_devices),
	};

	return cmocka_run_group_tests_name("api: threads", tests, NULL, NULL);
}
