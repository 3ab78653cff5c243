// SPDX-License-Identifier: MIT
/* Runs on an XRT card, as the soft device would run them, and its queue. */
#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include "device.h"
#include "xrt_fixture.h"

/* ---- random networks ------------------------------------------------------------------------- */

#define MAX_BYTES  8192
#define MAX_LAYERS 6

/* A chain with a branch: all tensors in it have one shape, so that any two can be added. */
struct net {
	uint32_t batch, height, width, channels;
	struct nmaccel_plan *plan;
	nmaccel_tensor_id ids[MAX_LAYERS + 1];
	uint32_t n;
};

static struct nmaccel_epilogue random_epilogue(enum nmaccel_type type)
{
	struct nmaccel_epilogue epilogue = make_epilogue(type);

	epilogue.quant.scale = (float)random_range(1, 60);
	epilogue.activation = random_range(0, 1) ? NMACCEL_ACT_RELU : NMACCEL_ACT_NONE;
	return epilogue;
}

static enum nmaccel_type random_type(void)
{
	return random_range(0, 1) ? NMACCEL_TYPE_U8 : NMACCEL_TYPE_S8;
}

static struct nmaccel_weights *random_weights(uint32_t rows, uint32_t channels, uint32_t kernel)
{
	struct nmaccel_weights *weights;
	struct dense d;

	dense_alloc(&d, rows, channels, kernel, kernel);
	dense_random_fill(&d);
	weights = make_weights(rows, channels, kernel, 1, NULL, d.data);
	dense_free(&d);
	return weights;
}

static void add_conv(struct net *net)
{
	struct nmaccel_conv2d layer = {
		.size = sizeof(layer),
		.weights = random_weights(net->channels, net->channels, 3),
		.window = {.pad_top = 1, .pad_bottom = 1, .pad_left = 1, .pad_right = 1},
		.epilogue = random_epilogue(random_type()),
	};

	assert_ok(nmaccel_plan_conv2d(net->plan, net->ids[net->n], &layer, &net->ids[net->n + 1]));
	nmaccel_weights_unref(layer.weights);
}

static void add_linear(struct net *net, uint32_t rows, enum nmaccel_type type)
{
	struct nmaccel_linear layer = {
		.size = sizeof(layer),
		.weights = random_weights(rows, net->channels, 1),
		.epilogue = random_epilogue(type),
	};

	assert_ok(nmaccel_plan_linear(net->plan, net->ids[net->n], &layer, &net->ids[net->n + 1]));
	nmaccel_weights_unref(layer.weights);
}

static void add_sum(struct net *net)
{
	const struct nmaccel_epilogue epilogue = random_epilogue(random_type());
	const nmaccel_tensor_id other = net->ids[random_range(0, net->n)];

	assert_ok(nmaccel_plan_add(net->plan, net->ids[net->n], other, &epilogue,
				   &net->ids[net->n + 1]));
}

static void add_pool(struct net *net, enum nmaccel_pool_kind kind)
{
	struct nmaccel_pool2d layer = {
		.size = sizeof(layer),
		.kind = kind,
		.kernel_h = 3,
		.kernel_w = 3,
		.window = {.pad_top = 1, .pad_bottom = 1, .pad_left = 1, .pad_right = 1},
		.count_padding = random_range(0, 1),
		.epilogue = random_epilogue(random_type()),
	};

	assert_ok(nmaccel_plan_pool2d(net->plan, net->ids[net->n], &layer, &net->ids[net->n + 1]));
}

static void add_random(struct net *net)
{
	switch (random_range(0, 4)) {
	case 0:
		add_conv(net);
		break;
	case 1:
		add_linear(net, net->channels, random_type());
		break;
	case 2:
		add_sum(net);
		break;
	case 3:
		add_pool(net, NMACCEL_POOL_MAX);
		break;
	default:
		add_pool(net, NMACCEL_POOL_AVERAGE);
		break;
	}
	net->n++;
}

