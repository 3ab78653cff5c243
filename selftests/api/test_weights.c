// SPDX-License-Identifier: MIT
/* Patterns, views, pruning, packing and .nmw files: each argument wrong in turn. */
#include <math.h>
#include <unistd.h>

#include "api.h"

static const struct nmaccel_pattern two_of_four = {NMACCEL_PATTERN_NM, 2, 4};

static const struct nmaccel_pattern bad_patterns[] = {
	{(enum nmaccel_pattern_kind)BAD_ENUM, 0, 0},
	{(enum nmaccel_pattern_kind) - 1, 0, 0},
	{NMACCEL_PATTERN_NM, 0, 4},
	{NMACCEL_PATTERN_NM, 5, 4},
	{NMACCEL_PATTERN_NM, 1, 0},
	{NMACCEL_PATTERN_NM, 1, 2},
	{NMACCEL_PATTERN_NM, 1, 5},
	{NMACCEL_PATTERN_NM, 1, 512},
	{NMACCEL_PATTERN_NM, UINT32_MAX, 128},
	{NMACCEL_PATTERN_DENSE, 1, 4},
	{NMACCEL_PATTERN_UNSTRUCTURED, 1, 0},
};

static struct nmaccel_weight_view make_view(void *data, enum nmaccel_type type, uint32_t rows,
					    uint32_t channels)
{
	struct nmaccel_weight_view view;

	expect_ok(nmaccel_weight_view_init(&view, NMACCEL_WEIGHTS_ROWS_K, type, data, rows,
					   channels, 1, 1));
	return view;
}

static void test_pattern_parse(void **state)
{
	static const char *const wrong[] = {
		"",
		"2",
		"2:",
		":4",
		"2:4 ",
		" 2:4",
		"2:4:8",
		"0:4",
		"5:4",
		"2:5",
		"1:2",
		"1:512",
		"-1:4",
		"+2:4",
		"2:+4",
		"0x2:4",
		"a:4",
		"DENSE",
		"dense ",
		"2.0:4",
		"2/4",
		"99999999999999999999:4",
		"2:99999999999999999999",
		"4294967298:4",
		"unstructured!",
	};
	struct nmaccel_pattern pattern = {NMACCEL_PATTERN_NM, 99, 98};

	(void)state;
	expect_invalid(nmaccel_pattern_parse(NULL, &pattern));
	expect_invalid(nmaccel_pattern_parse("2:4", NULL));
	for (size_t i = 0; i < COUNT(wrong); i++)
		if (nmaccel_pattern_parse(wrong[i], &pattern) != NMACCEL_ERR_INVALID)
			fail_msg("'%s' is taken", wrong[i]);
	assert_int_equal(pattern.n, 99);
}

static void test_pattern_round_trip(void **state)
{
	char text[16], longer[17];

	(void)state;
	for (uint32_t m = 4; m <= 256; m *= 2) {
		for (uint32_t n = 1; n <= m; n++) {
			struct nmaccel_pattern in = {NMACCEL_PATTERN_NM, n, m}, out;

			expect_ok(nmaccel_pattern_format(&in, text, sizeof(text)));
			expect_ok(nmaccel_pattern_parse(text, &out));
			assert_int_equal(out.kind, NMACCEL_PATTERN_NM);
			assert_int_equal(out.n, n);
			assert_int_equal(out.m, m);
		}
	}
	expect_invalid(nmaccel_pattern_format(NULL, text, sizeof(text)));
	expect_invalid(nmaccel_pattern_format(&two_of_four, NULL, sizeof(text)));
	for (size_t len = 0; len < sizeof("2:4"); len++) {
		memset(longer, 'x', sizeof(longer));
		assert_int_not_equal(nmaccel_pattern_format(&two_of_four, longer, len), NMACCEL_OK);
		assert_int_equal(longer[len], 'x');
	}
	for (size_t i = 0; i < COUNT(bad_patterns); i++)
		expect_invalid(nmaccel_pattern_format(&bad_patterns[i], text, sizeof(text)));
}

