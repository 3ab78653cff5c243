/* SPDX-License-Identifier: MIT */
/* nmaccel info: devices, versions, CPU, environment. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "drm/nmaccel_hw.h"

#include "commands.h"
#include "fail.h"
#include "tree.h"

struct info_config {
	struct common_config common;
	const char *backend;
};

static const struct {
	const char *name, *meaning;
} variables[] = {
	{"NMACCEL_BACKEND", "the device that is opened when none is named"},
	{"NMACCEL_ISA", "instruction set of the soft backend: scalar, avx2 or avx512"},
	{"NMACCEL_THREADS", "threads of the soft backend: 1 to 256"},
	{"NMACCEL_XCLBIN",
	 "the engine's .xclbin for the xrt backend, instead of the installed one"},
	{"NMACCEL_XRT_TIMEOUT_MS", "how long a run of the xrt backend may make no progress: 10000"},
	{"NMACCEL_SYSROOT", "directory to look for cards in instead of /, for tests"},
};

static const char *board_code(uint32_t board)
{
	switch (board) {
	case NMACCEL_BOARD_EMULATED:
		return "emulated";
	case NMACCEL_BOARD_NITEFURY:
		return "nitefury";
	case NMACCEL_BOARD_ALVEO:
		return "alveo";
	default:
		return NULL;
	}
}

static const char *text_or_null(const char *text)
{
	return text[0] ? text : NULL;
}

static void put_card(struct json_object *device, const struct nmaccel_device_info *info)
{
	char serial[20] = "";

	if (info->board)
		snprintf(serial, sizeof(serial), "%016" PRIx64, info->serial);
	tree_text(device, "board", board_code(info->board));
	tree_text(device, "serial", text_or_null(serial));
	tree_text(device, "address", text_or_null(info->address));
	tree_text(device, "node", text_or_null(info->node));
	tree_text(device, "driver", text_or_null(info->driver));
	tree_bool(device, "usable", !info->notice[0]);
	tree_text(device, "notice", text_or_null(info->notice));
}

static void put_device(struct json_object *devices, const struct nmaccel_device_info *info)
{
	struct json_object *device = tree_append(devices);

	tree_text(device, "name", info->name);
	tree_text(device, "backend", info->backend);
	tree_text(device, "description", info->description);
	tree_u64(device, "lanes", info->lanes);
	tree_u64(device, "block_rows", info->block_rows);
	tree_u64(device, "columns", info->columns);
	tree_u64(device, "engines", info->engines);
	tree_u64(device, "clock_khz", info->clock_khz);
	tree_u64(device, "contract_major", info->contract_version >> 16);
	tree_u64(device, "contract_minor", info->contract_version & 0xffff);
	tree_u64(device, "memory_bytes", info->memory_bytes);
	tree_u64(device, "max_rows", info->max_rows);
	tree_u64(device, "max_descs", info->max_descs);
	put_card(device, info);
}

/* By its name, as nmaccel_device_open() takes it, or its backend's. */
static bool is_named(const struct nmaccel_device_info *info, const char *name)
{
	if (!strcmp(name, info->name) || !strcmp(name, info->backend))
		return true;
	return info->address[0] && !strncmp(name, "drm:", 4) &&
	       (!strcmp(name + 4, info->address) || !strcmp(name + 4, info->node));
}

/* A name that says more than a list has, such as "xrt0,FILE"; or why there is no such device. */
static int put_unlisted(struct json_object *devices, const char *name, bool *usable)
{
	struct nmaccel_device_info info = {.size = sizeof(info)};
	struct nmaccel_device *dev = NULL;
	enum nmaccel_status status = nmaccel_device_open(name, &dev);

	if (!status)
		status = nmaccel_device_query(dev, &info);
	nmaccel_device_unref(dev);
	if (status)
		return fail_library(status, "%s", name);
	put_device(devices, &info);
	*usable = true;
	return 0;
}

