// SPDX-License-Identifier: MIT
#include "stream.h"
#include "weights_util.h"

static const uint32_t all_lanes[] = {4, 8, 16, 32};
static const uint32_t all_blocks[] = {128, 256};

/* A growing byte string. */
struct bytes {
	uint8_t *data;
	size_t count;
};

static void append(struct bytes *b, unsigned int byte)
{
	/* Room doubles whenever the count reaches a power of two. */
	if (!(b->count & (b->count - 1))) {
		b->data = realloc(b->data, b->count ? 2 * b->count : 1);
		assert_non_null(b->data);
	}
	b->data[b->count++] = (uint8_t)byte;
}

static void append_padding(struct bytes *b)
{
	while (b->count % 16)
		append(b, 0);
}

/* A position of the reduction axis. */
struct position {
	uint32_t tap, channel;
};

static uint32_t nonzeros_by_hand(const struct dense *d, uint32_t row, const struct position *p,
				 uint32_t count)
{
	uint32_t i, n = 0;

	for (i = 0; i < count; i++)
		n += *dense_at(d, row, p[i].tap / d->kernel_w, p[i].tap % d->kernel_w,
			       p[i].channel) != 0;
	return n;
}

static void steps_by_hand(const struct dense *d, uint32_t row, const struct position *p,
			  uint32_t count, uint32_t lanes, struct bytes *out)
{
	uint8_t values[256] = {0}, indices[256] = {0};
	uint32_t i, s, used = 0;

	for (i = 0; i < count; i++) {
		int8_t w = *dense_at(d, row, p[i].tap / d->kernel_w, p[i].tap % d->kernel_w,
				     p[i].channel);

		if (!w)
			continue;
		values[used] = (uint8_t)w;
		indices[used++] = (uint8_t)i;
	}
	for (s = 0; s < used; s += lanes) {
		for (i = 0; i < lanes; i++)
			append(out, s + i < used ? values[s + i] : 0);
		for (i = 0; i < lanes; i++)
			append(out, s + i < used ? indices[s + i] : 0);
	}
}

static void block_by_hand(const struct dense *d, const struct position *p, uint32_t count,
			  uint32_t lanes, struct bytes *out)
{
	uint32_t row;

	for (row = 0; row < d->rows; row++)
		append(out, (nonzeros_by_hand(d, row, p, count) + lanes - 1) / lanes);
	append_padding(out);
	for (row = 0; row < d->rows; row++)
		steps_by_hand(d, row, p, count, lanes, out);
	append_padding(out);
}

/* The format as docs/packed-format.md tells it, position by position. */
static void stream_by_hand(const struct dense *d, uint32_t lanes, uint32_t m, struct bytes *out)
{
	struct position *p = calloc((size_t)d->kernel_h * d->kernel_w * m, sizeof(*p));
	uint32_t first, tap, c, count, at;

	assert_non_null(p);
	*out = (struct bytes){0};
	for (first = 0; first < d->channels; first += m) {
		count = 0;
		for (tap = 0; tap < d->kernel_h * d->kernel_w; tap++)
			for (c = first; c < first + m && c < d->channels; c++)
				p[count++] = (struct position){tap, c};
		for (at = 0; at < count; at += m)
			block_by_hand(d, p + at, count - at < m ? count - at : m, lanes, out);
	}
	free(p);
}

static struct nmaccel_stream_shape shape_of(const struct dense *d, uint32_t lanes, uint32_t m)
{
	return (struct nmaccel_stream_shape){d->rows,	  d->channels, d->kernel_h,
					     d->kernel_w, lanes,       m};
}

/* Write slots back into a dense, which must be empty there. */
static enum nmaccel_status put_slot(void *context, const struct nmaccel_stream_slot *slot)
{
	struct dense *d = context;
	int8_t *p;

	assert_true(slot->row < d->rows && slot->channel < d->channels &&
		    slot->tap < d->kernel_h * d->kernel_w);
	p = dense_at(d, slot->row, slot->tap / d->kernel_w, slot->tap % d->kernel_w, slot->channel);
	assert_int_equal(*p, 0);
	assert_int_not_equal(slot->value, 0);
	*p = slot->value;
	return NMACCEL_OK;
}

