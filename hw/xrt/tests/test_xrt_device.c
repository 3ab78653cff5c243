// SPDX-License-Identifier: MIT
/* The emulated device as XRT's shim speaks to it: registers, buffers, jobs, and calls that are
 * none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "device.h"
#include "emulation.h"
#include "gen.h"
#include "log.h"
#include "rng.h"

#define MEMORY	((uint64_t)1 << 30)
#define STRIDE	0x10000u
#define BASE	0x1800000u
#define WAIT_MS 20000

struct fixture {
	struct emu_device device;
	char path[64]; /* of the bitstream */
	uint8_t *message;
	uint8_t *answer_bytes;
	struct emu_writer call; /* being made */
	struct emu_writer answer;
};

static void begin(struct fixture *f)
{
	f->call = (struct emu_writer){.bytes = f->message, .room = EMU_MAX_MESSAGE};
}

static enum emu_outcome finish(struct fixture *f, uint32_t number)
{
	f->answer = (struct emu_writer){.bytes = f->answer_bytes, .room = EMU_MAX_MESSAGE};
	assert_false(f->call.full);
	return emu_device_call(&f->device, number, f->message, f->call.size, &f->answer);
}

/* A field of the answer; type bytes if there is none. */
static struct emu_field answer(const struct fixture *f, uint32_t number)
{
	struct emu_reader reader = {f->answer_bytes, f->answer_bytes + f->answer.size};
	struct emu_field field, found = {.type = EMU_WIRE_BYTES};
	enum emu_read result;

	while ((result = emu_wire_next(&reader, &field)) == EMU_READ_FIELD)
		if (field.number == number)
			found = field;
	assert_int_equal(result, EMU_READ_END);
	return found;
}

static uint64_t ask(struct fixture *f, uint32_t number)
{
	assert_int_equal(finish(f, number), EMU_ANSWERED);
	assert_int_equal(answer(f, EMU_ANSWER).type, EMU_WIRE_VARINT);
	return answer(f, EMU_ANSWER).value;
}

static bool load(struct fixture *f, const char *path, uint64_t memory)
{
	uint8_t bank[16];
	struct emu_writer writer = {.bytes = bank, .room = sizeof(bank)};

	begin(f);
	emu_wire_put_bytes(&f->call, EMU_LOAD_BITSTREAM_FILE, path, strlen(path));
	emu_wire_put(&writer, EMU_BANK_SIZE, memory / 2);
	emu_wire_put_bytes(&f->call, EMU_LOAD_BANKS, bank, writer.size);
	emu_wire_put_bytes(&f->call, EMU_LOAD_BANKS, bank, writer.size);
	return ask(f, EMU_LOAD_BITSTREAM);
}

static bool alloc(struct fixture *f, uint64_t addr, uint64_t size)
{
	begin(f);
	emu_wire_put(&f->call, EMU_BUFFER_ADDRESS, addr);
	emu_wire_put(&f->call, EMU_BUFFER_SIZE, size);
	return ask(f, EMU_ALLOC_BUFFER);
}

static bool release(struct fixture *f, uint64_t addr)
{
	begin(f);
	emu_wire_put(&f->call, EMU_BUFFER_ADDRESS, addr);
	return ask(f, EMU_FREE_BUFFER);
}

static uint64_t to_device(struct fixture *f, uint64_t addr, const void *bytes, uint64_t size)
{
	begin(f);
	emu_wire_put(&f->call, EMU_TO_DEVICE_ADDRESS, addr);
	emu_wire_put_bytes(&f->call, EMU_TO_DEVICE_DATA, bytes, size);
	emu_wire_put(&f->call, EMU_COPY_SIZE, size);
	return ask(f, EMU_COPY_TO_DEVICE);
}

static uint64_t to_host(struct fixture *f, uint64_t addr, void *bytes, uint64_t size)
{
	struct emu_field data;
	uint64_t got;

	begin(f);
	emu_wire_put(&f->call, EMU_TO_HOST_ADDRESS, addr);
	emu_wire_put(&f->call, EMU_COPY_SIZE, size);
	got = ask(f, EMU_COPY_TO_HOST);
	data = answer(f, EMU_ANSWER_DATA);
	assert_true(data.size == got);
	if (got)
		memcpy(bytes, data.bytes, got);
	return got;
}

