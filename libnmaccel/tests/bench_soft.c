/* SPDX-License-Identifier: MIT */
/*
 * How fast the soft executor is against a naive dense int8 loop compiled with -O3, on one thread.
 *
 * Both are timed in turn, pair by pair, and the median of the pairs' ratios is printed, so that a
 * busy machine disturbs both alike. The loop has the instructions of the build's target only, SSE2
 * for plain x86-64: with CFLAGS='-O2 -march=native' it has the CPU's as well. GOPS count the dense
 * network's multiply-adds, two each, zeros included. Usage: bench_soft [pairs]
 */

/*
 * The build's own level would leave the naive loop without vectors and flatter the executor; for
 * clang, which vectorises at -O2 as well, that level is the same.
 */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3")
#endif

#include <time.h>

#include "soft/kernels.h"
#include "soft_case.h"

#define MAX_PAIRS 101

enum {
	BUF_IN,
	BUF_OUT,
	BUF_WEIGHTS,
	BUF_PARAMS,
	N_BUFS
};

struct shape {
	const char *name;
	uint32_t rows, channels, kernel, height, width, batch;
};

static const struct shape shapes[] = {
	{"linear 512x1152x256", 512, 1152, 1, 1, 1, 256},
	{"linear 384x768x128", 384, 768, 1, 1, 1, 128},
	{"linear 512x512x16", 512, 512, 1, 1, 1, 16},
	{"conv3x3 64>64 56x56", 64, 64, 3, 56, 56, 1},
	{"conv3x3 128>128 28x28", 128, 128, 3, 28, 28, 1},
	{"conv3x3 256>256 14x14", 256, 256, 3, 14, 14, 1},
	{"conv3x3 512>512 7x7", 512, 512, 3, 7, 7, 1},
};

static const char *const isas[] = {"scalar", "avx2", "avx512"};

struct bench {
	struct nmaccel_hw_desc desc;
	struct nmaccel_exec_buffer buffers[N_BUFS];
	int8_t *weights;  /* [rows][kernel_h][kernel_w][channels] */
	int8_t *dense_in; /* [batch][height][width][channels] */
	int32_t *dense_out;
};

/* CPU time of this thread, which does all the work: other programs then disturb less. */
static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + 1e-9 * (double)ts.tv_nsec;
}

/* ---- the naive loop -------------------------------------------------------------------------- */

static int32_t naive_dot(const int8_t *w, const int8_t *x, uint32_t n)
{
	int32_t sum = 0;
	uint32_t i;

	for (i = 0; i < n; i++)
		sum += w[i] * x[i];
	return sum;
}

static int32_t naive_pixel(const struct nmaccel_hw_desc *d, const int8_t *in, const int8_t *w,
			   uint64_t p)
{
	int32_t sum = 0;
	uint32_t i, j;

	for (i = 0; i < d->kernel_h; i++)
		for (j = 0; j < d->kernel_w; j++, w += d->in.ch) {
			int64_t q = case_source(d, p, i, j);

			if (q >= 0)
				sum += naive_dot(w, in + q * d->in.ch, d->in.ch);
		}
	return sum;
}

static __attribute__((noinline)) void naive(const struct bench *b)
{
	const struct nmaccel_hw_desc *d = &b->desc;
	uint64_t p, pixels = case_pixels(d, true);
	size_t k = (size_t)d->kernel_h * d->kernel_w * d->in.ch;
	uint32_t r;

	for (p = 0; p < pixels; p++)
		for (r = 0; r < d->out.ch; r++)
			b->dense_out[p * d->out.ch + r] =
				naive_pixel(d, b->dense_in, b->weights + r * k, p);
}

/* ---- the same work for the executor ---------------------------------------------------------- */

static void buffer_init(struct nmaccel_exec_buffer *buffer, uint64_t bytes, uint32_t flags)
{
	buffer->data = case_alloc(bytes);
	memset(buffer->data, 0, bytes);
	buffer->size = bytes;
	buffer->flags = flags;
}

/* Just n non-zeros in each group of 128 channels (a share of n in a shorter one). */
static void prune(struct case_rng *rng, int8_t *w, uint32_t channels, uint32_t n)
{
	uint32_t first, i, left;

	for (first = 0; first < channels; first += 128) {
		uint32_t group = case_min(128, channels - first);

		left = n * group / 128;
		for (i = 0; i < group; i++) {
			w[first + i] = 0;
			if (case_random(rng) % (group - i) < left) {
				w[first + i] = (int8_t)(case_random(rng) % 127 + 1);
				left--;
			}
		}
	}
}

static void make_weights(struct case_rng *rng, struct bench *b, uint32_t n)
{
	struct nmaccel_hw_desc *d = &b->desc;
	uint32_t taps = d->kernel_h * d->kernel_w, row;
	struct case_panel panel = {d->out.ch, taps, d->in.ch, d->block_rows, b->weights};
	struct case_stream stream;

	for (row = 0; row < d->out.ch * taps; row++)
		prune(rng, b->weights + (size_t)row * d->in.ch, d->in.ch, n);
	stream = case_pack(&panel, rng, false);
	d->weights_bytes = stream.bytes;
	free(b->buffers[BUF_WEIGHTS].data);
	b->buffers[BUF_WEIGHTS] =
		(struct nmaccel_exec_buffer){stream.data, stream.bytes, NMACCEL_BUF_READ};
}

