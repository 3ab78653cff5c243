// SPDX-License-Identifier: MIT
/* Configuration space, registers and interrupts, without a job. */
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "client.h"
#include "config.h"

#define MSI  VFIO_PCI_MSI_IRQ_INDEX
#define MSIX VFIO_PCI_MSIX_IRQ_INDEX

static int open_with(void **state, const char *const *options)
{
	struct client *client = malloc(sizeof(*client));

	client_open(client, options);
	*state = client;
	return 0;
}

static int setup(void **state)
{
	static const char *const options[] = {"--temp-mc",
					      "-5000",
					      "--power-mw",
					      "12345",
					      "--serial=0x123456789abcdef",
					      "--max-descs=100",
					      "--max-buffers=11",
					      "--max-rows=22",
					      "--max-channels=33",
					      "--max-pixels=44",
					      "--max-kernel=5",
					      "--clock-khz=200000",
					      "--dma-bits=40",
					      "--board=2",
					      NULL};

	return open_with(state, options);
}

static int setup_plain(void **state)
{
	return open_with(state, NULL);
}

static int setup_conv_only(void **state)
{
	static const char *const options[] = {"--no-add", "--no-pool", NULL};

	return open_with(state, options);
}

static int setup_msi(void **state)
{
	static const char *const options[] = {"--msi-only", NULL};

	return open_with(state, options);
}

static int setup_one_vector(void **state)
{
	static const char *const options[] = {"--vectors=1", NULL};

	return open_with(state, options);
}

static int teardown(void **state)
{
	client_close(*state);
	free(*state);
	return 0;
}

/* Where a capability lies, 0 for none. */
static uint32_t find_cap(struct client *client, uint32_t id)
{
	uint32_t at = client_config(client, PCI_CAPABILITY_LIST, 1), steps = 0;

	while (at && ++steps < 48) {
		if (client_config(client, at, 1) == id)
			return at;
		at = client_config(client, at + 1, 1);
	}
	assert_true(steps < 48);
	return 0;
}

static void test_identity(void **state)
{
	assert_int_equal(client_config(*state, PCI_VENDOR_ID, 2), NMACCEL_PCI_VENDOR_ID);
	assert_int_equal(client_config(*state, PCI_DEVICE_ID, 2), NMACCEL_PCI_DEVICE_ID);
	assert_int_equal(client_config(*state, PCI_CLASS_REVISION, 4) >> 8, NMACCEL_PCI_CLASS);
	assert_int_equal(client_config(*state, PCI_HEADER_TYPE, 1), 0);
	assert_int_equal(client_config(*state, PCI_INTERRUPT_PIN, 1), 0);
	assert_true(client_config(*state, PCI_STATUS, 2) & PCI_STATUS_CAP_LIST);
	assert_int_equal(client_config(*state, CARD_CONFIG_DSN, 4), 0x10003);
	assert_int_equal(client_config(*state, CARD_CONFIG_DSN + 4, 4), 0x89abcdef);
	assert_int_equal(client_config(*state, CARD_CONFIG_DSN + 8, 4), 0x01234567);
}

static void test_read_only_config(void **state)
{
	uint8_t before[4096], after[4096], ones[64];

	memset(ones, 0xff, sizeof(ones));
	assert_int_equal(client_region_read(*state, 7, 0, before, 4096), 0);
	/* Identity, class and the list of capabilities do not change, whatever is written. */
	assert_int_equal(client_region_write(*state, 7, PCI_VENDOR_ID, ones, 4), 0);
	assert_int_equal(client_region_write(*state, 7, PCI_CLASS_REVISION, ones, 4), 0);
	assert_int_equal(client_region_write(*state, 7, PCI_SUBSYSTEM_VENDOR_ID, ones, 12), 0);
	assert_int_equal(client_region_write(*state, 7, CARD_CONFIG_DSN, ones, 12), 0);
	assert_int_equal(client_region_write(*state, 7, CARD_CONFIG_MSIX + 4, ones, 8), 0);
	assert_int_equal(client_region_read(*state, 7, 0, after, 4096), 0);
	assert_memory_equal(before, after, 4096);
}

