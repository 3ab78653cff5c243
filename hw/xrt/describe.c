// SPDX-License-Identifier: MIT
/*
 * nmaccel-xrt-describe: prints one section of an .xclbin, or the description of emulated cards, for
 * the build that the options name. See nmaccel_xrt.h.
 *
 * It needs nothing but the contract's headers, so that the scripts for Vitis can compile it.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emulation.h"

struct build {
	const char *board;
	uint64_t lanes;
	uint64_t block_rows;
	uint64_t columns;
	uint64_t units;
	uint64_t banks;
	uint64_t mhz;
	uint64_t devices;
};

struct option {
	const char *name;
	size_t offset;
	uint64_t min;
	uint64_t max;
};

static const struct option options[] = {
	{"lanes", offsetof(struct build, lanes), 4, 32},
	{"block-rows", offsetof(struct build, block_rows), 128, 256},
	{"columns", offsetof(struct build, columns), 1, 1024},
	{"units", offsetof(struct build, units), 1, NMACCEL_XRT_MAX_UNITS},
	{"banks", offsetof(struct build, banks), 1, XRT_MAX_BANKS},
	{"mhz", offsetof(struct build, mhz), 1, 2000},
	{"devices", offsetof(struct build, devices), 1, 16},
};

#define N_OPTIONS (sizeof(options) / sizeof(options[0]))

static void print_members(const struct build *build)
{
	const struct {
		const char *name;
		uint64_t value;
	} numbers[] = {
		{NMACCEL_XRT_META_LANES, build->lanes},
		{NMACCEL_XRT_META_BLOCK_ROWS, build->block_rows},
		{NMACCEL_XRT_META_COLUMNS, build->columns},
		{NMACCEL_XRT_META_UNITS, build->units},
		{NMACCEL_XRT_META_CLOCK_KHZ, build->mhz * 1000},
		{NMACCEL_XRT_META_CAPS, NMACCEL_CAP_PAGE_LIST | NMACCEL_CAP_ADD | NMACCEL_CAP_POOL},
		{NMACCEL_XRT_META_MAX_DESCS, NMACCEL_MAX_DESCS},
		{NMACCEL_XRT_META_MAX_BUFFERS, NMACCEL_MAX_BUFFERS},
		{NMACCEL_XRT_META_MAX_ROWS, NMACCEL_MAX_PANEL_ROWS},
		{NMACCEL_XRT_META_MAX_CHANNELS, NMACCEL_MAX_CHANNELS},
		{NMACCEL_XRT_META_MAX_PIXELS, NMACCEL_MAX_PIXELS},
		{NMACCEL_XRT_META_MAX_KERNEL, NMACCEL_MAX_KERNEL},
	};
	size_t i;

	printf("  \"" NMACCEL_XRT_META "\": {\n");
	printf("    \"" NMACCEL_XRT_META_CONTRACT "\": \"%d.%d\",\n", NMACCEL_CONTRACT_MAJOR,
	       NMACCEL_CONTRACT_MINOR);
	printf("    \"" NMACCEL_XRT_META_BOARD "\": \"%s\"", build->board);
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		printf(",\n    \"%s\": %" PRIu64, numbers[i].name, numbers[i].value);
	printf("\n  }");
}

static void print_meta(const struct build *build)
{
	printf("{\n");
	print_members(build);
	printf("\n}\n");
}

static void print_bitstream(const struct build *build)
{
	printf("{\n");
	print_members(build);
	printf(",\n  \"" XRT_EMULATION "\": {\n"
	       "    \"" XRT_EMULATION_BASE "\": %u,\n    \"" XRT_EMULATION_STRIDE "\": %u\n"
	       "  }\n}\n",
	       XRT_UNIT_BASE, XRT_UNIT_STRIDE);
}

static void print_mem_topology(const struct build *build)
{
	uint64_t i;

	printf("{\n  \"mem_topology\": {\n    \"m_count\": \"%" PRIu64 "\",\n"
	       "    \"m_mem_data\": [",
	       build->banks);
	for (i = 0; i < build->banks; i++)
		printf("%s\n      { \"m_type\": \"MEM_DDR4\", \"m_used\": \"1\", "
		       "\"m_sizeKB\": \"0x%" PRIx64 "\", \"m_tag\": \"bank%" PRIu64 "\", "
		       "\"m_base_address\": \"0x%" PRIx64 "\" }",
		       i ? "," : "", (uint64_t)XRT_BANK_BYTES >> 10, i, i * XRT_BANK_BYTES);
	printf("\n    ]\n  }\n}\n");
}

static void print_ip_layout(const struct build *build)
{
	uint64_t i;

	printf("{\n  \"ip_layout\": {\n    \"m_count\": \"%" PRIu64 "\",\n    \"m_ip_data\": [",
	       build->units);
	for (i = 0; i < build->units; i++)
		printf("%s\n      { \"m_type\": \"IP_KERNEL\", \"m_int_enable\": \"1\", "
		       "\"m_interrupt_id\": \"%" PRIu64 "\", \"m_ip_control\": \"AP_CTRL_HS\", "
		       "\"m_base_address\": \"0x%" PRIx64 "\", \"m_name\": "
		       "\"" NMACCEL_XRT_KERNEL ":" NMACCEL_XRT_KERNEL "_%" PRIu64 "\" }",
		       i ? "," : "", i, XRT_UNIT_BASE + i * XRT_UNIT_STRIDE, i + 1);
	printf("\n    ]\n  }\n}\n");
}

/* Each unit's memory port reaches all banks, as on the boards. */
static void print_connectivity(const struct build *build)
{
	uint64_t i, bank;

	printf("{\n  \"connectivity\": {\n    \"m_count\": \"%" PRIu64 "\",\n"
	       "    \"m_connection\": [",
	       build->units * build->banks);
	for (i = 0; i < build->units; i++)
		for (bank = 0; bank < build->banks; bank++)
			printf("%s\n      { \"arg_index\": \"%d\", \"m_ip_layout_index\": "
			       "\"%" PRIu64 "\", \"mem_data_index\": \"%" PRIu64 "\" }",
			       i || bank ? "," : "", NMACCEL_XRT_ARG_MEM, i, bank);
	printf("\n    ]\n  }\n}\n");
}

