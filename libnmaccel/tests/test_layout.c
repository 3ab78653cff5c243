// SPDX-License-Identifier: MIT
/* Layout conversion against the formula of struct nmaccel_hw_tensor, element by element. */
#include "weights_util.h"

#include <math.h>

#include "drm/nmaccel_hw.h"
#include "layout.h"

#define GUARD 64u

static const uint32_t all_columns[] = {1, 15, 16, 17, 32, 49, 64, 100};

/* Memory with guard bytes on both sides. */
struct guarded {
	uint8_t *base, *data;
	size_t bytes;
};

static struct guarded guarded_alloc(size_t bytes, uint8_t fill)
{
	struct guarded g = {.bytes = bytes};

	g.base = aligned_alloc(GUARD, (bytes + 2 * GUARD + GUARD - 1) & ~(size_t)(GUARD - 1));
	assert_non_null(g.base);
	g.data = g.base + GUARD;
	memset(g.base, 0xa5, GUARD);
	memset(g.data, fill, bytes);
	memset(g.data + bytes, 0xa5, GUARD);
	return g;
}

static void guarded_free(struct guarded *g)
{
	size_t i;

	for (i = 0; i < GUARD; i++) {
		assert_int_equal(g->base[i], 0xa5);
		assert_int_equal(g->data[g->bytes + i], 0xa5);
	}
	free(g->base);
}

static size_t user_index(const struct nmaccel_tensor *t, size_t pixel, size_t channel)
{
	size_t image = (size_t)t->height * t->width;

	if (t->layout == NMACCEL_LAYOUT_NHWC)
		return pixel * t->channels + channel;
	return (pixel / image * t->channels + channel) * image + pixel % image;
}

static size_t device_offset(const struct nmaccel_tensor *t, uint32_t columns, size_t pixel,
			    size_t channel)
{
	size_t element = nmaccel_type_bytes(t->type);
	size_t pitch = (columns * element + 15) / 16 * 16;

	return (pixel / columns * t->channels + channel) * pitch + pixel % columns * element;
}

static size_t pixels_of(const struct nmaccel_tensor *t)
{
	return (size_t)t->batch * t->height * t->width;
}

static void check_8_bit(const struct nmaccel_tensor *t, uint32_t columns)
{
	size_t bytes = nmaccel_tensor_bytes(t), p, c, used = 0;
	struct guarded user = guarded_alloc(bytes, 0), back = guarded_alloc(bytes, 0x33);
	struct guarded device = guarded_alloc(nmaccel_layout_bytes(t, columns), 0xee);
	uint8_t flip = t->type == NMACCEL_TYPE_U8 ? 0x80 : 0, *d;

	for (p = 0; p < bytes; p++)
		user.data[p] = (uint8_t)random_u64();
	nmaccel_layout_import(t, columns, user.data, device.data);
	nmaccel_layout_export(t, columns, device.data, back.data);
	assert_memory_equal(user.data, back.data, bytes);
	for (p = 0; p < pixels_of(t); p++) {
		for (c = 0; c < t->channels; c++) {
			d = &device.data[device_offset(t, columns, p, c)];
			assert_int_equal(*d, user.data[user_index(t, p, c)] ^ flip);
			*d = 0;
			used++;
		}
	}
	assert_int_equal(used, bytes);
	/* What is no element is zero. */
	for (p = 0; p < device.bytes; p++)
		assert_int_equal(device.data[p], 0);
	guarded_free(&user);
	guarded_free(&back);
	guarded_free(&device);
}

static int32_t device_s32(const struct guarded *device, size_t offset)
{
	int32_t value;

	memcpy(&value, device->data + offset, sizeof(value));
	return value;
}

