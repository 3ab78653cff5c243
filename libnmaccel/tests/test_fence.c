// SPDX-License-Identifier: MIT
/*
 * Runs in flight: order, timeouts, errors that arrive at the fence, objects dropped while they are
 * in use, many threads. The device stalls and fails on command; no test depends on how long
 * something takes.
 */
#include "plan_util.h"

#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include "inject.h"

#define K    32u
#define ROWS 5u

/* y = W x on s32, for a batch of one. */
struct product {
	struct nmaccel_device *dev;
	struct nmaccel_plan *plan;
	int8_t weights[ROWS * K];
};

struct run {
	int8_t x[K];
	int32_t y[ROWS];
	struct nmaccel_io in, out;
	struct nmaccel_fence *fence;
};

static void product_open(struct product *p, struct nmaccel_device *dev, uint32_t max_in_flight)
{
	struct nmaccel_compile_options options = {.size = sizeof(options),
						  .max_in_flight = max_in_flight};
	struct nmaccel_tensor tensor = make_tensor(NMACCEL_TYPE_S8, 1, 1, 1, K);
	struct nmaccel_linear layer = {.size = sizeof(layer),
				       .epilogue = make_epilogue(NMACCEL_TYPE_S32)};
	nmaccel_tensor_id id;
	uint32_t i;

	for (i = 0; i < ROWS * K; i++)
		p->weights[i] = (int8_t)(i * 7 % 13 - 6);
	p->dev = nmaccel_device_ref(dev);
	layer.weights = make_weights(ROWS, K, 1, 1, NULL, p->weights);
	assert_ok(nmaccel_plan_create(dev, &p->plan));
	assert_ok(nmaccel_plan_input(p->plan, &tensor, &id));
	assert_ok(nmaccel_plan_linear(p->plan, id, &layer, &id));
	assert_ok(nmaccel_plan_output(p->plan, id, NMACCEL_LAYOUT_NHWC));
	assert_ok(nmaccel_plan_compile(p->plan, &options));
	nmaccel_weights_unref(layer.weights);
}

static void product_close(struct product *p)
{
	nmaccel_plan_unref(p->plan);
	nmaccel_device_unref(p->dev);
}

static void run_init(struct run *run, int seed)
{
	uint32_t i;

	memset(run, 0, sizeof(*run));
	for (i = 0; i < K; i++)
		run->x[i] = (int8_t)(seed * 31 + (int)i * 5);
	run->in = (struct nmaccel_io){.data = run->x, .bytes = sizeof(run->x)};
	run->out = (struct nmaccel_io){.data = run->y, .bytes = sizeof(run->y)};
}

/* make_tensor()'s zero point is -3; x as it was when it was submitted. */
static bool run_is_right(const struct product *p, const struct run *run, const int8_t *x)
{
	uint32_t r, i;
	int32_t sum;

	for (r = 0; r < ROWS; r++) {
		sum = 0;
		for (i = 0; i < K; i++)
			sum += p->weights[r * K + i] * (x[i] + 3);
		if (run->y[r] != sum)
			return false;
	}
	return true;
}

static struct nmaccel_device *open_inject(void)
{
	struct nmaccel_device *dev;

	inject_reset();
	assert_ok(inject_open(&(struct inject_settings){0}, &dev));
	return dev;
}

static void wait_for_runs(uint32_t runs)
{
	while (inject_get_counts().runs < runs)
		sched_yield();
}

