// SPDX-License-Identifier: MIT
#include "card.h"

#include <linux/vfio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "rtl.h"

uint64_t card_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static uint32_t power_of_two(uint32_t n)
{
	uint32_t power = 1;

	while (power < n)
		power *= 2;
	return power;
}

static void init_parts(struct card *card)
{
	const struct card_build *build = &card->build;
	const uint32_t sources = build->engines + 1;
	const uint32_t vectors = build->vectors ? build->vectors : sources;
	const uint32_t msi = power_of_two(vectors);
	const uint32_t msix = build->msi_only ? 0 : vectors;

	pthread_mutex_init(&card->lock, NULL);
	card_faults_init(&card->faults);
	card_irqs_init(&card->irqs, &card->stats, sources, msi, msix);
	card_dma_init(&card->dma);
	card_config_init(&card->config, msi, msix, build->serial);
	card->temp_mc = build->temp_mc;
	card->power_mw = build->power_mw;
	card->reset_ns = card_now_ns();
}

static void destroy_parts(struct card *card)
{
	card_dma_destroy(&card->dma);
	card_irqs_destroy(&card->irqs);
	card_faults_destroy(&card->faults);
	pthread_mutex_destroy(&card->lock);
	card_rtl_close(card->rtl);
	free(card);
}

static const struct nmaccel_engine_variant *find_variant(const struct card_build *build, void **rtl,
							 const char **reason)
{
	const struct nmaccel_engine_variant *variant;

	if (!strcmp(build->engine, "rtl"))
		return card_rtl_open(build->lanes, build->block_rows, build->columns, rtl, reason);
	if (strcmp(build->engine, "model")) {
		*reason = "--engine is model or rtl";
		return NULL;
	}
	variant = nmaccel_engine_find(build->lanes, build->block_rows, build->columns);
	if (!variant)
		*reason = "no engine is built with these lanes, block rows and columns";
	return variant;
}

int card_create(const struct card_build *build, struct card **result, const char **reason)
{
	struct card *card = calloc(1, sizeof(*card));
	uint32_t e;

	*reason = "out of memory";
	if (!card)
		return -1;
	card->build = *build;
	card->variant = find_variant(build, &card->rtl, reason);
	if (!card->variant) {
		free(card);
		return -1;
	}
	if (card->build.max_rows > card->variant->max_rows)
		card->build.max_rows = card->variant->max_rows;
	init_parts(card);
	for (e = 0; e < build->engines; e++)
		if (card_engine_start(&card->engines[e], card, e)) {
			*reason = "cannot start the thread of an engine";
			goto err_stop_engines;
		}
	*result = card;
	return 0;

err_stop_engines:
	while (e--)
		card_engine_stop(&card->engines[e]);
	destroy_parts(card);
	return -1;
}

void card_destroy(struct card *card)
{
	uint32_t e;

	for (e = 0; e < card->build.engines; e++)
		card_engine_stop(&card->engines[e]);
	destroy_parts(card);
}

static void update_master(struct card *card)
{
	const bool master = card_config_is_master(&card->config);

	atomic_store(&card->master, master);
	card_irqs_set_master(&card->irqs, master);
}

void card_reset(struct card *card)
{
	uint32_t e;

	card_stats_add(&card->stats.device_resets, 1);
	for (e = 0; e < card->build.engines; e++)
		card_engine_reset(&card->engines[e]);
	for (e = 0; e < card->build.engines; e++)
		card_engine_reset_wait(&card->engines[e]);
	for (e = 0; e < card->build.engines; e++)
		card_engine_busy_clear(&card->engines[e]);
	card_config_reset(&card->config);
	update_master(card);
	memset(card->msix_table, 0, sizeof(card->msix_table));
	pthread_mutex_lock(&card->lock);
	card->error = card->error_enable = card->cycles_hi = 0;
	card->reset_ns = card_now_ns();
	card_irqs_reset(&card->irqs);
	pthread_mutex_unlock(&card->lock);
}

void card_disconnect(struct card *card)
{
	card_reset(card);
	card_irqs_disarm_all(&card->irqs);
	card_dma_remove_all(&card->dma);
}

/* Lock held. */
static void update_error_irq(struct card *card)
{
	card_irqs_level(&card->irqs, card->build.engines, card->error & card->error_enable, false);
}

