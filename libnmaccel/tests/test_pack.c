// SPDX-License-Identifier: MIT
#include <math.h>

#include "weights_util.h"

static struct nmaccel_pack_options random_options(const struct dense *d)
{
	struct nmaccel_pack_options o = {.size = sizeof(o)};

	o.lanes = 4u << random_range(0, 3);
	o.block_rows = random_range(0, 1) ? 128 : 256;
	o.panel_rows = random_range(0, 1) ? random_range(1, 512) : random_range(1, 8);
	do
		o.n_groups = random_range(1, d->rows < 16 ? d->rows : 16);
	while (d->rows % o.n_groups);
	return o;
}

static struct nmaccel_weights_info query(const struct nmaccel_weights *w)
{
	struct nmaccel_weights_info info = {.size = sizeof(info)};

	assert_ok(nmaccel_weights_query(w, &info));
	return info;
}

static void check_unpack(const struct nmaccel_weights *w, const struct dense *d)
{
	struct nmaccel_weight_view view;
	void *base;

	view_random(&view, NMACCEL_TYPE_S8, d, &base);
	assert_ok(nmaccel_weights_unpack(w, &view));
	view_assert_equal(&view, d);
	free(base);
}

static void check_sums(const struct nmaccel_weights *w, const struct dense *d)
{
	const int32_t *sums = nmaccel_weights_sums(w);
	size_t row = d->count / d->rows, i;
	uint32_t r;

	for (r = 0; r < d->rows; r++) {
		int32_t sum = 0;

		for (i = 0; i < row; i++)
			sum += d->data[r * row + i];
		assert_int_equal(sums[r], sum);
	}
}

/* Panels lie in row order, none crosses a group, and the totals add up. */
static void check_panels(const struct nmaccel_weights *w, const struct dense *d)
{
	struct nmaccel_weights_info info = query(w);
	uint32_t group_rows = info.rows / info.n_groups, row = 0, i, first, n;
	uint64_t bytes, all = 0, nonzeros = 0;
	const void *stream;
	size_t k;

	for (i = 0; i < info.n_panels; i++) {
		assert_ok(nmaccel_weights_panel(w, i, &stream, &bytes, &first, &n));
		assert_int_equal((uintptr_t)stream % 16, 0);
		assert_int_equal(bytes % 16, 0);
		assert_int_equal(first, row);
		assert_in_range(n, 1, info.panel_rows);
		assert_int_equal(first / group_rows, (first + n - 1) / group_rows);
		assert_true(n == info.panel_rows || (first + n) % group_rows == 0);
		row += n;
		all += bytes;
	}
	assert_int_equal(row, info.rows);
	assert_int_equal(all, info.stream_bytes);
	for (k = 0; k < d->count; k++)
		nonzeros += d->data[k] != 0;
	assert_int_equal(info.nonzeros, nonzeros);
	assert_int_equal(info.dense_bytes, d->count);
	assert_in_range(info.steps, (nonzeros + info.lanes - 1) / info.lanes, nonzeros);
}

static void assert_same_weights(const struct nmaccel_weights *a, const struct nmaccel_weights *b)
{
	struct nmaccel_weights_info x = query(a), y = query(b);
	uint32_t i, first, n;

	assert_memory_equal(&x, &y, sizeof(x));
	assert_memory_equal(nmaccel_weights_scales(a), nmaccel_weights_scales(b),
			    x.rows * sizeof(float));
	assert_memory_equal(nmaccel_weights_sums(a), nmaccel_weights_sums(b),
			    x.rows * sizeof(int32_t));
	for (i = 0; i < x.n_panels; i++) {
		uint64_t a_bytes, b_bytes;
		const void *p, *q;

		assert_ok(nmaccel_weights_panel(a, i, &p, &a_bytes, &first, &n));
		assert_ok(nmaccel_weights_panel(b, i, &q, &b_bytes, &first, &n));
		assert_int_equal(a_bytes, b_bytes);
		assert_memory_equal(p, q, a_bytes);
	}
}

