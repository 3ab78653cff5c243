// SPDX-License-Identifier: GPL-2.0-only
#include <linux/dma-mapping.h>
#include <linux/pm_runtime.h>

#include <drm/drm_print.h>

#include "nmaccel_device.h"

u64 nmaccel_card_read64(struct nmaccel_device *ndev, u32 reg)
{
	u32 lo = nmaccel_card_read(ndev, reg);

	return (u64)nmaccel_card_read(ndev, reg + 4) << 32 | lo;
}

bool nmaccel_device_alive(struct nmaccel_device *ndev)
{
	return nmaccel_card_read(ndev, NMACCEL_CARD_MAGIC) == NMACCEL_MAGIC;
}

int nmaccel_device_get_registers(struct nmaccel_device *ndev)
{
	int ret;

	if (pm_runtime_resume_and_get(ndev->drm.dev) < 0)
		return -ENODEV;
	ret = mutex_lock_interruptible(&ndev->reset_lock);
	if (!ret && (ndev->lost || ndev->away)) {
		ret = ndev->lost ? -ENODEV : -EAGAIN;
		mutex_unlock(&ndev->reset_lock);
	}
	if (ret)
		pm_runtime_put_autosuspend(ndev->drm.dev);
	return ret;
}

void nmaccel_device_put_registers(struct nmaccel_device *ndev)
{
	mutex_unlock(&ndev->reset_lock);
	pm_runtime_put_autosuspend(ndev->drm.dev);
}

static int nmaccel_device_identify(struct nmaccel_device *ndev)
{
	u32 magic = nmaccel_card_read(ndev, NMACCEL_CARD_MAGIC);
	u32 version = nmaccel_card_read(ndev, NMACCEL_CARD_VERSION);

	if (magic == U32_MAX) {
		drm_err(&ndev->drm, "the card does not answer: all reads give ones; power-cycle it or reload its bitstream\n");
		return -ENODEV;
	}
	if (magic != NMACCEL_MAGIC) {
		drm_err(&ndev->drm, "no nmaccel card page in BAR 0 (magic 0x%08x, not 0x%08x); load an nmaccel bitstream\n",
			magic, NMACCEL_MAGIC);
		return -ENODEV;
	}
	if (version >> 16 != NMACCEL_CONTRACT_MAJOR) {
		drm_err(&ndev->drm, "the card speaks contract version %u.%u, this driver %u.x; update %s\n",
			version >> 16, version & 0xffff, NMACCEL_CONTRACT_MAJOR,
			version >> 16 > NMACCEL_CONTRACT_MAJOR ? "the driver" : "the bitstream");
		return -EPROTONOSUPPORT;
	}
	ndev->card.version = version;
	return 0;
}

static int nmaccel_device_field(struct nmaccel_device *ndev, u32 reg, const char *name, u32 min,
				u32 max, u32 *value)
{
	*value = nmaccel_card_read(ndev, reg);
	if (*value >= min && *value <= max)
		return 0;
	drm_err(&ndev->drm, "the card page says %s %u, which is not within %u to %u; its bitstream is broken\n",
		name, *value, min, max);
	return -EPROTO;
}

static int nmaccel_device_read_card(struct nmaccel_device *ndev)
{
	struct nmaccel_card *card = &ndev->card;
	struct nmaccel_limits *limits = &card->limits;
	const struct {
		u32 reg;
		const char *name;
		u32 min;
		u32 max;
		u32 *value;
	} fields[] = {
		{ NMACCEL_CARD_BOARD, "board", 0, U32_MAX - 1, &card->board },
		{ NMACCEL_CARD_ENGINES, "engines", 1, NMACCEL_MAX_ENGINES, &card->engines },
		{ NMACCEL_CARD_LANES, "lanes", NMACCEL_MIN_LANES, NMACCEL_MAX_LANES, &card->lanes },
		{ NMACCEL_CARD_BLOCK_ROWS, "block rows", NMACCEL_BLOCK_ROWS_128,
		  NMACCEL_MAX_BLOCK_ROWS, &limits->block_rows },
		{ NMACCEL_CARD_COLUMNS, "columns", 1, 1024, &limits->columns },
		{ NMACCEL_CARD_CLOCK_KHZ, "clock", 1, 100000000, &card->clock_khz },
		{ NMACCEL_CARD_CAPS, "capabilities", 0, U32_MAX - 1, &limits->caps },
		{ NMACCEL_CARD_DMA_BITS, "DMA address bits", 32, 64, &card->dma_bits },
		{ NMACCEL_CARD_MAX_DESCS, "descriptors", 1, NMACCEL_MAX_DESCS, &card->max_descs },
		{ NMACCEL_CARD_MAX_BUFFERS, "buffers", 1, NMACCEL_MAX_BUFFERS,
		  &card->max_buffers },
		{ NMACCEL_CARD_MAX_ROWS, "rows", 1, NMACCEL_MAX_CHANNELS, &limits->max_rows },
		{ NMACCEL_CARD_MAX_CHANNELS, "channels", 1, NMACCEL_MAX_CHANNELS,
		  &limits->max_channels },
		{ NMACCEL_CARD_MAX_PIXELS, "pixels", 1, NMACCEL_MAX_PIXELS, &limits->max_pixels },
		{ NMACCEL_CARD_MAX_KERNEL, "kernel", 1, NMACCEL_MAX_KERNEL, &limits->max_kernel },
	};
	u32 i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		ret = nmaccel_device_field(ndev, fields[i].reg, fields[i].name, fields[i].min,
					   fields[i].max, fields[i].value);
		if (ret)
			return ret;
	}
	card->serial = nmaccel_card_read64(ndev, NMACCEL_CARD_SERIAL_LO);
	/* A job's descriptors lie in one piece, and the page allocator gives no larger ones. */
	card->max_descs = min_t(u32, card->max_descs,
				NMACCEL_MEM_MAX / sizeof(struct nmaccel_hw_desc) - 64);
	return 0;
}

int nmaccel_device_init(struct nmaccel_device *ndev)
{
	struct device *dev = ndev->drm.dev;
	int ret;

	ret = nmaccel_device_identify(ndev);
	if (!ret)
		ret = nmaccel_device_read_card(ndev);
	if (ret)
		return ret;
	ret = dma_set_mask_and_coherent(dev, DMA_BIT_MASK(ndev->card.dma_bits));
	if (ret) {
		drm_err(&ndev->drm, "the host cannot give the card DMA addresses of %u bits (%d)\n",
			ndev->card.dma_bits, ret);
		return ret;
	}
	dma_set_max_seg_size(dev, U32_MAX);
	return 0;
}