void card_raise_error(struct card *card, uint32_t bits)
{
	pthread_mutex_lock(&card->lock);
	card->error |= bits;
	update_error_irq(card);
	pthread_mutex_unlock(&card->lock);
}

void card_clear_faults(struct card *card)
{
	uint32_t e;

	card_faults_clear(&card->faults);
	for (e = 0; e < card->build.engines; e++)
		card_engine_unstall(&card->engines[e]);
}

static uint64_t cycles_of(const struct card *card, uint64_t ns)
{
	const uint64_t khz = card->build.clock_khz;

	return ns / 1000000u * khz + ns % 1000000u * khz / 1000000u;
}

/* LO latches HI, so that the two make one number. */
static uint32_t read_cycles_lo(struct card *card)
{
	uint64_t cycles;

	pthread_mutex_lock(&card->lock);
	cycles = cycles_of(card, card_now_ns() - card->reset_ns);
	card->cycles_hi = (uint32_t)(cycles >> 32);
	pthread_mutex_unlock(&card->lock);
	return (uint32_t)cycles;
}

static uint32_t read_locked(struct card *card, const uint32_t *reg)
{
	uint32_t value;

	pthread_mutex_lock(&card->lock);
	value = *reg;
	pthread_mutex_unlock(&card->lock);
	return value;
}

static uint32_t reset_busy(struct card *card)
{
	uint32_t e, mask = 0;

	for (e = 0; e < card->build.engines; e++)
		if (card_engine_in_reset(&card->engines[e]))
			mask |= 1u << e;
	return mask;
}

static uint32_t read_busy(struct card *card, uint32_t offset)
{
	const uint32_t e = (offset - NMACCEL_CARD_BUSY(0)) / 8;
	uint64_t cycles;

	if (e >= card->build.engines)
		return 0;
	cycles = cycles_of(card, card_engine_busy_ns(&card->engines[e]));
	return (uint32_t)(offset % 8 ? cycles >> 32 : cycles);
}

static uint32_t caps_of(const struct card *card)
{
	uint32_t caps = NMACCEL_CAP_PAGE_LIST;

	if (!card->build.no_add)
		caps |= NMACCEL_CAP_ADD;
	if (!card->build.no_pool)
		caps |= NMACCEL_CAP_POOL;
	if (card->build.has_temp)
		caps |= NMACCEL_CAP_TEMP;
	if (card->build.has_power)
		caps |= NMACCEL_CAP_POWER;
	return caps;
}

/* What never changes; 0 for all else. */
static uint32_t read_constant(const struct card *card, uint32_t offset)
{
	const struct card_build *build = &card->build;

	switch (offset) {
	case NMACCEL_CARD_MAGIC:
		return NMACCEL_MAGIC;
	case NMACCEL_CARD_VERSION:
		return NMACCEL_CONTRACT_VERSION;
	case NMACCEL_CARD_BOARD:
		return build->board;
	case NMACCEL_CARD_ENGINES:
		return build->engines;
	case NMACCEL_CARD_LANES:
		return build->lanes;
	case NMACCEL_CARD_BLOCK_ROWS:
		return build->block_rows;
	case NMACCEL_CARD_COLUMNS:
		return build->columns;
	case NMACCEL_CARD_CLOCK_KHZ:
		return build->clock_khz;
	case NMACCEL_CARD_CAPS:
		return caps_of(card);
	case NMACCEL_CARD_DMA_BITS:
		return build->dma_bits;
	case NMACCEL_CARD_MAX_DESCS:
		return build->max_descs;
	case NMACCEL_CARD_MAX_BUFFERS:
		return build->max_buffers;
	case NMACCEL_CARD_MAX_ROWS:
		return build->max_rows;
	case NMACCEL_CARD_MAX_CHANNELS:
		return build->max_channels;
	case NMACCEL_CARD_MAX_PIXELS:
		return build->max_pixels;
	case NMACCEL_CARD_MAX_KERNEL:
		return build->max_kernel;
	case NMACCEL_CARD_SERIAL_LO:
		return (uint32_t)build->serial;
	case NMACCEL_CARD_SERIAL_HI:
		return (uint32_t)(build->serial >> 32);
	default:
		return 0;
	}
}