static bool write_words(struct fixture *f, uint64_t addr, const uint32_t *words, size_t bytes)
{
	begin(f);
	emu_wire_put(&f->call, EMU_KERNEL_ADDRESS, addr);
	emu_wire_put(&f->call, EMU_KERNEL_SIZE, bytes);
	emu_wire_put_bytes(&f->call, EMU_KERNEL_DATA, words, bytes);
	return ask(f, EMU_WRITE_KERNEL);
}

static bool write_register(struct fixture *f, uint32_t unit, uint32_t offset, uint32_t value)
{
	begin(f);
	emu_wire_put(&f->call, EMU_REGISTER_BASE, BASE + unit * STRIDE);
	emu_wire_put(&f->call, EMU_REGISTER_OFFSET, offset);
	emu_wire_put_bytes(&f->call, EMU_REGISTER_DATA, &value, sizeof(value));
	return ask(f, EMU_WRITE_REGISTER);
}

/* By the call for one register and by that for a kernel, in turn. */
static bool read_register(struct fixture *f, uint32_t unit, uint32_t offset, uint32_t *value)
{
	static bool kernel;
	struct emu_field data;

	begin(f);
	kernel = !kernel;
	if (kernel) {
		emu_wire_put(&f->call, EMU_KERNEL_ADDRESS, BASE + unit * STRIDE + offset);
		emu_wire_put(&f->call, EMU_KERNEL_SIZE, 4);
	} else {
		emu_wire_put(&f->call, EMU_REGISTER_BASE, BASE + unit * STRIDE);
		emu_wire_put(&f->call, EMU_REGISTER_OFFSET, offset);
		emu_wire_put(&f->call, EMU_REGISTER_SIZE, 4);
	}
	if (!ask(f, kernel ? EMU_READ_KERNEL : EMU_READ_REGISTER))
		return false;
	data = answer(f, EMU_ANSWER_DATA);
	assert_int_equal(data.size, 4);
	memcpy(value, data.bytes, 4);
	return true;
}

static uint32_t get(struct fixture *f, uint32_t unit, uint32_t offset)
{
	uint32_t value;

	assert_true(read_register(f, unit, offset, &value));
	return value;
}

static void write_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	int fd;

	assert_non_null(f);
	emu_log_off();
	f->message = malloc(EMU_MAX_MESSAGE);
	f->answer_bytes = malloc(EMU_MAX_MESSAGE);
	assert_true(f->message && f->answer_bytes);
	emu_device_init(&f->device);
	strcpy(f->path, "/tmp/nmaccel-xrt-test.XXXXXX");
	fd = mkstemp(f->path);
	assert_true(fd >= 0);
	close(fd);
	write_text(f->path,
		   "{\"nmaccel\":{\"lanes\":4,\"block_rows\":128,\"columns\":16,\"units\":2},"
		   "\"emulation\":{\"base\":25165824,\"stride\":65536}}");
	*state = f;
	return 0;
}

static int setup_loaded(void **state)
{
	setup(state);
	assert_true(load(*state, ((struct fixture *)*state)->path, MEMORY));
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	emu_device_destroy(&f->device);
	unlink(f->path);
	free(f->message);
	free(f->answer_bytes);
	free(f);
	return 0;
}

/* Before anything is loaded there is neither memory nor a register. */
static void empty(void **state)
{
	struct fixture *f = *state;
	uint32_t value;

	assert_false(alloc(f, 0, 16));
	assert_false(release(f, 0));
	assert_int_equal(to_host(f, 0, &value, 4), 0);
	assert_false(read_register(f, 0, 0, &value));
	assert_false(load(f, "/no/such/file", MEMORY));
	assert_false(load(f, f->path, 0));
	assert_false(load(f, f->path, 2 * EMU_MAX_MEMORY));
	assert_true(load(f, "", MEMORY));
	assert_true(alloc(f, 0, 16));
	assert_false(read_register(f, 0, 0, &value));
	assert_false(load(f, f->path, MEMORY / 2));
	assert_true(load(f, f->path, MEMORY));
	assert_int_equal(get(f, 0, NMACCEL_REG_CTRL), NMACCEL_CTRL_IDLE);
}

static void broken(void **state)
{
	struct fixture *f = *state;

	f->device.broken = "for a test";
	assert_false(load(f, f->path, MEMORY));
}