static void check_stream(const struct dense *d, uint32_t lanes, uint32_t m)
{
	struct nmaccel_stream_shape shape = shape_of(d, lanes, m);
	struct nmaccel_stream_totals totals = {0};
	uint64_t bytes = nmaccel_stream_size(&shape, d->data);
	uint8_t *stream = malloc(bytes);
	struct dense back;
	struct bytes want;

	assert_non_null(stream);
	stream_by_hand(d, lanes, m, &want);
	assert_int_equal(bytes, want.count);
	nmaccel_stream_write(&shape, d->data, stream);
	assert_memory_equal(stream, want.data, bytes);
	dense_alloc(&back, d->rows, d->channels, d->kernel_h, d->kernel_w);
	assert_ok(nmaccel_stream_read(&shape, stream, bytes, put_slot, &back, &totals));
	assert_memory_equal(back.data, d->data, d->count);
	memset(back.data, 0, back.count);
	assert_int_equal(nmaccel_stream_size(&shape, back.data), nmaccel_stream_min_size(&shape));
	free(want.data);
	free(stream);
	dense_free(&back);
}

static void test_random(void **state)
{
	size_t l, b;
	int round;

	(void)state;
	random_start("test_random");
	for (round = 0; round < 12; round++) {
		struct dense d;

		do {
			dense_random_shape(&d);
			if (d.rows <= NMACCEL_MAX_PANEL_ROWS)
				break;
			dense_free(&d);
		} while (1);
		dense_random_fill(&d);
		for (l = 0; l < N_ELEMENTS(all_lanes); l++)
			for (b = 0; b < N_ELEMENTS(all_blocks); b++)
				check_stream(&d, all_lanes[l], all_blocks[b]);
		dense_free(&d);
	}
}

/* The edges of rows, channels and taps, wholly dense and wholly empty. */
static void test_edges(void **state)
{
	static const uint32_t edges[][4] = {
		{1, 1, 1, 1},	   {1, 128, 1, 1},  {2, 129, 1, 1}, {15, 127, 1, 1},
		{16, 256, 1, 1},   {17, 257, 1, 1}, {512, 3, 1, 1}, {3, 100, 3, 3},
		{3, 200, 2, 3},	   {2, 1, 16, 16},  {1, 512, 2, 1}, {1, 1, 255, 255},
		{1, 131071, 1, 1},
	};
	size_t i, l, b;

	(void)state;
	for (i = 0; i < N_ELEMENTS(edges); i++)
		for (l = 0; l < N_ELEMENTS(all_lanes); l++)
			for (b = 0; b < N_ELEMENTS(all_blocks); b++) {
				struct dense d;

				dense_alloc(&d, edges[i][0], edges[i][1], edges[i][2], edges[i][3]);
				check_stream(&d, all_lanes[l], all_blocks[b]);
				memset(d.data, -128, d.count);
				if (d.count < 100000)
					check_stream(&d, all_lanes[l], all_blocks[b]);
				dense_free(&d);
			}
}

/* 3 x 130: a row of zeros, a row of two steps, two blocks, the second of two positions. */
static void small_dense(struct dense *d)
{
	int i;

	dense_alloc(d, 3, 130, 1, 1);
	d->data[0] = 5;
	d->data[3] = -1;
	d->data[127] = 127;
	d->data[128] = -128;
	for (i = 1; i <= 5; i++)
		d->data[260 + i] = (int8_t)i;
	d->data[260 + 129] = 9;
}

static uint8_t *small_stream(const struct nmaccel_stream_shape *shape, const struct dense *d,
			     uint64_t *bytes)
{
	uint8_t *stream;

	*bytes = nmaccel_stream_size(shape, d->data);
	stream = malloc(*bytes);
	assert_non_null(stream);
	nmaccel_stream_write(shape, d->data, stream);
	return stream;
}