/* *usable: can any of those that are listed be opened? */
static int put_devices(struct json_object *tree, const char *only, bool *usable)
{
	struct json_object *devices = tree_array(tree, "devices");
	struct nmaccel_device_info *infos;
	enum nmaccel_status status;
	size_t count = 0, capacity;
	bool found = false;

	status = nmaccel_device_list(NULL, &count);
	if (status != NMACCEL_OK)
		return fail_library(status, "devices");
	capacity = count ? count : 1;
	infos = xcalloc(capacity, sizeof(*infos));
	infos[0].size = sizeof(*infos);
	count = capacity;
	status = nmaccel_device_list(infos, &count);
	for (size_t i = 0; status == NMACCEL_OK && i < count && i < capacity; i++) {
		if (only && !is_named(&infos[i], only))
			continue;
		put_device(devices, &infos[i]);
		found = true;
		*usable |= !infos[i].notice[0];
	}
	free(infos);
	if (status != NMACCEL_OK)
		return fail_library(status, "devices");
	return found || !only ? 0 : put_unlisted(devices, only, usable);
}

static char *cpu_model(void)
{
	FILE *file = fopen("/proc/cpuinfo", "r");
	char line[256], *model = NULL;

	while (file && !model && fgets(line, sizeof(line), file)) {
		char *colon = strchr(line, ':');

		if (!colon || strncmp(line, "model name", 10))
			continue;
		colon[strcspn(colon, "\n")] = '\0';
		model = xstrdup(colon + 2);
	}
	if (file)
		fclose(file);
	return model;
}

static void put_feature(struct json_object *features, const char *name, bool there)
{
	if (there)
		json_object_array_add(features, json_object_new_string(name));
}

static void put_cpu(struct json_object *tree)
{
	struct json_object *cpu = tree_object(tree, "cpu"), *features;
	char *model = cpu_model();
	struct utsname name;

	tree_text(cpu, "model", model);
	tree_text(cpu, "architecture", uname(&name) == 0 ? name.machine : NULL);
	tree_u64(cpu, "threads", (uint64_t)sysconf(_SC_NPROCESSORS_ONLN));
	features = tree_array(cpu, "features");
#if defined(__x86_64__)
	__builtin_cpu_init();
	put_feature(features, "sse4.2", __builtin_cpu_supports("sse4.2"));
	put_feature(features, "avx2", __builtin_cpu_supports("avx2"));
	put_feature(features, "avx512f", __builtin_cpu_supports("avx512f"));
	put_feature(features, "avx512bw", __builtin_cpu_supports("avx512bw"));
	put_feature(features, "avx512vl", __builtin_cpu_supports("avx512vl"));
	put_feature(features, "avx512vnni", __builtin_cpu_supports("avx512vnni"));
#elif defined(__aarch64__)
	put_feature(features, "neon", true);
#endif
	free(model);
}

static void put_environment(struct json_object *tree)
{
	struct json_object *environment = tree_array(tree, "environment");

	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
		struct json_object *variable = tree_append(environment);

		tree_text(variable, "name", variables[i].name);
		tree_text(variable, "value", getenv(variables[i].name));
		tree_text(variable, "meaning", variables[i].meaning);
	}
}