static void test_bar_sizes(void **state)
{
	static const uint32_t sizes[6] = {NMACCEL_BAR_SIZE, 0, CARD_MSIX_BAR_SIZE, 0, 0, 0};
	uint32_t bar;

	for (bar = 0; bar < 6; bar++) {
		client_set_config(*state, PCI_BASE_ADDRESS_0 + 4 * bar, UINT32_MAX, 4);
		assert_int_equal(client_config(*state, PCI_BASE_ADDRESS_0 + 4 * bar, 4),
				 sizes[bar] ? ~(sizes[bar] - 1) : 0);
	}
	client_set_config(*state, PCI_ROM_ADDRESS, UINT32_MAX, 4);
	assert_int_equal(client_config(*state, PCI_ROM_ADDRESS, 4), 0);
}

static void test_capabilities(void **state)
{
	const uint32_t pcie = find_cap(*state, PCI_CAP_ID_EXP);
	const uint32_t msix = find_cap(*state, PCI_CAP_ID_MSIX);
	const uint32_t msi = find_cap(*state, PCI_CAP_ID_MSI);

	assert_true(pcie && msix && msi && find_cap(*state, PCI_CAP_ID_PM));
	assert_true(client_config(*state, pcie + PCI_EXP_DEVCAP, 4) & PCI_EXP_DEVCAP_FLR);
	assert_int_equal(client_config(*state, msix + PCI_MSIX_FLAGS, 2), 2);
	assert_int_equal(client_config(*state, msix + PCI_MSIX_TABLE, 4), CARD_MSIX_BAR);
	assert_int_equal(client_config(*state, msi + PCI_MSI_FLAGS, 2),
			 PCI_MSI_FLAGS_64BIT | 2 << 1);
}

static void test_msi_only(void **state)
{
	uint32_t value;

	assert_true(find_cap(*state, PCI_CAP_ID_MSI));
	assert_false(find_cap(*state, PCI_CAP_ID_MSIX));
	assert_int_not_equal(client_region_read(*state, CARD_MSIX_BAR, 0, &value, 4), 0);
	client_set_config(*state, PCI_BASE_ADDRESS_2, UINT32_MAX, 4);
	assert_int_equal(client_config(*state, PCI_BASE_ADDRESS_2, 4), 0);
}

/* With memory space off, or in D3, nobody answers. */
static void test_power_and_memory(void **state)
{
	client_set_config(*state, CARD_CONFIG_PM + PCI_PM_CTRL, 3, 2);
	assert_int_equal(client_config(*state, CARD_CONFIG_PM + PCI_PM_CTRL, 2) & 3, 3);
	assert_int_equal(client_card_read(*state, NMACCEL_CARD_MAGIC), UINT32_MAX);
	client_card_write(*state, NMACCEL_CARD_ERROR_ENABLE, 1);
	client_set_config(*state, CARD_CONFIG_PM + PCI_PM_CTRL, 0, 2);
	assert_int_equal(client_card_read(*state, NMACCEL_CARD_ERROR_ENABLE), 0);
	client_set_config(*state, PCI_COMMAND, PCI_COMMAND_MASTER, 2);
	assert_int_equal(client_card_read(*state, NMACCEL_CARD_MAGIC), UINT32_MAX);
}

static void dirty(struct client *client)
{
	client_card_write(client, NMACCEL_CARD_ERROR_ENABLE, 3);
	client_engine_write(client, 1, NMACCEL_REG_IER, 3);
	client_engine_write(client, 1, NMACCEL_REG_JOB_HI, 77);
}

static void check_clean(struct client *client)
{
	assert_int_equal(client_config(client, PCI_COMMAND, 2), 0);
	client_set_config(client, PCI_COMMAND, PCI_COMMAND_MEMORY, 2);
	assert_int_equal(client_card_read(client, NMACCEL_CARD_ERROR_ENABLE), 0);
	assert_int_equal(client_engine_read(client, 1, NMACCEL_REG_IER), 0);
	assert_int_equal(client_engine_read(client, 1, NMACCEL_REG_JOB_HI), 0);
}

static void test_flr(void **state)
{
	const uint32_t devctl = CARD_CONFIG_PCIE + PCI_EXP_DEVCTL;

	dirty(*state);
	client_set_config(*state, devctl, client_config(*state, devctl, 2) | PCI_EXP_DEVCTL_BCR_FLR,
			  2);
	assert_false(client_config(*state, devctl, 2) & PCI_EXP_DEVCTL_BCR_FLR);
	check_clean(*state);
}

