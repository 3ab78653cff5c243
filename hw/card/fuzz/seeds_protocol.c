// SPDX-License-Identifier: MIT
/*
 * Write the seeds of fuzz_protocol to a directory: conversations as QEMU leads them, one in each
 * file. The fuzzer then begins behind the checks that no random bytes come through.
 *
 * usage: seeds_protocol DIRECTORY
 */
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "drm/nmaccel_hw.h"
#include "vfio_user.h"

#define BAR0   VFIO_PCI_BAR0_REGION_INDEX
#define BAR2   VFIO_PCI_BAR2_REGION_INDEX
#define CONFIG VFIO_PCI_CONFIG_REGION_INDEX

static uint16_t next_id;

static void put(FILE *file, uint16_t command, const void *head, uint32_t head_size,
		const void *data, uint32_t size)
{
	const struct vfio_user_header header = {
		.id = next_id++,
		.command = command,
		.size = (uint32_t)sizeof(header) + head_size + size,
	};

	fwrite(&header, sizeof(header), 1, file);
	fwrite(head, head_size, 1, file);
	fwrite(data, size, 1, file);
}

static void put_read(FILE *file, uint32_t region, uint64_t offset, uint32_t count)
{
	const struct vfio_user_region_rw rw = {offset, region, count};

	put(file, VFIO_USER_REGION_READ, &rw, sizeof(rw), NULL, 0);
}

static void put_write(FILE *file, uint32_t region, uint64_t offset, uint64_t value, uint32_t count)
{
	const struct vfio_user_region_rw rw = {offset, region, count};

	put(file, VFIO_USER_REGION_WRITE, &rw, sizeof(rw), &value, count);
}

static void put_on(FILE *file)
{
	put_write(file, CONFIG, PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 2);
}

static void seed_version(FILE *file)
{
	static const char text[] = "{\"capabilities\":{\"max_msg_fds\":8,\"max_data_xfer_size\":"
				   "1048576,\"pgsizes\":4096,"
				   "\"max_dma_maps\":65535,\"write_multiple\":true,"
				   "\"migration\":{\"pgsize\":4096,\"max_bitmap_size\":262144},"
				   "\"twin_socket\":{\"supported\":false,\"fd_index\":0}}}";
	const struct vfio_user_version version = {VFIO_USER_MAJOR, VFIO_USER_MINOR};

	put(file, VFIO_USER_VERSION, &version, sizeof(version), text, sizeof(text));
	put_read(file, BAR0, NMACCEL_CARD_PAGE + NMACCEL_CARD_MAGIC, 4);
}

static void seed_infos(FILE *file)
{
	struct vfio_user_device_info device = {.argsz = sizeof(device)};
	struct vfio_user_region_info region = {.argsz = sizeof(region)};
	struct vfio_user_irq_info irq = {.argsz = sizeof(irq)};

	put(file, VFIO_USER_DEVICE_GET_INFO, &device, sizeof(device), NULL, 0);
	for (; region.index < VFIO_PCI_NUM_REGIONS; region.index++)
		put(file, VFIO_USER_DEVICE_GET_REGION_INFO, &region, sizeof(region), NULL, 0);
	for (; irq.index < VFIO_PCI_NUM_IRQS; irq.index++)
		put(file, VFIO_USER_DEVICE_GET_IRQ_INFO, &irq, sizeof(irq), NULL, 0);
}

static void seed_memory(FILE *file)
{
	const struct vfio_user_dma_map map = {
		.argsz = sizeof(map),
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.iova = 0x100000,
		.size = 0x200000,
	};
	struct vfio_user_dma_unmap unmap = {
		.argsz = sizeof(unmap), .iova = map.iova, .size = map.size};

	put(file, VFIO_USER_DMA_MAP, &map, sizeof(map), NULL, 0);
	put(file, VFIO_USER_DMA_UNMAP, &unmap, sizeof(unmap), NULL, 0);
	unmap = (struct vfio_user_dma_unmap){.argsz = sizeof(unmap),
					     .flags = VFIO_DMA_UNMAP_FLAG_ALL};
	put(file, VFIO_USER_DMA_UNMAP, &unmap, sizeof(unmap), NULL, 0);
}

/* Bus scan: the header, the sizes of the BARs, all capabilities. */
static void seed_config(FILE *file)
{
	uint32_t at;

	put_read(file, CONFIG, 0, PCI_CFG_SPACE_EXP_SIZE);
	for (at = PCI_BASE_ADDRESS_0; at <= PCI_BASE_ADDRESS_5; at += 4) {
		put_write(file, CONFIG, at, UINT32_MAX, 4);
		put_read(file, CONFIG, at, 4);
		put_write(file, CONFIG, at, 0xfe000000, 4);
	}
	put_on(file);
	for (at = PCI_STD_HEADER_SIZEOF; at < 0xb0; at += 2) {
		put_read(file, CONFIG, at, 2);
		put_write(file, CONFIG, at, UINT16_MAX, 2);
	}
}

/* The reset that configuration space offers, and the power states. */
static void seed_resets(FILE *file)
{
	const uint32_t flr = CARD_CONFIG_PCIE + PCI_EXP_DEVCTL;
	const uint32_t power = CARD_CONFIG_PM + PCI_PM_CTRL;

	put_on(file);
	put_write(file, CONFIG, flr, PCI_EXP_DEVCTL_BCR_FLR, 2);
	put_on(file);
	put_write(file, CONFIG, power, 3, 2);
	put_read(file, BAR0, NMACCEL_CARD_PAGE, 4);
	put_write(file, CONFIG, power, 0, 2);
	put(file, VFIO_USER_DEVICE_RESET, NULL, 0, NULL, 0);
	put_read(file, BAR0, NMACCEL_CARD_PAGE, 4);
}

