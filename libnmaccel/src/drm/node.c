// SPDX-License-Identifier: MIT
#include "drm/node.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <drm.h>

#include "drm/nmaccel_accel.h"
#include "drm/sys.h"
#include "error.h"

#define DRIVER_NAME "nmaccel"

/* ---- driver ---------------------------------------------------------------------------------- */

static enum nmaccel_status check_driver(struct nmaccel_drm_node *node,
					const struct nmaccel_card *card)
{
	char name[32] = "";
	struct drm_version version = {.name = name, .name_len = sizeof(name) - 1};
	int err = nmaccel_drm_ioctl(node->fd, DRM_IOCTL_VERSION, &version);

	if (err)
		return nmaccel_drm_error(err, card->node);
	if (strcmp(name, DRIVER_NAME))
		return nmaccel_error(NMACCEL_ERR_IO, "%s belongs to driver \"%s\", not to nmaccel",
				     card->node, name);
	if (version.version_major != DRM_NMACCEL_DRIVER_MAJOR)
		return nmaccel_error(
			NMACCEL_ERR_VERSION,
			"%s: driver version %d.%d; libnmaccel %s knows %d.x, so update "
			"%s",
			card->node, version.version_major, version.version_minor, nmaccel_version(),
			DRM_NMACCEL_DRIVER_MAJOR,
			version.version_major > DRM_NMACCEL_DRIVER_MAJOR ? "the library"
									 : "the nmaccel module");
	snprintf(node->info.driver, sizeof(node->info.driver), DRIVER_NAME " %d.%d",
		 version.version_major, version.version_minor);
	return NMACCEL_OK;
}

/* ---- card ------------------------------------------------------------------------------------ */

static enum nmaccel_status query_card(int fd, const char *node, struct drm_nmaccel_dev_info *info)
{
	struct drm_nmaccel_dev_query query = {
		.type = DRM_NMACCEL_DEV_QUERY_INFO,
		.size = sizeof(*info),
		.pointer = (uint64_t)(uintptr_t)info,
	};
	int err;

	memset(info, 0, sizeof(*info));
	err = nmaccel_drm_ioctl(fd, DRM_IOCTL_NMACCEL_DEV_QUERY, &query);
	if (err)
		return nmaccel_drm_error(err, node);
	if (query.size < sizeof(*info))
		return nmaccel_error(NMACCEL_ERR_VERSION,
				     "%s: the driver tells %" PRIu32
				     " bytes about its card, and %zu "
				     "are needed; update the nmaccel module",
				     node, (uint32_t)query.size, sizeof(*info));
	return NMACCEL_OK;
}

static enum nmaccel_status check_contract(const struct drm_nmaccel_dev_info *card, const char *node)
{
	uint32_t major = card->contract_version >> 16;

	if (major == NMACCEL_CONTRACT_MAJOR)
		return NMACCEL_OK;
	return nmaccel_error(NMACCEL_ERR_VERSION,
			     "%s: the card speaks contract version %" PRIu32 ".%" PRIu32
			     ", libnmaccel %s knows %d.x; update %s",
			     node, major, card->contract_version & 0xffff, nmaccel_version(),
			     NMACCEL_CONTRACT_MAJOR,
			     major > NMACCEL_CONTRACT_MAJOR ? "the library"
							    : "the card's bitstream");
}

struct range {
	const char *name;
	size_t offset;
	uint32_t min, max;
};

#define RANGE(field, min, max)                                                                     \
	{                                                                                          \
#field, offsetof(struct drm_nmaccel_dev_info, field), min, max                     \
	}

/* Plans divide by these, and size arrays with them. */
static const struct range ranges[] = {
	RANGE(engines, 1, NMACCEL_MAX_ENGINES),
	RANGE(lanes, NMACCEL_MIN_LANES, NMACCEL_MAX_LANES),
	RANGE(block_rows, NMACCEL_BLOCK_ROWS_128, NMACCEL_MAX_BLOCK_ROWS),
	RANGE(columns, 1, 1024),
	RANGE(max_descs, 1, NMACCEL_MAX_DESCS),
	RANGE(max_buffers, 1, NMACCEL_MAX_BUFFERS),
	RANGE(max_rows, 1, NMACCEL_MAX_CHANNELS),
	RANGE(max_channels, 1, NMACCEL_MAX_CHANNELS),
	RANGE(max_pixels, 1, NMACCEL_MAX_PIXELS),
	RANGE(max_kernel, 1, NMACCEL_MAX_KERNEL),
};

