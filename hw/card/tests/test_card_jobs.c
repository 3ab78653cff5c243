// SPDX-License-Identifier: MIT
/*
 * Whole jobs: what the card leaves in guest memory is what the engine's model leaves in its own.
 * And what happens to a job when it is aborted, or a fault is injected.
 */
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "job.h"
#include "rng.h"

#define RANDOM_JOBS 60
#define RESETS	    40
#define DONE_BITS   (NMACCEL_CTRL_DONE | NMACCEL_CTRL_READY | NMACCEL_CTRL_IDLE)
#define RW	    (VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE)

struct fixture {
	struct client client;
	const struct nmaccel_engine_variant *variant;
	int fds[3];
};

static int open_with(void **state, const char *const *options)
{
	struct fixture *f = malloc(sizeof(*f));
	uint32_t e;

	client_open(&f->client, options);
	f->variant = client_has_rtl() ? nmaccel_engine_find(4, 128, 16)
				      : nmaccel_engine_find(8, 256, 64);
	for (e = 0; e < 3; e++)
		f->fds[e] = client_eventfd();
	assert_int_equal(client_arm(&f->client, VFIO_PCI_MSIX_IRQ_INDEX, 0, f->fds, 3), 0);
	for (e = 0; e < 2; e++) {
		client_engine_write(&f->client, e, NMACCEL_REG_GIER, NMACCEL_GIER_ENABLE);
		client_engine_write(&f->client, e, NMACCEL_REG_IER, NMACCEL_INT_DONE);
	}
	client_card_write(&f->client, NMACCEL_CARD_ERROR_ENABLE, NMACCEL_ERROR_DMA);
	*state = f;
	return 0;
}

static int setup(void **state)
{
	return open_with(state, NULL);
}

/* A tile takes its time, so that a job can be caught in the middle. */
static int setup_slow(void **state)
{
	static const char *const options[] = {"--throttle", "30000000000", NULL};

	return open_with(state, options);
}

static int setup_32_bits(void **state)
{
	static const char *const options[] = {"--dma-bits", "32", NULL};

	return open_with(state, options);
}

static void free_fixture(struct fixture *f)
{
	uint32_t e;

	for (e = 0; e < 3; e++)
		close(f->fds[e]);
	free(f);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	client_close(&f->client);
	free_fixture(f);
	return 0;
}

/* After the card's death. */
static int teardown_dead(void **state)
{
	struct fixture *f = *state;

	client_forget(&f->client);
	free_fixture(f);
	return 0;
}

/* Wait for the end of a job as a driver does; ISR is acknowledged. */
static void wait_done(struct fixture *f, uint32_t engine)
{
	assert_int_equal(client_wait_irq(f->fds[engine]), 1);
	assert_int_equal(client_engine_read(&f->client, engine, NMACCEL_REG_ISR), NMACCEL_INT_DONE);
	client_engine_write(&f->client, engine, NMACCEL_REG_ISR, NMACCEL_INT_DONE);
	assert_int_equal(client_engine_read(&f->client, engine, NMACCEL_REG_CTRL), DONE_BITS);
	/* ap_done and ap_ready are cleared by the read. */
	assert_int_equal(client_engine_read(&f->client, engine, NMACCEL_REG_CTRL),
			 NMACCEL_CTRL_IDLE);
}

static void run_good_job(struct fixture *f, uint32_t engine)
{
	struct card_job job;

	card_job_make(&f->client, &job, f->variant, 1, 0);
	card_job_start(&f->client, &job, engine);
	wait_done(f, engine);
	card_job_check(&f->client, &job, f->variant);
	card_job_free(&job);
}