static float *random_scales(uint32_t rows)
{
	float *scales = calloc(rows, sizeof(*scales));
	uint32_t i;

	assert_non_null(scales);
	for (i = 0; i < rows; i++)
		scales[i] = ldexpf(1.0f + (float)random_range(0, 1000) / 1000.0f,
				   (int)random_range(0, 40) - 30);
	return scales;
}

/* What another build's repack gives is what packing for that build gives. */
static void check_repack(struct nmaccel_weights *w, const struct nmaccel_weight_view *view,
			 const struct dense *d, struct nmaccel_pack_options o)
{
	struct nmaccel_weights *repacked, *packed;
	uint32_t n_groups = o.n_groups;

	o.lanes = 4u << random_range(0, 3);
	o.block_rows = random_range(0, 1) ? 128 : 256;
	o.panel_rows = random_range(1, 200);
	o.n_groups = n_groups;
	assert_ok(nmaccel_weights_repack(w, o.lanes, o.block_rows, o.panel_rows, &repacked));
	assert_ok(nmaccel_weights_pack(view, &o, &packed));
	assert_same_weights(repacked, packed);
	check_unpack(repacked, d);
	nmaccel_weights_unref(repacked);
	nmaccel_weights_unref(packed);
}

static void round_trip(void)
{
	struct nmaccel_pack_options o;
	struct nmaccel_weight_view view;
	struct nmaccel_weights *w;
	struct dense d;
	float *scales;
	void *base;

	dense_random_shape(&d);
	dense_random_fill(&d);
	view_random(&view, NMACCEL_TYPE_S8, &d, &base);
	view_write(&view, &d);
	scales = random_scales(d.rows);
	o = random_options(&d);
	o.scales = random_range(0, 1) ? scales : NULL;
	o.pattern.kind = (enum nmaccel_pattern_kind)random_range(0, 1);
	assert_ok(nmaccel_weights_pack(&view, &o, &w));
	if (o.scales)
		assert_memory_equal(nmaccel_weights_scales(w), scales, d.rows * sizeof(*scales));
	else
		assert_true(nmaccel_weights_scales(w)[d.rows - 1] == 1.0f);
	check_panels(w, &d);
	check_sums(w, &d);
	check_unpack(w, &d);
	check_repack(w, &view, &d, o);
	nmaccel_weights_unref(w);
	free(scales);
	free(base);
	dense_free(&d);
}

static void test_round_trip(void **state)
{
	int i;

	(void)state;
	random_start("test_round_trip");
	for (i = 0; i < 60; i++)
		round_trip();
}

/* Every build of one matrix, from every other. */
static void test_repack_all(void **state)
{
	static const uint32_t panels[] = {1, 3, 7, 16, 512};
	struct nmaccel_weight_view view;
	struct nmaccel_weights *w, *next;
	struct dense d;
	uint32_t lanes, m;
	size_t i;

	(void)state;
	random_start("test_repack_all");
	dense_alloc(&d, 21, 300, 2, 1);
	dense_random_fill(&d);
	dense_view(&d, &view);
	assert_ok(nmaccel_weights_pack(&view, NULL, &w));
	for (lanes = 4; lanes <= 32; lanes *= 2)
		for (m = 128; m <= 256; m *= 2)
			for (i = 0; i < N_ELEMENTS(panels); i++) {
				assert_ok(nmaccel_weights_repack(w, lanes, m, panels[i], &next));
				assert_int_equal(query(next).lanes, lanes);
				assert_int_equal(query(next).block_rows, m);
				assert_int_equal(query(next).panel_rows, panels[i]);
				check_unpack(next, &d);
				nmaccel_weights_unref(w);
				w = next;
			}
	assert_ok(nmaccel_weights_repack(w, 32, 256, 512, &next));
	assert_ptr_equal(next, w);
	nmaccel_weights_unref(next);
	assert_ok(nmaccel_weights_repack(w, 0, 0, 0, &next));
	assert_int_equal(query(next).lanes, 8);
	assert_int_equal(query(next).block_rows, 128);
	nmaccel_weights_unref(next);
	nmaccel_weights_unref(w);
	dense_free(&d);
}

