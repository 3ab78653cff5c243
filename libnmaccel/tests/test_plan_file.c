// SPDX-License-Identifier: MIT
/*
 * .plan files: a valid one, one wrong value or key at a time, and every truncation and byte change
 * of it, none of which may crash or be misread silently.
 */
#include "plan_util.h"

#include <unistd.h>

#include "inject.h"
#include "plan_file.h"

/* All kinds of layer and of value. */
static const char valid[] =
	"{\"format\": \"nmaccel-plan\", \"version\": 1, \"name\": \"small\",\n"
	" \"weights\": \"small.nmw\",\n"
	" \"inputs\": [{\"name\": \"x\", \"type\": \"u8\", \"layout\": \"nchw\", \"height\": 5,\n"
	"  \"width\": 4, \"channels\": 2, \"scale\": 0.5, \"zero_point\": 3}],\n"
	" \"layers\": [\n"
	"  {\"op\": \"conv2d\", \"name\": \"a\", \"input\": \"x\", \"weights\": \"w3\",\n"
	"   \"bias\": [1, -2, 3], \"stride\": [1, 2], \"dilation\": [1, 1],\n"
	"   \"padding\": [1, 1, 1, 1], \"activation\": \"relu\",\n"
	"   \"output\": {\"type\": \"u8\", \"scale\": 1.5, \"zero_point\": 4}},\n"
	"  {\"op\": \"max_pool\", \"name\": \"b\", \"input\": \"a\", \"kernel\": [3, 1],\n"
	"   \"stride\": [1, 1], \"padding\": [1, 0, 1, 0]},\n"
	"  {\"op\": \"add\", \"name\": \"c\", \"inputs\": [\"a\", \"b\"],\n"
	"   \"output\": {\"type\": \"s8\", \"scale\": 2, \"zero_point\": -3},\n"
	"   \"activation\": {\"clamp\": [-10, 9.5]}},\n"
	"  {\"op\": \"average_pool\", \"name\": \"d\", \"input\": \"c\", \"global\": true,\n"
	"   \"count_padding\": false,\n"
	"   \"output\": {\"type\": \"s8\", \"scale\": 2, \"zero_point\": 0}},\n"
	"  {\"op\": \"linear\", \"name\": \"e\", \"input\": \"d\", \"weights\": \"w1\",\n"
	"   \"activation\": \"none\", \"output\": {\"type\": \"f32\"}}],\n"
	" \"outputs\": [{\"tensor\": \"e\", \"layout\": \"nhwc\"},\n"
	"  {\"tensor\": \"c\", \"layout\": \"nchw\"}]}\n";

static struct nmaccel_device *dev;
static struct nmaccel_nmw *nmw;
static char dir[] = "/tmp/nmaccel-plan-XXXXXX";

static void path_of(const char *name, char *path, size_t len)
{
	snprintf(path, len, "%s/%s", dir, name);
}

