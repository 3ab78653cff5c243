// SPDX-License-Identifier: MIT
#include "options.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind {
	KIND_U32,
	KIND_U64,
	KIND_S32,
	KIND_FLAG,
	KIND_TEXT,
};

struct option {
	const char *name;
	enum kind kind;
	size_t at; /* in struct card_options */
	int64_t min;
	uint64_t max;
	const char *argument;
	const char *help;
};

#define AT(field) offsetof(struct card_options, field)

static const struct option options_table[] = {
	{"socket", KIND_TEXT, AT(socket), 0, 0, "PATH", "unix socket that QEMU connects to"},
	{"control", KIND_TEXT, AT(control), 0, 0, "PATH", "unix socket that takes commands"},
	{"once", KIND_FLAG, AT(once), 0, 0, NULL, "exit when the first client has gone"},
	{"engine", KIND_TEXT, AT(build.engine), 0, 0, "KIND",
	 "model: the engine in C; rtl: in SystemVerilog, Verilated (make -C hw card-rtl)"},
	{"engines", KIND_U32, AT(build.engines), 1, NMACCEL_MAX_ENGINES, "N", "engines"},
	{"lanes", KIND_U32, AT(build.lanes), 1, NMACCEL_MAX_LANES, "N", "slots per step"},
	{"block-rows", KIND_U32, AT(build.block_rows), 1, NMACCEL_MAX_BLOCK_ROWS, "M",
	 "largest block"},
	{"columns", KIND_U32, AT(build.columns), 1, 1024, "C", "columns computed at once"},
	{"clock-khz", KIND_U32, AT(build.clock_khz), 1, 10000000, "KHZ", "clock of the counters"},
	{"dma-bits", KIND_U32, AT(build.dma_bits), 32, 64, "BITS", "width of a device address"},
	{"no-add", KIND_FLAG, AT(build.no_add), 0, 0, NULL, "no additions"},
	{"no-pool", KIND_FLAG, AT(build.no_pool), 0, 0, NULL, "no pooling"},
	{"max-descs", KIND_U32, AT(build.max_descs), 1, NMACCEL_MAX_DESCS, "N",
	 "descriptors of a job"},
	{"max-buffers", KIND_U32, AT(build.max_buffers), 1, NMACCEL_MAX_BUFFERS, "N",
	 "buffers of a job"},
	{"max-rows", KIND_U32, AT(build.max_rows), 1, NMACCEL_MAX_PANEL_ROWS, "N",
	 "rows of a convolution"},
	{"max-channels", KIND_U32, AT(build.max_channels), 1, NMACCEL_MAX_CHANNELS, "N",
	 "channels of a tensor"},
	{"max-pixels", KIND_U32, AT(build.max_pixels), 1, NMACCEL_MAX_PIXELS, "N",
	 "columns (batch x pixels) of a tensor"},
	{"max-kernel", KIND_U32, AT(build.max_kernel), 1, NMACCEL_MAX_KERNEL, "N",
	 "kernel, stride, dilation, padding"},
	{"serial", KIND_U64, AT(build.serial), 0, UINT64_MAX, "NUMBER", "serial number"},
	{"board", KIND_U32, AT(build.board), 1, UINT32_MAX, "ID", "board id"},
	{"msi-only", KIND_FLAG, AT(build.msi_only), 0, 0, NULL, "no MSI-X"},
	{"vectors", KIND_U32, AT(build.vectors), 1, CARD_MAX_VECTORS, "N",
	 "interrupt vectors (default: engines + 1)"},
	{"temp-mc", KIND_S32, AT(build.temp_mc), -273150, 1000000, "T",
	 "report a temperature, in 1/1000 degree Celsius"},
	{"power-mw", KIND_U32, AT(build.power_mw), 0, UINT32_MAX, "P",
	 "report a power, in milliwatt"},
	{"throttle", KIND_U64, AT(build.throttle_ns), 0, 60000000000u, "NS",
	 "pause after each column tile"},
	{"verbose", KIND_FLAG, AT(build.verbose), 0, 0, NULL, "tell each message on stderr"},
	{"help", KIND_FLAG, AT(help), 0, 0, NULL, "this text"},
};

#define N_OPTIONS (sizeof(options_table) / sizeof(options_table[0]))