static void test_random_jobs(void **state)
{
	struct fixture *f = *state;
	uint32_t i;

	for (i = 0; i < RANDOM_JOBS; i++) {
		const uint64_t base = i % 3 ? 0 : 4096u * rng_range(0, 100);
		struct card_job job;

		card_job_make(&f->client, &job, f->variant, rng_range(1, 4), base);
		card_job_start(&f->client, &job, i % 2);
		wait_done(f, i % 2);
		card_job_check(&f->client, &job, f->variant);
		card_job_free(&job);
	}
	assert_int_equal(client_card_read(&f->client, NMACCEL_CARD_ERROR), 0);
	assert_int_equal(client_stat(&f->client, "starts"), RANDOM_JOBS);
	assert_int_equal(client_stat(&f->client, "irqs"), RANDOM_JOBS);
	assert_true(client_card_read(&f->client, NMACCEL_CARD_BUSY(0)) > 0);
	assert_true(client_card_read(&f->client, NMACCEL_CARD_BUSY(1)) > 0);
}

/* Every build that there is, page by page mapped in another order, as behind an IOMMU. */
static void test_builds_and_pages(void **state)
{
	const struct nmaccel_engine_variant *variant;
	uint32_t i, p;

	(void)state;
	for (i = 0; (variant = nmaccel_engine_at(i)); i++) {
		char lanes[16], rows[16], columns[16];
		const char *const options[] = {"--lanes", lanes, "--block-rows", rows, "--columns",
					       columns,	  NULL};
		struct card_job job;
		void *own;
		struct fixture *f;

		snprintf(lanes, sizeof(lanes), "%u", variant->lanes);
		snprintf(rows, sizeof(rows), "%u", variant->block_rows);
		snprintf(columns, sizeof(columns), "%u", variant->columns);
		/* Of the others in SystemVerilog not all are there. */
		if (client_has_rtl() && variant->lanes != 4)
			continue;
		open_with(&own, options);
		f = own;
		f->variant = variant;
		assert_int_equal(client_unmap(&f->client, 0, CLIENT_MEMORY, 0), 0);
		for (p = CLIENT_MEMORY / 4096; p--;)
			assert_int_equal(client_map(&f->client, p * 4096u, 4096, p * 4096u, RW,
						    f->client.memory_fd),
					 0);
		card_job_make(&f->client, &job, variant, 3, 0);
		card_job_start(&f->client, &job, 1);
		wait_done(f, 1);
		card_job_check(&f->client, &job, variant);
		card_job_free(&job);
		teardown(&own);
	}
	assert_true(i > 1);
}

static void test_two_engines(void **state)
{
	struct fixture *f = *state;
	uint32_t i, e;

	for (i = 0; i < 20; i++) {
		struct card_job jobs[2];

		for (e = 0; e < 2; e++)
			card_job_make(&f->client, &jobs[e], f->variant, 3, e * CLIENT_MEMORY / 2);
		for (e = 0; e < 2; e++)
			card_job_start(&f->client, &jobs[e], e);
		for (e = 0; e < 2; e++) {
			wait_done(f, e);
			card_job_check(&f->client, &jobs[e], f->variant);
			card_job_free(&jobs[e]);
		}
	}
}

/* The bus refuses: the error vector, a fault in the record if it can be written, and ap_done. */
static void expect_refusal(struct fixture *f, struct card_job *job, bool has_record)
{
	const uint64_t seq = job->sim.job->seq;
	struct nmaccel_hw_record record;

	card_job_start(&f->client, job, 0);
	assert_true(client_wait_irq(f->fds[2]) >= 1);
	wait_done(f, 0);
	record = card_job_record(&f->client, job);
	if (has_record) {
		assert_int_equal(record.seq, seq);
		assert_int_equal(record.state, NMACCEL_JOB_FAULT);
		assert_int_equal(record.fault, NMACCEL_FAULT_BUS);
	} else {
		assert_int_not_equal(record.state, NMACCEL_JOB_DONE);
		assert_int_not_equal(record.state, NMACCEL_JOB_FAULT);
	}
	assert_int_equal(client_card_read(&f->client, NMACCEL_CARD_ERROR), NMACCEL_ERROR_DMA);
	client_card_write(&f->client, NMACCEL_CARD_ERROR, NMACCEL_ERROR_DMA);
}

