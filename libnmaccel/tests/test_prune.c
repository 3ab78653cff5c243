// SPDX-License-Identifier: MIT
#include <math.h>

#include "weights_util.h"

/* One group as values, and what the rule leaves of it. */
struct element {
	double magnitude;
	uint32_t channel;
};

static int compare(const void *a, const void *b)
{
	const struct element *x = a, *y = b;

	if (x->magnitude != y->magnitude)
		return x->magnitude > y->magnitude ? -1 : 1;
	return x->channel < y->channel ? -1 : 1;
}

static double magnitude_at(const struct nmaccel_weight_view *v, uint32_t r, uint32_t i, uint32_t j,
			   uint32_t c)
{
	float f;

	if (v->type == NMACCEL_TYPE_S8)
		return abs(*(int8_t *)view_at(v, r, i, j, c));
	memcpy(&f, view_at(v, r, i, j, c), sizeof(f));
	return fabs((double)f);
}

/* Sort a group by the rule; *kept[channel - first] tells which stay. */
static void prune_by_hand(const struct nmaccel_weight_view *v, const struct nmaccel_pattern *p,
			  uint32_t r, uint32_t i, uint32_t j, uint32_t first, char *kept)
{
	struct element e[256];
	uint32_t c, count = 0;

	for (c = first; c < v->channels && c < first + p->m; c++, count++)
		e[count] = (struct element){magnitude_at(v, r, i, j, c), c};
	qsort(e, count, sizeof(e[0]), compare);
	for (c = 0; c < count; c++)
		kept[e[c].channel - first] = c < p->n;
}

/* Compare the pruned view with what it was before. */
static void check_pruned(const struct nmaccel_weight_view *before,
			 const struct nmaccel_weight_view *after, const struct nmaccel_pattern *p)
{
	static const char zero[4];
	size_t bytes = nmaccel_type_bytes(before->type);
	uint32_t r, i, j, c;
	char kept[256];

	for (r = 0; r < before->rows; r++)
		for (i = 0; i < before->kernel_h; i++)
			for (j = 0; j < before->kernel_w; j++)
				for (c = 0; c < before->channels; c++) {
					const void *want = zero;

					if (c % p->m == 0)
						prune_by_hand(before, p, r, i, j, c, kept);
					if (kept[c % p->m])
						want = view_at(before, r, i, j, c);
					if (memcmp(view_at(after, r, i, j, c), want, bytes))
						fail_msg("%u:%u row %u tap %u,%u channel %u of %u",
							 p->n, p->m, r, i, j, c, before->channels);
				}
}

static float random_float(void)
{
	uint32_t bits;
	float f;

	switch (random_range(0, 5)) {
	case 0:
		return (float)(int)random_range(0, 4) - 2.0f;
	case 1:
		return random_range(0, 1) ? INFINITY : -INFINITY;
	case 2:
		return random_range(0, 1) ? 0.0f : -0.0f;
	case 3:
		return 1.0f + (float)random_range(0, 3) * 0x1p-23f;
	}
	do {
		bits = (uint32_t)random_u64();
		memcpy(&f, &bits, sizeof(f));
	} while (isnan(f));
	return f;
}

static void fill_random(const struct nmaccel_weight_view *v)
{
	/* Few different values make many ties. */
	uint32_t spread = random_range(0, 2) ? 255 : 3;
	uint32_t r, i, j, c;

	for (r = 0; r < v->rows; r++)
		for (i = 0; i < v->kernel_h; i++)
			for (j = 0; j < v->kernel_w; j++)
				for (c = 0; c < v->channels; c++) {
					float f = random_float();

					if (v->type == NMACCEL_TYPE_F32)
						memcpy(view_at(v, r, i, j, c), &f, sizeof(f));
					else
						*(int8_t *)view_at(v, r, i, j, c) =
							(int8_t)(random_range(0, spread) - 128);
				}
}

static size_t view_bytes(const struct dense *d, const struct nmaccel_weight_view *v, void *base)
{
	char *last = base;
	uint32_t r, i, j, c;

	for (r = 0; r < d->rows; r++)
		for (i = 0; i < d->kernel_h; i++)
			for (j = 0; j < d->kernel_w; j++)
				for (c = 0; c < d->channels; c++)
					if ((char *)view_at(v, r, i, j, c) > last)
						last = view_at(v, r, i, j, c);
	return (size_t)(last - (char *)base) + nmaccel_type_bytes(v->type);
}

static void prune_once(const struct nmaccel_pattern *p, enum nmaccel_type type)
{
	struct nmaccel_pattern_report report = {.size = sizeof(report)};
	struct nmaccel_weight_view before, after;
	struct dense d;
	size_t bytes;
	void *base;
	char *copy;

	dense_random_shape(&d);
	view_random(&after, type, &d, &base);
	fill_random(&after);
	bytes = view_bytes(&d, &after, base);
	copy = malloc(bytes);
	assert_non_null(copy);
	memcpy(copy, base, bytes);
	before = after;
	before.data = copy + ((char *)after.data - (char *)base);
	assert_ok(nmaccel_prune(&after, p));
	check_pruned(&before, &after, p);
	assert_ok(nmaccel_pattern_check(&after, p, &report));
	memcpy(copy, base, bytes);
	assert_ok(nmaccel_prune(&after, p));
	assert_memory_equal(copy, base, bytes);
	free(copy);
	free(base);
	dense_free(&d);
}

