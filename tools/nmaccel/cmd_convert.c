/* SPDX-License-Identifier: MIT */
/* nmaccel convert and nmaccel unpack: tensors of one file into another. */
#include <inttypes.h>
#include <string.h>

#include "commands.h"
#include "fail.h"
#include "save.h"
#include "transcode.h"
#include "tree.h"

struct convert_config {
	struct common_config common;
	struct select_config select;
	const char *output;
	bool dequantize, force;
};

static void write_text(struct json_object *tree, FILE *out)
{
	struct json_object *tensors = tree_get(tree, "tensors"),
			   *skipped = tree_get(tree, "skipped");
	uint64_t bytes = 0;

	for (size_t i = 0; i < json_object_array_length(tensors); i++)
		bytes += tree_get_u64(json_object_array_get_idx(tensors, i), "bytes");
	fprintf(out, "%s: %zu tensors, %s\n", tree_get_text(tree, "output"),
		json_object_array_length(tensors), text_bytes(bytes));
	for (size_t i = 0; i < json_object_array_length(skipped); i++) {
		struct json_object *one = json_object_array_get_idx(skipped, i);

		fprintf(out, "left out: %s, elements of type %s\n", tree_get_text(one, "name"),
			tree_get_text(one, "dtype"));
	}
}

static int convert(const struct convert_config *c, const char *schema, struct tensor_source *src)
{
	struct json_object *tree = tree_create(schema);
	struct transcode transcode = {.src = src,
				      .select = &c->select,
				      .out = c->output,
				      .force = c->force,
				      .to_float = c->dequantize};

	tree_text(tree, "input", src->in.path);
	tree_text(tree, "format", src->format->name);
	tree_text(tree, "output", c->output);
	transcode.tensors = tree_array(tree, "tensors");
	transcode.skipped = tree_array(tree, "skipped");
	if (select_check(&c->select, src) < 0 || transcode_run(&transcode) < 0) {
		json_object_put(tree);
		return -1;
	}
	return tree_print(&c->common, tree, write_text);
}

static int open_and_convert(const struct convert_config *c, const char *schema, const char *input,
			    bool only_nmw)
{
	struct tensor_source *src;
	int ret = -1;

	if (!c->output)
		return fail(FAIL_USAGE, "--output is missing: where should the result go?");
	if (save_check(c->output, c->force) < 0 || source_open(input, &src) < 0)
		return -1;
	if (only_nmw && src->format != &nmw_format)
		fail(FAIL_INPUT, "%s is not packed (%s); use nmaccel convert", input,
		     src->format->description);
	else
		ret = convert(c, schema, src);
	source_close(src);
	return ret;
}

static int run_convert(const void *config, char **operands, size_t n_operands)
{
	(void)n_operands;
	return open_and_convert(config, "nmaccel.convert", operands[0], false);
}

static int run_unpack(const void *config, char **operands, size_t n_operands)
{
	(void)n_operands;
	return open_and_convert(config, "nmaccel.unpack", operands[0], true);
}

static const struct option_spec options[] = {
	{"output", 'o', OPTION_FILE, "FILE", "where to: .npy, .npz or .safetensors",
	 offsetof(struct convert_config, output), NULL, NULL, 0, 0},
	{"dequantize", 'd', OPTION_FLAG, NULL, "write quantised tensors as real f32 values",
	 offsetof(struct convert_config, dequantize), NULL, NULL, 0, 0},
	SELECT_NAME_OPTIONS(struct convert_config),
	{"force", 'f', OPTION_FLAG, NULL, "replace the output file if it exists",
	 offsetof(struct convert_config, force), NULL, NULL, 0, 0},
	{0},
};

static const struct convert_config defaults;

const struct command convert_command = {
	.name = "convert",
	.operands = "FILE",
	.summary = "Write the tensors of any readable file as .npy, .npz or .safetensors",
	.min_operands = 1,
	.max_operands = 1,
	.options = options,
	.defaults = &defaults,
	.config_size = sizeof(defaults),
	.notes = "Example: nmaccel convert model.onnx --layer 'fc*' -o fc.npz",
	.run = run_convert,
};

const struct command unpack_command = {
	.name = "unpack",
	.operands = "FILE.nmw",
	.summary = "Write packed weights as dense tensors again",
	.min_operands = 1,
	.max_operands = 1,
	.options = options,
	.defaults = &defaults,
	.config_size = sizeof(defaults),
	.notes = "Example: nmaccel unpack layers.nmw -o layers.npz",
	.run = run_unpack,
};