static void registers(void **state)
{
	static const uint32_t wide[] = {NMACCEL_REG_MEM_LO, NMACCEL_REG_MEM_HI, NMACCEL_REG_JOB_LO,
					NMACCEL_REG_JOB_HI};
	struct fixture *f = *state;
	uint32_t i;

	for (i = 0; i < 4; i++)
		assert_true(write_register(f, 1, wide[i], 0x1234567 * (i + 1)));
	for (i = 0; i < 4; i++) {
		assert_int_equal(get(f, 1, wide[i]), 0x1234567 * (i + 1));
		assert_int_equal(get(f, 0, wide[i]), 0);
	}
	assert_true(write_register(f, 0, NMACCEL_REG_GIER, UINT32_MAX));
	assert_int_equal(get(f, 0, NMACCEL_REG_GIER), NMACCEL_GIER_ENABLE);
	assert_true(write_register(f, 0, NMACCEL_REG_IER, UINT32_MAX));
	assert_int_equal(get(f, 0, NMACCEL_REG_IER), NMACCEL_INT_DONE | NMACCEL_INT_READY);
	/* ISR toggles. */
	assert_true(write_register(f, 0, NMACCEL_REG_ISR, NMACCEL_INT_DONE));
	assert_int_equal(get(f, 0, NMACCEL_REG_ISR), NMACCEL_INT_DONE);
	assert_true(write_register(f, 0, NMACCEL_REG_ISR, NMACCEL_INT_DONE));
	assert_int_equal(get(f, 0, NMACCEL_REG_ISR), 0);
	assert_int_equal(get(f, 0, NMACCEL_PAGE_SIZE - 4), 0);
}

/* All of a page's registers, and nothing beside the pages of the units that there are. */
static void register_ranges(void **state)
{
	static uint32_t words[NMACCEL_PAGE_SIZE / 4 + 1];
	struct fixture *f = *state;
	uint32_t value;

	assert_true(write_words(f, BASE, words, NMACCEL_PAGE_SIZE));
	assert_false(write_words(f, BASE, words, NMACCEL_PAGE_SIZE + 4));
	assert_false(write_words(f, BASE + 4, words, NMACCEL_PAGE_SIZE));
	assert_false(write_words(f, BASE - 4, words, 4));
	assert_false(write_words(f, BASE + 2, words, 4));
	assert_false(write_words(f, BASE, words, 3));
	assert_false(write_words(f, BASE, words, 0));
	assert_false(write_words(f, BASE + 2 * STRIDE, words, 4));
	assert_false(write_words(f, UINT64_MAX - 3, words, 4));
	assert_true(write_words(f, BASE + STRIDE + NMACCEL_PAGE_SIZE - 4, words, 4));
	assert_false(read_register(f, 0, NMACCEL_PAGE_SIZE, &value));
	assert_false(read_register(f, 2, 0, &value));
	assert_false(read_register(f, 0, 2, &value));
	begin(f);
	emu_wire_put(&f->call, EMU_KERNEL_ADDRESS, BASE);
	emu_wire_put(&f->call, EMU_KERNEL_SIZE, 8);
	assert_false(ask(f, EMU_READ_KERNEL));
}

static void buffers(void **state)
{
	struct fixture *f = *state;
	uint8_t bytes[64] = {1, 2, 3};

	assert_true(alloc(f, 4096, 100));
	assert_int_equal(answer(f, EMU_ANSWER_DATA).bytes[0], '/');
	assert_false(alloc(f, 4096, 16));
	assert_false(alloc(f, 4080, 32));
	assert_false(alloc(f, 4096 + 100, 16));
	assert_true(alloc(f, 4096 + 112, 16));
	assert_true(alloc(f, 4080, 16));
	assert_false(alloc(f, MEMORY - 16, 32));
	assert_true(alloc(f, MEMORY - 16, 16));
	assert_false(alloc(f, MEMORY, 16));
	assert_false(alloc(f, UINT64_MAX - 15, 16));
	assert_false(alloc(f, 0, 0));
	assert_false(alloc(f, 0, UINT64_MAX));
	assert_int_equal(to_device(f, 4096, bytes, 64), 64);
	assert_int_equal(to_host(f, 4096, bytes, 3), 3);
	assert_memory_equal(bytes, "\1\2\3", 3);
	/* Beyond a buffer, also where the next one begins. */
	assert_int_equal(to_device(f, 4096 + 64, bytes, 64), 0);
	assert_int_equal(to_host(f, 4080, bytes, 32), 0);
	assert_int_equal(to_host(f, 0, bytes, 1), 0);
	assert_int_equal(to_host(f, UINT64_MAX, bytes, 2), 0);
	assert_false(release(f, 4097));
	assert_true(release(f, 4096));
	assert_false(release(f, 4096));
	assert_int_equal(to_host(f, 4096, bytes, 1), 0);
	assert_int_equal(to_host(f, 4080, bytes, 16), 16);
}

