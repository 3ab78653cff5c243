// SPDX-License-Identifier: MIT
#include <math.h>

#include "weights_util.h"

static void test_parse_all(void **state)
{
	struct nmaccel_pattern p;
	char text[16], back[16];
	uint32_t n, m;

	(void)state;
	for (m = 4; m <= 256; m *= 2)
		for (n = 1; n <= m; n++) {
			snprintf(text, sizeof(text), "%hu:%hu", (unsigned short)n,
				 (unsigned short)m);
			assert_ok(nmaccel_pattern_parse(text, &p));
			assert_int_equal(p.kind, NMACCEL_PATTERN_NM);
			assert_int_equal(p.n, n);
			assert_int_equal(p.m, m);
			assert_ok(nmaccel_pattern_format(&p, back, sizeof(back)));
			assert_string_equal(back, text);
		}
	assert_ok(nmaccel_pattern_parse("dense", &p));
	assert_int_equal(p.kind, NMACCEL_PATTERN_DENSE);
	assert_ok(nmaccel_pattern_format(&p, back, sizeof(back)));
	assert_string_equal(back, "dense");
	assert_ok(nmaccel_pattern_parse("unstructured", &p));
	assert_int_equal(p.kind, NMACCEL_PATTERN_UNSTRUCTURED);
	assert_int_equal(p.n + p.m, 0);
	assert_ok(nmaccel_pattern_format(&p, back, 16));
	assert_string_equal(back, "unstructured");
}

static void test_parse_refuses(void **state)
{
	static const char *const bad[] = {
		"",	  "8",	    ":",      "8:",	 ":128",	  "0:4",	  "5:4",
		"8:127",  "1:2",    "1:512",  "8:128 ",	 " 8:128",	  "+8:128",	  "8:-4",
		"08:128", "8:0128", "8/128",  "8:128:2", "99999999999:4", "4294967298:4", "Dense",
		"dense ", "1024:4", "8:1280",
	};
	struct nmaccel_pattern p = {.n = 77};
	size_t i;

	(void)state;
	for (i = 0; i < N_ELEMENTS(bad); i++)
		assert_status(nmaccel_pattern_parse(bad[i], &p), NMACCEL_ERR_INVALID);
	assert_int_equal(p.n, 77);
	assert_fails(nmaccel_pattern_parse("8x128", &p), NMACCEL_ERR_INVALID, "'8x128'");
	assert_fails(nmaccel_pattern_parse(NULL, &p), NMACCEL_ERR_INVALID, "text");
	assert_fails(nmaccel_pattern_parse("2:4", NULL), NMACCEL_ERR_INVALID, "pattern");
}

static void test_format_refuses(void **state)
{
	static const struct nmaccel_pattern bad[] = {
		{NMACCEL_PATTERN_NM, 0, 4},	      {NMACCEL_PATTERN_NM, 5, 4},
		{NMACCEL_PATTERN_NM, 1, 0},	      {NMACCEL_PATTERN_NM, 1, 2},
		{NMACCEL_PATTERN_NM, 1, 12},	      {NMACCEL_PATTERN_NM, 1, 512},
		{NMACCEL_PATTERN_DENSE, 1, 0},	      {NMACCEL_PATTERN_UNSTRUCTURED, 0, 4},
		{(enum nmaccel_pattern_kind)3, 0, 0},
	};
	struct nmaccel_pattern p = {NMACCEL_PATTERN_NM, 8, 128};
	char text[16] = "kept";
	size_t i;

	(void)state;
	for (i = 0; i < N_ELEMENTS(bad); i++)
		assert_status(nmaccel_pattern_format(&bad[i], text, sizeof(text)),
			      NMACCEL_ERR_INVALID);
	assert_status(nmaccel_pattern_format(NULL, text, sizeof(text)), NMACCEL_ERR_INVALID);
	assert_status(nmaccel_pattern_format(&p, NULL, 16), NMACCEL_ERR_INVALID);
	assert_fails(nmaccel_pattern_format(&p, text, 5), NMACCEL_ERR_INVALID, "16");
	assert_status(nmaccel_pattern_format(&p, text, 0), NMACCEL_ERR_INVALID);
	assert_string_equal(text, "kept");
	assert_ok(nmaccel_pattern_format(&p, text, 6));
}

/* The report as one would count it by hand, from the dense. */
static void count_by_hand(const struct dense *d, const struct nmaccel_pattern *p,
			  struct nmaccel_pattern_report *r)
{
	uint32_t row, i, j, c, k;

	memset(r, 0, sizeof(*r));
	r->size = sizeof(*r);
	r->elements = d->count;
	for (row = 0; row < d->rows; row++) {
		int bad = 0;

		for (i = 0; i < d->kernel_h; i++)
			for (j = 0; j < d->kernel_w; j++)
				for (c = 0; c < d->channels; c += p->m) {
					struct nmaccel_pattern_place place = {row, i, j, c, 0};

					for (k = c; k < c + p->m && k < d->channels; k++)
						place.nonzeros += *dense_at(d, row, i, j, k) != 0;
					r->groups++;
					r->nonzeros += place.nonzeros;
					if (place.nonzeros > r->worst)
						r->worst = place.nonzeros;
					if (place.nonzeros <= p->n)
						continue;
					bad = 1;
					r->bad_groups++;
					if (r->n_places < 8)
						r->places[r->n_places++] = place;
				}
		r->bad_rows += (uint32_t)bad;
	}
}