static void test_device_reset(void **state)
{
	struct client_reply reply;

	dirty(*state);
	assert_int_equal(client_request(*state, VFIO_USER_DEVICE_RESET, NULL, 0, NULL, 0, &reply),
			 0);
	check_clean(*state);
}

static void test_missing_operations(void **state)
{
	assert_int_equal(client_card_read(*state, NMACCEL_CARD_CAPS), NMACCEL_CAP_PAGE_LIST);
}

static void test_card_page(void **state)
{
	static const uint32_t want[][2] = {
		{NMACCEL_CARD_MAGIC, NMACCEL_MAGIC},
		{NMACCEL_CARD_VERSION, NMACCEL_CONTRACT_VERSION},
		{NMACCEL_CARD_BOARD, 2},
		{NMACCEL_CARD_ENGINES, 2},
		{NMACCEL_CARD_LANES, 8},
		{NMACCEL_CARD_BLOCK_ROWS, 256},
		{NMACCEL_CARD_COLUMNS, 64},
		{NMACCEL_CARD_CLOCK_KHZ, 200000},
		{NMACCEL_CARD_CAPS, NMACCEL_CAP_PAGE_LIST | NMACCEL_CAP_ADD | NMACCEL_CAP_POOL |
					    NMACCEL_CAP_TEMP | NMACCEL_CAP_POWER},
		{NMACCEL_CARD_DMA_BITS, 40},
		{NMACCEL_CARD_MAX_DESCS, 100},
		{NMACCEL_CARD_MAX_BUFFERS, 11},
		{NMACCEL_CARD_MAX_ROWS, 22},
		{NMACCEL_CARD_MAX_CHANNELS, 33},
		{NMACCEL_CARD_MAX_PIXELS, 44},
		{NMACCEL_CARD_MAX_KERNEL, 5},
		{NMACCEL_CARD_ERROR, 0},
		{NMACCEL_CARD_RESET, 0},
		{NMACCEL_CARD_RESET_BUSY, 0},
		{NMACCEL_CARD_SERIAL_LO, 0x89abcdef},
		{NMACCEL_CARD_SERIAL_HI, 0x01234567},
		{NMACCEL_CARD_TEMP_MC, (uint32_t)-5000},
		{NMACCEL_CARD_POWER_MW, 12345},
		{NMACCEL_CARD_LOCAL_SIZE_LO, 0},
		{NMACCEL_CARD_BUSY(0), 0},
		{NMACCEL_CARD_BUSY(14), 0},
		{0x078, 0},
		{0xffc, 0},
	};
	size_t i;

	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		assert_int_equal(client_card_read(*state, want[i][0]), want[i][1]);
		/* None of them can be written. */
		if (want[i][0] != NMACCEL_CARD_RESET)
			client_card_write(*state, want[i][0], 0x5a5a5a5a);
		assert_int_equal(client_card_read(*state, want[i][0]), want[i][1]);
	}
	assert_int_equal(client_control(*state, "temp milli=61000"), 0);
	assert_int_equal(client_card_read(*state, NMACCEL_CARD_TEMP_MC), 61000);
}

static uint64_t cycles(struct client *client)
{
	const uint64_t low = client_card_read(client, NMACCEL_CARD_CYCLES_LO);

	return low | (uint64_t)client_card_read(client, NMACCEL_CARD_CYCLES_HI) << 32;
}

static void test_cycles(void **state)
{
	const uint64_t first = cycles(*state);
	uint64_t both[1];

	assert_true(cycles(*state) > first);
	/* An access of 8 bytes reads the low half first, and so makes one number too. */
	assert_int_equal(
		client_region_read(*state, 0, NMACCEL_CARD_PAGE + NMACCEL_CARD_CYCLES_LO, both, 8),
		0);
	assert_true(both[0] > first);
}