static void test_timeout(void **state)
{
	struct nmaccel_run_stats stats = {.size = sizeof(stats)};
	struct nmaccel_device *dev = open_inject();
	struct product p;
	struct run run;
	int8_t x[K];

	(void)state;
	product_open(&p, dev, 1);
	run_init(&run, 1);
	memcpy(x, run.x, sizeof(x));
	inject_stall(true);
	assert_ok(nmaccel_plan_submit(p.plan, &run.in, &run.out, &run.fence));
	/* The input has been read. */
	memset(run.x, 0, sizeof(run.x));
	assert_status(nmaccel_fence_wait(run.fence, 0), NMACCEL_ERR_TIMEOUT);
	assert_words("wait again");
	assert_status(nmaccel_fence_wait(run.fence, 1), NMACCEL_ERR_TIMEOUT);
	assert_status(nmaccel_fence_wait(run.fence, 20 * 1000 * 1000), NMACCEL_ERR_TIMEOUT);
	assert_fails(nmaccel_fence_stats(run.fence, &stats), NMACCEL_ERR_BUSY, "wait");
	inject_stall(false);
	assert_ok(nmaccel_fence_wait(run.fence, NMACCEL_WAIT_FOREVER));
	assert_ok(nmaccel_fence_wait(run.fence, 0));
	assert_ok(nmaccel_fence_wait(run.fence, NMACCEL_WAIT_FOREVER - 1));
	assert_true(run_is_right(&p, &run, x));
	assert_ok(nmaccel_fence_stats(run.fence, &stats));
	assert_true(stats.steps > 0);
	assert_true(stats.loads > 0);
	nmaccel_fence_unref(run.fence);
	product_close(&p);
	nmaccel_device_unref(dev);
	inject_wait_gone();
}

static void test_failure_arrives_at_fence(void **state)
{
	static const enum nmaccel_status statuses[] = {NMACCEL_ERR_FAULT, NMACCEL_ERR_DEVICE_LOST,
						       NMACCEL_ERR_NO_MEMORY};
	struct nmaccel_device *dev = open_inject();
	struct run bad, good;
	struct product p;
	size_t i;

	(void)state;
	product_open(&p, dev, 2);
	for (i = 0; i < N_ELEMENTS(statuses); i++) {
		inject_set(&(struct inject_settings){.fail_run = statuses[i]});
		run_init(&bad, 1);
		run_init(&good, 2);
		assert_ok(nmaccel_plan_submit(p.plan, &bad.in, &bad.out, &bad.fence));
		assert_ok(nmaccel_plan_submit(p.plan, &good.in, &good.out, &good.fence));
		assert_ok(nmaccel_fence_wait(good.fence, NMACCEL_WAIT_FOREVER));
		assert_true(run_is_right(&p, &good, good.x));
		/* Whatever this thread met meanwhile, the fence has its own words. */
		assert_status(nmaccel_device_open("soft", NULL), NMACCEL_ERR_INVALID);
		assert_fails(nmaccel_fence_wait(bad.fence, 0), statuses[i], "injected: run");
		if (statuses[i] == NMACCEL_ERR_FAULT)
			assert_words("layer 0 (linear)");
		/* Outputs of a failed run are not written. */
		assert_int_equal(bad.y[0], 0);
		nmaccel_fence_unref(bad.fence);
		nmaccel_fence_unref(good.fence);
	}
	inject_set(&(struct inject_settings){.fail_run = NMACCEL_ERR_FAULT, .fault_desc = 99});
	assert_fails(nmaccel_plan_run(p.plan, &bad.in, &bad.out), NMACCEL_ERR_FAULT, "injected");
	product_close(&p);
	nmaccel_device_unref(dev);
	inject_wait_gone();
}

static void test_submit_failures(void **state)
{
	struct nmaccel_device *dev = open_inject();
	struct product p;
	struct run run;

	(void)state;
	product_open(&p, dev, 1);
	run_init(&run, 1);
	inject_set(&(struct inject_settings){.fail_submit = true});
	assert_fails(nmaccel_plan_submit(p.plan, &run.in, &run.out, &run.fence),
		     NMACCEL_ERR_DEVICE_LOST, "injected: submit");
	assert_null(run.fence);
	inject_set(&(struct inject_settings){.fail_sync = true});
	assert_fails(nmaccel_plan_submit(p.plan, &run.in, &run.out, &run.fence), NMACCEL_ERR_IO,
		     "injected: sync");
	assert_null(run.fence);
	/* The only slot is free again. */
	inject_set(&(struct inject_settings){0});
	assert_ok(nmaccel_plan_run(p.plan, &run.in, &run.out));
	assert_true(run_is_right(&p, &run, run.x));
	/* A sync that fails after the run. */
	inject_stall(true);
	assert_ok(nmaccel_plan_submit(p.plan, &run.in, &run.out, &run.fence));
	inject_set(&(struct inject_settings){.fail_sync = true});
	inject_stall(false);
	assert_fails(nmaccel_fence_wait(run.fence, NMACCEL_WAIT_FOREVER), NMACCEL_ERR_IO, "sync");
	nmaccel_fence_unref(run.fence);
	product_close(&p);
	nmaccel_device_unref(dev);
	inject_wait_gone();
}

