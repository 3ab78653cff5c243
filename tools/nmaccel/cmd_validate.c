/* SPDX-License-Identifier: MIT */
/* nmaccel validate: a self test of a device, with a verdict on each part. */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "commands.h"
#include "fail.h"
#include "validate.h"

struct validate_config {
	struct common_config common;
	uint32_t memory, seed;
};

static const char *const results[] = {
	[VALIDATE_PASS] = "pass",
	[VALIDATE_FAIL] = "fail",
	[VALIDATE_SKIP] = "skip",
};

void validate_report(struct validate *v, const char *group, const char *name,
		     enum validate_result result, const char *format, ...)
{
	struct json_object *check = tree_append(v->checks);
	char text[700];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	tree_text(check, "group", group);
	tree_text(check, "name", name);
	tree_text(check, "result", results[result]);
	tree_text(check, "text", text);
	v->passed += result == VALIDATE_PASS;
	v->failed += result == VALIDATE_FAIL;
	v->skipped += result == VALIDATE_SKIP;
}

static void put_summary(const struct validate *v, struct json_object *tree)
{
	struct json_object *summary = tree_object(tree, "summary");

	tree_u64(summary, "passed", v->passed);
	tree_u64(summary, "failed", v->failed);
	tree_u64(summary, "skipped", v->skipped);
}

static void write_text(struct json_object *tree, FILE *out)
{
	struct json_object *device = tree_get(tree, "device"), *checks = tree_get(tree, "checks");
	struct json_object *summary = tree_get(tree, "summary");
	const char *group = "";

	fprintf(out, "%s: %s\n", tree_get_text(device, "name"),
		tree_get_text(device, "description"));
	for (size_t i = 0; i < json_object_array_length(checks); i++) {
		struct json_object *check = json_object_array_get_idx(checks, i);

		if (strcmp(group, tree_get_text(check, "group"))) {
			group = tree_get_text(check, "group");
			fprintf(out, "\n%s\n", group);
		}
		fprintf(out, "  %s  %-30s %s\n", tree_get_text(check, "result"),
			tree_get_text(check, "name"), tree_get_text(check, "text"));
	}
	fprintf(out, "\n%" PRIu64 " passed, %" PRIu64 " failed, %" PRIu64 " skipped\n",
		tree_get_u64(summary, "passed"), tree_get_u64(summary, "failed"),
		tree_get_u64(summary, "skipped"));
}

/* The checks below are of the device that was opened, which must not hide one that could not be. */
static void validate_best(struct validate *v)
{
	if (v->info.notice[0])
		validate_report(v, "device", "best card", VALIDATE_FAIL, "%s", v->info.notice);
}

static int run_validate(const void *config, char **operands, size_t n_operands)
{
	const struct validate_config *c = config;
	struct validate v = {.max_bytes = (uint64_t)c->memory << 20, .seed = c->seed};
	struct network net = {0};
	struct json_object *tree;
	int ret = -1;

	if (network_open_device(&net, n_operands ? operands[0] : NULL) < 0)
		return -1;
	v.dev = net.dev;
	v.info = net.device;
	tree = tree_create("nmaccel.validate");
	network_put_device(tree, &net);
	v.checks = tree_array(tree, "checks");
	validate_best(&v);
	validate_registers(&v);
	validate_interrupts(&v);
	validate_dma(&v);
	validate_jobs(&v);
	put_summary(&v, tree);
	if (tree_print(&c->common, tree, write_text) == 0)
		ret = v.failed ? FAIL_CHECK : 0;
	network_fini(&net);
	return ret;
}

static const struct option_spec options[] = {
	{"memory", 'm', OPTION_U32, "MIB", "largest transfer of the DMA patterns in MiB (16)",
	 offsetof(struct validate_config, memory), NULL, NULL, 1, 1024},
	{"seed", 0, OPTION_U32, "NUMBER", "of the random weights and samples (1)",
	 offsetof(struct validate_config, seed), NULL, NULL, 0, UINT32_MAX},
	{0},
};

static const struct validate_config defaults = {.memory = 16, .seed = 1};

const struct command validate_command = {
	.name = "validate",
	.operands = "[DEVICE]",
	.summary = "Test a device: registers, interrupts, DMA patterns, one job of each kind",
	.min_operands = 0,
	.max_operands = 1,
	.options = options,
	.defaults = &defaults,
	.config_size = sizeof(defaults),
	.notes = "Example: nmaccel validate drm0 --json",
	.run = run_validate,
};
