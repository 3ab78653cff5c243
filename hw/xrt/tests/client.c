// SPDX-License-Identifier: MIT
/*
 * A client of real XRT in software emulation: random jobs of the engine's tests go through XRT's C
 * interface to the model's compute units, and all memory must then be as the engine's model alone
 * leaves it.
 *
 * usage: client XCLBIN DEVICE LANES BLOCK_ROWS COLUMNS UNITS CASE
 *
 * It exits with 0 if CASE went as it should. XRT sends a signal to the process group when the model
 * dies, so this runs in a session of its own, with a time limit from outside.
 */
#include <dlfcn.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include <xrt/xrt_bo.h>
#include <xrt/xrt_device.h>
#include <xrt/xrt_kernel.h>

#include "drm/nmaccel_xrt.h"
#include "gen.h"
#include "rng.h"

#define WAIT_MS	   20000
#define HANG_MS	   500
#define GUARD_BYTE 0xa5
#define GUARD	   4096u

#define check(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "client: line %d: %s is false\n", __LINE__, #condition);   \
			_exit(EXIT_FAILURE);                                                       \
		}                                                                                  \
	} while (0)

/* XRT is loaded, as its newest C library may be newer than that of the compiler. */
#define XRT_FUNCTIONS(X)                                                                           \
	X(xrtDeviceOpen)                                                                           \
	X(xrtDeviceClose)                                                                          \
	X(xrtDeviceLoadXclbinFile)                                                                 \
	X(xrtDeviceGetXclbinUUID)                                                                  \
	X(xrtPLKernelOpen)                                                                         \
	X(xrtKernelClose)                                                                          \
	X(xrtKernelArgGroupId)                                                                     \
	X(xrtBOAlloc)                                                                              \
	X(xrtBOFree)                                                                               \
	X(xrtBOMap)                                                                                \
	X(xrtBOSync)                                                                               \
	X(xrtBOAddress)                                                                            \
	X(xrtRunOpen)                                                                              \
	X(xrtRunSetArg)                                                                            \
	X(xrtRunStart)                                                                             \
	X(xrtRunState)                                                                             \
	X(xrtRunClose)

#define DECLARE(name) static __typeof__(&name) x_##name;
XRT_FUNCTIONS(DECLARE)

static void load_xrt(void)
{
	void *xrt = dlopen("libxrt_coreutil.so.2", RTLD_NOW);

	if (!xrt)
		fprintf(stderr, "client: %s\n", dlerror());
	check(xrt);
#define LOAD(name) check(*(void **)&x_##name = dlsym(xrt, #name));
	XRT_FUNCTIONS(LOAD)
}

static struct {
	const struct nmaccel_engine_variant *variant;
	uint32_t units;
	xrtDeviceHandle device;
	xuid_t uuid;
	xrtBufferHandle anchor; /* lies lower than all others */
} card;

/* A job, where it lies in one buffer of XRT, and on which compute unit. */
struct job {
	struct test_job job;
	struct sim sim;
	uint64_t size;
	uint8_t *before;
	bool relative; /* its addresses are from the begin of the buffer, not from the anchor's */

	xrtKernelHandle kernel;
	xrtBufferHandle bo;
	uint8_t *bytes; /* the host's copy of the buffer */
	xrtRunHandle run;
};

/* What the addresses of a job begin with. */
static uint64_t base_of(const struct job *job)
{
	const uint64_t addr = x_xrtBOAddress(job->bo), anchor = x_xrtBOAddress(card.anchor);

	check(addr > anchor);
	return job->relative ? 0 : addr - anchor;
}

/* All addresses of a job in memory that is to lie at base. */
static void relocate(const struct job *job, uint8_t *image, uint64_t base)
{
	struct nmaccel_hw_job *hw = (struct nmaccel_hw_job *)(image + job->sim.job_addr);
	struct nmaccel_hw_buffer *table = (struct nmaccel_hw_buffer *)(image + hw->buffers);
	uint32_t i;
	uint64_t p;

	for (i = 0; i < hw->n_buffers; i++) {
		const uint64_t shift = table[i].page_shift;
		uint64_t *pages = (uint64_t *)(image + table[i].addr);

		if (table[i].flags & NMACCEL_BUF_PAGE_LIST)
			for (p = 0; p < (table[i].size + ((uint64_t)1 << shift) - 1) >> shift; p++)
				pages[p] += base;
		table[i].addr += base;
	}
	hw->descs += base;
	hw->buffers += base;
	hw->record += base;
}

static uint8_t *make_image(const struct job *job)
{
	uint8_t *image = malloc(job->size);
	uint32_t r;

	check(image);
	memset(image, GUARD_BYTE, job->size);
	for (r = 0; r < job->sim.n_regions; r++)
		memcpy(image + job->sim.regions[r].addr, job->sim.regions[r].data,
		       job->sim.regions[r].size);
	relocate(job, image, base_of(job));
	return image;
}

