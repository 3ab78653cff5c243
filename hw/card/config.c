// SPDX-License-Identifier: MIT
#include "config.h"

#include <linux/pci_regs.h>
#include <string.h>

#include "drm/nmaccel_hw.h"

/* PCIe link as trained: 8 GT/s, 8 lanes. */
#define LINK_SPEED 3u
#define LINK_WIDTH 8u

static void put8(uint8_t *bytes, uint32_t at, uint8_t value)
{
	bytes[at] = value;
}

static void put16(uint8_t *bytes, uint32_t at, uint32_t value)
{
	bytes[at] = (uint8_t)value;
	bytes[at + 1] = (uint8_t)(value >> 8);
}

static void put32(uint8_t *bytes, uint32_t at, uint32_t value)
{
	put16(bytes, at, value & 0xffff);
	put16(bytes, at + 2, value >> 16);
}

static uint32_t get16(const uint8_t *bytes, uint32_t at)
{
	return bytes[at] | (uint32_t)bytes[at + 1] << 8;
}

static void init_header(struct card_config *config, bool msix)
{
	uint8_t *bytes = config->bytes;

	put16(bytes, PCI_VENDOR_ID, NMACCEL_PCI_VENDOR_ID);
	put16(bytes, PCI_DEVICE_ID, NMACCEL_PCI_DEVICE_ID);
	put16(bytes, PCI_STATUS, PCI_STATUS_CAP_LIST);
	put32(bytes, PCI_CLASS_REVISION, NMACCEL_PCI_CLASS << 8 | NMACCEL_CONTRACT_MAJOR);
	put16(bytes, PCI_SUBSYSTEM_VENDOR_ID, NMACCEL_PCI_VENDOR_ID);
	put16(bytes, PCI_SUBSYSTEM_ID, NMACCEL_PCI_DEVICE_ID);
	put8(bytes, PCI_CAPABILITY_LIST, CARD_CONFIG_PM);

	put16(config->writable, PCI_COMMAND,
	      PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_PARITY | PCI_COMMAND_SERR |
		      PCI_COMMAND_INTX_DISABLE);
	put16(config->clears, PCI_STATUS,
	      PCI_STATUS_PARITY | PCI_STATUS_SIG_TARGET_ABORT | PCI_STATUS_REC_TARGET_ABORT |
		      PCI_STATUS_REC_MASTER_ABORT | PCI_STATUS_SIG_SYSTEM_ERROR |
		      PCI_STATUS_DETECTED_PARITY);
	put8(config->writable, PCI_CACHE_LINE_SIZE, 0xff);
	put8(config->writable, PCI_INTERRUPT_LINE, 0xff);
	put32(config->writable, PCI_BASE_ADDRESS_0, ~(NMACCEL_BAR_SIZE - 1u));
	if (msix)
		put32(config->writable, PCI_BASE_ADDRESS_0 + 4 * CARD_MSIX_BAR,
		      ~(CARD_MSIX_BAR_SIZE - 1u));
}

static void init_pm(struct card_config *config)
{
	put8(config->bytes, CARD_CONFIG_PM, PCI_CAP_ID_PM);
	put8(config->bytes, CARD_CONFIG_PM + PCI_CAP_LIST_NEXT, CARD_CONFIG_PCIE);
	put16(config->bytes, CARD_CONFIG_PM + PCI_PM_PMC, 3);
	put16(config->bytes, CARD_CONFIG_PM + PCI_PM_CTRL, PCI_PM_CTRL_NO_SOFT_RESET);
	put16(config->writable, CARD_CONFIG_PM + PCI_PM_CTRL, PCI_PM_CTRL_STATE_MASK);
}

static void init_pcie(struct card_config *config)
{
	const uint32_t at = CARD_CONFIG_PCIE;

	put8(config->bytes, at, PCI_CAP_ID_EXP);
	put8(config->bytes, at + PCI_CAP_LIST_NEXT, CARD_CONFIG_MSI);
	put16(config->bytes, at + PCI_EXP_FLAGS, 2 | PCI_EXP_TYPE_ENDPOINT << 4);
	put32(config->bytes, at + PCI_EXP_DEVCAP, PCI_EXP_DEVCAP_RBER | PCI_EXP_DEVCAP_FLR);
	put16(config->bytes, at + PCI_EXP_DEVCTL,
	      PCI_EXP_DEVCTL_RELAX_EN | PCI_EXP_DEVCTL_NOSNOOP_EN | PCI_EXP_DEVCTL_READRQ_512B);
	put16(config->writable, at + PCI_EXP_DEVCTL, 0x7fff);
	put16(config->clears, at + PCI_EXP_DEVSTA, 0x000f);
	put32(config->bytes, at + PCI_EXP_LNKCAP, LINK_WIDTH << 4 | LINK_SPEED);
	put16(config->writable, at + PCI_EXP_LNKCTL,
	      PCI_EXP_LNKCTL_ASPMC | PCI_EXP_LNKCTL_RCB | PCI_EXP_LNKCTL_CCC);
	put16(config->bytes, at + PCI_EXP_LNKSTA,
	      PCI_EXP_LNKSTA_SLC | LINK_WIDTH << 4 | LINK_SPEED);
	put32(config->bytes, at + PCI_EXP_DEVCAP2, PCI_EXP_DEVCAP2_COMP_TMOUT_DIS);
	put16(config->writable, at + PCI_EXP_DEVCTL2, PCI_EXP_DEVCTL2_COMP_TMOUT_DIS);
	put32(config->bytes, at + PCI_EXP_LNKCAP2, 0x0e);
	put16(config->bytes, at + PCI_EXP_LNKCTL2, LINK_SPEED);
	put16(config->writable, at + PCI_EXP_LNKCTL2, PCI_EXP_LNKCTL2_TLS);
}

