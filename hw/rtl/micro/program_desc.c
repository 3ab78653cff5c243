// SPDX-License-Identifier: MIT
/* A descriptor: what hw/hls/src/desc.h and operands.h do, and what follows from its fields. */
#include "program.h"

/* A descriptor: the fields that need no memory. */

static void known_flags(uint32_t known)
{
	load(DESC(flags));
	mask(imm_at(~known, DESC(flags)));
	fail_if(NE, FIELD_FAULT);
}

static void reserved(void)
{
	const label bad = make_label(), good = make_label();
	const size_t first = offsetof(struct nmaccel_hw_desc, reserved);
	size_t at;

	zero(DESC(reserved[0]));
	/* Two at once; if one of them is not zero, which? */
	for (at = first + 4; at < DESC_BYTES; at += 8) {
		load(memory(MICRO_WORD_DESC, false, at, 8));
		branch_if(NE, bad);
	}
	jump(good);
	place(bad);
	for (at = first + 4; at < DESC_BYTES; at += 4)
		zero(memory(MICRO_WORD_DESC, false, at, 4));
	place(good);
}

static void check_op(void)
{
	const label conv = make_label(), avg = make_label(), plain = make_label();
	const label known = make_label();

	load(DESC(op));
	out(MICRO_OUT_OP);
	against(NMACCEL_OP_CONV);
	branch_if(EQ, conv);
	is_op(NMACCEL_OP_POOL_AVG, avg);
	is_op(NMACCEL_OP_ADD, plain);
	load(DESC(op));
	against(NMACCEL_OP_POOL_MAX);
	fail_if(NE, NMACCEL_FAULT_OP);
	place(plain);
	known_flags(0);
	jump(known);
	place(avg);
	known_flags(NMACCEL_FLAG_COUNT_VALID);
	jump(known);
	place(conv);
	known_flags(NMACCEL_FLAG_OUT_S32);
	place(known);
	load(DESC(flags));
	shr(imm(SHIFT_OF(NMACCEL_FLAG_OUT_S32)));
	out(MICRO_OUT_WIDE);
	load(DESC(flags));
	shr(imm(SHIFT_OF(NMACCEL_FLAG_COUNT_VALID)));
	out(MICRO_OUT_COUNT_VALID);
}

/* A tensor of the descriptor. */
struct tensor {
	struct operand buffer, channels, offset, ch0, ch;
	enum micro_out port, base, step;
};

#define TENSOR(field, name)                                                                        \
	{                                                                                          \
		DESC(field.buffer), DESC(field.channels), DESC(field.offset), DESC(field.ch0),     \
			DESC(field.ch), MICRO_OUT_##name##_ADDR, MICRO_OUT_##name##_BASE,          \
			MICRO_OUT_##name##_STEP                                                    \
	}

static void check_tensor(const struct tensor *tensor)
{
	load_range(tensor->channels, NMACCEL_MAX_CHANNELS);
	sub(imm(1));
	compare(tensor->ch0);
	fail_if(LTU, FIELD_FAULT);
	load(tensor->ch);
	fail_if(EQ, FIELD_FAULT);
	load(tensor->channels);
	sub(tensor->ch0);
	compare(tensor->ch);
	fail_if(LTU, FIELD_FAULT);
}

static void check_unused(const struct tensor *tensor)
{
	zero(tensor->buffer);
	zero(tensor->channels);
	zero(tensor->offset);
	zero(tensor->ch0);
	zero(tensor->ch);
}

static void check_tensors(const struct tensor *in, const struct tensor *in2,
			  const struct tensor *result)
{
	const label unused = make_label(), checked = make_label(), conv = make_label();
	const label done = make_label();

	check_tensor(in);
	is_not_op(NMACCEL_OP_ADD, unused);
	check_tensor(in2);
	load(in->ch);
	compare(in2->ch);
	fail_if(NE, FIELD_FAULT);
	jump(checked);
	place(unused);
	check_unused(in2);
	place(checked);
	check_tensor(result);
	is_op(NMACCEL_OP_CONV, conv);
	load(in->ch);
	compare(result->ch);
	fail_if(NE, FIELD_FAULT);
	jump(done);
	place(conv);
	load(hard(MICRO_HARD_MAX_ROWS));
	compare(result->ch);
	fail_if(LTU, LIMIT_FAULT);
	place(done);
	load(in->ch);
	out(MICRO_OUT_IN_CH);
	load(result->ch);
	out(MICRO_OUT_OUT_CH);
}

/* Height and width of images, whose columns go to a temporary; A is then the tensor's last column.
 */