static void make_job(struct job *job, uint32_t unit, bool relative)
{
	struct gen gen;
	char name[64];
	uint32_t r, i;

	memset(job, 0, sizeof(*job));
	job->relative = relative;
	gen_init(&gen, card.variant, NMACCEL_MIN_PAGE_SHIFT);
	test_job_init(&job->job);
	gen_small_conv(&gen, &job->job);
	for (i = 0; i < 3; i++)
		gen_desc(&gen, &job->job, i ? NMACCEL_OP_ADD : NMACCEL_OP_CONV);
	sim_map(&job->sim, &job->job, SIM_FLAT);
	for (r = 0; r < job->sim.n_regions; r++)
		if (job->sim.regions[r].addr + job->sim.regions[r].size > job->size)
			job->size = job->sim.regions[r].addr + job->sim.regions[r].size;
	job->size += GUARD;

	snprintf(name, sizeof(name), "%s:{%s_%" PRIu32 "}", NMACCEL_XRT_KERNEL, NMACCEL_XRT_KERNEL,
		 unit);
	job->kernel = x_xrtPLKernelOpen(card.device, card.uuid, name);
	check(job->kernel);
	/* With a copy on the host, so that what is not copied is not there. */
	job->bo = x_xrtBOAlloc(
		card.device, job->size, XRT_BO_FLAGS_CACHEABLE,
		(xrtMemoryGroup)x_xrtKernelArgGroupId(job->kernel, NMACCEL_XRT_ARG_MEM));
	check(job->bo);
	job->bytes = x_xrtBOMap(job->bo);
	check(job->bytes);
	job->before = make_image(job);
	memcpy(job->bytes, job->before, job->size);
	check(!x_xrtBOSync(job->bo, XCL_BO_SYNC_BO_TO_DEVICE, job->size, 0));
}

static void start_job(struct job *job)
{
	job->run = x_xrtRunOpen(job->kernel);
	check(job->run);
	check(!x_xrtRunSetArg(job->run, NMACCEL_XRT_ARG_MEM,
			      job->relative ? job->bo : card.anchor));
	check(!x_xrtRunSetArg(job->run, NMACCEL_XRT_ARG_JOB, base_of(job) + job->sim.job_addr));
	check(!x_xrtRunStart(job->run));
}

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* xrtRunWaitFor() of software emulation knows no time limit. */
static bool ends_within(const struct job *job, uint64_t ms)
{
	const uint64_t until = now_ms() + ms;

	while (x_xrtRunState(job->run) < ERT_CMD_STATE_COMPLETED) {
		if (now_ms() > until)
			return false;
		usleep(200);
	}
	return x_xrtRunState(job->run) == ERT_CMD_STATE_COMPLETED;
}

static void fetch(const struct job *job)
{
	/* What the engine wrote is not here yet. */
	check(!memcmp(job->bytes, job->before, job->size));
	check(!x_xrtBOSync(job->bo, XCL_BO_SYNC_BO_FROM_DEVICE, job->size, 0));
}

/* The engine's model alone, with the same jobs: all bytes are the same, the record's too. */
static void compare(struct job *job, uint32_t state, uint32_t fault)
{
	const uint64_t seq = job->sim.job->seq;
	uint8_t *expected;

	check(ends_within(job, WAIT_MS));
	fetch(job);
	sim_run(&job->sim, card.variant);
	check(job->sim.record->seq == seq && job->sim.record->state == state &&
	      job->sim.record->fault == fault);
	expected = make_image(job);
	check(!memcmp(job->bytes, expected, job->size));
	free(expected);
}

static void free_job(struct job *job)
{
	check(!x_xrtRunClose(job->run));
	check(!x_xrtBOFree(job->bo));
	check(!x_xrtKernelClose(job->kernel));
	free(job->before);
	sim_free(&job->sim);
	test_job_free(&job->job);
}

/* On all units at once, with addresses of both kinds. */
static void case_jobs(void)
{
	static struct job jobs[NMACCEL_XRT_MAX_UNITS];
	const uint32_t rounds = gen_jobs(6);
	uint32_t round, i;

	for (round = 0; round < rounds; round++) {
		for (i = 0; i < card.units; i++)
			make_job(&jobs[i], i + 1, (round + i) % 2);
		for (i = 0; i < card.units; i++)
			start_job(&jobs[i]);
		for (i = 0; i < card.units; i++)
			compare(&jobs[i], NMACCEL_JOB_DONE, NMACCEL_FAULT_NONE);
		for (i = 0; i < card.units; i++)
			free_job(&jobs[i]);
	}
}

/* One job after the other on one unit, with one run that is started again. */
static void case_again(void)
{
	static struct job job;
	uint32_t i;

	make_job(&job, card.units, true);
	start_job(&job);
	for (i = 0; i < 20; i++) {
		check(ends_within(&job, WAIT_MS));
		check(!x_xrtRunStart(job.run));
	}
	compare(&job, NMACCEL_JOB_DONE, NMACCEL_FAULT_NONE);
	free_job(&job);
}