static void print_kernel(const struct build *build)
{
	uint64_t i;

	printf("      <kernel name=\"" NMACCEL_XRT_KERNEL "\" language=\"c\" "
	       "vlnv=\"nmaccel:hls:" NMACCEL_XRT_KERNEL ":%d.%d\" workGroupSize=\"1\" "
	       "interrupt=\"true\" hwControlProtocol=\"ap_ctrl_hs\">\n",
	       NMACCEL_CONTRACT_MAJOR, NMACCEL_CONTRACT_MINOR);
	printf("        <port name=\"M_AXI_MEM\" mode=\"master\" range=\"0xFFFFFFFFFFFFFFFF\" "
	       "dataWidth=\"128\" portType=\"addressable\" base=\"0x0\"/>\n"
	       "        <port name=\"S_AXI_CONTROL\" mode=\"slave\" range=\"0x%x\" "
	       "dataWidth=\"32\" portType=\"addressable\" base=\"0x0\"/>\n",
	       NMACCEL_PAGE_SIZE);
	printf("        <arg name=\"mem\" addressQualifier=\"1\" id=\"%d\" port=\"M_AXI_MEM\" "
	       "size=\"0x8\" offset=\"0x%x\" hostOffset=\"0x0\" hostSize=\"0x8\" "
	       "type=\"void*\"/>\n",
	       NMACCEL_XRT_ARG_MEM, NMACCEL_REG_MEM_LO);
	printf("        <arg name=\"job\" addressQualifier=\"0\" id=\"%d\" port=\"S_AXI_CONTROL\" "
	       "size=\"0x8\" offset=\"0x%x\" hostOffset=\"0x0\" hostSize=\"0x8\" "
	       "type=\"unsigned long\"/>\n",
	       NMACCEL_XRT_ARG_JOB, NMACCEL_REG_JOB_LO);
	for (i = 0; i < build->units; i++)
		printf("        <instance name=\"" NMACCEL_XRT_KERNEL "_%" PRIu64 "\">\n"
		       "          <addrRemap base=\"0x%" PRIx64 "\" range=\"0x%x\" "
		       "port=\"S_AXI_CONTROL\"/>\n        </instance>\n",
		       i + 1, XRT_UNIT_BASE + i * XRT_UNIT_STRIDE, XRT_UNIT_STRIDE);
	printf("      </kernel>\n");
}