static void test_type_bytes(void **state)
{
	(void)state;
	assert_int_equal(nmaccel_type_bytes(NMACCEL_TYPE_S8), 1);
	assert_int_equal(nmaccel_type_bytes(NMACCEL_TYPE_U8), 1);
	assert_int_equal(nmaccel_type_bytes(NMACCEL_TYPE_S32), 4);
	assert_int_equal(nmaccel_type_bytes(NMACCEL_TYPE_F32), 4);
	assert_int_equal(nmaccel_type_bytes((enum nmaccel_type)0), 0);
	assert_int_equal(nmaccel_type_bytes((enum nmaccel_type)BAD_ENUM), 0);
	assert_int_equal(nmaccel_type_bytes((enum nmaccel_type) - 1), 0);
}

static void test_view_init(void **state)
{
	struct nmaccel_weight_view view;
	int8_t w[64];
	const enum nmaccel_weight_layout linear = NMACCEL_WEIGHTS_ROWS_K;
	const enum nmaccel_weight_layout conv = NMACCEL_WEIGHTS_OIHW;

	(void)state;
	memset(&view, 0x77, sizeof(view));
	expect_invalid(nmaccel_weight_view_init(NULL, linear, NMACCEL_TYPE_S8, w, 1, 1, 1, 1));
	expect_invalid(nmaccel_weight_view_init(&view, (enum nmaccel_weight_layout)0,
						NMACCEL_TYPE_S8, w, 1, 1, 1, 1));
	expect_invalid(nmaccel_weight_view_init(&view, (enum nmaccel_weight_layout)BAD_ENUM,
						NMACCEL_TYPE_S8, w, 1, 1, 1, 1));
	expect_invalid(nmaccel_weight_view_init(&view, linear, (enum nmaccel_type)BAD_ENUM, w, 1, 1,
						1, 1));
	expect_invalid(nmaccel_weight_view_init(&view, linear, NMACCEL_TYPE_S32, w, 1, 1, 1, 1));
	expect_invalid(nmaccel_weight_view_init(&view, linear, NMACCEL_TYPE_S8, w, 0, 1, 1, 1));
	expect_invalid(nmaccel_weight_view_init(&view, linear, NMACCEL_TYPE_S8, w, 1, 0, 1, 1));
	expect_invalid(nmaccel_weight_view_init(&view, conv, NMACCEL_TYPE_S8, w, 1, 1, 0, 1));
	expect_invalid(nmaccel_weight_view_init(&view, conv, NMACCEL_TYPE_S8, w, 1, 1, 1, 0));
	expect_invalid(nmaccel_weight_view_init(&view, linear, NMACCEL_TYPE_S8, w, 1, 1, 3, 3));
	assert_int_not_equal(nmaccel_weight_view_init(&view, conv, NMACCEL_TYPE_S8, w, UINT32_MAX,
						      UINT32_MAX, UINT32_MAX, UINT32_MAX),
			     NMACCEL_OK);
	assert_int_equal(view.rows, 0x77777777);
	expect_ok(nmaccel_weight_view_init(&view, conv, NMACCEL_TYPE_S8, w, 2, 3, 2, 2));
	assert_int_equal(view.stride_row, 12);
	assert_int_equal(view.stride_channel, 4);
	assert_int_equal(view.stride_h, 2);
	assert_int_equal(view.stride_w, 1);
}

static void test_pattern_check(void **state)
{
	struct nmaccel_pattern_report report = {.size = sizeof(report)};
	int8_t w[] = {1, 1, 0, 0, 1, 1, 1, 0};
	struct nmaccel_weight_view view = make_view(w, NMACCEL_TYPE_S8, 2, 4), bad;

	(void)state;
	expect_status(NMACCEL_ERR_PATTERN, nmaccel_pattern_check(&view, &two_of_four, &report));
	assert_int_equal(report.groups, 2);
	assert_int_equal(report.bad_groups, 1);
	assert_int_equal(report.n_places, 1);
	assert_int_equal(report.places[0].row, 1);
	assert_int_equal(report.places[0].nonzeros, 3);

	expect_invalid(nmaccel_pattern_check(NULL, &two_of_four, &report));
	expect_invalid(nmaccel_pattern_check(&view, NULL, &report));
	expect_invalid(nmaccel_pattern_check(&view, &two_of_four, NULL));
	for (size_t i = 0; i < COUNT(bad_patterns); i++)
		expect_invalid(nmaccel_pattern_check(&view, &bad_patterns[i], &report));
	bad = view;
	bad.data = NULL;
	expect_invalid(nmaccel_pattern_check(&bad, &two_of_four, &report));
	bad = view;
	bad.type = NMACCEL_TYPE_U8;
	expect_invalid(nmaccel_pattern_check(&bad, &two_of_four, &report));
	bad = view;
	bad.rows = 0;
	expect_invalid(nmaccel_pattern_check(&bad, &two_of_four, &report));
	report.size = 3;
	expect_invalid(nmaccel_pattern_check(&view, &two_of_four, &report));
}