static void check_pixels(struct operand height, enum micro_out height_out, struct operand width,
			 enum micro_out width_out, uint32_t image)
{
	load_range(height, NMACCEL_MAX_PIXELS);
	out(height_out);
	load_range(width, NMACCEL_MAX_PIXELS);
	out(width_out);
	mul(height);
	at_most(height, NMACCEL_MAX_PIXELS, LIMIT_FAULT);
	store(image);
	load(DESC(batch));
	mul(temp(image));
	at_most(DESC(batch), NMACCEL_MAX_PIXELS, LIMIT_FAULT);
	sub(imm(1));
}

static void check_geometry(void)
{
	const label done = make_label();

	load_range(DESC(batch), NMACCEL_MAX_PIXELS);
	check_pixels(DESC(in_h), MICRO_OUT_IN_H, DESC(in_w), MICRO_OUT_IN_W, IMAGE);
	divide();
	store(IN_TILES);
	check_pixels(DESC(out_h), MICRO_OUT_OUT_H, DESC(out_w), MICRO_OUT_OUT_W, WORK);
	divide();
	store(OUT_TILES);
	add(imm(1));
	out(MICRO_OUT_TILES);
	load(hard(MICRO_HARD_REST));
	add(imm(1));
	out(MICRO_OUT_LAST_COLUMNS);
	is_not_op(NMACCEL_OP_ADD, done);
	load(DESC(in_h));
	compare(DESC(out_h));
	fail_if(NE, FIELD_FAULT);
	load(DESC(in_w));
	compare(DESC(out_w));
	fail_if(NE, FIELD_FAULT);
	place(done);
}

/* A field of the window; an addition has the only one that copies. */
static void window_field(struct operand field, enum micro_out where, uint32_t copies, bool addition)
{
	load(field);
	out(where);
	if (addition) {
		against((int32_t)copies);
		fail_if(NE, FIELD_FAULT);
		return;
	}
	if (copies)
		fail_if(EQ, FIELD_FAULT);
	at_most(field, NMACCEL_MAX_KERNEL, LIMIT_FAULT);
}

static void window(bool addition)
{
	window_field(DESC(kernel_h), MICRO_OUT_KERNEL_H, 1, addition);
	window_field(DESC(kernel_w), MICRO_OUT_KERNEL_W, 1, addition);
	window_field(DESC(stride_h), MICRO_OUT_STRIDE_H, 1, addition);
	window_field(DESC(stride_w), MICRO_OUT_STRIDE_W, 1, addition);
	window_field(DESC(pad_top), MICRO_OUT_PAD_TOP, 0, addition);
	window_field(DESC(pad_left), MICRO_OUT_PAD_LEFT, 0, addition);
	window_field(DESC(dilation_h), MICRO_OUT_DILATION_H, 1, addition);
	window_field(DESC(dilation_w), MICRO_OUT_DILATION_W, 1, addition);
}

static void check_window(void)
{
	const label addition = make_label(), done = make_label();

	is_op(NMACCEL_OP_ADD, addition);
	window(false);
	jump(done);
	place(addition);
	window(true);
	place(done);
}

static void check_s8(struct operand field)
{
	load(field);
	against(INT8_MIN);
	fail_if(LTS, FIELD_FAULT);
	compare(imm_at(INT8_MAX, field));
	fail_if(GTS, FIELD_FAULT);
}

static void check_zeros(void)
{
	const label addition = make_label(), narrow = make_label(), done = make_label();

	check_s8(DESC_S(in_zero));
	out(MICRO_OUT_IN_ZERO);
	is_op(NMACCEL_OP_ADD, addition);
	zero(DESC(in2_zero));
	place(addition);
	check_s8(DESC_S(in2_zero));
	out(MICRO_OUT_IN2_ZERO);
	load(DESC(flags));
	mask(imm(NMACCEL_FLAG_OUT_S32));
	branch_if(EQ, narrow);
	zero(DESC(out_zero));
	out(MICRO_OUT_OUT_ZERO);
	jump(done);
	place(narrow);
	check_s8(DESC_S(out_zero));
	out(MICRO_OUT_OUT_ZERO);
	check_s8(DESC_S(act_min));
	check_s8(DESC_S(act_max));
	place(done);
}