/* The same for the same random state. */
static void net_open(struct net *net, struct nmaccel_device *on)
{
	struct nmaccel_tensor tensor;
	uint32_t layers;

	*net = (struct net){
		.batch = random_range(1, 2),
		.height = random_range(1, 7),
		.width = random_range(1, 7),
		.channels = random_range(1, 24),
	};
	tensor = make_tensor(random_type(), net->batch, net->height, net->width, net->channels);
	layers = random_range(0, MAX_LAYERS - 1);
	assert_ok(nmaccel_plan_create(on, &net->plan));
	assert_ok(nmaccel_plan_input(net->plan, &tensor, &net->ids[0]));
	while (net->n < layers)
		add_random(net);
	add_linear(net, random_range(1, 40), NMACCEL_TYPE_S32);
	assert_ok(nmaccel_plan_output(net->plan, net->ids[net->n + 1], NMACCEL_LAYOUT_NCHW));
	assert_ok(nmaccel_plan_compile(net->plan, NULL));
}

static uint64_t net_run(struct net *net, uint64_t seed, uint8_t *result)
{
	struct nmaccel_io in = {0}, out = {0};
	struct nmaccel_tensor tensor;
	uint8_t x[MAX_BYTES];
	uint64_t i;

	assert_ok(nmaccel_plan_input_tensor(net->plan, 0, &tensor));
	in.data = x;
	in.bytes = nmaccel_tensor_bytes(&tensor);
	assert_true(in.bytes <= sizeof(x));
	for (i = 0; i < in.bytes; i++)
		x[i] = (uint8_t)((i * 2654435761u + seed) >> 5);
	assert_ok(nmaccel_plan_output_tensor(net->plan, 0, &tensor));
	out.data = result;
	out.bytes = nmaccel_tensor_bytes(&tensor);
	assert_true(out.bytes <= 4 * MAX_BYTES);
	assert_ok(nmaccel_plan_run(net->plan, &in, &out));
	return out.bytes;
}

static void test_random_nets(void **state)
{
	static uint8_t want[4 * MAX_BYTES], got[sizeof(want)];
	struct nmaccel_device *soft;
	struct net on_soft, on_card;
	uint64_t start_of_net, bytes;
	int i, run;

	(void)state;
	random_start("xrt run");
	open_card();
	assert_ok(nmaccel_device_open("soft", &soft));
	for (i = 0; i < 20; i++) {
		start_of_net = random_state;
		net_open(&on_soft, soft);
		random_state = start_of_net;
		net_open(&on_card, dev);
		for (run = 0; run < 3; run++) {
			bytes = net_run(&on_soft, (uint64_t)run, want);
			memset(got, 0x77, sizeof(got));
			assert_int_equal(net_run(&on_card, (uint64_t)run, got), bytes);
			assert_memory_equal(got, want, bytes);
		}
		nmaccel_plan_unref(on_soft.plan);
		nmaccel_plan_unref(on_card.plan);
	}
	nmaccel_device_unref(soft);
	nmaccel_device_unref(dev);
	/* The addresses of the jobs had to be counted from something else than the first object. */
	assert_true(fake_xrt_counts().lower > 20);
}

/* What others may have written is on the card, and not in the mapping. */
static void read_shared_input(struct nmaccel_plan *plan, struct nmaccel_buffer *x,
			      struct nmaccel_io in)
{
	struct run run;
	void *map;
	int fd;

	run_init(&run, 12);
	assert_ok(nmaccel_buffer_map(x, &map));
	memcpy((char *)map + in.offset, run.x, K);
	assert_ok(nmaccel_buffer_sync(x, NMACCEL_SYNC_TO_DEVICE, 0, 100));
	memset(map, 0x55, 100);
	assert_ok(nmaccel_buffer_export_fd(x, &fd));
	assert_ok(nmaccel_plan_run(plan, &in, &run.out));
	assert_right(&run, LAYERS);
	assert_int_equal(close(fd), 0);
}