/* Packing floats is quantising and packing. */
static void test_floats(void **state)
{
	int round;

	(void)state;
	random_start("test_floats");
	for (round = 0; round < 20; round++) {
		struct nmaccel_pack_options o;
		struct nmaccel_weight_view floats, bytes;
		struct nmaccel_weights *a, *b;
		void *f_base, *b_base;
		struct dense d;
		float *scales;

		dense_random_shape(&d);
		dense_random_fill(&d);
		view_random(&floats, NMACCEL_TYPE_F32, &d, &f_base);
		view_random(&bytes, NMACCEL_TYPE_S8, &d, &b_base);
		view_write(&floats, &d);
		scales = calloc(d.rows, sizeof(*scales));
		assert_non_null(scales);
		assert_ok(nmaccel_quantize(&floats, &bytes, scales));
		o = random_options(&d);
		assert_ok(nmaccel_weights_pack(&floats, &o, &a));
		o.scales = scales;
		assert_ok(nmaccel_weights_pack(&bytes, &o, &b));
		assert_same_weights(a, b);
		nmaccel_weights_unref(b);
		assert_ok(nmaccel_weights_pack(&floats, &o, &b));
		assert_same_weights(a, b);
		nmaccel_weights_unref(a);
		nmaccel_weights_unref(b);
		free(scales);
		free(f_base);
		free(b_base);
		dense_free(&d);
	}
}

/* Given scales saturate; what is not finite is refused. */
static void test_floats_with_scales(void **state)
{
	float w[4] = {3.0f, -300.0f, 0.26f, -0.25f}, scale = 0.5f;
	static const int8_t want[4] = {6, -127, 1, 0};
	struct nmaccel_pack_options o = {.size = sizeof(o), .scales = &scale};
	struct nmaccel_weight_view view, back;
	struct nmaccel_weights *packed;
	int8_t got[4];

	(void)state;
	assert_ok(nmaccel_weight_view_init(&view, NMACCEL_WEIGHTS_ROWS_K, NMACCEL_TYPE_F32, w, 1, 4,
					   1, 1));
	assert_ok(nmaccel_weight_view_init(&back, NMACCEL_WEIGHTS_ROWS_K, NMACCEL_TYPE_S8, got, 1,
					   4, 1, 1));
	assert_ok(nmaccel_weights_pack(&view, &o, &packed));
	assert_ok(nmaccel_weights_unpack(packed, &back));
	assert_memory_equal(got, want, sizeof(want));
	nmaccel_weights_unref(packed);
	w[2] = INFINITY;
	assert_fails(nmaccel_weights_pack(&view, &o, &packed), NMACCEL_ERR_INVALID,
		     "infinity at row 0, tap (0, 0), channel 2");
	w[2] = NAN;
	o.scales = NULL;
	assert_fails(nmaccel_weights_pack(&view, &o, &packed), NMACCEL_ERR_INVALID, "NaN");
}

/* The packer and nmaccel_pattern_check are of one mind, for every pattern and block size. */
static void test_patterns(void **state)
{
	uint32_t kept = 0, broken = 0, round;

	(void)state;
	random_start("test_patterns");
	for (round = 0; round < 150; round++) {
		struct nmaccel_pattern_report report = {.size = sizeof(report)};
		struct nmaccel_pack_options o;
		struct nmaccel_weight_view view;
		enum nmaccel_status want;
		struct nmaccel_weights *w;
		struct dense d;
		int8_t *extra;

		dense_random_shape(&d);
		dense_random_fill(&d);
		dense_view(&d, &view);
		o = random_options(&d);
		o.pattern = pattern_random();
		if (random_range(0, 3) == 0)
			o.pattern.m = 256;
		assert_ok(nmaccel_prune(&view, &o.pattern));
		/* One more non-zero breaks it, unless the group has room. */
		extra = &d.data[random_u64() % d.count];
		if (round % 3 && !*extra)
			*extra = 1;
		want = nmaccel_pattern_check(&view, &o.pattern, &report);
		assert_status(nmaccel_weights_pack(&view, &o, &w), want);
		if (want) {
			uint32_t last = report.places[0].channel + o.pattern.m - 1;
			char place[96];

			if (last >= d.channels)
				last = d.channels - 1;
			snprintf(place, sizeof(place),
				 "row %u, tap (%u, %u), channels %u to %u hold",
				 report.places[0].row, report.places[0].kernel_y,
				 report.places[0].kernel_x, report.places[0].channel, last);
			assert_words(place);
			assert_words("prune");
			broken++;
		} else {
			check_unpack(w, &d);
			assert_int_equal(query(w).pattern.n, o.pattern.n);
			assert_int_equal(query(w).pattern.m, o.pattern.m);
			nmaccel_weights_unref(w);
			kept++;
		}
		dense_free(&d);
	}
	assert_true(kept > 20 && broken > 10);
}