static void test_prune(void **state)
{
	int8_t w[] = {1, -3, 3, 2, 5, 5, 5, 5};
	float f[] = {1, 2, NAN, 4};
	struct nmaccel_weight_view view = make_view(w, NMACCEL_TYPE_S8, 2, 4);
	struct nmaccel_weight_view floats = make_view(f, NMACCEL_TYPE_F32, 1, 4);

	(void)state;
	expect_invalid(nmaccel_prune(NULL, &two_of_four));
	expect_invalid(nmaccel_prune(&view, NULL));
	for (size_t i = 0; i < COUNT(bad_patterns); i++)
		expect_invalid(nmaccel_prune(&view, &bad_patterns[i]));
	expect_invalid(nmaccel_prune(&floats, &two_of_four));
	assert_true(f[0] == 1 && f[3] == 4);
	expect_ok(nmaccel_prune(&view, &two_of_four));
	assert_memory_equal(w, ((int8_t[]){0, -3, 3, 0, 5, 5, 0, 0}), sizeof(w));
}

static void test_quantize(void **state)
{
	float f[] = {1, -2, INFINITY, 0};
	float scales[2] = {9, 9};
	int8_t q[4] = {9, 9, 9, 9};
	struct nmaccel_weight_view from = make_view(f, NMACCEL_TYPE_F32, 2, 2);
	struct nmaccel_weight_view to = make_view(q, NMACCEL_TYPE_S8, 2, 2);
	struct nmaccel_weight_view other = make_view(q, NMACCEL_TYPE_S8, 1, 4);

	(void)state;
	expect_invalid(nmaccel_quantize(NULL, &to, scales));
	expect_invalid(nmaccel_quantize(&from, NULL, scales));
	expect_invalid(nmaccel_quantize(&from, &to, NULL));
	expect_invalid(nmaccel_quantize(&to, &to, scales));
	expect_invalid(nmaccel_quantize(&from, &from, scales));
	expect_invalid(nmaccel_quantize(&from, &other, scales));
	expect_invalid(nmaccel_quantize(&from, &to, scales));
	assert_true(scales[0] == 9 && q[0] == 9);
	f[2] = 0;
	expect_ok(nmaccel_quantize(&from, &to, scales));
	assert_int_equal(q[1], -127);
	assert_true(scales[1] == 1.0f);
}

static void expect_pack_refused(const struct nmaccel_weight_view *view,
				const struct nmaccel_pack_options *options)
{
	struct nmaccel_weights *weights = UNTOUCHED(struct nmaccel_weights);
	enum nmaccel_status status = nmaccel_weights_pack(view, options, &weights);

	if (status != NMACCEL_ERR_INVALID && status != NMACCEL_ERR_OVERFLOW)
		fail_msg("%s", nmaccel_status_name(status));
	assert_ptr_equal(weights, UNTOUCHED(struct nmaccel_weights));
}

static void test_pack_options(void **state)
{
	int8_t w[8] = {1, 1, 1, 0, 0, 0, 0, 0};
	float scales[2] = {1, NAN};
	struct nmaccel_weight_view view = make_view(w, NMACCEL_TYPE_S8, 2, 4);
	const struct nmaccel_pack_options good = {.size = sizeof(good)};
	struct nmaccel_pack_options bad = good;
	struct nmaccel_weights *weights = UNTOUCHED(struct nmaccel_weights);

	(void)state;
	expect_pack_refused(NULL, &good);
	expect_invalid(nmaccel_weights_pack(&view, &good, NULL));
	bad.size = 0;
	expect_pack_refused(&view, &bad);
	for (size_t i = 0; i < COUNT(bad_patterns); i++) {
		bad = good;
		bad.pattern = bad_patterns[i];
		expect_pack_refused(&view, &bad);
	}
	bad = good;
	bad.n_groups = 3;
	expect_pack_refused(&view, &bad);
	for (uint32_t lanes = 1; lanes <= 64; lanes++) {
		bad = good;
		bad.lanes = lanes;
		if (lanes != 4 && lanes != 8 && lanes != 16 && lanes != 32)
			expect_pack_refused(&view, &bad);
	}
	bad = good;
	bad.block_rows = 64;
	expect_pack_refused(&view, &bad);
	bad = good;
	bad.panel_rows = 513;
	expect_pack_refused(&view, &bad);
	for (size_t i = 0; i < 4; i++) {
		bad = good;
		bad.scales = scales;
		scales[1] = ((float[]){NAN, INFINITY, 0.0f, -1.0f})[i];
		expect_pack_refused(&view, &bad);
	}
	bad = good;
	bad.pattern = two_of_four;
	expect_status(NMACCEL_ERR_PATTERN, nmaccel_weights_pack(&view, &bad, &weights));
	assert_ptr_equal(weights, UNTOUCHED(struct nmaccel_weights));
}