static uint32_t log2_of(uint32_t power)
{
	return 31u - (uint32_t)__builtin_clz(power);
}

static void init_msi(struct card_config *config, uint32_t vectors, bool msix)
{
	const uint32_t at = CARD_CONFIG_MSI;

	put8(config->bytes, at, PCI_CAP_ID_MSI);
	put8(config->bytes, at + PCI_CAP_LIST_NEXT, msix ? CARD_CONFIG_MSIX : 0);
	put16(config->bytes, at + PCI_MSI_FLAGS, PCI_MSI_FLAGS_64BIT | log2_of(vectors) << 1);
	put16(config->writable, at + PCI_MSI_FLAGS, PCI_MSI_FLAGS_ENABLE | PCI_MSI_FLAGS_QSIZE);
	put32(config->writable, at + PCI_MSI_ADDRESS_LO, ~3u);
	put32(config->writable, at + PCI_MSI_ADDRESS_HI, ~0u);
	put16(config->writable, at + PCI_MSI_DATA_64, 0xffff);
}

static void init_msix(struct card_config *config, uint32_t vectors)
{
	const uint32_t at = CARD_CONFIG_MSIX;

	put8(config->bytes, at, PCI_CAP_ID_MSIX);
	put16(config->bytes, at + PCI_MSIX_FLAGS, vectors - 1);
	put16(config->writable, at + PCI_MSIX_FLAGS,
	      PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL);
	put32(config->bytes, at + PCI_MSIX_TABLE, CARD_MSIX_BAR);
	put32(config->bytes, at + PCI_MSIX_PBA, CARD_MSIX_PBA | CARD_MSIX_BAR);
}

static void init_serial(struct card_config *config, uint64_t serial)
{
	put32(config->bytes, CARD_CONFIG_DSN, PCI_EXT_CAP_ID_DSN | 1u << 16);
	put32(config->bytes, CARD_CONFIG_DSN + 4, (uint32_t)serial);
	put32(config->bytes, CARD_CONFIG_DSN + 8, (uint32_t)(serial >> 32));
}

void card_config_init(struct card_config *config, uint32_t msi, uint32_t msix, uint64_t serial)
{
	memset(config, 0, sizeof(*config));
	init_header(config, msix != 0);
	init_pm(config);
	init_pcie(config);
	init_msi(config, msi, msix != 0);
	if (msix)
		init_msix(config, msix);
	init_serial(config, serial);
	memcpy(config->reset, config->bytes, sizeof(config->reset));
}

void card_config_reset(struct card_config *config)
{
	memcpy(config->bytes, config->reset, sizeof(config->bytes));
}

void card_config_read(const struct card_config *config, uint32_t offset, void *data, uint32_t count)
{
	memcpy(data, config->bytes + offset, count);
}

bool card_config_write(struct card_config *config, uint32_t offset, const void *data,
		       uint32_t count)
{
	const uint32_t flr_at = CARD_CONFIG_PCIE + PCI_EXP_DEVCTL + 1;
	const uint8_t *in = data;
	bool flr = false;
	uint32_t i;

	for (i = 0; i < count; i++) {
		const uint32_t at = offset + i;
		const uint8_t mask = config->writable[at];

		config->bytes[at] = (uint8_t)((config->bytes[at] & ~mask) | (in[i] & mask));
		config->bytes[at] = (uint8_t)(config->bytes[at] & ~(in[i] & config->clears[at]));
		if (at == flr_at && in[i] & PCI_EXP_DEVCTL_BCR_FLR >> 8)
			flr = true;
	}
	return flr;
}

bool card_config_is_master(const struct card_config *config)
{
	return get16(config->bytes, PCI_COMMAND) & PCI_COMMAND_MASTER;
}

bool card_config_has_memory(const struct card_config *config)
{
	return get16(config->bytes, PCI_COMMAND) & PCI_COMMAND_MEMORY &&
	       !(get16(config->bytes, CARD_CONFIG_PM + PCI_PM_CTRL) & PCI_PM_CTRL_STATE_MASK);
}
