// SPDX-License-Identifier: MIT
#include "view.h"
#include "weights_util.h"

static char memory[4 * 3 * 2 * 5 * 4];

static void test_type_bytes(void **state)
{
	(void)state;
	assert_int_equal(nmaccel_type_bytes(NMACCEL_TYPE_S8), 1);
	assert_int_equal(nmaccel_type_bytes(NMACCEL_TYPE_U8), 1);
	assert_int_equal(nmaccel_type_bytes(NMACCEL_TYPE_S32), 4);
	assert_int_equal(nmaccel_type_bytes(NMACCEL_TYPE_F32), 4);
	assert_int_equal(nmaccel_type_bytes((enum nmaccel_type)0), 0);
	assert_int_equal(nmaccel_type_bytes((enum nmaccel_type)5), 0);
}

/* Each layout's place of element (r, i, j, c), written out. */
static size_t place(enum nmaccel_weight_layout layout, const struct nmaccel_weight_view *v,
		    size_t r, size_t i, size_t j, size_t c)
{
	switch (layout) {
	case NMACCEL_WEIGHTS_ROWS_K:
		return r * v->channels + c;
	case NMACCEL_WEIGHTS_K_ROWS:
		return c * v->rows + r;
	case NMACCEL_WEIGHTS_OIHW:
		return ((r * v->channels + c) * v->kernel_h + i) * v->kernel_w + j;
	case NMACCEL_WEIGHTS_OHWI:
		return ((r * v->kernel_h + i) * v->kernel_w + j) * v->channels + c;
	case NMACCEL_WEIGHTS_HWIO:
		return ((i * v->kernel_w + j) * v->channels + c) * v->rows + r;
	}
	return SIZE_MAX;
}

static void check_layout(enum nmaccel_weight_layout layout, enum nmaccel_type type, uint32_t kh,
			 uint32_t kw)
{
	size_t bytes = nmaccel_type_bytes(type);
	struct nmaccel_weight_view v;
	uint32_t r, i, j, c;

	assert_ok(nmaccel_weight_view_init(&v, layout, type, memory, 4, 3, kh, kw));
	assert_ok(nmaccel_view_check(&v, "view"));
	for (r = 0; r < 4; r++)
		for (i = 0; i < kh; i++)
			for (j = 0; j < kw; j++)
				for (c = 0; c < 3; c++)
					assert_ptr_equal(nmaccel_view_tap(&v, r, i, j) +
								 c * nmaccel_view_step(&v),
							 memory + place(layout, &v, r, i, j, c) *
									  bytes);
}

static void test_layouts(void **state)
{
	static const enum nmaccel_type types[] = {NMACCEL_TYPE_S8, NMACCEL_TYPE_F32};
	size_t t;

	(void)state;
	for (t = 0; t < N_ELEMENTS(types); t++) {
		check_layout(NMACCEL_WEIGHTS_ROWS_K, types[t], 1, 1);
		check_layout(NMACCEL_WEIGHTS_K_ROWS, types[t], 1, 1);
		check_layout(NMACCEL_WEIGHTS_OIHW, types[t], 2, 5);
		check_layout(NMACCEL_WEIGHTS_OHWI, types[t], 2, 5);
		check_layout(NMACCEL_WEIGHTS_HWIO, types[t], 2, 5);
	}
}

static void test_init_misuse(void **state)
{
	struct nmaccel_weight_view v = {.rows = 77};

	(void)state;
#define INIT(layout, type, data, rows, channels, kh, kw)                                           \
	nmaccel_weight_view_init(&v, layout, type, data, rows, channels, kh, kw)
	assert_fails(nmaccel_weight_view_init(NULL, NMACCEL_WEIGHTS_OIHW, NMACCEL_TYPE_S8, memory,
					      1, 1, 1, 1),
		     NMACCEL_ERR_INVALID, "view is NULL");
	assert_fails(INIT((enum nmaccel_weight_layout)0, NMACCEL_TYPE_S8, memory, 1, 1, 1, 1),
		     NMACCEL_ERR_INVALID, "layout 0");
	assert_fails(INIT((enum nmaccel_weight_layout)6, NMACCEL_TYPE_S8, memory, 1, 1, 1, 1),
		     NMACCEL_ERR_INVALID, "layout 6");
	assert_fails(INIT(NMACCEL_WEIGHTS_OIHW, NMACCEL_TYPE_U8, memory, 1, 1, 1, 1),
		     NMACCEL_ERR_INVALID, "type 2");
	assert_fails(INIT(NMACCEL_WEIGHTS_OIHW, NMACCEL_TYPE_S8, NULL, 1, 1, 1, 1),
		     NMACCEL_ERR_INVALID, "data is NULL");
	assert_fails(INIT(NMACCEL_WEIGHTS_OIHW, NMACCEL_TYPE_S8, memory, 0, 1, 1, 1),
		     NMACCEL_ERR_INVALID, "empty");
	assert_fails(INIT(NMACCEL_WEIGHTS_OIHW, NMACCEL_TYPE_S8, memory, 1, 0, 1, 1),
		     NMACCEL_ERR_INVALID, "empty");
	assert_fails(INIT(NMACCEL_WEIGHTS_OIHW, NMACCEL_TYPE_S8, memory, 1, 1, 0, 1),
		     NMACCEL_ERR_INVALID, "empty");
	assert_fails(INIT(NMACCEL_WEIGHTS_OIHW, NMACCEL_TYPE_S8, memory, 1, 1, 1, 0),
		     NMACCEL_ERR_INVALID, "empty");
	assert_fails(INIT(NMACCEL_WEIGHTS_ROWS_K, NMACCEL_TYPE_S8, memory, 1, 1, 1, 2),
		     NMACCEL_ERR_INVALID, "1 x 1");
	assert_fails(INIT(NMACCEL_WEIGHTS_K_ROWS, NMACCEL_TYPE_S8, memory, 1, 1, 2, 1),
		     NMACCEL_ERR_INVALID, "1 x 1");
	assert_fails(INIT(NMACCEL_WEIGHTS_OIHW, NMACCEL_TYPE_S8, memory, UINT32_MAX, UINT32_MAX,
			  UINT32_MAX, UINT32_MAX),
		     NMACCEL_ERR_OVERFLOW, "too large");
	assert_fails(INIT(NMACCEL_WEIGHTS_OIHW, NMACCEL_TYPE_F32, memory, 0x80000000u, 0x80000000u,
			  2, 1),
		     NMACCEL_ERR_OVERFLOW, "address space");
	assert_fails(INIT(NMACCEL_WEIGHTS_OIHW, NMACCEL_TYPE_F32, memory, 0x80000000u, 0x40000000u,
			  1, 1),
		     NMACCEL_ERR_OVERFLOW, "address space");
#undef INIT
	assert_int_equal(v.rows, 77);
}