static void write_device(struct json_object *device, FILE *out)
{
	fprintf(out, "%s: %s\n", tree_get_text(device, "name"),
		tree_get_text(device, "description"));
	if (!tree_get_bool(device, "usable")) {
		fprintf(out, "  %s\n", tree_get_text(device, "notice"));
		return;
	}
	if (tree_get(device, "node"))
		fprintf(out, "  node %s, driver %s\n", tree_get_text(device, "node"),
			tree_get_text(device, "driver"));
	fprintf(out,
		"  backend %s, %" PRIu64 " slots a step, blocks of %" PRIu64 ", %" PRIu64
		" columns, %" PRIu64 " %s\n",
		tree_get_text(device, "backend"), tree_get_u64(device, "lanes"),
		tree_get_u64(device, "block_rows"), tree_get_u64(device, "columns"),
		tree_get_u64(device, "engines"),
		strcmp(tree_get_text(device, "backend"), "soft") ? "engines" : "threads");
	if (tree_get_u64(device, "clock_khz"))
		fprintf(out, "  clock %.1f MHz\n",
			(double)tree_get_u64(device, "clock_khz") / 1000.0);
	if (tree_get_u64(device, "memory_bytes"))
		fprintf(out, "  memory %s\n", text_bytes(tree_get_u64(device, "memory_bytes")));
	fprintf(out, "  contract %" PRIu64 ".%" PRIu64 ", at most %s rows and %s descriptors\n",
		tree_get_u64(device, "contract_major"), tree_get_u64(device, "contract_minor"),
		text_thousands(tree_get_u64(device, "max_rows")),
		text_thousands(tree_get_u64(device, "max_descs")));
}

static void write_text(struct json_object *tree, FILE *out)
{
	struct json_object *devices = tree_get(tree, "devices"), *cpu = tree_get(tree, "cpu");
	struct json_object *features = tree_get(cpu, "features");
	struct json_object *environment = tree_get(tree, "environment");

	fprintf(out, "libnmaccel %s, hardware contract %" PRIu64 ".%" PRIu64 "\n",
		tree_get_text(tree, "library_version"), tree_get_u64(tree, "contract_major"),
		tree_get_u64(tree, "contract_minor"));
	fprintf(out, "CPU: %s, %" PRIu64 " threads,",
		tree_get(cpu, "model") ? tree_get_text(cpu, "model")
				       : tree_get_text(cpu, "architecture"),
		tree_get_u64(cpu, "threads"));
	for (size_t i = 0; i < json_object_array_length(features); i++)
		fprintf(out, " %s", json_object_get_string(json_object_array_get_idx(features, i)));
	fputs("\n\nDevices, best first:\n", out);
	for (size_t i = 0; i < json_object_array_length(devices); i++)
		write_device(json_object_array_get_idx(devices, i), out);
	fputs("\nEnvironment:\n", out);
	for (size_t i = 0; i < json_object_array_length(environment); i++) {
		struct json_object *variable = json_object_array_get_idx(environment, i);

		fprintf(out, "  %-22s %-8s %s\n", tree_get_text(variable, "name"),
			tree_get(variable, "value") ? tree_get_text(variable, "value") : "(unset)",
			tree_get_text(variable, "meaning"));
	}
}

static int run_info(const void *config, char **operands, size_t n_operands)
{
	const struct info_config *c = config;
	struct json_object *tree = tree_create("nmaccel.info");
	bool usable = false;

	(void)operands;
	(void)n_operands;
	tree_text(tree, "library_version", nmaccel_version());
	tree_u64(tree, "contract_major", NMACCEL_CONTRACT_MAJOR);
	tree_u64(tree, "contract_minor", NMACCEL_CONTRACT_MINOR);
	put_cpu(tree);
	put_environment(tree);
	if (put_devices(tree, c->backend, &usable) < 0) {
		json_object_put(tree);
		return -1;
	}
	if (tree_print(&c->common, tree, write_text) < 0)
		return -1;
	return usable ? 0 : FAIL_NO_DEVICE;
}

static const struct option_spec options[] = {
	{"backend", 'B', OPTION_TEXT, "NAME", "only this device or backend",
	 offsetof(struct info_config, backend), NULL, "soft model drm xrt", 0, 0},
	{0},
};

static const struct info_config defaults;

const struct command info_command = {
	.name = "info",
	.operands = "",
	.summary = "List the devices, versions, CPU features and environment variables",
	.min_operands = 0,
	.max_operands = 0,
	.options = options,
	.defaults = &defaults,
	.config_size = sizeof(defaults),
	.notes = "Example: nmaccel info --json",
	.run = run_info,
};