static void write_file(const char *name, const void *data, size_t len)
{
	char path[64];
	FILE *f;

	path_of(name, path, sizeof(path));
	f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static int setup(void **state)
{
	const char *const names[] = {"w3", "w1"};
	struct nmaccel_weights *w3 = make_weights(3, 2, 3, 1, NULL, NULL);
	struct nmaccel_weights *w1 = make_weights(4, 3, 1, 1, NULL, NULL);
	const struct nmaccel_weights *const weights[] = {w3, w1};
	char path[64];

	(void)state;
	assert_non_null(mkdtemp(dir));
	path_of("small.nmw", path, sizeof(path));
	assert_ok(nmaccel_nmw_save(path, names, weights, 2));
	assert_ok(nmaccel_nmw_open(path, &nmw));
	assert_ok(inject_open(&(struct inject_settings){0}, &dev));
	write_file("small.plan", valid, strlen(valid));
	nmaccel_weights_unref(w3);
	nmaccel_weights_unref(w1);
	return 0;
}

static int teardown(void **state)
{
	static const char *const files[] = {"small.nmw", "small.plan", "other.plan"};
	char path[64];
	size_t i;

	(void)state;
	nmaccel_nmw_unref(nmw);
	nmaccel_device_unref(dev);
	for (i = 0; i < N_ELEMENTS(files); i++) {
		path_of(files[i], path, sizeof(path));
		unlink(path);
	}
	return rmdir(dir);
}

static enum nmaccel_status parse(const char *text, size_t len)
{
	struct nmaccel_plan *plan = NULL;
	enum nmaccel_status status;

	status = nmaccel_plan_parse(dev, "test.plan", text, len, nmw, 1, &plan);
	if (status)
		assert_null(plan);
	else
		assert_non_null(plan);
	nmaccel_plan_unref(plan);
	return status;
}

/* The valid text with the first `from` replaced. */
static char *edited(const char *from, const char *to)
{
	const char *at = strstr(valid, from);
	char *text = malloc(sizeof(valid) + strlen(to));

	if (!at)
		fail_msg("the text holds no %s", from);
	sprintf(text, "%.*s%s%s", (int)(at - valid), valid, to, at + strlen(from));
	return text;
}

/* Inserted behind a part of the text. */
static void check_edit(const char *from, const char *to, enum nmaccel_status status,
		       const char *words)
{
	char *text = edited(from, to);
	enum nmaccel_status got = parse(text, strlen(text));

	if (got != status)
		fail_msg("%s -> %s: %s: %s", from, to, nmaccel_status_name(got),
			 nmaccel_last_error());
	if (status) {
		assert_words("test.plan");
		assert_words(words);
	}
	free(text);
}

static void refuse(const char *from, const char *to, const char *words)
{
	check_edit(from, to, NMACCEL_ERR_FORMAT, words);
}

static void test_valid(void **state)
{
	struct nmaccel_plan_info info = {.size = sizeof(info)};
	struct nmaccel_plan *plan;
	struct nmaccel_tensor t;
	char path[64];

	(void)state;
	path_of("small.plan", path, sizeof(path));
	assert_ok(nmaccel_plan_load(dev, path, 3, &plan));
	assert_ok(nmaccel_plan_query(plan, &info));
	assert_int_equal(info.n_inputs, 1);
	assert_int_equal(info.n_layers, 5);
	assert_int_equal(info.n_outputs, 2);
	assert_ok(nmaccel_plan_input_tensor(plan, 0, &t));
	assert_int_equal(t.batch, 3);
	assert_int_equal(t.layout, NMACCEL_LAYOUT_NCHW);
	assert_int_equal(t.quant.zero_point, 3);
	assert_ok(nmaccel_plan_output_tensor(plan, 0, &t));
	assert_int_equal(t.type, NMACCEL_TYPE_F32);
	assert_int_equal(t.channels, 4);
	assert_int_equal(t.height, 1);
	assert_ok(nmaccel_plan_output_tensor(plan, 1, &t));
	assert_int_equal(t.type, NMACCEL_TYPE_S8);
	assert_int_equal(t.height, 5);
	assert_int_equal(t.width, 2);
	assert_int_equal(t.quant.zero_point, -3);
	nmaccel_plan_unref(plan);
}

static void test_top_level(void **state)
{
	(void)state;
	refuse("nmaccel-plan", "nmaccel-plane", "format");
	refuse("\"format\": \"nmaccel-plan\", ", "", "format");
	check_edit("\"version\": 1", "\"version\": 2", NMACCEL_ERR_VERSION, "version 2");
	refuse("\"version\": 1", "\"version\": 0", "version");
	refuse("\"version\": 1", "\"version\": \"1\"", "version");
	refuse("\"version\": 1", "\"version\": 1.0", "version");
	refuse("\"version\": 1, ", "", "version");
	refuse("\"name\": \"small\",", "", "name");
	refuse("\"name\": \"small\"", "\"name\": \"\"", "name");
	refuse("\"name\": \"small\"", "\"name\": 4", "name");
	refuse("\"name\": \"small\"", "\"title\": \"small\"", "title");
	refuse("\"name\": \"small\"", "\"name\": \"small\", \"name\": \"big\"", "twice");
	refuse("\"outputs\": [", "\"outputs\": [], \"no\": [", "no");
	refuse("\"inputs\": [{\"name\": \"x\"", "\"inputs\": [4, {\"name\": \"x\"", "inputs[0]");
	refuse("\"layers\": [", "\"layers\": [[], ", "layers[0]");
	refuse("{\"format\"", "[{\"format\"", "byte");
	refuse("nhwc\"},\n", "nhwc\"}, // one\n", "byte");
	refuse("nchw\"}]}\n", "nchw\"}]}\n{}", "byte");
	refuse("nchw\"}]}\n", "nchw\"}],}\n", "byte");
}

static void test_inputs(void **state)
{
	(void)state;
	refuse("\"name\": \"x\"", "\"name\": \"\"", "inputs[0]");
	refuse("\"type\": \"u8\"", "\"type\": \"f32\"", "type");
	refuse("\"type\": \"u8\"", "\"type\": 1", "type");
	refuse("\"layout\": \"nchw\", \"height\"", "\"layout\": \"NCHW\", \"height\"", "layout");
	refuse("\"height\": 5", "\"height\": 0", "height");
	refuse("\"height\": 5", "\"height\": -5", "height");
	refuse("\"height\": 5", "\"height\": 5.5", "height");
	/* json-c before 0.18 leaves the refusal to us; since then it comes before the key is known.
	 */
	refuse("\"height\": 5", "\"height\": 99999999999999999999999", "test.plan");
	check_edit("\"height\": 5", "\"height\": 1073741824", NMACCEL_ERR_OVERFLOW, "pixels");
	check_edit("\"channels\": 2", "\"channels\": 65537", NMACCEL_ERR_OVERFLOW, "channels");
	refuse("\"channels\": 2", "\"channels\": 3", "\"a\"");
	refuse("\"channels\": 2, ", "", "channels");
	refuse("\"scale\": 0.5", "\"scale\": 0", "scale");
	refuse("\"scale\": 0.5", "\"scale\": NaN", "scale");
	refuse("\"scale\": 0.5", "\"scale\": Infinity", "scale");
	refuse("\"scale\": 0.5", "\"scale\": 1e39", "scale");
	refuse("\"scale\": 0.5", "\"scale\": 1e-60", "scale");
	refuse("\"scale\": 0.5", "\"scale\": \"0.5\"", "scale");
	refuse("\"scale\": 0.5", "\"scale\": null", "scale");
	refuse("\"zero_point\": 3", "\"zero_point\": 256", "zero_point");
	refuse("\"zero_point\": 3", "\"zero_point\": -1", "zero_point");
	refuse("\"zero_point\": 3", "\"zero\": 3", "zero");
}

static void test_layers(void **state)
{
	(void)state;
	refuse("\"conv2d\"", "\"conv3d\"", "layers[0] \"a\"");
	refuse("\"op\": \"conv2d\", ", "", "op");
	refuse("\"op\": \"conv2d\"", "\"op\": \"linear\"", "key");
	refuse("\"name\": \"b\"", "\"name\": \"a\"", "twice");
	refuse("\"name\": \"b\"", "\"name\": \"x\"", "twice");
	refuse("\"name\": \"b\", ", "", "layers[1]");
	refuse("\"input\": \"x\"", "\"input\": \"y\"", "\"y\"");
	refuse("\"input\": \"x\"", "\"input\": \"a\"", "earlier");
	refuse("\"input\": \"d\"", "\"input\": \"e\"", "earlier");
	refuse("\"weights\": \"w3\"", "\"weights\": \"w4\"", "w4");
	refuse("\"weights\": \"w3\"", "\"weights\": \"w1\"", "layers[0] \"a\"");
	refuse("\"weights\": \"w1\"", "\"weights\": \"w3\"", "layers[4] \"e\"");
	refuse("\"weights\": \"w3\",", "", "weights");
	refuse("[1, -2, 3]", "[1, -2]", "bias");
	refuse("[1, -2, 3]", "[1, -2, 3, 4]", "bias");
	refuse("[1, -2, 3]", "[1, -2, 2147483648]", "bias");
	refuse("[1, -2, 3]", "[1, -2, 3.5]", "bias");
	refuse("[1, -2, 3]", "[1, -2, null]", "bias");
	refuse("[1, -2, 3]", "7", "bias");
	refuse("\"bias\"", "\"biases\"", "biases");
	refuse("\"stride\": [1, 2]", "\"stride\": [0, 2]", "stride");
	refuse("\"stride\": [1, 2]", "\"stride\": [1, 256]", "stride");
	refuse("\"stride\": [1, 2]", "\"stride\": [1, 2, 3]", "stride");
	refuse("\"dilation\": [1, 1]", "\"dilation\": [1, 0]", "dilation");
	refuse("\"dilation\": [1, 1]", "\"dilation\": [4, 1]", "height");
	refuse("[1, 1, 1, 1]", "[1, 1, 1]", "padding");
	refuse("[1, 1, 1, 1]", "[1, 1, 1, -1]", "padding");
	refuse("[1, 1, 1, 1]", "{}", "padding");
	refuse("[3, 1]", "[3, 0]", "kernel");
	refuse("[3, 1]", "[9, 1]", "height");
	refuse("\"kernel\": [3, 1],", "", "kernel");
	refuse("\"global\": true", "\"global\": false", "kernel");
	refuse("\"global\": true", "\"global\": true, \"kernel\": [1, 1]", "kernel");
	refuse("\"global\": true", "\"global\": 1", "global");
	refuse("\"count_padding\": false", "\"count_padding\": 0", "count_padding");
	refuse("[\"a\", \"b\"]", "[\"a\"]", "inputs");
	refuse("[\"a\", \"b\"]", "[\"a\", 4]", "inputs");
	refuse("[\"a\", \"b\"]", "[\"a\", \"x\"]", "shapes");
	refuse("[\"a\", \"b\"]", "[\"a\", \"q\"]", "\"q\"");
}

static void test_layer_outputs(void **state)
{
	(void)state;
	refuse("\"activation\": \"relu\"", "\"activation\": \"gelu\"", "gelu");
	refuse("\"activation\": \"relu\"", "\"activation\": 6", "activation");
	refuse("{\"clamp\": [-10, 9.5]}", "{\"clamp\": [9.5, -10]}", "clamp");
	refuse("{\"clamp\": [-10, 9.5]}", "{\"clamp\": [-10]}", "clamp");
	refuse("{\"clamp\": [-10, 9.5]}", "{\"clip\": [-10, 9.5]}", "clip");
	refuse("{\"clamp\": [-10, 9.5]}", "{}", "clamp");
	refuse("{\"type\": \"u8\", \"scale\": 1.5", "{\"type\": \"s32\", \"scale\": 1.5", "scale");
	refuse("{\"type\": \"u8\", \"scale\": 1.5", "{\"type\": \"u9\", \"scale\": 1.5", "u9");
	refuse("\"scale\": 1.5, ", "", "scale");
	refuse("\"scale\": 1.5", "\"scale\": -1.5", "scale");
	refuse("\"zero_point\": 4", "\"zero_point\": 400", "zero_point");
	refuse(", \"output\": {\"type\": \"f32\"}", "", "output");
	refuse("{\"type\": \"f32\"}", "\"f32\"", "output");
	check_edit("{\"type\": \"s8\", \"scale\": 2, \"zero_point\": 0}", "{\"type\": \"f32\"}",
		   NMACCEL_ERR_UNSUPPORTED, "layers[3] \"d\"");
	/* A 32-bit tensor goes nowhere but out. */
	refuse("{\"type\": \"s8\", \"scale\": 2, \"zero_point\": -3},\n   \"activation\": "
	       "{\"clamp\": [-10, 9.5]}}",
	       "{\"type\": \"s8\", \"scale\": 2, \"zero_point\": -3}, \"op\": 1}", "twice");
}

static void test_outputs(void **state)
{
	(void)state;
	refuse("\"tensor\": \"e\"", "\"tensor\": \"f\"", "\"f\"");
	refuse("\"tensor\": \"e\"", "\"name\": \"e\"", "name");
	check_edit("\"tensor\": \"e\"", "\"tensor\": \"x\"", NMACCEL_ERR_UNSUPPORTED, "outputs[0]");
	refuse("\"layout\": \"nhwc\"", "\"layout\": \"hwc\"", "hwc");
	refuse(", \"layout\": \"nhwc\"", "", "layout");
	/* Then nothing reads layer e. */
	refuse("\"tensor\": \"e\"", "\"tensor\": \"d\"", "\"e\"");
}

/* Legal ways to write the same, and values at their limits. */
static void test_variants(void **state)
{
	(void)state;
	check_edit("\"zero_point\": 3", "\"zero_point\": 255", NMACCEL_OK, "");
	check_edit("[1, -2, 3]", "[2147483647, -2147483648, 0]", NMACCEL_OK, "");
	check_edit("\"bias\": [1, -2, 3],", "", NMACCEL_OK, "");
	check_edit("\"stride\": [1, 2], ", "", NMACCEL_OK, "");
	check_edit("\"count_padding\": false", "\"count_padding\": true", NMACCEL_OK, "");
	check_edit("\"global\": true", "\"global\": false, \"kernel\": [5, 2]", NMACCEL_OK, "");
	check_edit("\"activation\": \"none\", ", "", NMACCEL_OK, "");
	check_edit("\"scale\": 0.5", "\"scale\": 5e-1", NMACCEL_OK, "");
	check_edit("\"name\": \"small\"", "\"name\": \"kle\\u00efn \\\"}:{\\\"\"", NMACCEL_OK, "");
	refuse("\"name\": \"small\"", "\"name\": \"sm\\u0000all\"", "name");
	refuse("\"name\": \"small\"", "\"name\": \"sm\xff all\"", "byte");
}

static void check_load(const char *name, uint32_t batch, enum nmaccel_status status,
		       const char *words)
{
	struct nmaccel_plan *plan = NULL;
	char path[64];

	path_of(name, path, sizeof(path));
	assert_fails(nmaccel_plan_load(dev, path, batch, &plan), status, words);
	assert_null(plan);
}

static void check_container_name(const char *weights, enum nmaccel_status status, const char *words)
{
	char *text = edited("\"weights\": \"small.nmw\"", weights);

	write_file("other.plan", text, strlen(text));
	check_load("other.plan", 1, status, words);
	free(text);
}

static void test_load_misuse(void **state)
{
	struct nmaccel_plan *plan = NULL;
	char path[64];

	(void)state;
	path_of("small.plan", path, sizeof(path));
	assert_fails(nmaccel_plan_load(NULL, path, 1, &plan), NMACCEL_ERR_INVALID, "dev");
	assert_fails(nmaccel_plan_load(dev, NULL, 1, &plan), NMACCEL_ERR_INVALID, "path");
	assert_fails(nmaccel_plan_load(dev, path, 1, NULL), NMACCEL_ERR_INVALID, "plan");
	check_load("small.plan", 0, NMACCEL_ERR_INVALID, "batch");
	check_load("small.plan", UINT32_MAX, NMACCEL_ERR_OVERFLOW, "inputs[0] \"x\"");
	check_load("none.plan", 1, NMACCEL_ERR_IO, "none.plan");
	check_load("", 1, NMACCEL_ERR_IO, dir);
	check_load("small.nmw", 1, NMACCEL_ERR_FORMAT, "small.nmw");
	check_container_name("\"weights\": \"none.nmw\"", NMACCEL_ERR_IO, "none.nmw");
	check_container_name("\"weights\": \"../small.nmw\"", NMACCEL_ERR_FORMAT, "directory");
	check_container_name("\"weights\": \"/etc/passwd\"", NMACCEL_ERR_FORMAT, "directory");
	check_container_name("\"weights\": \"..\"", NMACCEL_ERR_FORMAT, "directory");
	check_container_name("\"weights\": \".\"", NMACCEL_ERR_FORMAT, "directory");
	check_container_name("\"weights\": 3", NMACCEL_ERR_FORMAT, "weights");
	check_container_name("\"weights\": \"other.plan\"", NMACCEL_ERR_FORMAT, "other.plan");
	check_edit("\"weights\": \"small.nmw\",", "", NMACCEL_OK, "");
	assert_fails(nmaccel_plan_parse(dev, "test.plan", valid, strlen(valid), NULL, 1, &plan),
		     NMACCEL_ERR_FORMAT, "container");
	assert_null(plan);
}

static void test_too_large(void **state)
{
	size_t len = (64u << 20) + 1;
	char *text = malloc(len);

	(void)state;
	assert_non_null(text);
	memset(text, ' ', len);
	memcpy(text, valid, strlen(valid));
	assert_status(parse(text, len), NMACCEL_ERR_OVERFLOW);
	assert_ok(parse(text, len - 1));
	write_file("other.plan", text, len);
	check_load("other.plan", 1, NMACCEL_ERR_OVERFLOW, "larger");
	free(text);
}

static void test_too_many(void **state)
{
	static const char head[] =
		"{\"format\": \"nmaccel-plan\", \"version\": 1, \"name\": \"n\", "
		"\"inputs\": [{}";
	size_t len = strlen(head), i;
	char *text = malloc(len + 3 * 4097 + 8);

	(void)state;
	strcpy(text, head);
	for (i = 0; i < 4096; i++, len += 3)
		strcpy(text + len, ",{}");
	strcpy(text + len, "]}");
	assert_fails(parse(text, len + 2), NMACCEL_ERR_FORMAT, "4097 elements");
	free(text);
}

static void test_deep(void **state)
{
	char text[256];

	(void)state;
	memset(text, '[', sizeof(text));
	assert_fails(parse(text, sizeof(text)), NMACCEL_ERR_FORMAT, "byte");
	assert_fails(parse("", 0), NMACCEL_ERR_FORMAT, "early");
	assert_fails(parse("{\0}", 3), NMACCEL_ERR_FORMAT, "NUL");
	assert_fails(parse("[]", 2), NMACCEL_ERR_FORMAT, "object");
	assert_fails(parse("null ", 5), NMACCEL_ERR_FORMAT, "object");
}

static void test_every_truncation(void **state)
{
	/* The last byte is a newline. */
	size_t whole = strlen(valid) - 1, len;

	(void)state;
	for (len = 0; len < whole; len++)
		assert_status(parse(valid, len), NMACCEL_ERR_FORMAT);
	assert_ok(parse(valid, whole));
}

/* Every byte, set to each of some values that matter to JSON and to numbers. */
static void test_every_byte(void **state)
{
	static const char bytes[] = "\x01\x7f\x80\xff \"\\{}[]:,-+.e0189axTn/";
	size_t len = strlen(valid), i, b;
	char *text = strdup(valid);

	(void)state;
	for (i = 0; i < len; i++) {
		for (b = 0; b < strlen(bytes); b++) {
			text[i] = bytes[b];
			/* Some changes are legal, such as another digit; none may crash. */
			if (parse(text, len))
				assert_words("test.plan");
		}
		text[i] = '\0';
		assert_status(parse(text, len), NMACCEL_ERR_FORMAT);
		text[i] = valid[i];
	}
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_valid),	      cmocka_unit_test(test_top_level),
		cmocka_unit_test(test_inputs),	      cmocka_unit_test(test_layers),
		cmocka_unit_test(test_layer_outputs), cmocka_unit_test(test_outputs),
		cmocka_unit_test(test_variants),      cmocka_unit_test(test_load_misuse),
		cmocka_unit_test(test_too_large),     cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_deep),	      cmocka_unit_test(test_every_truncation),
		cmocka_unit_test(test_every_byte),
	};

	return cmocka_run_group_tests_name("plan_file", tests, setup, teardown);
}