static void test_outside_maps(void **state)
{
	struct fixture *f = *state;
	struct card_job job;
	uint64_t table_page;

	card_job_make(&f->client, &job, f->variant, 1, 0);
	/* A descriptor array beyond all memory. */
	job.sim.job->descs = 1ull << 50;
	card_job_place(&f->client, &job);
	expect_refusal(f, &job, true);
	card_job_free(&job);
	/* The job itself. */
	card_job_make(&f->client, &job, f->variant, 1, 0);
	job.base = CLIENT_MEMORY;
	client_engine_write(&f->client, 0, NMACCEL_REG_MEM_LO, CLIENT_MEMORY);
	card_job_start(&f->client, &job, 0);
	wait_done(f, 0);
	assert_int_equal(client_wait_irq(f->fds[2]), 1);
	client_card_write(&f->client, NMACCEL_CARD_ERROR, NMACCEL_ERROR_DMA);
	/* Memory that can only be read takes no record. */
	job.base = 0;
	table_page = job.sim.job->record & ~4095ull;
	assert_int_equal(client_unmap(&f->client, 0, CLIENT_MEMORY, 0), 0);
	assert_int_equal(client_map(&f->client, 0, CLIENT_MEMORY, 0, VFIO_DMA_MAP_FLAG_READ,
				    f->client.memory_fd),
			 0);
	assert_true(table_page < CLIENT_MEMORY);
	expect_refusal(f, &job, false);
	card_job_free(&job);
	client_map_memory(&f->client);
	run_good_job(f, 0);
}

static void test_dma_width(void **state)
{
	struct fixture *f = *state;
	const uint64_t high = 1ull << 32;
	struct card_job job;

	assert_int_equal(client_map(&f->client, high, CLIENT_MEMORY, 0, RW, f->client.memory_fd),
			 0);
	card_job_make(&f->client, &job, f->variant, 1, 0);
	job.sim.job->descs += high;
	card_job_place(&f->client, &job);
	expect_refusal(f, &job, true);
	card_job_free(&job);
	run_good_job(f, 0);
}

static void test_no_bus_master(void **state)
{
	struct fixture *f = *state;
	struct card_job job;

	card_job_make(&f->client, &job, f->variant, 1, 0);
	client_set_config(&f->client, PCI_COMMAND, PCI_COMMAND_MEMORY, 2);
	card_job_start(&f->client, &job, 0);
	client_wait_engine(&f->client, 0, NMACCEL_REG_CTRL, NMACCEL_CTRL_IDLE);
	assert_int_equal(client_stat(&f->client, "dma_reads"), 0);
	assert_int_equal(client_irqs(f->fds[0]), 0);
	client_set_config(&f->client, PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 2);
	assert_int_equal(client_wait_irq(f->fds[0]), 1);
	card_job_free(&job);
}

/* Wait for the first tile of a job that is slow or stalled. */
static void wait_tiles(struct fixture *f, const struct card_job *job, uint64_t tiles)
{
	int tries;

	for (tries = 0; tries < CLIENT_WAIT_MS; tries++) {
		const struct nmaccel_hw_record record = card_job_record(&f->client, job);

		if (record.seq == job->sim.job->seq && record.tiles_done >= tiles)
			return;
		usleep(1000);
	}
	fail_msg("the job made no progress");
}

static void wait_reset(struct fixture *f)
{
	int tries;

	for (tries = 0; tries < CLIENT_WAIT_MS; tries++) {
		if (!client_card_read(&f->client, NMACCEL_CARD_RESET_BUSY))
			return;
		usleep(100);
	}
	fail_msg("the reset never ended");
}

/* An aborted job leaves nothing behind: no interrupt, no record, and registers as after power-on.
 */
static void check_aborted(struct fixture *f, const struct card_job *job)
{
	const struct nmaccel_hw_record before = card_job_record(&f->client, job);
	struct nmaccel_hw_record after;

	assert_int_equal(client_engine_read(&f->client, 0, NMACCEL_REG_CTRL), NMACCEL_CTRL_IDLE);
	assert_int_equal(client_engine_read(&f->client, 0, NMACCEL_REG_IER), 0);
	assert_int_equal(client_engine_read(&f->client, 0, NMACCEL_REG_JOB_LO), 0);
	assert_int_equal(before.state, NMACCEL_JOB_RUNNING);
	usleep(20000);
	after = card_job_record(&f->client, job);
	assert_memory_equal(&before, &after, sizeof(before));
	assert_int_equal(client_irqs(f->fds[0]), 0);
	assert_int_equal(client_card_read(&f->client, NMACCEL_CARD_ERROR), 0);
}