static void print_embedded(const struct build *build)
{
	printf("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	       "<project name=\"nmaccel\">\n"
	       "  <platform vendor=\"nmaccel\" boardid=\"%s\" name=\"emu\">\n"
	       "    <version major=\"0\" minor=\"1\"/>\n"
	       "    <device name=\"fpga0\" fpgaDevice=\"none\" addrWidth=\"0\">\n"
	       "    <core name=\"OCL_REGION_0\" target=\"csim\" type=\"clc_region\" "
	       "clockFreq=\"%" PRIu64 "MHz\" numComputeUnits=\"%" PRIu64 "\">\n"
	       "      <kernelClocks>\n"
	       "        <clock port=\"DATA_CLK\" frequency=\"%" PRIu64 ".000000MHz\"/>\n"
	       "      </kernelClocks>\n",
	       build->board, build->mhz, build->units, build->mhz);
	print_kernel(build);
	printf("    </core>\n    </device>\n  </platform>\n</project>\n");
}

/* XRT reads its integers as decimal alone; VendorId is that of NMACCEL_PCI_VENDOR_ID. */
static void print_emconfig(const struct build *build)
{
	uint64_t i;

	printf("{\n  \"Version\": { \"FileVersion\": \"2.0\" },\n"
	       "  \"Platform\": {\n    \"Boards\": [ {\n      \"NumBoards\": \"1\",\n"
	       "      \"Devices\": [ {\n        \"Name\": \"nmaccel_emulated\",\n"
	       "        \"NumDevices\": \"%" PRIu64 "\", \"VendorId\": \"%d\",\n"
	       "        \"DdrBanks\": [",
	       build->devices, NMACCEL_PCI_VENDOR_ID);
	for (i = 0; i < build->banks; i++)
		printf("%s { \"Size\": \"%" PRIu64 "G\" }", i ? "," : "",
		       (uint64_t)XRT_BANK_BYTES >> 30);
	printf(" ]\n      } ]\n    } ]\n  }\n}\n");
}

static const struct {
	const char *name;
	void (*print)(const struct build *build);
} sections[] = {
	{"meta", print_meta},
	{"bitstream", print_bitstream},
	{"mem_topology", print_mem_topology},
	{"ip_layout", print_ip_layout},
	{"connectivity", print_connectivity},
	{"embedded", print_embedded},
	{"emconfig", print_emconfig},
};

#define N_SECTIONS (sizeof(sections) / sizeof(sections[0]))

static int usage(void)
{
	size_t i;

	fprintf(stderr, "usage: nmaccel-xrt-describe [--OPTION=VALUE]... SECTION\n"
			"options (with the least and the greatest value):\n"
			"  --board=NAME\n");
	for (i = 0; i < N_OPTIONS; i++)
		fprintf(stderr, "  --%s=N (%" PRIu64 " .. %" PRIu64 ")\n", options[i].name,
			options[i].min, options[i].max);
	fprintf(stderr, "sections:");
	for (i = 0; i < N_SECTIONS; i++)
		fprintf(stderr, " %s", sections[i].name);
	fprintf(stderr, "\n");
	return EXIT_FAILURE;
}

/* It goes into JSON and XML as it is. */
static bool is_name(const char *text)
{
	return *text && !text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_")];
}

static bool set_number(struct build *build, const char *name, const char *value)
{
	const size_t digits = strspn(value, "0123456789");
	uint64_t number;
	size_t i;

	if (!digits || digits > 9 || value[digits])
		return false;
	number = strtoull(value, NULL, 10);
	for (i = 0; i < N_OPTIONS; i++) {
		const size_t length = strlen(options[i].name);

		if (strncmp(name, options[i].name, length) || name[length] != '=')
			continue;
		if (number < options[i].min || number > options[i].max)
			return false;
		memcpy((char *)build + options[i].offset, &number, sizeof(number));
		return true;
	}
	return false;
}

static bool set_option(struct build *build, const char *argument)
{
	const char *value = strchr(argument, '=');

	if (strncmp(argument, "--", 2) || !value)
		return false;
	value++;
	if (!strncmp(argument, "--board=", 8)) {
		build->board = value;
		return is_name(value);
	}
	return set_number(build, argument + 2, value);
}

int main(int argc, char **argv)
{
	struct build build = {
		.board = "emulated",
		.lanes = 8,
		.block_rows = 256,
		.columns = 64,
		.units = 1,
		.banks = 1,
		.mhz = 200,
		.devices = 2,
	};
	size_t i;
	int arg;

	for (arg = 1; arg < argc - 1; arg++)
		if (!set_option(&build, argv[arg])) {
			fprintf(stderr, "nmaccel-xrt-describe: bad argument '%s'\n", argv[arg]);
			return usage();
		}
	for (i = 0; argc > 1 && i < N_SECTIONS; i++)
		if (!strcmp(argv[argc - 1], sections[i].name)) {
			sections[i].print(&build);
			return fflush(stdout) || ferror(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
		}
	return usage();
}