static void bench_init(struct case_rng *rng, struct bench *b, const struct shape *s)
{
	struct nmaccel_hw_desc *d = &b->desc;
	uint64_t pixels = (uint64_t)s->batch * s->height * s->width, p;
	uint32_t c;

	memset(b, 0, sizeof(*b));
	d->op = NMACCEL_OP_CONV;
	d->in = (struct nmaccel_hw_tensor){.channels = s->channels, .ch = s->channels};
	d->out = (struct nmaccel_hw_tensor){.buffer = BUF_OUT, .channels = s->rows, .ch = s->rows};
	d->weights = BUF_WEIGHTS;
	d->params = BUF_PARAMS;
	d->batch = s->batch;
	d->in_h = d->out_h = s->height;
	d->in_w = d->out_w = s->width;
	d->kernel_h = d->kernel_w = s->kernel;
	d->stride_h = d->stride_w = d->dilation_h = d->dilation_w = 1;
	d->pad_top = d->pad_left = s->kernel / 2;
	d->act_min = -128;
	d->act_max = 127;
	d->block_rows = 128;
	buffer_init(&b->buffers[BUF_IN], case_tensor_bytes(&d->in, pixels, 1), NMACCEL_BUF_READ);
	buffer_init(&b->buffers[BUF_OUT], case_tensor_bytes(&d->out, pixels, 1), NMACCEL_BUF_WRITE);
	buffer_init(&b->buffers[BUF_PARAMS], s->rows * sizeof(struct nmaccel_hw_param),
		    NMACCEL_BUF_READ);
	b->weights = case_alloc((size_t)s->rows * s->kernel * s->kernel * s->channels);
	b->dense_in = case_alloc(pixels * s->channels);
	b->dense_out = case_alloc(pixels * s->rows * sizeof(int32_t));
	for (c = 0; c < s->rows; c++)
		((struct nmaccel_hw_param *)b->buffers[BUF_PARAMS].data)[c].scale =
			case_bits(0.001f);
	for (p = 0; p < pixels; p++)
		for (c = 0; c < s->channels; c++) {
			int8_t x = (int8_t)case_random(rng);

			b->dense_in[p * s->channels + c] = x;
			((int8_t *)b->buffers[BUF_IN].data)[case_at(&d->in, p, c, 1)] = x;
		}
}

static void bench_fini(struct bench *b)
{
	uint32_t i;

	for (i = 0; i < N_BUFS; i++)
		free(b->buffers[i].data);
	free(b->weights);
	free(b->dense_in);
	free(b->dense_out);
}

/* ---- timing ---------------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values, uint32_t n)
{
	qsort(values, n, sizeof(values[0]), compare);
	return values[n / 2];
}

static void must(enum nmaccel_status status)
{
	if (status == NMACCEL_OK)
		return;
	fprintf(stderr, "bench_soft: %s: %s\n", nmaccel_status_name(status), nmaccel_last_error());
	exit(1);
}

/* Seconds of one run, of enough runs that the clock's grain does not matter. */
static double time_executor(void *executor, void *program, struct bench *b)
{
	struct nmaccel_hw_record record;
	double start = now(), t;
	uint32_t n = 0;

	do {
		record.seq = 0;
		must(nmaccel_soft_executor.run(executor, program, b->buffers, &record));
		t = now() - start;
	} while (++n < 3 || t < 0.003);
	return t / n;
}

static void measure(const struct shape *s, struct bench *b, uint32_t n, uint32_t isa,
		    uint32_t pairs)
{
	double ratios[MAX_PAIRS], times[MAX_PAIRS], start, macs;
	void *executor = NULL, *program = NULL;
	uint32_t i;

	setenv("NMACCEL_ISA", isas[isa], 1);
	must(nmaccel_soft_executor.open(&executor));
	must(nmaccel_soft_executor.prepare(executor, &b->desc, 1, b->buffers, N_BUFS, &program));
	for (i = 0; i < pairs; i++) {
		start = now();
		naive(b);
		ratios[i] = now() - start;
		times[i] = time_executor(executor, program, b);
		ratios[i] /= times[i];
	}
	nmaccel_soft_executor.release(executor, program);
	nmaccel_soft_executor.close(executor);

	macs = (double)s->rows * s->kernel * s->kernel * s->channels * s->batch * s->height *
	       s->width;
	start = median(times, pairs);
	printf("%-22s %3u:128 %-7s %9.1f us %8.1f GOPS %7.1fx naive\n", s->name, n, isas[isa],
	       1e6 * start, 2e-9 * macs / start, median(ratios, pairs));
	fflush(stdout);
}

int main(int argc, char **argv)
{
	static const uint32_t patterns[] = {64, 32, 16, 8};
	struct case_rng rng = {1};
	uint32_t pairs = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 11;
	uint32_t s, n, isa;

	if (pairs < 1 || pairs > MAX_PAIRS) {
		fprintf(stderr, "bench_soft: pairs must be 1 to %d\n", MAX_PAIRS);
		return 2;
	}
	setenv("NMACCEL_THREADS", "1", 1);
	for (s = 0; s < sizeof(shapes) / sizeof(shapes[0]); s++) {
		struct bench b;

		bench_init(&rng, &b, &shapes[s]);
		for (n = 0; n < sizeof(patterns) / sizeof(patterns[0]); n++) {
			make_weights(&rng, &b, patterns[n]);
			for (isa = 0; isa <= (uint32_t)nmaccel_soft_isa_best(); isa++)
				measure(&shapes[s], &b, patterns[n], isa, pairs);
		}
		bench_fini(&b);
	}
	return 0;
}