/* Buffers of the caller, at odd places in them. */
static void test_buffers_as_io(void **state)
{
	struct nmaccel_io in = {.bytes = K, .offset = 3}, out = {.offset = 64};
	struct nmaccel_buffer *x, *y;
	struct nmaccel_plan *plan;
	struct run run;
	void *map;

	(void)state;
	open_card();
	plan = make_chain(dev, LAYERS, 0);
	run_init(&run, 11);
	assert_ok(nmaccel_buffer_create(dev, 100, &x));
	assert_ok(nmaccel_buffer_create(dev, 100, &y));
	assert_ok(nmaccel_buffer_map(x, &map));
	memcpy((char *)map + in.offset, run.x, K);
	in.buffer = x;
	out.buffer = y;
	out.bytes = sizeof(run.y);
	assert_ok(nmaccel_plan_run(plan, &in, &out));
	assert_ok(nmaccel_buffer_map(y, &map));
	/* The card has them too. */
	assert_ok(nmaccel_buffer_sync(y, NMACCEL_SYNC_FROM_DEVICE, 0, 100));
	memcpy(run.y, (char *)map + out.offset, sizeof(run.y));
	assert_right(&run, LAYERS);
	read_shared_input(plan, x, in);
	nmaccel_buffer_unref(x);
	nmaccel_buffer_unref(y);
	nmaccel_plan_unref(plan);
	nmaccel_device_unref(dev);
}

/* ---- the queue ------------------------------------------------------------------------------- */

static void test_many_in_flight(void **state)
{
	struct nmaccel_plan *plan;
	struct run runs[24];
	uint32_t i, round;

	(void)state;
	open_card();
	plan = make_chain(dev, LAYERS, N_ELEMENTS(runs));
	for (round = 0; round < 3; round++) {
		fake_xrt_hold(true);
		for (i = 0; i < N_ELEMENTS(runs); i++)
			start(plan, &runs[i], (int)(i + 100 * round));
		fake_xrt_await_started((uint32_t)(UNITS + N_ELEMENTS(runs) * round + UNITS));
		fake_xrt_hold(false);
		for (i = 0; i < N_ELEMENTS(runs); i++)
			assert_ok(finish(&runs[i]));
		for (i = 0; i < N_ELEMENTS(runs); i++)
			assert_right(&runs[i], LAYERS);
	}
	assert_int_equal(fake_xrt_counts().most_at_once, UNITS);
	nmaccel_plan_unref(plan);
	nmaccel_device_unref(dev);
}

/* Units overtake the one that takes long; its run is told first all the same. */
static void test_order_of_fences(void **state)
{
	struct nmaccel_plan *plan;
	struct run runs[7];
	uint32_t i;

	(void)state;
	open_card();
	plan = make_chain(dev, 1, N_ELEMENTS(runs));
	fake_xrt_end(FAKE_XRT_HANG, 0, 0);
	start(plan, &runs[0], 0);
	fake_xrt_await_started(UNITS + 1);
	for (i = 1; i < N_ELEMENTS(runs); i++)
		start(plan, &runs[i], (int)i);
	fake_xrt_await_ended(UNITS + N_ELEMENTS(runs) - 1);
	for (i = 0; i < N_ELEMENTS(runs); i++)
		assert_status(nmaccel_fence_wait(runs[i].fence, 0), NMACCEL_ERR_TIMEOUT);
	fake_xrt_let_go();
	for (i = 0; i < N_ELEMENTS(runs); i++) {
		assert_ok(finish(&runs[i]));
		assert_right(&runs[i], 1);
	}
	nmaccel_plan_unref(plan);
	nmaccel_device_unref(dev);
}

/* Jobs without descriptors, as the backend gets them. */
struct job {
	struct nmaccel_job base;
	uint32_t number;
	enum nmaccel_status status;
};

static struct {
	pthread_mutex_t lock;
	pthread_cond_t grown;
	uint32_t n, wrong; /* ends told; out of order */
} told = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0};