static void check_quant(void)
{
	const label scale = make_label(), scale2 = make_label();

	check_zeros();
	load(DESC_S(act_min));
	out(MICRO_OUT_ACT_MIN);
	load(DESC_S(act_max));
	out(MICRO_OUT_ACT_MAX);
	compare(DESC_S(act_min));
	fail_if(LTS, FIELD_FAULT);
	is_op(NMACCEL_OP_ADD, scale2);
	is_op(NMACCEL_OP_POOL_AVG, scale);
	zero(DESC(scale));
	place(scale);
	zero(DESC(scale2));
	place(scale2);
	load(DESC(scale));
	out(MICRO_OUT_SCALE);
	load(DESC(scale2));
	out(MICRO_OUT_SCALE2);
}

static void check_weights(void)
{
	const label conv = make_label(), done = make_label(), rows = make_label();

	is_op(NMACCEL_OP_CONV, conv);
	zero(DESC(weights));
	zero(DESC(params));
	zero(DESC(weights_offset));
	zero(DESC(weights_bytes));
	zero(DESC(params_offset));
	zero(DESC(block_rows));
	load(hard(MICRO_HARD_BLOCK_ROWS));
	jump(done);
	place(conv);
	load(DESC(kernel_h));
	mul(DESC(kernel_w));
	mul(DESC(in.ch));
	at_most(DESC(in.ch), NMACCEL_MAX_REDUCTION, LIMIT_FAULT);
	load(DESC(block_rows));
	against(NMACCEL_BLOCK_ROWS_128);
	branch_if(EQ, rows);
	load(DESC(block_rows));
	against(NMACCEL_BLOCK_ROWS_256);
	fail_if(NE, FIELD_FAULT);
	load(hard(MICRO_HARD_BLOCK_ROWS));
	compare(DESC(block_rows));
	fail_if(LTU, LIMIT_FAULT);
	place(rows);
	load(DESC(block_rows));
	place(done);
	shr(imm(SHIFT_OF(NMACCEL_BLOCK_ROWS_256)));
	out(MICRO_OUT_BLOCK256);
}

/* A descriptor: its buffers. */

/*
 * The buffer of [offset, offset + BYTES), and its port. In the end A is the end, which goes to
 * end_out too.
 */
static void open_operand(struct operand buffer, uint32_t access, struct operand offset,
			 enum micro_out port, enum micro_out end_out)
{
	const label wraps = make_label(), fits = make_label();

	load(imm(0));
	out(MICRO_OUT_FAULT_OFFSET);
	load(buffer);
	out(MICRO_OUT_FAULT_BUFFER);
	take_index(buffer);
	load(JOB(n_buffers));
	compare(buffer);
	fail_if(LEU, NMACCEL_FAULT_BUFFER);
	load(ENTRY(addr));
	out(port);
	load(ENTRY(size));
	out(port + 1);
	load(ENTRY(page_shift));
	out(port + 3);
	load(buffer);
	out(port + 4);
	load(ENTRY(flags));
	shr(imm(SHIFT_OF(NMACCEL_BUF_PAGE_LIST)));
	out(port + 2);
	load(offset);
	out(MICRO_OUT_FAULT_OFFSET);
	load(ENTRY(flags));
	mask(imm_at(access, buffer));
	fail_if(EQ, NMACCEL_FAULT_ACCESS);
	load(offset);
	mask(imm_at(NMACCEL_ALIGN - 1u, offset));
	fail_if(NE, NMACCEL_FAULT_ALIGN);
	load(temp(BYTES));
	add(offset);
	out(MICRO_OUT_FAULT_OFFSET);
	compare(offset);
	out(end_out);
	branch_if(LTU, wraps);
	compare(ENTRY(size));
	fail_at_if(GTU, NMACCEL_FAULT_BOUNDS, offset);
	jump(fits);
	place(wraps);
	room_from(imm_at(0, offset));
	out(MICRO_OUT_FAULT_OFFSET);
	compare(imm_at(0, offset));
	fail_if(ALWAYS, NMACCEL_FAULT_BOUNDS);
	place(fits);
}

/*
 * From the tensor's offset to the end of the last channel that is used, in the last tile; then the
 * place of its first channel, and the bytes of a column tile.
 */
static void open_tensor(const struct tensor *tensor, uint32_t access, uint32_t tiles)
{
	load(temp(tiles));
	mul(tensor->channels);
	add(tensor->ch0);
	add(tensor->ch);
	mul(temp(PITCH));
	store(BYTES);
	open_operand(tensor->buffer, access, tensor->offset, tensor->port, MICRO_OUT_NOWHERE);
	load(tensor->ch0);
	mul(temp(PITCH));
	add(tensor->offset);
	out(tensor->base);
	load(tensor->channels);
	mul(temp(PITCH));
	out(tensor->step);
}