/* A copy of exactly the bytes, so that a sanitizer sees a read beyond them. */
static enum nmaccel_status read_copy(const struct nmaccel_stream_shape *shape,
				     const uint8_t *stream, uint64_t bytes, struct dense *back)
{
	uint8_t *copy = malloc(bytes ? bytes : 1);
	enum nmaccel_status status;

	assert_non_null(copy);
	memcpy(copy, stream, bytes);
	memset(back->data, 0, back->count);
	status = nmaccel_stream_read(shape, copy, bytes, put_slot, back, NULL);
	free(copy);
	return status;
}

/*
 * Every byte with every other value: refused, or a stream of other weights, of which it is then
 * the one stream there is.
 */
static void check_flips(const struct nmaccel_stream_shape *shape, const struct dense *d)
{
	uint32_t accepted = 0, refused = 0, value;
	enum nmaccel_status status;
	struct dense back;
	uint64_t bytes, i;
	uint8_t *stream = small_stream(shape, d, &bytes);

	dense_alloc(&back, d->rows, d->channels, d->kernel_h, d->kernel_w);
	for (i = 0; i < bytes; i++) {
		uint8_t was = stream[i];

		for (value = 0; value < 256; value++) {
			uint64_t again;
			uint8_t *other;

			if (value == was)
				continue;
			stream[i] = (uint8_t)value;
			memset(back.data, 0, back.count);
			status = nmaccel_stream_read(shape, stream, bytes, put_slot, &back, NULL);
			if (status) {
				assert_int_equal(status, NMACCEL_ERR_FORMAT);
				assert_words("byte ");
				refused++;
				continue;
			}
			accepted++;
			assert_memory_not_equal(back.data, d->data, d->count);
			other = small_stream(shape, &back, &again);
			assert_int_equal(again, bytes);
			assert_memory_equal(other, stream, bytes);
			free(other);
		}
		stream[i] = was;
	}
	assert_true(accepted > 0 && refused > accepted);
	free(stream);
	dense_free(&back);
}

static void test_every_byte_changed(void **state)
{
	struct nmaccel_stream_shape shape;
	struct dense d;
	size_t l;

	(void)state;
	for (l = 0; l < N_ELEMENTS(all_lanes); l++) {
		small_dense(&d);
		shape = shape_of(&d, all_lanes[l], 128);
		check_flips(&shape, &d);
		dense_free(&d);
	}
	dense_alloc(&d, 2, 5, 2, 2);
	memset(d.data, 3, d.count);
	shape = shape_of(&d, 4, 128);
	check_flips(&shape, &d);
	dense_free(&d);
}

static void test_every_cut(void **state)
{
	struct nmaccel_stream_shape shape;
	struct dense d, back;
	uint64_t bytes, i;
	uint8_t *stream, *longer;

	(void)state;
	small_dense(&d);
	small_dense(&back);
	shape = shape_of(&d, 4, 128);
	stream = small_stream(&shape, &d, &bytes);
	for (i = 0; i < bytes; i++) {
		assert_status(read_copy(&shape, stream, i, &back), NMACCEL_ERR_FORMAT);
		assert_words("ends in the");
	}
	assert_ok(read_copy(&shape, stream, bytes, &back));
	longer = calloc(1, bytes + 64);
	assert_non_null(longer);
	memcpy(longer, stream, bytes);
	for (i = 1; i <= 64; i++)
		assert_fails(read_copy(&shape, longer, bytes + i, &back), NMACCEL_ERR_FORMAT,
			     "after the last block");
	free(longer);
	free(stream);
	dense_free(&d);
	dense_free(&back);
}