static void copies(void **state)
{
	struct fixture *f = *state;
	uint8_t *bytes = calloc(1, EMU_MAX_COPY);
	uint64_t value = 0;

	assert_non_null(bytes);
	assert_true(alloc(f, 0, 2 * EMU_MAX_COPY));
	bytes[EMU_MAX_COPY - 1] = 7;
	assert_true(to_device(f, EMU_MAX_COPY, bytes, EMU_MAX_COPY) == EMU_MAX_COPY);
	bytes[EMU_MAX_COPY - 1] = 0;
	assert_true(to_host(f, EMU_MAX_COPY, bytes, EMU_MAX_COPY) == EMU_MAX_COPY);
	assert_int_equal(bytes[EMU_MAX_COPY - 1], 7);
	assert_int_equal(to_host(f, 0, bytes, EMU_MAX_COPY + 1), 0);
	assert_int_equal(to_host(f, 0, bytes, UINT64_MAX), 0);
	/* A size that is not that of the data. */
	begin(f);
	emu_wire_put(&f->call, EMU_TO_DEVICE_ADDRESS, 0);
	emu_wire_put_bytes(&f->call, EMU_TO_DEVICE_DATA, &value, 8);
	emu_wire_put(&f->call, EMU_COPY_SIZE, 16);
	assert_int_equal(ask(f, EMU_COPY_TO_DEVICE), 0);
	/* No data, or a number for them. */
	begin(f);
	emu_wire_put(&f->call, EMU_TO_DEVICE_DATA, 5);
	assert_int_equal(ask(f, EMU_COPY_TO_DEVICE), 0);
	free(bytes);
}

/* A job of the engine's tests in a buffer at base, and its start as XRT's scheduler does it. */
struct job {
	struct test_job job;
	struct sim sim;
	uint64_t base;
	uint64_t size;
};

static void make_job(struct fixture *f, struct job *job, uint64_t base)
{
	struct gen gen;
	uint32_t r;

	memset(job, 0, sizeof(*job));
	job->base = base;
	gen_init(&gen, nmaccel_engine_find(4, 128, 16), NMACCEL_MIN_PAGE_SHIFT);
	test_job_init(&job->job);
	gen_small_conv(&gen, &job->job);
	gen_desc(&gen, &job->job, NMACCEL_OP_ADD);
	sim_map(&job->sim, &job->job, SIM_FLAT);
	for (r = 0; r < job->sim.n_regions; r++)
		if (job->sim.regions[r].addr + job->sim.regions[r].size > job->size)
			job->size = job->sim.regions[r].addr + job->sim.regions[r].size;
	assert_true(alloc(f, base, job->size));
	for (r = 0; r < job->sim.n_regions; r++)
		assert_true(to_device(f, base + job->sim.regions[r].addr, job->sim.regions[r].data,
				      job->sim.regions[r].size));
}

static void start_job(struct fixture *f, const struct job *job, uint32_t unit)
{
	uint32_t map[NMACCEL_REG_JOB_HI / 4 + 1] = {0};

	map[NMACCEL_REG_MEM_LO / 4] = (uint32_t)job->base;
	map[NMACCEL_REG_MEM_HI / 4] = (uint32_t)(job->base >> 32);
	map[NMACCEL_REG_JOB_LO / 4] = (uint32_t)job->sim.job_addr;
	map[NMACCEL_REG_JOB_HI / 4] = (uint32_t)(job->sim.job_addr >> 32);
	assert_true(write_words(f, BASE + unit * STRIDE, map, sizeof(map)));
	map[0] = NMACCEL_CTRL_START;
	assert_true(write_words(f, BASE + unit * STRIDE, map, sizeof(map)));
}

/* CTRL as it is at the end of the run. */
static uint32_t wait_idle(struct fixture *f, uint32_t unit)
{
	const struct timespec pause = {.tv_nsec = 1000000};
	uint32_t i, ctrl;

	for (i = 0; i < WAIT_MS; i++) {
		ctrl = get(f, unit, NMACCEL_REG_CTRL);
		if (ctrl & NMACCEL_CTRL_IDLE)
			return ctrl;
		assert_int_equal(ctrl, NMACCEL_CTRL_START);
		nanosleep(&pause, NULL);
	}
	fail_msg("the unit does not end");
	return 0;
}