static void test_strides(void **state)
{
	struct nmaccel_weight_view v, good;

	(void)state;
	assert_ok(nmaccel_weight_view_init(&good, NMACCEL_WEIGHTS_OHWI, NMACCEL_TYPE_S8, memory, 4,
					   3, 2, 5));
	v = good;
	v.stride_row = 40;
	assert_ok(nmaccel_view_check(&v, "view"));
	v.stride_row = 0;
	assert_fails(nmaccel_view_check(&v, "view"), NMACCEL_ERR_INVALID, "stride_row is 0");
	v.stride_row = 29;
	assert_fails(nmaccel_view_check(&v, "view"), NMACCEL_ERR_INVALID, "stride_row is 29");
	v.stride_row = 30;
	assert_ok(nmaccel_view_check(&v, "view"));
	v.stride_row = INT64_MAX;
	assert_fails(nmaccel_view_check(&v, "view"), NMACCEL_ERR_OVERFLOW, "address space");
	v.stride_row = INT64_MIN;
	assert_fails(nmaccel_view_check(&v, "view"), NMACCEL_ERR_OVERFLOW, "address space");
	/* The last row, downwards. */
	v.stride_row = -30;
	v.data = memory + 90;
	assert_ok(nmaccel_view_check(&v, "view"));
	assert_ptr_equal(nmaccel_view_tap(&v, 3, 0, 0), memory);
	v.data = (void *)(uintptr_t)89;
	assert_fails(nmaccel_view_check(&v, "view"), NMACCEL_ERR_OVERFLOW, "address space");
	/* A dimension of one element does not use its stride. */
	v = good;
	v.rows = 1;
	v.stride_row = INT64_MIN;
	assert_ok(nmaccel_view_check(&v, "view"));
	v = good;
	v.data = (void *)(UINTPTR_MAX - 118);
	assert_fails(nmaccel_view_check(&v, "view"), NMACCEL_ERR_OVERFLOW, "address space");
	v.data = (void *)(UINTPTR_MAX - 119);
	assert_ok(nmaccel_view_check(&v, "view"));
	assert_fails(nmaccel_view_check(NULL, "view"), NMACCEL_ERR_INVALID, "view is NULL");
}

/* Whatever passes has no two elements in one place, for all small strides there are. */
static void test_no_overlap_passes(void **state)
{
	struct nmaccel_weight_view v = {memory + 60, NMACCEL_TYPE_S8, 3, 2, 2, 1, 0, 0, 0, 0};
	uint32_t r, i, c, passed = 0;

	(void)state;
	for (v.stride_row = -8; v.stride_row <= 8; v.stride_row++)
		for (v.stride_channel = -8; v.stride_channel <= 8; v.stride_channel++)
			for (v.stride_h = -8; v.stride_h <= 8; v.stride_h++) {
				char seen[sizeof(memory)] = {0};

				if (nmaccel_view_check(&v, "view"))
					continue;
				passed++;
				for (r = 0; r < 3; r++)
					for (i = 0; i < 2; i++)
						for (c = 0; c < 2; c++) {
							char *p = view_at(&v, r, i, 0, c);

							assert_int_equal(seen[p - memory]++, 0);
						}
			}
	assert_true(passed > 100);
}

static void test_ranges(void **state)
{
	struct nmaccel_weight_view a, b;

	(void)state;
	assert_ok(nmaccel_weight_view_init(&a, NMACCEL_WEIGHTS_ROWS_K, NMACCEL_TYPE_S8, memory, 4,
					   5, 1, 1));
	b = a;
	assert_true(nmaccel_view_overlap(&a, &b));
	b.data = memory + 19;
	assert_true(nmaccel_view_overlap(&a, &b));
	b.data = memory + 20;
	assert_false(nmaccel_view_overlap(&a, &b));
	assert_false(nmaccel_view_overlap(&b, &a));
	b.data = memory + 34;
	b.stride_row = -5;
	assert_true(nmaccel_view_overlap(&a, &b));
	assert_ok(nmaccel_view_check_same_shape(&a, &b));
	b.channels = 4;
	assert_fails(nmaccel_view_check_same_shape(&a, &b), NMACCEL_ERR_INVALID, "4 x 1 x 1 x 4");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_type_bytes),	  cmocka_unit_test(test_layouts),
		cmocka_unit_test(test_init_misuse),	  cmocka_unit_test(test_strides),
		cmocka_unit_test(test_no_overlap_passes), cmocka_unit_test(test_ranges),
	};

	return cmocka_run_group_tests_name("view", tests, NULL, NULL);
}