static void test_pack_views(void **state)
{
	static const struct {
		uint32_t rows, channels, kernel_h, kernel_w;
	} too_large[] = {
		{UINT32_MAX, 1, 1, 1},
		{1, UINT32_MAX, 1, 1},
		{1, 131072, 1, 1},
		{1, 65536, 2, 1},
		{UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX},
		{65536, 65536, 255, 255},
		{1, 1, 256, 1},
	};
	int8_t w[8] = {0};
	struct nmaccel_weight_view good = make_view(w, NMACCEL_TYPE_S8, 2, 4), bad;

	(void)state;
	bad = good;
	bad.data = NULL;
	expect_pack_refused(&bad, NULL);
	bad = good;
	bad.type = NMACCEL_TYPE_U8;
	expect_pack_refused(&bad, NULL);
	bad.type = (enum nmaccel_type)BAD_ENUM;
	expect_pack_refused(&bad, NULL);
	bad = good;
	bad.stride_row = INT64_MAX;
	expect_pack_refused(&bad, NULL);
	bad = good;
	bad.stride_channel = INT64_MIN;
	expect_pack_refused(&bad, NULL);
	/* Strides of 0 keep each read within w, whatever the shape. */
	for (size_t i = 0; i < COUNT(too_large); i++) {
		bad = good;
		bad.rows = too_large[i].rows;
		bad.channels = too_large[i].channels;
		bad.kernel_h = too_large[i].kernel_h;
		bad.kernel_w = too_large[i].kernel_w;
		bad.stride_row = bad.stride_channel = bad.stride_h = bad.stride_w = 0;
		expect_pack_refused(&bad, NULL);
	}
}

static void test_unpack(void **state)
{
	struct nmaccel_weights *weights = make_weights(2, 4);
	int8_t w[8] = {0};
	struct nmaccel_weight_view view = make_view(w, NMACCEL_TYPE_S8, 2, 4);
	struct nmaccel_weight_view other = make_view(w, NMACCEL_TYPE_S8, 4, 2);
	struct nmaccel_weight_view floats = make_view(w, NMACCEL_TYPE_F32, 2, 4);

	(void)state;
	expect_invalid(nmaccel_weights_unpack(NULL, &view));
	expect_invalid(nmaccel_weights_unpack(weights, NULL));
	expect_invalid(nmaccel_weights_unpack(weights, &other));
	expect_invalid(nmaccel_weights_unpack(weights, &floats));
	view.data = NULL;
	expect_invalid(nmaccel_weights_unpack(weights, &view));
	assert_int_equal(w[0], 0);
	view.data = w;
	expect_ok(nmaccel_weights_unpack(weights, &view));
	assert_memory_equal(w, ((int8_t[]){1, 1, 1, 1, 1, 1, 1, 1}), sizeof(w));
	nmaccel_weights_unref(weights);
}

