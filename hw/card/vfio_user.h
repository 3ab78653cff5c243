/* SPDX-License-Identifier: MIT */
/*
 * The vfio-user protocol as QEMU's client speaks it: messages on a unix socket, host byte order.
 * The payloads are those of <linux/vfio.h>, cut to the fields that travel.
 */
#ifndef CARD_VFIO_USER_H
#define CARD_VFIO_USER_H

#include <stdint.h>

enum vfio_user_command {
	VFIO_USER_VERSION = 1,
	VFIO_USER_DMA_MAP = 2,
	VFIO_USER_DMA_UNMAP = 3,
	VFIO_USER_DEVICE_GET_INFO = 4,
	VFIO_USER_DEVICE_GET_REGION_INFO = 5,
	VFIO_USER_DEVICE_GET_REGION_IO_FDS = 6,
	VFIO_USER_DEVICE_GET_IRQ_INFO = 7,
	VFIO_USER_DEVICE_SET_IRQS = 8,
	VFIO_USER_REGION_READ = 9,
	VFIO_USER_REGION_WRITE = 10,
	VFIO_USER_DMA_READ = 11,
	VFIO_USER_DMA_WRITE = 12,
	VFIO_USER_DEVICE_RESET = 13,
	VFIO_USER_DIRTY_PAGES = 14,
	VFIO_USER_REGION_WRITE_MULTI = 15,
};

#define VFIO_USER_TYPE	   0xfu
#define VFIO_USER_REQUEST  0x0u
#define VFIO_USER_REPLY	   0x1u
#define VFIO_USER_NO_REPLY 0x10u
#define VFIO_USER_ERROR	   0x20u

#define VFIO_USER_MAJOR 0
#define VFIO_USER_MINOR 0

/* What we announce: QEMU's own chunk sizes. */
#define VFIO_USER_MAX_FDS	8u
#define VFIO_USER_MAX_DATA	65536u
#define VFIO_USER_MAX_MESSAGE	(sizeof(struct vfio_user_header) + VFIO_USER_MAX_BODY)
#define VFIO_USER_MAX_BODY	((uint32_t)sizeof(struct vfio_user_region_rw) + VFIO_USER_MAX_DATA)
#define VFIO_USER_DMA_PAGE_SIZE 4096u

struct vfio_user_header {
	uint16_t id;
	uint16_t command;
	uint32_t size; /* of the message, this header included */
	uint32_t flags;
	uint32_t error;
};

struct vfio_user_version {
	uint16_t major;
	uint16_t minor;
};

struct vfio_user_dma_map {
	uint32_t argsz;
	uint32_t flags; /* VFIO_DMA_MAP_FLAG_READ, _WRITE */
	uint64_t offset;
	uint64_t iova;
	uint64_t size;
};

struct vfio_user_dma_unmap {
	uint32_t argsz;
	uint32_t flags; /* VFIO_DMA_UNMAP_FLAG_ALL */
	uint64_t iova;
	uint64_t size;
};

struct vfio_user_device_info {
	uint32_t argsz;
	uint32_t flags;
	uint32_t num_regions;
	uint32_t num_irqs;
};

struct vfio_user_region_info {
	uint32_t argsz;
	uint32_t flags;
	uint32_t index;
	uint32_t cap_offset;
	uint64_t size;
	uint64_t offset;
};

struct vfio_user_irq_info {
	uint32_t argsz;
	uint32_t flags;
	uint32_t index;
	uint32_t count;
};

struct vfio_user_irq_set {
	uint32_t argsz;
	uint32_t flags;
	uint32_t index;
	uint32_t start;
	uint32_t count;
};

struct vfio_user_region_rw {
	uint64_t offset;
	uint32_t region;
	uint32_t count;
};

#endif /* CARD_VFIO_USER_H */