static void check_32_bit(struct nmaccel_tensor *t, uint32_t columns)
{
	size_t bytes = nmaccel_tensor_bytes(t), p, c;
	struct guarded user = guarded_alloc(bytes, 0);
	struct guarded device = guarded_alloc(nmaccel_layout_bytes(t, columns), 0);
	float *scales = malloc(t->channels * sizeof(*scales)), want;
	int32_t sum;

	for (p = 0; p < device.bytes; p++)
		device.data[p] = (uint8_t)random_u64();
	for (c = 0; c < t->channels; c++)
		scales[c] = 0.001f * (float)(c + 1);
	t->type = NMACCEL_TYPE_S32;
	nmaccel_layout_export(t, columns, device.data, user.data);
	for (p = 0; p < pixels_of(t); p++)
		for (c = 0; c < t->channels; c++)
			assert_int_equal(((int32_t *)user.data)[user_index(t, p, c)],
					 device_s32(&device, device_offset(t, columns, p, c)));
	t->type = NMACCEL_TYPE_F32;
	nmaccel_layout_export_f32(t, columns, scales, -1e6f, INFINITY, device.data, user.data);
	for (p = 0; p < pixels_of(t); p++) {
		for (c = 0; c < t->channels; c++) {
			sum = device_s32(&device, device_offset(t, columns, p, c));
			want = fmaxf((float)sum * scales[c], -1e6f);
			assert_memory_equal((float *)user.data + user_index(t, p, c), &want,
					    sizeof(want));
		}
	}
	free(scales);
	guarded_free(&user);
	guarded_free(&device);
}

static void check_shape(uint32_t batch, uint32_t height, uint32_t width, uint32_t channels,
			uint32_t columns)
{
	struct nmaccel_tensor t = {
		.batch = batch, .height = height, .width = width, .channels = channels};
	int layout;

	for (layout = NMACCEL_LAYOUT_NHWC; layout <= NMACCEL_LAYOUT_NCHW; layout++) {
		t.layout = (enum nmaccel_layout)layout;
		t.type = NMACCEL_TYPE_S8;
		check_8_bit(&t, columns);
		t.type = NMACCEL_TYPE_U8;
		check_8_bit(&t, columns);
		t.type = NMACCEL_TYPE_S32;
		check_32_bit(&t, columns);
	}
}

static void test_edges(void **state)
{
	static const uint32_t sizes[] = {1, 2, 15, 16, 17, 31, 33, 64, 65};
	size_t i, j, k;

	(void)state;
	for (i = 0; i < N_ELEMENTS(all_columns); i++)
		for (j = 0; j < N_ELEMENTS(sizes); j++)
			for (k = 0; k < N_ELEMENTS(sizes); k++)
				check_shape(1, sizes[j], 1, sizes[k], all_columns[i]);
}

static void test_tokens(void **state)
{
	static const uint32_t sizes[] = {1, 16, 63, 64, 130};
	size_t i, j, k;

	(void)state;
	for (i = 0; i < N_ELEMENTS(all_columns); i++)
		for (j = 0; j < N_ELEMENTS(sizes); j++)
			for (k = 0; k < N_ELEMENTS(sizes); k++)
				check_shape(sizes[j], 1, 1, sizes[k], all_columns[i]);
}

static void test_random_shapes(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < 300; i++)
		check_shape(random_range(1, 5), random_range(1, 12), random_range(1, 12),
			    random_range(1, 70), random_range(1, 128));
}

static void test_sizes(void **state)
{
	struct nmaccel_tensor t = {.type = NMACCEL_TYPE_S8,
				   .layout = NMACCEL_LAYOUT_NHWC,
				   .batch = 2,
				   .height = 7,
				   .width = 7,
				   .channels = 3};

	(void)state;
	assert_int_equal(nmaccel_layout_bytes(&t, 64), 2 * 3 * 64);
	assert_int_equal(nmaccel_layout_bytes(&t, 49), 2 * 3 * 64);
	t.type = NMACCEL_TYPE_F32;
	assert_int_equal(nmaccel_layout_bytes(&t, 49), 2 * 3 * 208);
	/* The largest tensor of the contract does not overflow. */
	t.batch = NMACCEL_MAX_PIXELS;
	t.height = t.width = 1;
	t.channels = NMACCEL_MAX_CHANNELS;
	assert_int_equal(nmaccel_layout_bytes(&t, 1),
			 (uint64_t)NMACCEL_MAX_PIXELS * NMACCEL_MAX_CHANNELS * 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_tokens),
		cmocka_unit_test(test_random_shapes),
		cmocka_unit_test(test_sizes),
	};

	random_start("layout");
	return cmocka_run_group_tests_name("layout", tests, NULL, NULL);
}