static void set_defaults(struct card_options *options)
{
	memset(options, 0, sizeof(*options));
	options->build = (struct card_build){
		.engine = "model",
		.engines = 2,
		.lanes = NMACCEL_DEFAULT_LANES,
		.block_rows = NMACCEL_BLOCK_ROWS_256,
		.columns = 64,
		.clock_khz = 300000,
		.dma_bits = 64,
		.max_descs = NMACCEL_MAX_DESCS,
		.max_buffers = NMACCEL_MAX_BUFFERS,
		.max_rows = NMACCEL_MAX_PANEL_ROWS,
		.max_channels = NMACCEL_MAX_CHANNELS,
		.max_pixels = NMACCEL_MAX_PIXELS,
		.max_kernel = NMACCEL_MAX_KERNEL,
		.board = NMACCEL_BOARD_EMULATED,
		.serial = 1,
	};
}

static const struct option *find_option(const char *name, size_t length)
{
	size_t i;

	for (i = 0; i < N_OPTIONS; i++)
		if (strlen(options_table[i].name) == length &&
		    !strncmp(options_table[i].name, name, length))
			return &options_table[i];
	return NULL;
}

static bool parse_number(const struct option *option, const char *text, uint64_t *value)
{
	const bool minus = option->min < 0 && *text == '-';
	char *end;

	text += minus;
	errno = 0;
	*value = strtoull(text, &end, 0);
	if (*text < '0' || *text > '9' || errno || *end)
		return false;
	if (minus) {
		if (*value > (uint64_t)-option->min)
			return false;
		*value = 0 - *value;
		return true;
	}
	return *value <= option->max && (option->min < 0 || *value >= (uint64_t)option->min);
}

static bool set_option(struct card_options *options, const struct option *option, const char *text)
{
	void *field = (uint8_t *)options + option->at;
	uint64_t number = 0;

	if (option->kind == KIND_FLAG) {
		*(bool *)field = true;
		return true;
	}
	if (option->kind == KIND_TEXT) {
		*(const char **)field = text;
		return true;
	}
	if (!parse_number(option, text, &number)) {
		fprintf(stderr, "nmaccel-card: --%s is a number from %lld to %llu, not '%s'\n",
			option->name, (long long)option->min, (unsigned long long)option->max,
			text);
		return false;
	}
	if (option->kind == KIND_U64)
		*(uint64_t *)field = number;
	else if (option->kind == KIND_S32)
		*(int32_t *)field = (int32_t)number;
	else
		*(uint32_t *)field = (uint32_t)number;
	if (option->at == AT(build.temp_mc))
		options->build.has_temp = true;
	if (option->at == AT(build.power_mw))
		options->build.has_power = true;
	return true;
}

/* One option at *i of argv, with its value there ("--x=1") or in the next word. */
static bool parse_word(struct card_options *options, int argc, char **argv, int *i)
{
	const char *word = argv[*i];
	const char *equals = strchr(word, '=');
	const struct option *option = NULL;
	const char *value = equals ? equals + 1 : NULL;

	if (!strncmp(word, "--", 2))
		option = find_option(word + 2,
				     equals ? (size_t)(equals - word - 2) : strlen(word + 2));
	if (!option) {
		fprintf(stderr, "nmaccel-card: unknown option '%s'; --help lists them\n", word);
		return false;
	}
	if (option->kind == KIND_FLAG && value) {
		fprintf(stderr, "nmaccel-card: --%s takes no value\n", option->name);
		return false;
	}
	if (option->kind != KIND_FLAG && !value) {
		if (*i + 1 >= argc) {
			fprintf(stderr, "nmaccel-card: --%s needs a value\n", option->name);
			return false;
		}
		value = argv[++*i];
	}
	return set_option(options, option, value);
}

bool card_options_parse(struct card_options *options, int argc, char **argv)
{
	int i;

	set_defaults(options);
	for (i = 1; i < argc; i++)
		if (!parse_word(options, argc, argv, &i))
			return false;
	if (!options->socket && !options->help) {
		fprintf(stderr, "nmaccel-card: name a socket for QEMU with --socket PATH\n");
		return false;
	}
	return true;
}

void card_options_help(void)
{
	const struct nmaccel_engine_variant *variant;
	uint32_t i;

	printf("usage: nmaccel-card --socket PATH [OPTION...]\n\n"
	       "Present an nmaccel card to QEMU (-device vfio-user-pci).\n\n");
	for (i = 0; i < N_OPTIONS; i++) {
		const struct option *option = &options_table[i];

		printf("  --%-12s %-7s %s\n", option->name,
		       option->argument ? option->argument : "", option->help);
	}
	printf("\nEngines (lanes, block rows, columns):");
	for (i = 0; (variant = nmaccel_engine_at(i)); i++)
		printf(" %u,%u,%u", variant->lanes, variant->block_rows, variant->columns);
	printf("\n");
}