static void compare(struct fixture *f, struct job *job)
{
	uint32_t r;

	sim_run(&job->sim, nmaccel_engine_find(4, 128, 16));
	for (r = 0; r < job->sim.n_regions; r++) {
		const struct sim_region *region = &job->sim.regions[r];
		uint8_t *bytes = malloc(region->size);

		assert_non_null(bytes);
		assert_int_equal(to_host(f, job->base + region->addr, bytes, region->size),
				 region->size);
		assert_memory_equal(bytes, region->data, region->size);
		free(bytes);
	}
}

static struct nmaccel_hw_record record_of(struct fixture *f, const struct job *job)
{
	struct nmaccel_hw_record record;

	assert_int_equal(to_host(f, job->base + job->sim.job->record, &record, sizeof(record)),
			 sizeof(record));
	return record;
}

static void free_job(struct fixture *f, struct job *job)
{
	assert_true(release(f, job->base));
	sim_free(&job->sim);
	test_job_free(&job->job);
}

static void jobs(void **state)
{
	struct fixture *f = *state;
	static struct job job[2];
	uint32_t round, u;

	rng_start("jobs");
	for (u = 0; u < 2; u++) {
		assert_true(write_register(f, u, NMACCEL_REG_GIER, 1));
		assert_true(write_register(f, u, NMACCEL_REG_IER, NMACCEL_INT_DONE));
	}
	for (round = 0; round < gen_jobs(10); round++) {
		make_job(f, &job[0], 65536);
		make_job(f, &job[1], MEMORY / 2);
		for (u = 0; u < 2; u++)
			start_job(f, &job[u], u);
		for (u = 0; u < 2; u++) {
			/* XRT's image of the map leaves the interrupt registers alone. */
			assert_int_equal(wait_idle(f, u), NMACCEL_CTRL_DONE | NMACCEL_CTRL_IDLE |
								  NMACCEL_CTRL_READY);
			assert_int_equal(get(f, u, NMACCEL_REG_CTRL), NMACCEL_CTRL_IDLE);
			assert_int_equal(get(f, u, NMACCEL_REG_GIER), 1);
			assert_int_equal(get(f, u, NMACCEL_REG_ISR), NMACCEL_INT_DONE);
			assert_true(write_register(f, u, NMACCEL_REG_ISR, NMACCEL_INT_DONE));
			compare(f, &job[u]);
			assert_int_equal(record_of(f, &job[u]).state, NMACCEL_JOB_DONE);
			free_job(f, &job[u]);
		}
	}
}

/* A job in memory that is no buffer any more leaves no trace in it. */
static void freed(void **state)
{
	struct fixture *f = *state;
	struct nmaccel_hw_record record;
	static struct job job;

	rng_start("freed");
	make_job(f, &job, 65536);
	memset(&record, 0, sizeof(record));
	assert_true(to_device(f, job.base + job.sim.job->record, &record, sizeof(record)));
	assert_true(release(f, job.base));
	start_job(f, &job, 0);
	wait_idle(f, 0);
	assert_true(alloc(f, job.base, job.size));
	assert_int_equal(record_of(f, &job).state, 0);
	/* A base that makes the address too large. */
	job.base = UINT64_MAX - 15;
	start_job(f, &job, 0);
	wait_idle(f, 0);
	job.base = 65536;
	free_job(f, &job);
}

static void hang(void **state)
{
	const struct timespec pause = {.tv_nsec = 50000000};
	struct fixture *f = *state;
	static struct job job;
	char reason[64];

	rng_start("hang");
	assert_true(emu_faults_parse(&f->device.faults, "hang:2", reason, sizeof(reason)));
	make_job(f, &job, 65536);
	start_job(f, &job, 0);
	wait_idle(f, 0);
	start_job(f, &job, 1);
	nanosleep(&pause, NULL);
	assert_int_equal(get(f, 1, NMACCEL_REG_CTRL), NMACCEL_CTRL_START);
	/* While it runs another start is nothing, and the other unit works. */
	start_job(f, &job, 1);
	start_job(f, &job, 0);
	wait_idle(f, 0);
	/* Loading ends it. */
	assert_true(load(f, f->path, MEMORY));
	assert_int_equal(get(f, 1, NMACCEL_REG_CTRL), NMACCEL_CTRL_IDLE);
	start_job(f, &job, 1);
	wait_idle(f, 1);
	compare(f, &job);
	free_job(f, &job);
}