struct submitter {
	struct product *p;
	struct run run;
	bool returned;
	pthread_mutex_t lock;
};

static bool has_returned(struct submitter *s)
{
	bool returned;

	pthread_mutex_lock(&s->lock);
	returned = s->returned;
	pthread_mutex_unlock(&s->lock);
	return returned;
}

static void *submit_one(void *arg)
{
	struct submitter *s = arg;
	enum nmaccel_status status;

	status = nmaccel_plan_submit(s->p->plan, &s->run.in, &s->run.out, &s->run.fence);
	pthread_mutex_lock(&s->lock);
	s->returned = true;
	pthread_mutex_unlock(&s->lock);
	return status ? s : NULL;
}

/* max_in_flight runs fit; the next submission returns only once one of them has ended. */
static void test_submit_blocks_when_full(void **state)
{
	struct submitter s = {.lock = PTHREAD_MUTEX_INITIALIZER};
	struct nmaccel_device *dev = open_inject();
	struct run runs[3];
	struct product p;
	pthread_t thread;
	void *failed;
	int i;

	(void)state;
	product_open(&p, dev, 3);
	inject_stall(true);
	for (i = 0; i < 3; i++) {
		run_init(&runs[i], i);
		assert_ok(nmaccel_plan_submit(p.plan, &runs[i].in, &runs[i].out, &runs[i].fence));
	}
	s.p = &p;
	run_init(&s.run, 9);
	assert_int_equal(pthread_create(&thread, NULL, submit_one, &s), 0);
	/* It cannot have returned: no run can end. */
	for (i = 0; i < 1000; i++) {
		sched_yield();
		assert_false(has_returned(&s));
	}
	inject_stall(false);
	pthread_join(thread, &failed);
	assert_null(failed);
	assert_ok(nmaccel_fence_wait(s.run.fence, NMACCEL_WAIT_FOREVER));
	assert_true(run_is_right(&p, &s.run, s.run.x));
	nmaccel_fence_unref(s.run.fence);
	for (i = 0; i < 3; i++) {
		/* In order: the last one is done, so are these. */
		assert_ok(nmaccel_fence_wait(runs[i].fence, 0));
		assert_true(run_is_right(&p, &runs[i], runs[i].x));
		nmaccel_fence_unref(runs[i].fence);
	}
	product_close(&p);
	nmaccel_device_unref(dev);
	inject_wait_gone();
}

/* Runs of different plans on one device end in the order of their submission. */
static void test_order_across_plans(void **state)
{
	struct nmaccel_device *dev = open_inject();
	struct product a, b;
	struct run runs[8];
	int i;

	(void)state;
	product_open(&a, dev, 4);
	product_open(&b, dev, 4);
	inject_stall(true);
	for (i = 0; i < 8; i++) {
		run_init(&runs[i], i);
		assert_ok(nmaccel_plan_submit(i % 2 ? a.plan : b.plan, &runs[i].in, &runs[i].out,
					      &runs[i].fence));
	}
	for (i = 0; i < 8; i++)
		assert_status(nmaccel_fence_wait(runs[i].fence, 0), NMACCEL_ERR_TIMEOUT);
	inject_stall(false);
	assert_ok(nmaccel_fence_wait(runs[7].fence, NMACCEL_WAIT_FOREVER));
	for (i = 0; i < 8; i++) {
		assert_ok(nmaccel_fence_wait(runs[i].fence, 0));
		assert_true(run_is_right(&a, &runs[i], runs[i].x));
		nmaccel_fence_unref(runs[i].fence);
	}
	product_close(&a);
	product_close(&b);
	nmaccel_device_unref(dev);
	inject_wait_gone();
}

/* The fence alone keeps all that its run needs. */
static void test_plan_and_device_dropped_in_flight(void **state)
{
	struct nmaccel_device *dev = open_inject();
	struct product p;
	struct run run;

	(void)state;
	product_open(&p, dev, 1);
	run_init(&run, 4);
	inject_stall(true);
	assert_ok(nmaccel_plan_submit(p.plan, &run.in, &run.out, &run.fence));
	product_close(&p);
	nmaccel_device_unref(dev);
	inject_stall(false);
	assert_ok(nmaccel_fence_wait(run.fence, NMACCEL_WAIT_FOREVER));
	assert_true(run_is_right(&p, &run, run.x));
	assert_ptr_equal(nmaccel_fence_ref(run.fence), run.fence);
	nmaccel_fence_unref(run.fence);
	nmaccel_fence_unref(run.fence);
	inject_wait_gone();
}