static void test_limits(void **state)
{
	static int8_t memory[131072 * 2];
	struct nmaccel_pack_options o = {.size = sizeof(o)};
	struct nmaccel_weight_view v;
	struct nmaccel_weights *w;

	(void)state;
	memset(memory, -128, sizeof(memory));
	assert_ok(nmaccel_weight_view_init(&v, NMACCEL_WEIGHTS_ROWS_K, NMACCEL_TYPE_S8, memory, 1,
					   131071, 1, 1));
	assert_ok(nmaccel_weights_pack(&v, NULL, &w));
	assert_int_equal(nmaccel_weights_sums(w)[0], -128 * 131071);
	nmaccel_weights_unref(w);
	v.channels = 131072;
	assert_fails(nmaccel_weights_pack(&v, NULL, &w), NMACCEL_ERR_OVERFLOW, "131071");
	assert_ok(nmaccel_weight_view_init(&v, NMACCEL_WEIGHTS_OHWI, NMACCEL_TYPE_S8, memory, 1, 2,
					   255, 255));
	assert_ok(nmaccel_weights_pack(&v, NULL, &w));
	nmaccel_weights_unref(w);
	assert_ok(nmaccel_weight_view_init(&v, NMACCEL_WEIGHTS_OHWI, NMACCEL_TYPE_S8, memory, 1, 2,
					   256, 255));
	assert_fails(nmaccel_weights_pack(&v, NULL, &w), NMACCEL_ERR_OVERFLOW, "256 x 255");
	assert_ok(nmaccel_weight_view_init(&v, NMACCEL_WEIGHTS_ROWS_K, NMACCEL_TYPE_S8, memory, 4,
					   4, 1, 1));
	o.n_groups = 3;
	assert_fails(nmaccel_weights_pack(&v, &o, &w), NMACCEL_ERR_INVALID, "n_groups");
	o.n_groups = 8;
	assert_fails(nmaccel_weights_pack(&v, &o, &w), NMACCEL_ERR_INVALID, "n_groups");
	o.n_groups = 0;
	o.lanes = 6;
	assert_fails(nmaccel_weights_pack(&v, &o, &w), NMACCEL_ERR_INVALID, "lanes");
	o.lanes = 64;
	assert_fails(nmaccel_weights_pack(&v, &o, &w), NMACCEL_ERR_INVALID, "lanes");
	o.lanes = 2;
	assert_fails(nmaccel_weights_pack(&v, &o, &w), NMACCEL_ERR_INVALID, "lanes");
	o.lanes = 0;
	o.block_rows = 64;
	assert_fails(nmaccel_weights_pack(&v, &o, &w), NMACCEL_ERR_INVALID, "block_rows");
	o.block_rows = 0;
	o.panel_rows = 513;
	assert_fails(nmaccel_weights_pack(&v, &o, &w), NMACCEL_ERR_INVALID, "panel_rows");
	o.panel_rows = 0;
	o.pattern.m = 4;
	assert_fails(nmaccel_weights_pack(&v, &o, &w), NMACCEL_ERR_INVALID, "pattern");
}

static void test_scales_refused(void **state)
{
	static const float bad[] = {0.0f, -0.0f, -1.0f, INFINITY, -INFINITY, NAN};
	int8_t memory[2] = {1, 2};
	float scales[2] = {1.0f, 1.0f};
	struct nmaccel_pack_options o = {.size = sizeof(o), .scales = scales};
	struct nmaccel_weights *w = NULL;
	struct nmaccel_weight_view v;
	size_t i;

	(void)state;
	assert_ok(nmaccel_weight_view_init(&v, NMACCEL_WEIGHTS_ROWS_K, NMACCEL_TYPE_S8, memory, 2,
					   1, 1, 1));
	for (i = 0; i < N_ELEMENTS(bad); i++) {
		scales[1] = bad[i];
		assert_fails(nmaccel_weights_pack(&v, &o, &w), NMACCEL_ERR_INVALID,
			     "scale of row 1");
	}
	assert_null(w);
}