static void test_engine_page(void **state)
{
	struct client *client = *state;
	uint32_t reg;

	assert_int_equal(client_engine_read(client, 0, NMACCEL_REG_CTRL), NMACCEL_CTRL_IDLE);
	client_engine_write(client, 0, NMACCEL_REG_GIER, UINT32_MAX);
	assert_int_equal(client_engine_read(client, 0, NMACCEL_REG_GIER), 1);
	client_engine_write(client, 0, NMACCEL_REG_IER, UINT32_MAX);
	assert_int_equal(client_engine_read(client, 0, NMACCEL_REG_IER), 3);
	for (reg = NMACCEL_REG_MEM_LO; reg <= NMACCEL_REG_JOB_HI; reg += 4) {
		const bool reserved = reg == 0x18;

		client_engine_write(client, 0, reg, 0xabc00000 | reg);
		assert_int_equal(client_engine_read(client, 0, reg),
				 reserved ? 0 : 0xabc00000 | reg);
	}
	client_engine_write(client, 0, 0x24, 1);
	assert_int_equal(client_engine_read(client, 0, 0x24), 0);
	/* The neighbour has its own, and nobody is at the third page. */
	assert_int_equal(client_engine_read(client, 1, NMACCEL_REG_JOB_LO), 0);
	assert_int_equal(client_engine_read(client, 2, NMACCEL_REG_CTRL), UINT32_MAX);
}

/* Parts of a word can be read, and not written. */
static void test_access_sizes(void **state)
{
	uint8_t bytes[4] = {0xff, 0xff, 0xff, 0xff};

	assert_int_equal(client_region_read(*state, 0, NMACCEL_CARD_PAGE + 1, bytes, 2), 0);
	assert_int_equal(bytes[0], 'M');
	assert_int_equal(bytes[1], 'A');
	assert_int_equal(client_region_write(*state, 0, NMACCEL_REG_IER, bytes, 2), 0);
	assert_int_equal(client_region_write(*state, 0, NMACCEL_REG_IER + 1, bytes, 4), 0);
	assert_int_equal(client_engine_read(*state, 0, NMACCEL_REG_IER), 0);
}

/* ISR toggles, so a test can raise the interrupt by hand, as on the real core. */
static void raise(struct client *client, uint32_t engine)
{
	client_engine_write(client, engine, NMACCEL_REG_GIER, NMACCEL_GIER_ENABLE);
	client_engine_write(client, engine, NMACCEL_REG_ISR, NMACCEL_INT_DONE);
}

static void lower(struct client *client, uint32_t engine)
{
	client_engine_write(client, engine, NMACCEL_REG_ISR,
			    client_engine_read(client, engine, NMACCEL_REG_ISR));
}

static void test_msix_vectors(void **state)
{
	const int fds[3] = {client_eventfd(), client_eventfd(), client_eventfd()};

	assert_int_equal(client_arm(*state, MSIX, 0, fds, 3), 0);
	raise(*state, 1);
	assert_int_equal(client_wait_irq(fds[1]), 1);
	/* The level is high already: no second edge until it has been low. */
	client_engine_write(*state, 1, NMACCEL_REG_ISR, NMACCEL_INT_READY);
	assert_int_equal(client_irqs(fds[1]), 0);
	lower(*state, 1);
	raise(*state, 1);
	assert_int_equal(client_wait_irq(fds[1]), 1);
	assert_int_equal(client_irqs(fds[0]), 0);
	raise(*state, 0);
	assert_int_equal(client_wait_irq(fds[0]), 1);
	/* Errors have the last one. */
	assert_int_equal(client_control(*state, "error bits=2"), 0);
	assert_int_equal(client_irqs(fds[2]), 0);
	client_card_write(*state, NMACCEL_CARD_ERROR_ENABLE, UINT32_MAX);
	assert_int_equal(client_wait_irq(fds[2]), 1);
	assert_int_equal(client_card_read(*state, NMACCEL_CARD_ERROR), 2);
	client_card_write(*state, NMACCEL_CARD_ERROR, 1);
	assert_int_equal(client_card_read(*state, NMACCEL_CARD_ERROR), 2);
	client_card_write(*state, NMACCEL_CARD_ERROR, 2);
	assert_int_equal(client_card_read(*state, NMACCEL_CARD_ERROR), 0);
	assert_int_equal(client_control(*state, "error bits=4"), 0);
	assert_int_equal(client_wait_irq(fds[2]), 1);
}

static uint32_t pending(struct client *client)
{
	uint32_t value;

	assert_int_equal(client_region_read(client, CARD_MSIX_BAR, CARD_MSIX_PBA, &value, 4), 0);
	return value;
}