static void test_repack(void **state)
{
	struct nmaccel_weights *weights = make_weights(3, 300), *again;
	struct nmaccel_weights *untouched = UNTOUCHED(struct nmaccel_weights);

	(void)state;
	again = untouched;
	expect_invalid(nmaccel_weights_repack(NULL, 8, 128, 512, &again));
	expect_invalid(nmaccel_weights_repack(weights, 8, 128, 512, NULL));
	expect_invalid(nmaccel_weights_repack(weights, 5, 128, 512, &again));
	expect_invalid(nmaccel_weights_repack(weights, 64, 128, 512, &again));
	expect_invalid(nmaccel_weights_repack(weights, 8, 127, 512, &again));
	expect_invalid(nmaccel_weights_repack(weights, 8, 512, 512, &again));
	expect_invalid(nmaccel_weights_repack(weights, 8, 128, 513, &again));
	assert_ptr_equal(again, untouched);
	expect_ok(nmaccel_weights_repack(weights, 8, 128, 512, &again));
	assert_ptr_equal(again, weights);
	nmaccel_weights_unref(again);
	expect_ok(nmaccel_weights_repack(weights, 16, 256, 2, &again));
	assert_ptr_not_equal(again, weights);
	nmaccel_weights_unref(weights);
	nmaccel_weights_unref(again);
}

static void test_weights_queries(void **state)
{
	struct nmaccel_weights *weights = make_weights(3, 300);
	struct nmaccel_weights_info info = {0};
	const void *stream = UNTOUCHED(const void);
	uint64_t bytes = 7;
	uint32_t first = 7, rows = 7;

	(void)state;
	expect_invalid(nmaccel_weights_query(weights, &info));
	info.size = sizeof(info);
	expect_invalid(nmaccel_weights_query(NULL, &info));
	expect_invalid(nmaccel_weights_query(weights, NULL));
	expect_ok(nmaccel_weights_query(weights, &info));
	assert_int_equal(info.nonzeros, 900);
	assert_int_equal(info.dense_bytes, 900);
	/* 128 + 128 + 44 positions, 8 at a time. */
	assert_int_equal(info.steps, 3 * (16 + 16 + 6));

	expect_invalid(nmaccel_weights_panel(NULL, 0, &stream, &bytes, &first, &rows));
	expect_invalid(nmaccel_weights_panel(weights, 1, &stream, &bytes, &first, &rows));
	expect_invalid(nmaccel_weights_panel(weights, UINT32_MAX, &stream, &bytes, &first, &rows));
	expect_invalid(nmaccel_weights_panel(weights, 0, NULL, &bytes, &first, &rows));
	expect_invalid(nmaccel_weights_panel(weights, 0, &stream, NULL, &first, &rows));
	expect_invalid(nmaccel_weights_panel(weights, 0, &stream, &bytes, NULL, &rows));
	expect_invalid(nmaccel_weights_panel(weights, 0, &stream, &bytes, &first, NULL));
	assert_true(stream == UNTOUCHED(const void) && bytes == 7 && first == 7 && rows == 7);
	expect_ok(nmaccel_weights_panel(weights, 0, &stream, &bytes, &first, &rows));
	assert_true(bytes == info.stream_bytes && first == 0 && rows == 3);

	assert_int_equal(nmaccel_weights_sums(weights)[2], 300);
	assert_true(nmaccel_weights_scales(weights)[2] == 1.0f);
	assert_null(nmaccel_weights_sums(NULL));
	assert_null(nmaccel_weights_scales(NULL));
	assert_null(nmaccel_weights_ref(NULL));
	nmaccel_weights_unref(NULL);
	assert_ptr_equal(nmaccel_weights_ref(weights), weights);
	nmaccel_weights_unref(weights);
	nmaccel_weights_unref(weights);
}

static void test_nmw_save(void **state)
{
	struct nmaccel_weights *w = make_weights(2, 4);
	const struct nmaccel_weights *one[] = {w}, *two[] = {w, w}, *none[] = {NULL};
	char too_long[257];
	char dir[] = "/tmp/nmaccel-api.XXXXXX", path[64];

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/w.nmw", dir);
	memset(too_long, 'a', 256);
	too_long[256] = '\0';
	expect_invalid(nmaccel_nmw_save(NULL, (const char *[]){"a"}, one, 1));
	expect_invalid(nmaccel_nmw_save(path, NULL, one, 1));
	expect_invalid(nmaccel_nmw_save(path, (const char *[]){"a"}, NULL, 1));
	expect_invalid(nmaccel_nmw_save(path, (const char *[]){NULL}, one, 1));
	expect_invalid(nmaccel_nmw_save(path, (const char *[]){"a"}, none, 1));
	expect_invalid(nmaccel_nmw_save(path, (const char *[]){""}, one, 1));
	expect_invalid(nmaccel_nmw_save(path, (const char *[]){"\xff\xfe"}, one, 1));
	expect_invalid(nmaccel_nmw_save(path, (const char *[]){too_long}, one, 1));
	expect_invalid(nmaccel_nmw_save(path, (const char *[]){"a", "a"}, two, 2));
	expect_status(NMACCEL_ERR_IO,
		      nmaccel_nmw_save("/no/such/dir/w.nmw", (const char *[]){"a"}, one, 1));
	expect_status(NMACCEL_ERR_IO, nmaccel_nmw_save(dir, (const char *[]){"a"}, one, 1));
	assert_int_not_equal(access(path, F_OK), 0);
	/* Nothing, not even a temporary file, is left behind. */
	assert_int_equal(rmdir(dir), 0);
	nmaccel_weights_unref(w);
}

