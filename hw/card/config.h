/* SPDX-License-Identifier: MIT */
/* PCI configuration space: the card's identity and capabilities, and which bits can be written. */
#ifndef CARD_CONFIG_H
#define CARD_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#define CARD_CONFIG_SIZE 4096u

/* Where the capabilities lie. */
#define CARD_CONFIG_PM	 0x40
#define CARD_CONFIG_MSI	 0x50
#define CARD_CONFIG_MSIX 0x70
#define CARD_CONFIG_PCIE 0x80
#define CARD_CONFIG_DSN	 0x100

/* The MSI-X table and pending bits have a BAR of their own. */
#define CARD_MSIX_BAR	   2
#define CARD_MSIX_BAR_SIZE 4096u
#define CARD_MSIX_PBA	   2048u

struct card_config {
	uint8_t bytes[CARD_CONFIG_SIZE];
	uint8_t writable[CARD_CONFIG_SIZE];
	uint8_t clears[CARD_CONFIG_SIZE]; /* bits that a written 1 clears */
	uint8_t reset[CARD_CONFIG_SIZE];  /* as it comes out of reset */
};

/* msi and msix: vectors of each kind, msi a power of two; msix 0 for none. */
void card_config_init(struct card_config *config, uint32_t msi, uint32_t msix, uint64_t serial);
void card_config_reset(struct card_config *config);

/* The range lies inside. Writing returns true if it asks for a function level reset. */
void card_config_read(const struct card_config *config, uint32_t offset, void *data,
		      uint32_t count);
bool card_config_write(struct card_config *config, uint32_t offset, const void *data,
		       uint32_t count);

bool card_config_is_master(const struct card_config *config);

/* Do the BARs answer: memory space enabled, and in power state D0? */
bool card_config_has_memory(const struct card_config *config);

#endif /* CARD_CONFIG_H */