static void test_check_random(void **state)
{
	struct nmaccel_pattern_report got, want;
	uint32_t round, bad = 0;

	(void)state;
	random_start("test_check_random");
	for (round = 0; round < 60; round++) {
		struct nmaccel_pattern p = pattern_random();
		struct nmaccel_weight_view view;
		enum nmaccel_status status;
		struct dense d;
		void *base;

		dense_random_shape(&d);
		dense_random_fill(&d);
		view_random(&view, round % 2 ? NMACCEL_TYPE_S8 : NMACCEL_TYPE_F32, &d, &base);
		view_write(&view, &d);
		count_by_hand(&d, &p, &want);
		memset(&got, 0, sizeof(got));
		got.size = sizeof(got);
		status = nmaccel_pattern_check(&view, &p, &got);
		assert_int_equal(status, want.bad_groups ? NMACCEL_ERR_PATTERN : NMACCEL_OK);
		assert_memory_equal(&got, &want, sizeof(got));
		bad += want.bad_groups > 0;
		free(base);
		dense_free(&d);
	}
	assert_true(bad > 0 && bad < 60);
}

static void test_check_floats(void **state)
{
	float w[8] = {0.0f, -0.0f, NAN, 1e-45f, INFINITY, 0.0f, 0.0f, -1.0f};
	struct nmaccel_pattern p = {NMACCEL_PATTERN_NM, 1, 4};
	struct nmaccel_pattern_report r = {.size = sizeof(r)};
	struct nmaccel_weight_view v;

	(void)state;
	assert_ok(nmaccel_weight_view_init(&v, NMACCEL_WEIGHTS_ROWS_K, NMACCEL_TYPE_F32, w, 1, 8, 1,
					   1));
	assert_fails(nmaccel_pattern_check(&v, &p, &r), NMACCEL_ERR_PATTERN,
		     "2 of 2 groups (in 1 of 1 rows)");
	assert_words("row 0, tap (0, 0), channel 0: 2");
	assert_int_equal(r.nonzeros, 4);
	p.n = 2;
	assert_ok(nmaccel_pattern_check(&v, &p, &r));
	assert_int_equal(r.bad_groups + r.n_places, 0);
	p = (struct nmaccel_pattern){NMACCEL_PATTERN_UNSTRUCTURED, 0, 0};
	assert_ok(nmaccel_pattern_check(&v, &p, &r));
	assert_int_equal(r.groups, 0);
	assert_int_equal(r.nonzeros, 4);
	assert_int_equal(r.elements, 8);
}

static void test_check_misuse(void **state)
{
	int8_t w[4] = {1, 1, 1, 1};
	struct nmaccel_pattern p = {NMACCEL_PATTERN_NM, 4, 4}, none = {NMACCEL_PATTERN_NM, 1, 3};
	struct nmaccel_pattern_report r = {.size = 0, .groups = 77};
	struct nmaccel_weight_view v;

	(void)state;
	assert_ok(nmaccel_weight_view_init(&v, NMACCEL_WEIGHTS_ROWS_K, NMACCEL_TYPE_S8, w, 1, 4, 1,
					   1));
	assert_fails(nmaccel_pattern_check(&v, &p, &r), NMACCEL_ERR_INVALID,
		     "nmaccel_pattern_report");
	r.size = sizeof(r);
	assert_fails(nmaccel_pattern_check(NULL, &p, &r), NMACCEL_ERR_INVALID, "view");
	assert_fails(nmaccel_pattern_check(&v, NULL, &r), NMACCEL_ERR_INVALID, "pattern");
	assert_fails(nmaccel_pattern_check(&v, &p, NULL), NMACCEL_ERR_INVALID, "report");
	assert_fails(nmaccel_pattern_check(&v, &none, &r), NMACCEL_ERR_INVALID, "1:3");
	v.rows = 0;
	assert_fails(nmaccel_pattern_check(&v, &p, &r), NMACCEL_ERR_INVALID, "empty");
	assert_int_equal(r.groups, 77);
}

/* A caller who knows only the first fields gets just these. */
static void test_check_older_report(void **state)
{
	int8_t w[4] = {1, 1, 1, 1};
	struct nmaccel_pattern p = {NMACCEL_PATTERN_NM, 1, 4};
	struct nmaccel_pattern_report r;
	struct nmaccel_weight_view v;

	(void)state;
	assert_ok(nmaccel_weight_view_init(&v, NMACCEL_WEIGHTS_ROWS_K, NMACCEL_TYPE_S8, w, 1, 4, 1,
					   1));
	memset(&r, 0x55, sizeof(r));
	r.size = offsetof(struct nmaccel_pattern_report, bad_rows);
	assert_status(nmaccel_pattern_check(&v, &p, &r), NMACCEL_ERR_PATTERN);
	assert_int_equal(r.groups, 1);
	assert_int_equal(r.bad_groups, 1);
	assert_int_equal(r.bad_rows, 0x55555555);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse_all),	   cmocka_unit_test(test_parse_refuses),
		cmocka_unit_test(test_format_refuses),	   cmocka_unit_test(test_check_random),
		cmocka_unit_test(test_check_floats),	   cmocka_unit_test(test_check_misuse),
		cmocka_unit_test(test_check_older_report),
	};

	return cmocka_run_group_tests_name("pattern", tests, NULL, NULL);
}