/* What a job names outside of XRT's buffers is refused, and reported by the engine. */
static void case_wild(void)
{
	static struct job job;

	make_job(&job, 1, true);
	job.sim.job->descs += (uint64_t)1 << 31;
	free(job.before);
	job.before = make_image(&job);
	memcpy(job.bytes, job.before, job.size);
	check(!x_xrtBOSync(job.bo, XCL_BO_SYNC_BO_TO_DEVICE, job.size, 0));
	start_job(&job);
	compare(&job, NMACCEL_JOB_FAULT, NMACCEL_FAULT_BUS);
	free_job(&job);
}

/* refuse:3 */
static void case_refuse(void)
{
	static struct job job;

	make_job(&job, 1, true);
	start_job(&job);
	job.sim.refuse = 3;
	compare(&job, NMACCEL_JOB_FAULT, NMACCEL_FAULT_BUS);
	free_job(&job);
}

/* status:1 */
static void case_status(void)
{
	static struct job jobs[2];
	struct nmaccel_hw_record record;

	make_job(&jobs[0], 1, true);
	start_job(&jobs[0]);
	check(ends_within(&jobs[0], WAIT_MS));
	fetch(&jobs[0]);
	memcpy(&record, jobs[0].bytes + jobs[0].sim.job->record, sizeof(record));
	check(record.seq != jobs[0].sim.job->seq && record.state != NMACCEL_JOB_DONE &&
	      record.state != NMACCEL_JOB_RUNNING && record.state != NMACCEL_JOB_FAULT);
	make_job(&jobs[1], 1, false);
	start_job(&jobs[1]);
	compare(&jobs[1], NMACCEL_JOB_DONE, NMACCEL_FAULT_NONE);
	free_job(&jobs[0]);
	free_job(&jobs[1]);
}

/* hang:2; there is no way to end such a run, so the process ends with it. */
static void case_hang(void)
{
	static struct job jobs[2];

	make_job(&jobs[0], 1, true);
	start_job(&jobs[0]);
	compare(&jobs[0], NMACCEL_JOB_DONE, NMACCEL_FAULT_NONE);
	make_job(&jobs[1], 1, true);
	start_job(&jobs[1]);
	check(!ends_within(&jobs[1], HANG_MS));
	check(x_xrtRunState(jobs[1].run) < ERT_CMD_STATE_COMPLETED);
	printf("hangs\n");
	fflush(stdout);
	_exit(EXIT_SUCCESS);
}

/* die:1 and exit:1; whoever runs this sees how it ends. */
static void case_start(void)
{
	static struct job job;

	make_job(&job, 1, true);
	printf("starts\n");
	fflush(stdout);
	start_job(&job);
	check(ends_within(&job, WAIT_MS));
	free_job(&job);
}

/* A buffer that XRT copies in several messages, the last one small. */
static void case_copy(void)
{
	const size_t size = 20000000;
	const xrtBufferHandle bo = x_xrtBOAlloc(card.device, size, XRT_BO_FLAGS_CACHEABLE, 0);
	uint8_t *bytes, *expected = malloc(size);

	check(bo && expected);
	bytes = x_xrtBOMap(bo);
	check(bytes);
	rng_fill(expected, size);
	memcpy(bytes, expected, size);
	check(!x_xrtBOSync(bo, XCL_BO_SYNC_BO_TO_DEVICE, size, 0));
	memset(bytes, 0, size);
	check(!x_xrtBOSync(bo, XCL_BO_SYNC_BO_FROM_DEVICE, size, 0));
	check(!memcmp(bytes, expected, size));
	check(!x_xrtBOFree(bo));
	free(expected);
}

static const struct {
	const char *name;
	void (*run)(void);
} cases[] = {
	{"jobs", case_jobs},	 {"again", case_again},	  {"wild", case_wild},
	{"refuse", case_refuse}, {"status", case_status}, {"hang", case_hang},
	{"start", case_start},	 {"copy", case_copy},
};

static uint32_t to_number(const char *text)
{
	return (uint32_t)strtoul(text, NULL, 10);
}

int main(int argc, char **argv)
{
	size_t i;

	check(argc == 8);
	rng_start(argv[7]);
	load_xrt();
	card.variant =
		nmaccel_engine_find(to_number(argv[3]), to_number(argv[4]), to_number(argv[5]));
	card.units = to_number(argv[6]);
	check(card.variant && card.units >= 1 && card.units <= NMACCEL_XRT_MAX_UNITS);
	card.device = x_xrtDeviceOpen(to_number(argv[2]));
	check(card.device);
	if (x_xrtDeviceLoadXclbinFile(card.device, argv[1])) {
		fprintf(stderr, "client: the .xclbin is refused\n");
		_exit(2);
	}
	check(!x_xrtDeviceGetXclbinUUID(card.device, card.uuid));
	card.anchor = x_xrtBOAlloc(card.device, GUARD, 0, 0);
	check(card.anchor);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (!strcmp(argv[7], cases[i].name)) {
			cases[i].run();
			check(!x_xrtBOFree(card.anchor));
			check(!x_xrtDeviceClose(card.device));
			return EXIT_SUCCESS;
		}
	fprintf(stderr, "client: there is no case '%s'\n", argv[7]);
	return EXIT_FAILURE;
}