static void put_irqs(FILE *file, uint32_t index, uint32_t flags, uint32_t start, uint32_t count)
{
	const uint8_t data[4] = {1, 0, 1, 1};
	const struct vfio_user_irq_set set = {
		.argsz = sizeof(set),
		.flags = flags,
		.index = index,
		.start = start,
		.count = count,
	};

	put(file, VFIO_USER_DEVICE_SET_IRQS, &set, sizeof(set), data,
	    flags & VFIO_IRQ_SET_DATA_BOOL ? count : 0);
}

static void seed_irqs(FILE *file)
{
	uint32_t index;

	put_on(file);
	for (index = VFIO_PCI_INTX_IRQ_INDEX; index <= VFIO_PCI_MSIX_IRQ_INDEX; index++) {
		const uint32_t trigger = VFIO_IRQ_SET_ACTION_TRIGGER;

		put_irqs(file, index, trigger | VFIO_IRQ_SET_DATA_EVENTFD, 0, 3);
		put_irqs(file, index, trigger | VFIO_IRQ_SET_DATA_BOOL, 0, 3);
		put_irqs(file, index, trigger | VFIO_IRQ_SET_DATA_NONE, 1, 1);
		put_irqs(file, index, VFIO_IRQ_SET_ACTION_MASK | VFIO_IRQ_SET_DATA_NONE, 0, 1);
		put_irqs(file, index, VFIO_IRQ_SET_ACTION_UNMASK | VFIO_IRQ_SET_DATA_NONE, 0, 1);
		put_irqs(file, index, trigger | VFIO_IRQ_SET_DATA_NONE, 0, 0);
	}
	put_write(file, BAR2, 0, 0xfee00000, 8);
	put_write(file, BAR2, 8, 0x41, 4);
	put_read(file, BAR2, 0, 64);
	put_read(file, BAR2, CARD_MSIX_PBA, 8);
}

/* What a driver does to find the card, and to start a job. */
static void seed_job(FILE *file)
{
	put_on(file);
	put_read(file, BAR0, NMACCEL_CARD_PAGE, 128);
	put_write(file, BAR0, NMACCEL_CARD_PAGE + NMACCEL_CARD_ERROR_ENABLE, 7, 4);
	put_write(file, BAR0, NMACCEL_REG_GIER, NMACCEL_GIER_ENABLE, 4);
	put_write(file, BAR0, NMACCEL_REG_IER, NMACCEL_INT_DONE | NMACCEL_INT_READY, 4);
	put_write(file, BAR0, NMACCEL_REG_JOB_LO, 0x100000, 4);
	put_write(file, BAR0, NMACCEL_REG_JOB_HI, 0, 4);
	put_write(file, BAR0, NMACCEL_REG_CTRL, NMACCEL_CTRL_START, 4);
	put_read(file, BAR0, NMACCEL_REG_CTRL, 4);
	put_read(file, BAR0, NMACCEL_REG_ISR, 4);
	put_write(file, BAR0, NMACCEL_REG_ISR, NMACCEL_INT_DONE, 4);
	put_read(file, BAR0, NMACCEL_CARD_PAGE + NMACCEL_CARD_ERROR, 4);
	put_write(file, BAR0, NMACCEL_CARD_PAGE + NMACCEL_CARD_ERROR, NMACCEL_ERROR_DMA, 4);
	put_read(file, BAR0, NMACCEL_CARD_PAGE + NMACCEL_CARD_CYCLES_LO, 8);
	put_write(file, BAR0, NMACCEL_CARD_PAGE + NMACCEL_CARD_RESET, 3, 4);
	put_read(file, BAR0, NMACCEL_CARD_PAGE + NMACCEL_CARD_RESET_BUSY, 4);
	put_read(file, BAR0, NMACCEL_ENGINE_PAGE(1), 36);
}

struct seed {
	const char *name;
	char flags; /* the fuzzer's first byte */
	void (*write)(FILE *file);
};

static const struct seed seeds[] = {
	{"version", 0, seed_version}, {"infos", 1, seed_infos},	     {"memory", 1, seed_memory},
	{"bad-fd", 3, seed_memory},   {"config", 1, seed_config},    {"resets", 1, seed_resets},
	{"irqs", 1, seed_irqs},	      {"irqs-bad-fd", 3, seed_irqs}, {"job", 1, seed_job},
};

static int write_seed(const char *directory, const struct seed *seed)
{
	char path[4096];
	FILE *file;
	int err;

	snprintf(path, sizeof(path), "%s/%s", directory, seed->name);
	file = fopen(path, "wb");
	if (!file) {
		perror(path);
		return -1;
	}
	fputc(seed->flags, file);
	seed->write(file);
	err = ferror(file);
	if (fclose(file) || err) {
		fprintf(stderr, "seeds_protocol: cannot write %s\n", path);
		return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	size_t i;

	if (argc != 2) {
		fprintf(stderr, "usage: seeds_protocol DIRECTORY\n");
		return EXIT_FAILURE;
	}
	for (i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++)
		if (write_seed(argv[1], &seeds[i]))
			return EXIT_FAILURE;
	return EXIT_SUCCESS;
}