/* As QEMU does it while a guest requests one vector after the other. */
static void test_pending_while_rearmed(void **state)
{
	const int fds[3] = {client_eventfd(), client_eventfd(), client_eventfd()};

	assert_int_equal(client_arm(*state, MSIX, 0, NULL, 1), 0);
	assert_int_equal(client_disarm_all(*state, MSIX), 0);
	assert_int_equal(client_arm(*state, MSIX, 0, fds, 3), 0);
	assert_int_equal(client_disarm_all(*state, MSIX), 0);
	raise(*state, 1);
	assert_true(pending(*state));
	assert_int_equal(client_irqs(fds[1]), 0);
	assert_int_equal(client_arm(*state, MSIX, 0, fds, 1), 0);
	assert_int_equal(client_disarm_all(*state, MSIX), 0);
	assert_int_equal(client_arm(*state, MSIX, 0, fds, 3), 0);
	assert_int_equal(client_wait_irq(fds[1]), 1);
	assert_int_equal(pending(*state), 0);
	/* One vector replaced, as a mask in the guest does. */
	lower(*state, 1);
	assert_int_equal(client_arm(*state, MSIX, 1, NULL, 1), 0);
	raise(*state, 1);
	assert_int_equal(pending(*state), 2);
	assert_int_equal(client_arm(*state, MSIX, 1, &fds[1], 1), 0);
	assert_int_equal(client_wait_irq(fds[1]), 1);
	/* What has been served meanwhile comes no more. */
	lower(*state, 1);
	assert_int_equal(client_disarm_all(*state, MSIX), 0);
	raise(*state, 0);
	lower(*state, 0);
	assert_int_equal(pending(*state), 0);
}

static void test_no_master_no_irq(void **state)
{
	const int fds[3] = {client_eventfd(), client_eventfd(), client_eventfd()};

	assert_int_equal(client_arm(*state, MSIX, 0, fds, 3), 0);
	client_set_config(*state, PCI_COMMAND, PCI_COMMAND_MEMORY, 2);
	raise(*state, 0);
	assert_int_equal(client_irqs(fds[0]), 0);
	client_set_config(*state, PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 2);
	assert_int_equal(client_wait_irq(fds[0]), 1);
}

/* One vector serves all, whether the card has no more or the client wants no more. */
static void check_shared(struct client *client, uint32_t index)
{
	const int fd = client_eventfd();

	assert_int_equal(client_arm(client, index, 0, &fd, 1), 0);
	raise(client, 1);
	assert_int_equal(client_wait_irq(fd), 1);
	raise(client, 0);
	assert_int_equal(client_wait_irq(fd), 1);
	client_card_write(client, NMACCEL_CARD_ERROR_ENABLE, 7);
	assert_int_equal(client_control(client, "error bits=4"), 0);
	assert_int_equal(client_wait_irq(fd), 1);
}

static void test_shared_msix(void **state)
{
	check_shared(*state, MSIX);
}

static void test_shared_msi(void **state)
{
	check_shared(*state, MSI);
}

static void test_msi_vectors(void **state)
{
	const int fds[4] = {client_eventfd(), client_eventfd(), client_eventfd(), client_eventfd()};

	assert_int_equal(client_arm(*state, MSI, 0, fds, 4), 0);
	raise(*state, 1);
	assert_int_equal(client_wait_irq(fds[1]), 1);
	assert_int_equal(client_irqs(fds[0]) + client_irqs(fds[2]) + client_irqs(fds[3]), 0);
}

static int set_irqs(struct client *client, uint32_t flags, uint32_t index, uint32_t start,
		    uint32_t count, const int *fds, uint32_t n_fds)
{
	uint8_t body[sizeof(struct vfio_user_irq_set) + 4] = {0};
	const bool bools = flags & VFIO_IRQ_SET_DATA_BOOL;
	const uint32_t size = (uint32_t)sizeof(struct vfio_user_irq_set) + (bools ? 4 : 0);
	const struct vfio_user_irq_set set = {size, flags, index, start, count};
	struct client_reply reply;

	memcpy(body, &set, sizeof(set));
	body[sizeof(set) + 1] = 1;
	return client_request(client, VFIO_USER_DEVICE_SET_IRQS, body, size, fds, n_fds, &reply);
}