static void enable_irq(struct fixture *f, uint32_t engine)
{
	client_engine_write(&f->client, engine, NMACCEL_REG_GIER, NMACCEL_GIER_ENABLE);
	client_engine_write(&f->client, engine, NMACCEL_REG_IER, NMACCEL_INT_DONE);
}

static void test_reset_mid_job(void **state)
{
	struct fixture *f = *state;
	struct card_job job;

	card_job_make(&f->client, &job, f->variant, 1, 0);
	card_job_start(&f->client, &job, 0);
	wait_tiles(f, &job, 1);
	assert_int_equal(client_engine_read(&f->client, 0, NMACCEL_REG_CTRL), NMACCEL_CTRL_START);
	client_card_write(&f->client, NMACCEL_CARD_RESET, 1);
	wait_reset(f);
	check_aborted(f, &job);
	assert_int_equal(client_stat(&f->client, "aborted"), 1);
	/* The neighbour has kept its registers. */
	assert_int_equal(client_engine_read(&f->client, 1, NMACCEL_REG_IER), NMACCEL_INT_DONE);
	card_job_free(&job);
}

static void test_flr_mid_job(void **state)
{
	struct fixture *f = *state;
	const uint32_t devctl = 0x80 + PCI_EXP_DEVCTL;
	struct card_job job;

	card_job_make(&f->client, &job, f->variant, 1, 0);
	card_job_start(&f->client, &job, 0);
	wait_tiles(f, &job, 1);
	client_set_config(&f->client, devctl, PCI_EXP_DEVCTL_BCR_FLR, 2);
	client_set_config(&f->client, PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 2);
	check_aborted(f, &job);
	card_job_free(&job);
}

static void test_client_gone_mid_job(void **state)
{
	struct fixture *f = *state;
	struct nmaccel_hw_record before, after;
	struct card_job job;

	card_job_make(&f->client, &job, f->variant, 1, 0);
	card_job_start(&f->client, &job, 0);
	wait_tiles(f, &job, 1);
	client_disconnect(&f->client);
	client_connect(&f->client);
	client_negotiate(&f->client);
	before = card_job_record(&f->client, &job);
	client_map_memory(&f->client);
	client_set_config(&f->client, PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 2);
	assert_int_equal(client_engine_read(&f->client, 0, NMACCEL_REG_CTRL), NMACCEL_CTRL_IDLE);
	after = card_job_record(&f->client, &job);
	assert_memory_equal(&before, &after, sizeof(before));
	assert_int_equal(client_irqs(f->fds[0]), 0);
	card_job_free(&job);
}

/* Resets at any moment, with jobs that finish by themselves at any moment. */
static void test_reset_races(void **state)
{
	struct fixture *f = *state;
	uint32_t i;

	for (i = 0; i < RESETS; i++) {
		struct card_job job;

		card_job_make(&f->client, &job, f->variant, 2, 0);
		card_job_start(&f->client, &job, 0);
		usleep(rng_range(0, 2000));
		client_card_write(&f->client, NMACCEL_CARD_RESET, 1);
		wait_reset(f);
		client_irqs(f->fds[0]);
		card_job_free(&job);
		enable_irq(f, 0);
		run_good_job(f, 0);
	}
	assert_int_equal(client_card_read(&f->client, NMACCEL_CARD_ERROR), 0);
}

static void inject(struct fixture *f, const char *words)
{
	assert_int_equal(client_control(&f->client, words), 0);
}