/* Nobody waits: the device's own thread drops the last reference to everything. */
static void test_fence_dropped_in_flight(void **state)
{
	struct nmaccel_device *dev = open_inject();
	uint32_t runs = inject_get_counts().runs;
	static struct run run[2];
	struct product p;

	(void)state;
	product_open(&p, dev, 2);
	run_init(&run[0], 4);
	run_init(&run[1], 5);
	inject_stall(true);
	assert_ok(nmaccel_plan_submit(p.plan, &run[0].in, &run[0].out, &run[0].fence));
	assert_ok(nmaccel_plan_submit(p.plan, &run[1].in, &run[1].out, &run[1].fence));
	wait_for_runs(runs + 1);
	nmaccel_fence_unref(run[0].fence);
	nmaccel_fence_unref(run[1].fence);
	product_close(&p);
	nmaccel_device_unref(dev);
	inject_stall(false);
	inject_wait_gone();
	assert_true(run_is_right(&p, &run[0], run[0].x));
	assert_true(run_is_right(&p, &run[1], run[1].x));
}

static void test_output_buffer_dropped_in_flight(void **state)
{
	struct nmaccel_device *dev = open_inject();
	struct nmaccel_buffer *buf;
	struct product p;
	struct run run;
	void *addr, *view;
	int fd;

	(void)state;
	product_open(&p, dev, 1);
	run_init(&run, 6);
	assert_ok(nmaccel_buffer_create(dev, 4096, &buf));
	assert_ok(nmaccel_buffer_export_fd(buf, &fd));
	run.out = (struct nmaccel_io){.buffer = buf, .offset = 64, .bytes = sizeof(run.y)};
	inject_stall(true);
	assert_ok(nmaccel_plan_submit(p.plan, &run.in, &run.out, &run.fence));
	nmaccel_buffer_unref(buf);
	inject_stall(false);
	assert_ok(nmaccel_fence_wait(run.fence, NMACCEL_WAIT_FOREVER));
	nmaccel_fence_unref(run.fence);
	assert_ok(nmaccel_buffer_import_fd(dev, fd, 4096, &buf));
	assert_ok(nmaccel_buffer_map(buf, &addr));
	view = (char *)addr + 64;
	memcpy(run.y, view, sizeof(run.y));
	assert_true(run_is_right(&p, &run, run.x));
	close(fd);
	nmaccel_buffer_unref(buf);
	product_close(&p);
	nmaccel_device_unref(dev);
	inject_wait_gone();
}

static void *run_one(void *arg)
{
	struct submitter *s = arg;

	return nmaccel_plan_run(s->p->plan, &s->run.in, &s->run.out) ? s : NULL;
}

/* A synchronous run may use its caller's thread; what is submitted meanwhile still comes after. */
static void test_submit_behind_run(void **state)
{
	struct submitter s = {.lock = PTHREAD_MUTEX_INITIALIZER};
	struct nmaccel_device *dev = open_inject();
	uint32_t before = inject_get_counts().runs;
	struct product p;
	pthread_t thread;
	struct run run;
	void *failed;

	(void)state;
	product_open(&p, dev, 2);
	s.p = &p;
	run_init(&s.run, 1);
	run_init(&run, 2);
	inject_stall(true);
	assert_int_equal(pthread_create(&thread, NULL, run_one, &s), 0);
	wait_for_runs(before + 1);
	assert_ok(nmaccel_plan_submit(p.plan, &run.in, &run.out, &run.fence));
	assert_status(nmaccel_fence_wait(run.fence, 1000 * 1000), NMACCEL_ERR_TIMEOUT);
	assert_int_equal(inject_get_counts().runs, before + 1);
	inject_stall(false);
	pthread_join(thread, &failed);
	assert_null(failed);
	assert_ok(nmaccel_fence_wait(run.fence, NMACCEL_WAIT_FOREVER));
	assert_true(run_is_right(&p, &run, run.x));
	assert_true(run_is_right(&p, &s.run, s.run.x));
	nmaccel_fence_unref(run.fence);
	product_close(&p);
	nmaccel_device_unref(dev);
	inject_wait_gone();
}