/* Bytes of the small stream of 4 lanes, and what is said of them. */
static void test_places(void **state)
{
	static const struct {
		uint32_t at;
		uint8_t value;
		const char *words;
	} faults[] = {
		{0, 33, "block 0, row 0, byte 0: more steps than the block can need: 33"},
		{0, 32, "block 0, row 0, byte 80: the stream ends in the steps"},
		{0, 0,
		 "block 0, row 2, byte 19: an unused slot before the row's last step, slot 3"},
		{1, 1,
		 "block 0, row 2, byte 33: an unused slot before the row's last step, slot 1"},
		{3, 1, "block 0, byte 3: 0x01 in the padding after the counts"},
		{15, 9, "block 0, byte 15: 0x09 in the padding after the counts"},
		{16, 0, "block 0, row 0, byte 16: a step without a non-zero"},
		{17, 0, "block 0, row 0, byte 21: an unused slot must have index 0, it has 3"},
		{34, 1, "block 0, row 2, byte 34: a value after an unused slot, slot 2"},
		{19, 1, "block 0, row 0, byte 23: index out of order: 0"},
		{20, 3, "block 0, row 0, byte 21: index out of order: 3"},
		{22, 128, "block 0, row 0, byte 22: index outside the block: 128"},
		{23, 1, "block 0, row 0, byte 23: an unused slot must have index 0, it has 1"},
		{27, 0, "block 0, row 2, byte 27: an unused slot before the row's last step"},
		{36, 4, "block 0, row 2, byte 36: index out of order: 4"},
		{40, 1, "block 0, byte 40: 0x01 in the padding after the steps"},
		{48, 2, "block 1, row 0, byte 48: more steps than the block can need: 2"},
		{68, 2, "block 1, row 0, byte 68: index outside the block: 2"},
	};
	struct nmaccel_stream_shape shape;
	struct dense d, back;
	uint8_t *stream;
	uint64_t bytes;
	size_t i;

	(void)state;
	small_dense(&d);
	small_dense(&back);
	shape = shape_of(&d, 4, 128);
	stream = small_stream(&shape, &d, &bytes);
	assert_int_equal(bytes, 80);
	for (i = 0; i < N_ELEMENTS(faults); i++) {
		uint8_t was = stream[faults[i].at];

		stream[faults[i].at] = faults[i].value;
		assert_fails(read_copy(&shape, stream, bytes, &back), NMACCEL_ERR_FORMAT,
			     faults[i].words);
		stream[faults[i].at] = was;
	}
	free(stream);
	dense_free(&d);
	dense_free(&back);
}

static enum nmaccel_status stop_at_third(void *context, const struct nmaccel_stream_slot *slot)
{
	int *count = context;

	(void)slot;
	return ++*count == 3 ? NMACCEL_ERR_BUSY : NMACCEL_OK;
}

static void test_visitor_stops(void **state)
{
	struct nmaccel_stream_totals totals = {77, 77};
	struct nmaccel_stream_shape shape;
	struct dense d;
	uint8_t *stream;
	uint64_t bytes;
	int count = 0;

	(void)state;
	small_dense(&d);
	shape = shape_of(&d, 8, 128);
	stream = small_stream(&shape, &d, &bytes);
	assert_status(nmaccel_stream_read(&shape, stream, bytes, stop_at_third, &count, &totals),
		      NMACCEL_ERR_BUSY);
	assert_int_equal(count, 3);
	assert_int_equal(totals.steps, 77);
	assert_ok(nmaccel_stream_read(&shape, stream, bytes, NULL, NULL, &totals));
	assert_int_equal(totals.nonzeros, 10);
	assert_int_equal(totals.steps, 4);
	free(stream);
	dense_free(&d);
}

/* Random bytes, mostly nonsense: no crash, and what is accepted is canonical. */
static void test_noise(void **state)
{
	struct nmaccel_stream_shape shape;
	struct dense back;
	int round;

	(void)state;
	random_start("test_noise");
	dense_alloc(&back, 5, 150, 1, 1);
	for (round = 0; round < 20000; round++) {
		uint8_t stream[160];
		uint64_t bytes = random_range(0, sizeof(stream)), i;

		for (i = 0; i < bytes; i++)
			stream[i] = (uint8_t)(random_range(0, 3) ? 0 : random_range(0, 3));
		shape = shape_of(&back, all_lanes[random_range(0, 3)], all_blocks[round % 2]);
		if (!read_copy(&shape, stream, bytes, &back))
			assert_int_equal(nmaccel_stream_size(&shape, back.data), bytes);
	}
	dense_free(&back);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_every_byte_changed),
		cmocka_unit_test(test_every_cut),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_visitor_stops),
		cmocka_unit_test(test_noise),
	};

	return cmocka_run_group_tests_name("stream", tests, NULL, NULL);
}