static void test_stall(void **state)
{
	struct fixture *f = *state;
	struct card_job job, other;

	inject(f, "stall engine=0");
	card_job_make(&f->client, &job, f->variant, 1, 0);
	card_job_make(&f->client, &other, f->variant, 1, CLIENT_MEMORY / 2);
	card_job_start(&f->client, &job, 0);
	wait_tiles(f, &job, 0);
	/* The other engine goes on. */
	card_job_start(&f->client, &other, 1);
	wait_done(f, 1);
	card_job_check(&f->client, &other, f->variant);
	assert_int_equal(card_job_record(&f->client, &job).state, NMACCEL_JOB_RUNNING);
	assert_int_equal(card_job_record(&f->client, &job).tiles_done, 0);
	client_card_write(&f->client, NMACCEL_CARD_RESET, 1);
	wait_reset(f);
	check_aborted(f, &job);
	card_job_free(&job);
	card_job_free(&other);
	enable_irq(f, 0);
	run_good_job(f, 0);
}

static void test_stall_cleared(void **state)
{
	struct fixture *f = *state;
	struct card_job job;
	uint32_t i;

	inject(f, "stall count=sticky");
	for (i = 0; i < 2; i++) {
		if (i)
			inject(f, "stall count=sticky");
		card_job_make(&f->client, &job, f->variant, 1, 0);
		card_job_start(&f->client, &job, i);
		wait_tiles(f, &job, 0);
		usleep(5000);
		assert_int_equal(client_engine_read(&f->client, i, NMACCEL_REG_CTRL),
				 NMACCEL_CTRL_START);
		inject(f, "clear");
		wait_done(f, i);
		card_job_check(&f->client, &job, f->variant);
		card_job_free(&job);
	}
}

static void test_drop_irq(void **state)
{
	struct fixture *f = *state;
	struct card_job job;

	inject(f, "drop-irq engine=1 count=1");
	card_job_make(&f->client, &job, f->variant, 1, 0);
	card_job_start(&f->client, &job, 1);
	client_wait_engine(&f->client, 1, NMACCEL_REG_ISR, NMACCEL_INT_DONE);
	card_job_check(&f->client, &job, f->variant);
	assert_int_equal(client_stat(&f->client, "irqs_dropped"), 1);
	assert_int_equal(client_irqs(f->fds[1]), 0);
	client_engine_write(&f->client, 1, NMACCEL_REG_ISR, NMACCEL_INT_DONE);
	assert_int_equal(client_engine_read(&f->client, 1, NMACCEL_REG_CTRL), DONE_BITS);
	card_job_free(&job);
	run_good_job(f, 1);
}

static void test_spurious_irq(void **state)
{
	struct fixture *f = *state;

	inject(f, "spurious-irq engine=1 count=5");
	assert_int_equal(client_wait_irq(f->fds[1]), 5);
	assert_int_equal(client_engine_read(&f->client, 1, NMACCEL_REG_ISR), 0);
	inject(f, "spurious-irq");
	assert_int_equal(client_wait_irq(f->fds[2]), 1);
	run_good_job(f, 1);
}

static void test_wrong_status(void **state)
{
	struct fixture *f = *state;
	struct nmaccel_hw_record record;
	struct card_job job;

	inject(f, "wrong-status");
	card_job_make(&f->client, &job, f->variant, 1, 0);
	card_job_start(&f->client, &job, 0);
	wait_done(f, 0);
	record = card_job_record(&f->client, &job);
	assert_true(record.seq == ~job.sim.job->seq);
	assert_int_not_equal(record.state, NMACCEL_JOB_DONE);
	card_job_free(&job);
	run_good_job(f, 0);
}

static void test_dma_fault(void **state)
{
	struct fixture *f = *state;
	struct card_job job;

	/* The only access, that to the job, is refused: no record. */
	inject(f, "dma-fault engine=0");
	card_job_make(&f->client, &job, f->variant, 1, 0);
	expect_refusal(f, &job, false);
	card_job_free(&job);
	run_good_job(f, 0);
	inject(f, "dma-fault count=sticky");
	card_job_make(&f->client, &job, f->variant, 1, 0);
	expect_refusal(f, &job, false);
	inject(f, "clear");
	card_job_free(&job);
	/* The access to the job is spared; a record tells of what comes then. */
	inject(f, "dma-fault engine=0 after=3");
	card_job_make(&f->client, &job, f->variant, 1, 0);
	expect_refusal(f, &job, true);
	card_job_free(&job);
	run_good_job(f, 0);
	run_good_job(f, 1);
}