static void test_nmw_open(void **state)
{
	struct nmaccel_weights *w = make_weights(2, 4), *out = UNTOUCHED(struct nmaccel_weights);
	const struct nmaccel_weights *two[] = {w, w};
	struct nmaccel_nmw *nmw = UNTOUCHED(struct nmaccel_nmw);
	char path[] = "/tmp/nmaccel-api.XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	expect_invalid(nmaccel_nmw_open(NULL, &nmw));
	expect_invalid(nmaccel_nmw_open(path, NULL));
	expect_status(NMACCEL_ERR_IO, nmaccel_nmw_open("/no/such/file.nmw", &nmw));
	expect_status(NMACCEL_ERR_FORMAT, nmaccel_nmw_open(path, &nmw));
	expect_invalid(nmaccel_nmw_open_memory(NULL, 10, &nmw));
	expect_invalid(nmaccel_nmw_open_memory(path, 10, NULL));
	expect_status(NMACCEL_ERR_FORMAT, nmaccel_nmw_open_memory(path, 0, &nmw));
	expect_status(NMACCEL_ERR_FORMAT, nmaccel_nmw_open_memory(path, sizeof(path), &nmw));
	assert_ptr_equal(nmw, UNTOUCHED(struct nmaccel_nmw));

	expect_ok(nmaccel_nmw_save(path, (const char *[]){"fc1", "fc2"}, two, 2));
	nmaccel_weights_unref(w);
	expect_ok(nmaccel_nmw_open(path, &nmw));
	unlink(path);
	assert_int_equal(nmaccel_nmw_count(nmw), 2);
	assert_int_equal(nmaccel_nmw_count(NULL), 0);
	assert_string_equal(nmaccel_nmw_name(nmw, 1), "fc2");
	assert_null(nmaccel_nmw_name(nmw, 2));
	assert_null(nmaccel_nmw_name(nmw, SIZE_MAX));
	assert_null(nmaccel_nmw_name(NULL, 0));
	expect_invalid(nmaccel_nmw_get(NULL, 0, &out));
	expect_invalid(nmaccel_nmw_get(nmw, 2, &out));
	expect_invalid(nmaccel_nmw_get(nmw, 0, NULL));
	expect_invalid(nmaccel_nmw_find(NULL, "fc1", &out));
	expect_invalid(nmaccel_nmw_find(nmw, NULL, &out));
	expect_invalid(nmaccel_nmw_find(nmw, "fc", &out));
	expect_invalid(nmaccel_nmw_find(nmw, "fc1", NULL));
	assert_ptr_equal(out, UNTOUCHED(struct nmaccel_weights));
	/* The weights outlive the container and its file. */
	expect_ok(nmaccel_nmw_find(nmw, "fc2", &out));
	nmaccel_nmw_unref(nmw);
	nmaccel_nmw_unref(NULL);
	assert_int_equal(nmaccel_weights_sums(out)[1], 4);
	nmaccel_weights_unref(out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pattern_parse), cmocka_unit_test(test_pattern_round_trip),
		cmocka_unit_test(test_type_bytes),    cmocka_unit_test(test_view_init),
		cmocka_unit_test(test_pattern_check), cmocka_unit_test(test_prune),
		cmocka_unit_test(test_quantize),      cmocka_unit_test(test_pack_options),
		cmocka_unit_test(test_pack_views),    cmocka_unit_test(test_unpack),
		cmocka_unit_test(test_repack),	      cmocka_unit_test(test_weights_queries),
		cmocka_unit_test(test_nmw_save),      cmocka_unit_test(test_nmw_open),
	};

	return cmocka_run_group_tests_name("api: weights", tests, NULL, NULL);
}