static void note_end(struct nmaccel_job *base, enum nmaccel_status status)
{
	struct job *job = (struct job *)base;

	pthread_mutex_lock(&told.lock);
	job->status = status;
	told.wrong += job->number != told.n++;
	pthread_cond_broadcast(&told.grown);
	pthread_mutex_unlock(&told.lock);
}

static void await_told(uint32_t n)
{
	pthread_mutex_lock(&told.lock);
	while (told.n < n)
		pthread_cond_wait(&told.grown, &told.lock);
	pthread_mutex_unlock(&told.lock);
}

static void test_order_of_ends(void **state)
{
	static struct job jobs[300];
	void *program = NULL;
	uint32_t i;

	(void)state;
	told.n = told.wrong = 0;
	memset(jobs, 0, sizeof(jobs));
	open_card();
	assert_ok(dev->ops->program_create(dev->priv, NULL, 0, NULL, 0, &program));
	/* Some end badly, which is no reason to be out of order. */
	fake_xrt_end(FAKE_XRT_RUBBISH, 1, 17);
	for (i = 0; i < N_ELEMENTS(jobs); i++) {
		jobs[i].number = i;
		jobs[i].base.program = program;
		jobs[i].base.done = note_end;
		assert_ok(dev->ops->submit(dev->priv, &jobs[i].base));
	}
	await_told(N_ELEMENTS(jobs));
	assert_int_equal(told.wrong, 0);
	for (i = 0, told.wrong = 0; i < N_ELEMENTS(jobs); i++) {
		told.wrong += jobs[i].status != NMACCEL_OK;
		if (!jobs[i].status)
			assert_int_equal(jobs[i].base.record.state, NMACCEL_JOB_DONE);
	}
	assert_int_equal(told.wrong, 1);
	dev->ops->program_destroy(dev->priv, program);
	nmaccel_device_unref(dev);
}

/* ---- closing --------------------------------------------------------------------------------- */

/* All references go while the run is under way: the end of the run has the last one. */
static void test_closed_by_run(void **state)
{
	static const uint32_t n_units[] = {1, 2, NMACCEL_MAX_ENGINES};
	struct nmaccel_plan *plan;
	struct run runs[4];
	size_t i;
	uint32_t r;

	(void)state;
	for (i = 0; i < N_ELEMENTS(n_units); i++) {
		give_xclbin(n_units[i], XCLBIN_FILE_METADATA);
		open_card();
		plan = make_chain(dev, 1, N_ELEMENTS(runs));
		fake_xrt_hold(true);
		for (r = 0; r < N_ELEMENTS(runs); r++) {
			start(plan, &runs[r], (int)r);
			nmaccel_fence_unref(runs[r].fence);
		}
		nmaccel_plan_unref(plan);
		nmaccel_device_unref(dev);
		assert_int_equal(fake_xrt_counts().devices, 1);
		fake_xrt_hold(false);
		assert_int_equal(await_close().devices, 0);
		for (r = 0; r < N_ELEMENTS(runs); r++)
			assert_right(&runs[r], 1);
	}
}

static void close_at_end(struct nmaccel_job *base, enum nmaccel_status status)
{
	dev->ops->program_destroy(dev->priv, base->program);
	nmaccel_device_unref(dev);
	note_end(base, status);
}

static void test_closed_in_done(void **state)
{
	struct job job;
	int i;

	(void)state;
	for (i = 0; i < 20; i++) {
		memset(&job, 0, sizeof(job));
		told.n = told.wrong = 0;
		open_card();
		job.base.done = close_at_end;
		assert_ok(dev->ops->program_create(dev->priv, NULL, 0, NULL, 0, &job.base.program));
		assert_ok(dev->ops->submit(dev->priv, &job.base));
		await_told(1);
		assert_ok(job.status);
		/* The next one is opened while the threads of this one are still ending. */
	}
}