static void refuse_and_status(void **state)
{
	struct fixture *f = *state;
	static struct job job;
	char reason[64];

	rng_start("refuse_and_status");
	make_job(f, &job, 65536);
	assert_true(emu_faults_parse(&f->device.faults, "refuse:4", reason, sizeof(reason)));
	start_job(f, &job, 0);
	wait_idle(f, 0);
	assert_int_equal(record_of(f, &job).state, NMACCEL_JOB_FAULT);
	assert_int_equal(record_of(f, &job).fault, NMACCEL_FAULT_BUS);
	assert_true(emu_faults_parse(&f->device.faults, "status:1", reason, sizeof(reason)));
	start_job(f, &job, 0);
	wait_idle(f, 0);
	assert_true(record_of(f, &job).seq != job.sim.job->seq);
	start_job(f, &job, 0);
	wait_idle(f, 0);
	compare(f, &job);
	free_job(f, &job);
}

/* Each call that there is gets an answer, of whatever kind; others end the conversation. */
static void calls(void **state)
{
	struct fixture *f = *state;
	uint32_t number;

	for (number = 0; number <= EMU_LAST_CALL; number++) {
		begin(f);
		ask(f, number);
	}
	begin(f);
	assert_int_equal(finish(f, EMU_LAST_CALL + 1), EMU_REFUSED);
	assert_int_equal(finish(f, UINT32_MAX), EMU_REFUSED);
	emu_wire_put(&f->call, EMU_CLOSE_ALL, 0);
	assert_int_equal(finish(f, EMU_CLOSE), EMU_ANSWERED);
	begin(f);
	emu_wire_put(&f->call, EMU_CLOSE_ALL, 1);
	assert_int_equal(finish(f, EMU_CLOSE), EMU_CLOSED);
	f->call.size = 1;
	for (number = 0; number <= EMU_LAST_CALL; number++)
		assert_int_equal(finish(f, number), EMU_REFUSED);
}

/* Fields of any number and content, with values near those that mean something. */
static void put_random(struct emu_writer *call)
{
	static const uint64_t values[] = {0,	  1,	     4, 16, 4096, BASE, BASE + STRIDE,
					  MEMORY, UINT64_MAX};
	uint8_t bytes[64];
	uint32_t n = rng_range(0, 8);

	while (n--) {
		const uint32_t field = rng_range(1, 9);

		if (rng_one_in(3)) {
			rng_fill(bytes, sizeof(bytes));
			emu_wire_put_bytes(call, field, bytes, rng_range(0, sizeof(bytes)));
		} else {
			emu_wire_put(call, field, values[rng_range(0, 8)] + rng_range(0, 3) * 4);
		}
	}
}

static void random_calls(void **state)
{
	struct fixture *f = *state;
	uint32_t i, refused = 0;

	rng_start("random_calls");
	for (i = 0; i < 20000; i++) {
		begin(f);
		put_random(&f->call);
		if (rng_one_in(10) && f->call.size)
			f->message[rng_range(0, (uint32_t)f->call.size - 1)] ^= 1
										<< rng_range(0, 7);
		if (finish(f, rng_range(0, EMU_LAST_CALL)) == EMU_REFUSED)
			refused++;
		else
			answer(f, EMU_ANSWER);
	}
	assert_in_range(refused, 1, 10000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(empty, setup, teardown),
		cmocka_unit_test_setup_teardown(broken, setup, teardown),
		cmocka_unit_test_setup_teardown(registers, setup_loaded, teardown),
		cmocka_unit_test_setup_teardown(register_ranges, setup_loaded, teardown),
		cmocka_unit_test_setup_teardown(buffers, setup_loaded, teardown),
		cmocka_unit_test_setup_teardown(copies, setup_loaded, teardown),
		cmocka_unit_test_setup_teardown(jobs, setup_loaded, teardown),
		cmocka_unit_test_setup_teardown(freed, setup_loaded, teardown),
		cmocka_unit_test_setup_teardown(hang, setup_loaded, teardown),
		cmocka_unit_test_setup_teardown(refuse_and_status, setup_loaded, teardown),
		cmocka_unit_test_setup_teardown(calls, setup_loaded, teardown),
		cmocka_unit_test_setup_teardown(random_calls, setup_loaded, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