static uint32_t read_page(struct card *card, uint32_t offset)
{
	if (offset >= NMACCEL_CARD_BUSY(0) && offset < NMACCEL_CARD_BUSY(NMACCEL_MAX_ENGINES))
		return read_busy(card, offset);
	switch (offset) {
	case NMACCEL_CARD_ERROR:
		return read_locked(card, &card->error);
	case NMACCEL_CARD_ERROR_ENABLE:
		return read_locked(card, &card->error_enable);
	case NMACCEL_CARD_CYCLES_LO:
		return read_cycles_lo(card);
	case NMACCEL_CARD_CYCLES_HI:
		return read_locked(card, &card->cycles_hi);
	case NMACCEL_CARD_RESET_BUSY:
		return reset_busy(card);
	case NMACCEL_CARD_TEMP_MC:
		return card->build.has_temp ? (uint32_t)card->temp_mc : 0;
	case NMACCEL_CARD_POWER_MW:
		return card->build.has_power ? card->power_mw : 0;
	default:
		return read_constant(card, offset);
	}
}

static void write_page(struct card *card, uint32_t offset, uint32_t value)
{
	const uint32_t all = NMACCEL_ERROR_DMA | NMACCEL_ERROR_PARITY | NMACCEL_ERROR_THERMAL;
	uint32_t e;

	if (offset == NMACCEL_CARD_RESET) {
		for (e = 0; e < card->build.engines; e++)
			if (value & 1u << e)
				card_engine_reset(&card->engines[e]);
		return;
	}
	pthread_mutex_lock(&card->lock);
	if (offset == NMACCEL_CARD_ERROR)
		card->error &= ~value;
	else if (offset == NMACCEL_CARD_ERROR_ENABLE)
		card->error_enable = value & all;
	update_error_irq(card);
	pthread_mutex_unlock(&card->lock);
}

uint32_t card_bar_read(struct card *card, uint32_t offset)
{
	const uint32_t page = offset / NMACCEL_PAGE_SIZE, at = offset % NMACCEL_PAGE_SIZE;

	card_stats_add(&card->stats.mmio_reads, 1);
	if (!card_config_has_memory(&card->config) ||
	    card_faults_take(&card->faults, CARD_FAULT_ALL_ONES, CARD_FAULT_ANY_ENGINE))
		return UINT32_MAX;
	if (page == NMACCEL_MAX_ENGINES)
		return read_page(card, at);
	if (page < card->build.engines)
		return card_engine_read(&card->engines[page], at);
	/* Nobody answers at the page of an engine that does not exist. */
	return UINT32_MAX;
}

void card_bar_write(struct card *card, uint32_t offset, uint32_t value)
{
	const uint32_t page = offset / NMACCEL_PAGE_SIZE, at = offset % NMACCEL_PAGE_SIZE;

	card_stats_add(&card->stats.mmio_writes, 1);
	if (!card_config_has_memory(&card->config))
		return;
	if (page == NMACCEL_MAX_ENGINES)
		write_page(card, at, value);
	else if (page < card->build.engines)
		card_engine_write(&card->engines[page], at, value);
}

static uint32_t msix_table_bytes(const struct card *card)
{
	return card->irqs.counts[VFIO_PCI_MSIX_IRQ_INDEX] * 16u;
}

void card_msix_read(struct card *card, uint32_t offset, uint8_t *data, uint32_t count)
{
	const uint32_t pending = card_irqs_pending(&card->irqs);
	uint32_t i;

	for (i = 0; i < count; i++) {
		const uint32_t at = offset + i;

		if (at < msix_table_bytes(card))
			data[i] = card->msix_table[at];
		else if (at >= CARD_MSIX_PBA && at < CARD_MSIX_PBA + sizeof(pending))
			data[i] = (uint8_t)(pending >> 8 * (at - CARD_MSIX_PBA));
		else
			data[i] = 0;
	}
}

void card_msix_write(struct card *card, uint32_t offset, const uint8_t *data, uint32_t count)
{
	uint32_t i;

	for (i = 0; i < count; i++)
		if (offset + i < msix_table_bytes(card))
			card->msix_table[offset + i] = data[i];
}

void card_config_access(struct card *card, uint32_t offset, uint8_t *data, uint32_t count,
			bool write)
{
	if (!write) {
		card_config_read(&card->config, offset, data, count);
		return;
	}
	if (card_config_write(&card->config, offset, data, count))
		card_reset(card);
	else
		update_master(card);
}