static void test_set_irqs_fields(void **state)
{
	const uint32_t eventfd = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER;
	const uint32_t bools = VFIO_IRQ_SET_DATA_BOOL | VFIO_IRQ_SET_ACTION_TRIGGER;
	const int fds[3] = {client_eventfd(), client_eventfd(), client_eventfd()};
	struct client *client = *state;

	assert_int_equal(set_irqs(client, eventfd, MSIX, 0, 3, fds, 3), 0);
	assert_int_not_equal(set_irqs(client, eventfd, MSIX, 0, 4, NULL, 0), 0);
	assert_int_not_equal(set_irqs(client, eventfd, MSIX, 1, UINT32_MAX, NULL, 0), 0);
	assert_int_not_equal(set_irqs(client, eventfd, MSIX, 4, 0, NULL, 0), 0);
	assert_int_not_equal(set_irqs(client, eventfd, MSIX, UINT32_MAX, 1, NULL, 0), 0);
	assert_int_not_equal(set_irqs(client, eventfd, 5, 0, 0, NULL, 0), 0);
	assert_int_not_equal(set_irqs(client, eventfd, 0, 0, 1, fds, 1), 0);
	assert_int_not_equal(set_irqs(client, eventfd, MSIX, 0, 3, fds, 2), 0);
	assert_int_not_equal(set_irqs(client, eventfd, MSIX, 0, 1, fds, 2), 0);
	assert_int_not_equal(set_irqs(client, 0, MSIX, 0, 1, NULL, 0), 0);
	assert_int_not_equal(set_irqs(client, eventfd | 1, MSIX, 0, 1, fds, 1), 0);
	assert_int_not_equal(set_irqs(client, eventfd | 8, MSIX, 0, 1, fds, 1), 0);
	assert_int_not_equal(set_irqs(client, eventfd | 64, MSIX, 0, 1, fds, 1), 0);
	assert_int_not_equal(set_irqs(client, 0x0c, MSIX, 0, 1, fds, 1), 0);
	assert_int_not_equal(set_irqs(client, bools, MSIX, 0, 3, fds, 3), 0);
	/* Vectors can be triggered, all or some. */
	assert_int_equal(set_irqs(client, bools, MSIX, 0, 3, NULL, 0), 0);
	assert_int_equal(client_irqs(fds[0]), 0);
	assert_int_equal(client_wait_irq(fds[1]), 1);
	assert_int_equal(set_irqs(client, 0x21, MSIX, 2, 1, NULL, 0), 0);
	assert_int_equal(client_wait_irq(fds[2]), 1);
}

/* A pipe that is full must not stop the card. */
static void test_blocking_fd(void **state)
{
	struct client *client = *state;
	int pipes[2], i;

	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(client_arm(client, MSIX, 0, &pipes[1], 1), 0);
	for (i = 0; i < 20000; i++)
		assert_int_equal(set_irqs(client, 0x21, MSIX, 0, 1, NULL, 0), 0);
	assert_int_not_equal(client_arm(client, MSIX, 0, &pipes[0], 1), 0);
	close(pipes[0]);
	close(pipes[1]);
	assert_int_equal(set_irqs(client, 0x21, MSIX, 0, 1, NULL, 0), 0);
}

#define CASE(test)	 cmocka_unit_test_setup_teardown(test, setup, teardown)
#define PLAIN(test)	 cmocka_unit_test_setup_teardown(test, setup_plain, teardown)
#define MSI_ONLY(test)	 cmocka_unit_test_setup_teardown(test, setup_msi, teardown)
#define CONV_ONLY(test)	 cmocka_unit_test_setup_teardown(test, setup_conv_only, teardown)
#define ONE_VECTOR(test) cmocka_unit_test_setup_teardown(test, setup_one_vector, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_identity),
		CASE(test_read_only_config),
		CASE(test_bar_sizes),
		CASE(test_capabilities),
		MSI_ONLY(test_msi_only),
		CASE(test_power_and_memory),
		CASE(test_flr),
		CASE(test_device_reset),
		CASE(test_card_page),
		CONV_ONLY(test_missing_operations),
		CASE(test_cycles),
		CASE(test_engine_page),
		CASE(test_access_sizes),
		CASE(test_msix_vectors),
		CASE(test_pending_while_rearmed),
		CASE(test_no_master_no_irq),
		PLAIN(test_shared_msix),
		ONE_VECTOR(test_shared_msix),
		PLAIN(test_shared_msi),
		MSI_ONLY(test_shared_msi),
		MSI_ONLY(test_msi_vectors),
		CASE(test_set_irqs_fields),
		CASE(test_blocking_fd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