static void test_misuse(void **state)
{
	int8_t memory[8] = {1, 2, 3, 4, 5, 6, 7, 8};
	struct nmaccel_pack_options o = {.size = 0};
	struct nmaccel_weights_info info = {.size = 0};
	struct nmaccel_weights *w, *none = NULL;
	struct nmaccel_weight_view v, wrong;
	uint32_t first, n;
	const void *stream;
	uint64_t bytes;

	(void)state;
	assert_ok(nmaccel_weight_view_init(&v, NMACCEL_WEIGHTS_ROWS_K, NMACCEL_TYPE_S8, memory, 2,
					   4, 1, 1));
	assert_fails(nmaccel_weights_pack(&v, &o, &none), NMACCEL_ERR_INVALID,
		     "nmaccel_pack_options");
	assert_fails(nmaccel_weights_pack(NULL, NULL, &none), NMACCEL_ERR_INVALID, "view");
	assert_fails(nmaccel_weights_pack(&v, NULL, NULL), NMACCEL_ERR_INVALID, "weights");
	assert_ok(nmaccel_weights_pack(&v, NULL, &w));
	assert_fails(nmaccel_weights_unpack(NULL, &v), NMACCEL_ERR_INVALID, "weights");
	assert_fails(nmaccel_weights_unpack(w, NULL), NMACCEL_ERR_INVALID, "view");
	wrong = v;
	wrong.rows = 1;
	assert_fails(nmaccel_weights_unpack(w, &wrong), NMACCEL_ERR_INVALID, "2 x 1 x 1 x 4");
	wrong = v;
	wrong.type = NMACCEL_TYPE_F32;
	assert_fails(nmaccel_weights_unpack(w, &wrong), NMACCEL_ERR_INVALID, "S8");
	assert_fails(nmaccel_weights_query(w, &info), NMACCEL_ERR_INVALID, "nmaccel_weights_info");
	assert_fails(nmaccel_weights_query(w, NULL), NMACCEL_ERR_INVALID, "info");
	assert_fails(nmaccel_weights_query(NULL, &info), NMACCEL_ERR_INVALID, "weights");
	assert_fails(nmaccel_weights_panel(w, 1, &stream, &bytes, &first, &n), NMACCEL_ERR_INVALID,
		     "panel 1");
	assert_fails(nmaccel_weights_panel(w, 0, NULL, &bytes, &first, &n), NMACCEL_ERR_INVALID,
		     "NULL");
	assert_fails(nmaccel_weights_panel(NULL, 0, &stream, &bytes, &first, &n),
		     NMACCEL_ERR_INVALID, "NULL");
	assert_fails(nmaccel_weights_repack(NULL, 8, 128, 512, &none), NMACCEL_ERR_INVALID, "NULL");
	assert_fails(nmaccel_weights_repack(w, 8, 128, 512, NULL), NMACCEL_ERR_INVALID, "NULL");
	assert_fails(nmaccel_weights_repack(w, 5, 128, 512, &none), NMACCEL_ERR_INVALID, "lanes");
	assert_null(none);
	assert_null(nmaccel_weights_scales(NULL));
	assert_null(nmaccel_weights_sums(NULL));
	assert_null(nmaccel_weights_ref(NULL));
	nmaccel_weights_unref(NULL);
	nmaccel_weights_unref(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),     cmocka_unit_test(test_repack_all),
		cmocka_unit_test(test_floats),	       cmocka_unit_test(test_floats_with_scales),
		cmocka_unit_test(test_patterns),       cmocka_unit_test(test_limits),
		cmocka_unit_test(test_scales_refused), cmocka_unit_test(test_misuse),
	};

	return cmocka_run_group_tests_name("pack", tests, NULL, NULL);
}