static void test_misuse(void **state)
{
	struct nmaccel_run_stats stats = {.size = sizeof(stats)};
	struct nmaccel_device *dev = open_inject();
	struct product p;
	struct run run;

	(void)state;
	product_open(&p, dev, 1);
	run_init(&run, 1);
	assert_fails(nmaccel_fence_wait(NULL, 0), NMACCEL_ERR_INVALID, "fence");
	assert_fails(nmaccel_fence_stats(NULL, &stats), NMACCEL_ERR_INVALID, "fence");
	assert_ok(nmaccel_plan_submit(p.plan, &run.in, &run.out, &run.fence));
	assert_ok(nmaccel_fence_wait(run.fence, NMACCEL_WAIT_FOREVER));
	assert_fails(nmaccel_fence_stats(run.fence, NULL), NMACCEL_ERR_INVALID, "stats");
	stats.size = 3;
	assert_fails(nmaccel_fence_stats(run.fence, &stats), NMACCEL_ERR_INVALID, "size");
	nmaccel_fence_unref(NULL);
	assert_null(nmaccel_fence_ref(NULL));
	nmaccel_fence_unref(run.fence);
	product_close(&p);
	nmaccel_device_unref(dev);
	inject_wait_gone();
}

/* ---- many threads ---------------------------------------------------------------------------- */

#define THREADS	   6
#define PER_THREAD 40

struct worker {
	struct product *products; /* two plans, shared by all */
	pthread_t thread;
	int seed, wrong;
};

static void *work(void *arg)
{
	struct worker *w = arg;
	struct run runs[3], once;
	struct product *p;
	int i, j;

	for (i = 0; i < PER_THREAD; i++) {
		p = &w->products[(i + w->seed) % 2];
		for (j = 0; j < 3; j++) {
			run_init(&runs[j], w->seed * 1000 + i * 3 + j);
			w->wrong += !!nmaccel_plan_submit(p->plan, &runs[j].in, &runs[j].out,
							  &runs[j].fence);
		}
		run_init(&once, w->seed * 7777 + i);
		w->wrong += !!nmaccel_plan_run(p->plan, &once.in, &once.out);
		w->wrong += !run_is_right(p, &once, once.x);
		for (j = 2; j >= 0; j--) {
			w->wrong += !!nmaccel_fence_wait(runs[j].fence, NMACCEL_WAIT_FOREVER);
			w->wrong += !run_is_right(p, &runs[j], runs[j].x);
			nmaccel_fence_unref(runs[j].fence);
		}
	}
	return NULL;
}

static void check_threads(struct nmaccel_device *dev)
{
	struct worker workers[THREADS];
	struct product products[2];
	int i;

	product_open(&products[0], dev, 1);
	product_open(&products[1], dev, 4);
	nmaccel_device_unref(dev);
	for (i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){.products = products, .seed = i};
		assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
	}
	for (i = 0; i < THREADS; i++) {
		pthread_join(workers[i].thread, NULL);
		assert_int_equal(workers[i].wrong, 0);
	}
	product_close(&products[0]);
	product_close(&products[1]);
}

static void test_threads(void **state)
{
	struct nmaccel_device *dev;

	(void)state;
	check_threads(open_inject());
	inject_wait_gone();
	assert_ok(nmaccel_device_open("soft", &dev));
	check_threads(dev);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_timeout),
		cmocka_unit_test(test_failure_arrives_at_fence),
		cmocka_unit_test(test_submit_failures),
		cmocka_unit_test(test_submit_blocks_when_full),
		cmocka_unit_test(test_order_across_plans),
		cmocka_unit_test(test_plan_and_device_dropped_in_flight),
		cmocka_unit_test(test_fence_dropped_in_flight),
		cmocka_unit_test(test_output_buffer_dropped_in_flight),
		cmocka_unit_test(test_submit_behind_run),
		cmocka_unit_test(test_misuse),
		cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests_name("fence", tests, NULL, NULL);
}