static enum nmaccel_status check_ranges(const struct drm_nmaccel_dev_info *card, const char *node)
{
	uint32_t value;
	size_t i;

	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		memcpy(&value, (const char *)card + ranges[i].offset, sizeof(value));
		if (value < ranges[i].min || value > ranges[i].max)
			return nmaccel_error(NMACCEL_ERR_VERSION,
					     "%s: the driver reports %s %" PRIu32
					     ", which is not within %" PRIu32 " to %" PRIu32
					     "; its driver and this library do not fit",
					     node, ranges[i].name, value, ranges[i].min,
					     ranges[i].max);
	}
	/* The packed stream has no others. */
	if (card->lanes & (card->lanes - 1) || card->block_rows % NMACCEL_BLOCK_ROWS_128)
		return nmaccel_error(
			NMACCEL_ERR_UNSUPPORTED,
			"%s: an engine of %" PRIu32 " lanes and blocks of %" PRIu32
			" rows, for which weights cannot be packed; update the library",
			node, (uint32_t)card->lanes, (uint32_t)card->block_rows);
	return NMACCEL_OK;
}

static const char *board_name(uint32_t board)
{
	switch (board) {
	case NMACCEL_BOARD_EMULATED:
		return "emulated card";
	case NMACCEL_BOARD_NITEFURY:
		return "NiteFury";
	case NMACCEL_BOARD_ALVEO:
		return "Alveo";
	default:
		return "unknown board";
	}
}

static uint64_t host_memory(void)
{
	long pages = sysconf(_SC_PHYS_PAGES), page_bytes = sysconf(_SC_PAGESIZE);

	return pages > 0 && page_bytes > 0 ? (uint64_t)pages * (uint64_t)page_bytes : 0;
}

static void describe(const struct nmaccel_card *card, struct nmaccel_device_info *info)
{
	info->size = sizeof(*info);
	nmaccel_card_name(card, info->name, sizeof(info->name));
	snprintf(info->backend, sizeof(info->backend), "drm");
	snprintf(info->address, sizeof(info->address), "%s", card->address);
	snprintf(info->node, sizeof(info->node), "%s", card->node);
}

static void fill(struct nmaccel_drm_node *node, const struct nmaccel_card *card,
		 const struct drm_nmaccel_dev_info *from)
{
	struct nmaccel_device_info *info = &node->info;

	describe(card, info);
	snprintf(info->description, sizeof(info->description), "%s at %s, serial %016" PRIx64,
		 board_name(from->board), card->address, (uint64_t)from->serial);
	info->lanes = from->lanes;
	info->block_rows = from->block_rows;
	info->columns = from->columns;
	info->engines = from->engines;
	info->clock_khz = from->clock_khz;
	info->contract_version = from->contract_version;
	info->memory_bytes = host_memory();
	info->max_rows = from->max_rows;
	/* A longer list becomes several submissions. */
	info->max_descs = NMACCEL_MAX_DESCS;
	info->serial = from->serial;
	info->board = from->board;
	info->caps = from->caps;
	node->limits = (struct nmaccel_drm_limits){
		.block_rows = from->block_rows,
		.caps = from->caps,
		.max_descs = from->max_descs,
		.max_buffers = from->max_buffers,
		.max_rows = from->max_rows,
		.max_channels = from->max_channels,
		.max_pixels = from->max_pixels,
		.max_kernel = from->max_kernel,
	};
}

/* ---- public ---------------------------------------------------------------------------------- */

static enum nmaccel_status check_node(const struct nmaccel_card *card,
				      struct nmaccel_drm_node *node)
{
	struct drm_nmaccel_dev_info info;
	enum nmaccel_status status;

	status = check_driver(node, card);
	if (!status && nmaccel_card_is_lost(card))
		status = nmaccel_card_explain_lost(card);
	if (!status)
		status = query_card(node->fd, card->node, &info);
	if (!status)
		status = check_contract(&info, card->node);
	if (!status)
		status = check_ranges(&info, card->node);
	if (!status)
		fill(node, card, &info);
	return status;
}

enum nmaccel_status nmaccel_drm_node_open(const struct nmaccel_card *card,
					  struct nmaccel_drm_node *node)
{
	enum nmaccel_status status;
	char path[PATH_MAX];

	memset(node, 0, sizeof(*node));
	if (card->index == NMACCEL_NO_NODE)
		return nmaccel_card_explain(card);
	snprintf(path, sizeof(path), "%s%s", nmaccel_drm_root(), card->node);
	node->fd = nmaccel_drm_sys->open(path, O_RDWR | O_CLOEXEC);
	if (node->fd < 0)
		return nmaccel_card_explain_open(card, errno);
	status = check_node(card, node);
	if (status)
		nmaccel_drm_node_close(node);
	return status;
}

void nmaccel_drm_node_close(struct nmaccel_drm_node *node)
{
	nmaccel_drm_sys->close(node->fd);
}

void nmaccel_drm_describe_broken(const struct nmaccel_card *card, struct nmaccel_device_info *info)
{
	describe(card, info);
	snprintf(info->description, sizeof(info->description), "card that cannot be used");
	snprintf(info->driver, sizeof(info->driver), "%s", card->driver);
	snprintf(info->notice, sizeof(info->notice), "%s", nmaccel_last_error());
}