static void test_random(void **state)
{
	uint32_t m, round;

	(void)state;
	random_start("test_random");
	for (m = 4; m <= 256; m *= 2)
		for (round = 0; round < 8; round++) {
			struct nmaccel_pattern p = {NMACCEL_PATTERN_NM, random_range(1, m), m};

			prune_once(&p, round % 2 ? NMACCEL_TYPE_S8 : NMACCEL_TYPE_F32);
		}
}

static void test_ties_go_to_the_lowest(void **state)
{
	struct nmaccel_pattern p = {NMACCEL_PATTERN_NM, 3, 64};
	struct nmaccel_weight_view v;
	int8_t w[64];
	int i;

	(void)state;
	for (i = 0; i < 64; i++)
		w[i] = i % 2 ? -7 : 7;
	w[40] = -128;
	assert_ok(nmaccel_weight_view_init(&v, NMACCEL_WEIGHTS_ROWS_K, NMACCEL_TYPE_S8, w, 1, 64, 1,
					   1));
	assert_ok(nmaccel_prune(&v, &p));
	for (i = 0; i < 64; i++)
		assert_int_equal(w[i], i == 0 ? 7 : i == 1 ? -7 : i == 40 ? -128 : 0);
}

static void test_no_pattern_changes_nothing(void **state)
{
	struct nmaccel_pattern p = {NMACCEL_PATTERN_DENSE, 0, 0};
	int8_t w[4] = {1, 2, 3, 4}, copy[4] = {1, 2, 3, 4};
	struct nmaccel_weight_view v;

	(void)state;
	assert_ok(nmaccel_weight_view_init(&v, NMACCEL_WEIGHTS_ROWS_K, NMACCEL_TYPE_S8, w, 1, 4, 1,
					   1));
	assert_ok(nmaccel_prune(&v, &p));
	p.kind = NMACCEL_PATTERN_UNSTRUCTURED;
	assert_ok(nmaccel_prune(&v, &p));
	assert_memory_equal(w, copy, sizeof(w));
}

/* A NaN anywhere: nothing is pruned, and the message tells where it is. */
static void test_nan(void **state)
{
	struct nmaccel_pattern p = {NMACCEL_PATTERN_NM, 1, 4};
	float w[2][3][8], copy[2][3][8];
	struct nmaccel_weight_view v;
	int i;

	(void)state;
	for (i = 0; i < 48; i++)
		w[i / 24][i / 8 % 3][i % 8] = (float)i;
	w[1][2][5] = -NAN;
	memcpy(copy, w, sizeof(w));
	assert_ok(nmaccel_weight_view_init(&v, NMACCEL_WEIGHTS_OHWI, NMACCEL_TYPE_F32, w, 2, 8, 1,
					   3));
	assert_fails(nmaccel_prune(&v, &p), NMACCEL_ERR_INVALID, "row 1, tap (0, 2), channel 5");
	assert_memory_equal(w, copy, sizeof(w));
	w[1][2][5] = INFINITY;
	assert_ok(nmaccel_prune(&v, &p));
	assert_true(isinf(w[1][2][5]));
}

static void test_misuse(void **state)
{
	struct nmaccel_pattern p = {NMACCEL_PATTERN_NM, 1, 4}, bad = {NMACCEL_PATTERN_NM, 0, 4};
	int8_t w[4] = {1, 2, 3, 4}, copy[4] = {1, 2, 3, 4};
	struct nmaccel_weight_view v;

	(void)state;
	assert_ok(nmaccel_weight_view_init(&v, NMACCEL_WEIGHTS_ROWS_K, NMACCEL_TYPE_S8, w, 1, 4, 1,
					   1));
	assert_fails(nmaccel_prune(NULL, &p), NMACCEL_ERR_INVALID, "view");
	assert_fails(nmaccel_prune(&v, NULL), NMACCEL_ERR_INVALID, "pattern");
	assert_fails(nmaccel_prune(&v, &bad), NMACCEL_ERR_INVALID, "0:4");
	v.stride_channel = 0;
	assert_fails(nmaccel_prune(&v, &p), NMACCEL_ERR_INVALID, "stride_channel");
	assert_memory_equal(w, copy, sizeof(w));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_ties_go_to_the_lowest),
		cmocka_unit_test(test_no_pattern_changes_nothing),
		cmocka_unit_test(test_nan),
		cmocka_unit_test(test_misuse),
	};

	return cmocka_run_group_tests_name("prune", tests, NULL, NULL);
}