static void test_all_ones(void **state)
{
	struct fixture *f = *state;
	struct client *client = &f->client;

	inject(f, "all-ones count=2");
	assert_int_equal(client_card_read(client, NMACCEL_CARD_MAGIC), UINT32_MAX);
	assert_int_equal(client_engine_read(client, 0, NMACCEL_REG_CTRL), UINT32_MAX);
	assert_int_equal(client_card_read(client, NMACCEL_CARD_MAGIC), NMACCEL_MAGIC);
	inject(f, "all-ones count=sticky");
	assert_int_equal(client_card_read(client, NMACCEL_CARD_MAGIC), UINT32_MAX);
	assert_int_equal(client_config(client, PCI_VENDOR_ID, 2), NMACCEL_PCI_VENDOR_ID);
	inject(f, "gone count=sticky");
	assert_int_equal(client_config(client, PCI_VENDOR_ID, 2), 0xffff);
	client_card_write(client, NMACCEL_CARD_ERROR_ENABLE, 0);
	inject(f, "clear");
	assert_int_equal(client_card_read(client, NMACCEL_CARD_ERROR_ENABLE), NMACCEL_ERROR_DMA);
}

static void test_slow(void **state)
{
	struct fixture *f = *state;

	inject(f, "slow ms=5 count=3");
	assert_int_equal(client_card_read(&f->client, NMACCEL_CARD_MAGIC), NMACCEL_MAGIC);
	run_good_job(f, 0);
}

static void test_death(void **state)
{
	struct fixture *f = *state;
	struct client_reply reply;

	inject(f, "death");
	assert_int_equal(
		client_request(&f->client, VFIO_USER_DEVICE_RESET, NULL, 0, NULL, 0, &reply), -1);
	assert_int_equal(client_wait_death(&f->client), 3);
}

static void test_death_at_start(void **state)
{
	struct fixture *f = *state;
	const struct vfio_user_header header = {1, VFIO_USER_REGION_WRITE, sizeof(header) + 20, 0,
						0};
	const uint32_t write[5] = {NMACCEL_REG_CTRL, 0, 0, 4, NMACCEL_CTRL_START};
	struct client_reply reply;

	inject(f, "death-at-start engine=0");
	run_good_job(f, 1);
	assert_true(client_send(&f->client, &header, write, sizeof(write), NULL, 0));
	assert_false(client_receive(&f->client, &reply));
	assert_int_equal(client_wait_death(&f->client), 3);
}

static void test_bad_commands(void **state)
{
	static const char *const lines[] = {
		"frob",
		"stall engine=2",
		"stall engine=-1",
		"stall engine=",
		"stall count",
		"stall count=0",
		"stall count=4294967295",
		"stall ms=1",
		"slow",
		"slow ms=600001",
		"slow ms=x",
		"error",
		"clear x=1",
		"error bits=1z",
		"spurious-irq count=sticky",
		"temp milli=--1",
	};
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (client_control(&f->client, lines[i]) != 1)
			fail_msg("'%s' was taken", lines[i]);
	run_good_job(f, 0);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
#define SLOW(test) cmocka_unit_test_setup_teardown(test, setup_slow, teardown)
#define DEAD(test) cmocka_unit_test_setup_teardown(test, setup, teardown_dead)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_random_jobs),
		cmocka_unit_test(test_builds_and_pages),
		CASE(test_two_engines),
		CASE(test_outside_maps),
		cmocka_unit_test_setup_teardown(test_dma_width, setup_32_bits, teardown),
		CASE(test_no_bus_master),
		SLOW(test_reset_mid_job),
		SLOW(test_flr_mid_job),
		SLOW(test_client_gone_mid_job),
		CASE(test_reset_races),
		CASE(test_stall),
		CASE(test_stall_cleared),
		CASE(test_drop_irq),
		CASE(test_spurious_irq),
		CASE(test_wrong_status),
		CASE(test_dma_fault),
		CASE(test_all_ones),
		CASE(test_slow),
		DEAD(test_death),
		DEAD(test_death_at_start),
		CASE(test_bad_commands),
	};

	rng_start("card jobs");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
