/* SPDX-License-Identifier: MIT */
/* The card: its parts, and what the protocol and the control socket do with it. */
#ifndef CARD_CARD_H
#define CARD_CARD_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "dma.h"
#include "engine.h"
#include "fault.h"
#include "irq.h"
#include "stats.h"

/* What a card is built as. */
struct card_build {
	uint32_t engines;
	uint32_t lanes;
	uint32_t block_rows;
	uint32_t columns;
	uint32_t clock_khz;
	uint32_t dma_bits;
	/* Announced and enforced; the engine's own limits hold as well. */
	uint32_t max_descs;
	uint32_t max_buffers;
	uint32_t max_rows;
	uint32_t max_channels;
	uint32_t max_pixels;
	uint32_t max_kernel;
	bool no_add;
	bool no_pool;
	uint32_t board;
	uint64_t serial;
	uint32_t vectors; /* 0: one for each source */
	bool msi_only;
	bool has_temp;
	bool has_power;
	int32_t temp_mc;
	uint32_t power_mw;
	uint64_t throttle_ns; /* pause after each column tile */
	bool verbose;
	const char *engine; /* "model", or "rtl" */
};

struct card {
	struct card_build build;
	const struct nmaccel_engine_variant *variant;
	void *rtl; /* the shared object that it is in, or NULL */
	struct card_stats stats;
	struct card_faults faults;
	struct card_irqs irqs;
	struct card_dma dma;
	struct card_config config; /* only the protocol's thread uses it */
	_Atomic bool master;	   /* bus master, as config says */
	_Atomic int32_t temp_mc;
	_Atomic uint32_t power_mw;
	uint8_t msix_table[CARD_MAX_VECTORS * 16]; /* QEMU has the real one */

	pthread_mutex_t lock; /* of the registers below */
	uint32_t error;
	uint32_t error_enable;
	uint32_t cycles_hi;
	uint64_t reset_ns; /* when the cycle counter was 0 */

	struct card_engine engines[NMACCEL_MAX_ENGINES];
};

/* 0, or -1 with the reason in text. */
int card_create(const struct card_build *build, struct card **card, const char **reason);
void card_destroy(struct card *card);

/* The client has gone: reset, and forget its memory and eventfds. */
void card_disconnect(struct card *card);

/* Function level reset, and DEVICE_RESET; over on return. */
void card_reset(struct card *card);

/* BAR 0 in 32-bit words; offset is a multiple of 4 inside the BAR. */
uint32_t card_bar_read(struct card *card, uint32_t offset);
void card_bar_write(struct card *card, uint32_t offset, uint32_t value);

/* The BAR of the MSI-X table. */
void card_msix_read(struct card *card, uint32_t offset, uint8_t *data, uint32_t count);
void card_msix_write(struct card *card, uint32_t offset, const uint8_t *data, uint32_t count);

void card_config_access(struct card *card, uint32_t offset, uint8_t *data, uint32_t count,
			bool write);

/* Set error bits, NMACCEL_ERROR_*. */
void card_raise_error(struct card *card, uint32_t bits);

/* End all injected faults; jobs that are stalled go on. */
void card_clear_faults(struct card *card);

uint64_t card_now_ns(void);

#endif /* CARD_CARD_H */