/* ---- plans that are too much ----------------------------------------------------------------- */

#define SMALL_ENGINE(limits)                                                                       \
	"{\"nmaccel\":{\"contract\":\"1.0\",\"lanes\":4,\"block_rows\":128,\"columns\":16," limits \
	"}}"

/* Jobs of the engine's size; the plan is cut to its rows. */
static void test_limits(void **state)
{
	struct nmaccel_device *small;
	struct nmaccel_binding many[4] = {{0}};
	struct nmaccel_hw_desc descs[8];
	struct nmaccel_plan *plan;
	struct run run;
	void *program = NULL;

	(void)state;
	memset(descs, 0, sizeof(descs));
	give_xclbin(UNITS, SMALL_ENGINE("\"max_descs\":7,\"max_buffers\":3,\"max_rows\":16"));
	assert_ok(nmaccel_device_open("xrt1", &small));
	plan = make_chain(small, LAYERS, 0);
	start(plan, &run, 5);
	assert_ok(finish(&run));
	assert_right(&run, LAYERS);
	nmaccel_plan_unref(plan);
	assert_fails(small->ops->program_create(small->priv, descs, 8, NULL, 0, &program),
		     NMACCEL_ERR_UNSUPPORTED, "a program of 8 descriptors; the engine takes 7");
	assert_fails(small->ops->program_create(small->priv, descs, 2, many, 4, &program),
		     NMACCEL_ERR_OVERFLOW, "a job of 4 buffers; the engine takes 3");
	assert_null(program);
	nmaccel_device_unref(small);
}

/* Every call that compiling makes fails once: an error, and all that was made before is freed. */
static void test_failing_compile(void **state)
{
	static const enum fake_xrt_call calls[] = {FAKE_XRT_BO_ALLOC, FAKE_XRT_BO_MAP,
						   FAKE_XRT_BO_ADDRESS, FAKE_XRT_BO_SYNC};
	struct nmaccel_tensor tensor = make_tensor(NMACCEL_TYPE_S8, 1, 1, 1, K);
	struct nmaccel_linear layer = {.size = sizeof(layer),
				       .epilogue = make_epilogue(NMACCEL_TYPE_S32)};
	enum nmaccel_status status;
	struct nmaccel_plan *plan;
	nmaccel_tensor_id id;
	uint32_t bos, n;
	size_t i;

	(void)state;
	open_card();
	layer.weights = layer_weights(ROWS);
	bos = fake_xrt_counts().bos;
	for (i = 0; i < N_ELEMENTS(calls); i++) {
		for (n = 0, status = NMACCEL_ERR_IO; status && n < 40; n++) {
			assert_ok(nmaccel_plan_create(dev, &plan));
			assert_ok(nmaccel_plan_input(plan, &tensor, &id));
			assert_ok(nmaccel_plan_linear(plan, id, &layer, &id));
			assert_ok(nmaccel_plan_output(plan, id, NMACCEL_LAYOUT_NHWC));
			fake_xrt_fail(calls[i], EIO, n, 1);
			status = nmaccel_plan_compile(plan, NULL);
			fake_xrt_fail(calls[i], 0, 0, 0);
			if (status)
				assert_int_equal(fake_xrt_counts().bos, bos);
			assert_true(!status || status == NMACCEL_ERR_IO);
			nmaccel_plan_unref(plan);
			assert_int_equal(fake_xrt_counts().bos, bos);
		}
		/* Activations, constants, and the descriptors at the least. */
		assert_in_range(n, 4, 39);
	}
	nmaccel_weights_unref(layer.weights);
	nmaccel_device_unref(dev);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_random_nets),	 T(test_buffers_as_io), T(test_many_in_flight),
		T(test_order_of_fences), T(test_order_of_ends), T(test_closed_by_run),
		T(test_closed_in_done),	 T(test_limits),	T(test_failing_compile),
	};

	return cmocka_run_group_tests_name("xrt run", tests, NULL, NULL);
}