static void open_weights(void)
{
	load(DESC(weights_bytes));
	store(BYTES);
	open_operand(DESC(weights), NMACCEL_BUF_READ, DESC(weights_offset), MICRO_OUT_WEIGHTS_ADDR,
		     MICRO_OUT_WEIGHTS_END);
	load(DESC(weights_offset));
	out(MICRO_OUT_WEIGHTS_OFFSET);
	load(DESC(out.ch));
	mul(imm(sizeof(struct nmaccel_hw_param)));
	store(BYTES);
	open_operand(DESC(params), NMACCEL_BUF_READ, DESC(params_offset), MICRO_OUT_PARAMS_ADDR,
		     MICRO_OUT_NOWHERE);
	load(DESC(params_offset));
	out(MICRO_OUT_PARAMS_OFFSET);
}

static void open_operands(const struct tensor *in, const struct tensor *in2,
			  const struct tensor *result)
{
	const label one = make_label(), narrow = make_label(), done = make_label();

	load(hard(MICRO_HARD_PITCH_S8));
	store(PITCH);
	open_tensor(in, NMACCEL_BUF_READ, IN_TILES);
	is_not_op(NMACCEL_OP_ADD, one);
	open_tensor(in2, NMACCEL_BUF_READ, IN_TILES);
	place(one);
	load(DESC(flags));
	mask(imm(NMACCEL_FLAG_OUT_S32));
	branch_if(EQ, narrow);
	load(hard(MICRO_HARD_PITCH_S32));
	store(PITCH);
	place(narrow);
	open_tensor(result, NMACCEL_BUF_WRITE, OUT_TILES);
	is_not_op(NMACCEL_OP_CONV, done);
	open_weights();
	place(done);
}

/* A descriptor: how its window moves, see nmaccel_pkg::desc_t. */

/* A to a position; tile is the first of its two registers. */
static void position(enum micro_out tile)
{
	divide();
	out(tile);
	load(hard(MICRO_HARD_REST));
	out(tile + 1);
}

static void window_rows(void)
{
	load(DESC(stride_h));
	mul(DESC(in_w));
	store(DOWN);
	load(DESC(out_w));
	sub(imm(1));
	mul(DESC(stride_w));
	store(ALONG);
	load(temp(DOWN));
	sub(temp(ALONG));
	position(MICRO_OUT_NEXT_Y_TILE);
}

/*
 * The way back over an image's rows may be 2^68 columns, so it is taken in base C: DOWN times the
 * rows is DOWN_TILE times the rows in tiles, and DOWN_PLACE times the rows in columns.
 */
static void window_images(void)
{
	load(temp(DOWN));
	divide();
	store(DOWN_TILE);
	load(hard(MICRO_HARD_REST));
	store(DOWN_PLACE);
	load(DESC(out_h));
	sub(imm(1));
	store(ROWS);
	mul(temp(DOWN_TILE));
	store(DOWN_TILE);
	load(temp(ROWS));
	mul(temp(DOWN_PLACE));
	store(DOWN_PLACE);
	load(temp(IMAGE));
	sub(temp(DOWN_PLACE));
	sub(temp(ALONG));
	divide();
	sub(temp(DOWN_TILE));
	out(MICRO_OUT_NEXT_IMAGE_TILE);
	load(hard(MICRO_HARD_REST));
	out(MICRO_OUT_NEXT_IMAGE_PLACE);
}

static void window_taps(void)
{
	load(DESC(dilation_w));
	position(MICRO_OUT_TAP_X_TILE);
	load(DESC(kernel_w));
	sub(imm(1));
	mul(DESC(dilation_w));
	store(WORK);
	load(DESC(dilation_h));
	mul(DESC(in_w));
	sub(temp(WORK));
	position(MICRO_OUT_TAP_Y_TILE);
}

static void derive_positions(void)
{
	load(DESC(pad_top));
	mul(DESC(in_w));
	add(DESC(pad_left));
	store(WORK);
	load(imm(0));
	sub(temp(WORK));
	position(MICRO_OUT_CORNER_TILE);
	load(DESC(stride_w));
	position(MICRO_OUT_NEXT_X_TILE);
	window_rows();
	window_images();
	window_taps();
}

void check_desc(void)
{
	const struct tensor in = TENSOR(in, IN);
	const struct tensor in2 = TENSOR(in2, IN2);
	const struct tensor result = TENSOR(out, OUT);

	check_op();
	reserved();
	check_tensors(&in, &in2, &result);
	check_geometry();
	check_window();
	check_quant();
	check_weights();
	open_operands(&in, &in2, &result);
	derive_positions();
}
