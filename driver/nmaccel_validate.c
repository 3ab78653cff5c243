// SPDX-License-Identifier: GPL-2.0-only
#include "nmaccel_validate.h"

#define AT(field)	((u32)offsetof(struct nmaccel_hw_desc, field))
#define TENSOR_AT(field) ((u32)offsetof(struct nmaccel_hw_tensor, field))

#define CONV		BIT(NMACCEL_OP_CONV)
#define ADD		BIT(NMACCEL_OP_ADD)
#define POOL_MAX	BIT(NMACCEL_OP_POOL_MAX)
#define POOL_AVG	BIT(NMACCEL_OP_POOL_AVG)
#define ALL		(CONV | ADD | POOL_MAX | POOL_AVG)

struct check {
	const struct nmaccel_limits *limits;
	const struct nmaccel_extent *extents;
	u32 n_extents;
	const struct nmaccel_hw_desc *desc;
	struct nmaccel_invalid *invalid;
};

static int refuse(const struct check *check, u32 field, const char *why)
{
	check->invalid->field = field;
	check->invalid->why = why;
	return -EINVAL;
}

static u32 field_u32(const struct check *check, u32 offset)
{
	u32 value;

	memcpy(&value, (const char *)check->desc + offset, sizeof(value));
	return value;
}

static int check_op(const struct check *check)
{
	u32 flags = 0, cap = 0;

	switch (check->desc->op) {
	case NMACCEL_OP_CONV:
		flags = NMACCEL_FLAG_OUT_S32;
		break;
	case NMACCEL_OP_ADD:
		cap = NMACCEL_CAP_ADD;
		break;
	case NMACCEL_OP_POOL_AVG:
		flags = NMACCEL_FLAG_COUNT_VALID;
		cap = NMACCEL_CAP_POOL;
		break;
	case NMACCEL_OP_POOL_MAX:
		cap = NMACCEL_CAP_POOL;
		break;
	default:
		return refuse(check, AT(op), "unknown operation");
	}
	if (check->desc->flags & ~flags)
		return refuse(check, AT(flags), "unknown flags");
	if ((check->limits->caps & cap) != cap) {
		refuse(check, AT(op), "the card lacks the operation");
		return -EOPNOTSUPP;
	}
	return 0;
}

/* Fields that an operation does not use, in 32-bit words. */
static const struct {
	u32 at;
	u32 words;
	u32 ops;
} unused_fields[] = {
	{ AT(in2), sizeof(struct nmaccel_hw_tensor) / 4, ALL & ~ADD },
	{ AT(weights), (AT(batch) - AT(weights)) / 4, ALL & ~CONV },
	{ AT(pad_top), 1, ADD },
	{ AT(pad_left), 1, ADD },
	{ AT(in2_zero), 1, ALL & ~ADD },
	{ AT(scale), 1, CONV | POOL_MAX },
	{ AT(scale2), 1, ALL & ~ADD },
	{ AT(block_rows), 1, ALL & ~CONV },
	{ AT(reserved), 15, ALL },
};

static int check_unused(const struct check *check)
{
	u32 i, word;

	for (i = 0; i < ARRAY_SIZE(unused_fields); i++) {
		if (!(unused_fields[i].ops & BIT(check->desc->op)))
			continue;
		for (word = 0; word < unused_fields[i].words; word++) {
			u32 at = unused_fields[i].at + 4 * word;

			if (field_u32(check, at))
				return refuse(check, at, "must be zero");
		}
	}
	return 0;
}

static int check_range(const struct check *check, u32 at, u32 min, u32 max)
{
	u32 value = field_u32(check, at);

	if (value < min)
		return refuse(check, at, "too small");
	if (value > max)
		return refuse(check, at, "more than the card can do");
	return 0;
}

/* A height, a width and the batch, of which no product exceeds 2^60. */
static int check_image(const struct check *check, u32 at_h, u32 at_w)
{
	u32 max = min(check->limits->max_pixels, NMACCEL_MAX_PIXELS);
	u64 image = (u64)field_u32(check, at_h) * field_u32(check, at_w);
	int ret;

	ret = check_range(check, at_h, 1, max);
	if (!ret)
		ret = check_range(check, at_w, 1, max);
	if (ret)
		return ret;
	if (image > max)
		return refuse(check, at_h, "more pixels than the card can do");
	if (image * check->desc->batch > max)
		return refuse(check, AT(batch), "more pixels than the card can do");
	return 0;
}

static int check_geometry(const struct check *check)
{
	const struct nmaccel_hw_desc *desc = check->desc;
	int ret;

	ret = check_range(check, AT(batch), 1, min(check->limits->max_pixels, NMACCEL_MAX_PIXELS));
	if (!ret)
		ret = check_image(check, AT(in_h), AT(in_w));
	if (!ret)
		ret = check_image(check, AT(out_h), AT(out_w));
	if (ret || desc->op != NMACCEL_OP_ADD)
		return ret;
	if (desc->out_h != desc->in_h)
		return refuse(check, AT(out_h), "differs from the input's height");
	if (desc->out_w != desc->in_w)
		return refuse(check, AT(out_w), "differs from the input's width");
	return 0;
}

static const u32 window_steps[] = {
	AT(kernel_h), AT(kernel_w), AT(stride_h), AT(stride_w), AT(dilation_h), AT(dilation_w),
};

static int check_window(const struct check *check)
{
	u32 max = min_t(u32, check->limits->max_kernel, NMACCEL_MAX_KERNEL);
	u32 i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(window_steps); i++) {
		ret = check_range(check, window_steps[i], 1,
				  check->desc->op == NMACCEL_OP_ADD ? 1 : max);
		if (ret)
			return ret;
	}
	ret = check_range(check, AT(pad_top), 0, max);
	return ret ?: check_range(check, AT(pad_left), 0, max);
}

static int check_s8(const struct check *check, u32 at)
{
	s32 value = (s32)field_u32(check, at);

	if (value < S8_MIN || value > S8_MAX)
		return refuse(check, at, "not a signed 8-bit number");
	return 0;
}

static int check_quant(const struct check *check)
{
	const struct nmaccel_hw_desc *desc = check->desc;
	bool wide = desc->flags & NMACCEL_FLAG_OUT_S32;
	int ret;

	ret = check_s8(check, AT(in_zero));
	if (!ret)
		ret = check_s8(check, AT(in2_zero));
	if (!ret && wide && desc->out_zero)
		ret = refuse(check, AT(out_zero), "must be zero for 32-bit output");
	if (!ret)
		ret = check_s8(check, AT(out_zero));
	if (!ret && !wide)
		ret = check_s8(check, AT(act_min));
	if (!ret && !wide)
		ret = check_s8(check, AT(act_max));
	if (!ret && desc->act_min > desc->act_max)
		ret = refuse(check, AT(act_min), "above act_max");
	return ret;
}

static int check_channels(const struct check *check, const struct nmaccel_hw_tensor *tensor, u32 at)
{
	u32 max = min_t(u32, check->limits->max_channels, NMACCEL_MAX_CHANNELS);
	int ret;

	ret = check_range(check, at + TENSOR_AT(channels), 1, max);
	if (ret)
		return ret;
	if (tensor->ch0 >= tensor->channels)
		return refuse(check, at + TENSOR_AT(ch0), "beyond the tensor's channels");
	if (!tensor->ch || tensor->ch > tensor->channels - tensor->ch0)
		return refuse(check, at + TENSOR_AT(ch), "beyond the tensor's channels");
	return 0;
}

static int check_tensors(const struct check *check)
{
	const struct nmaccel_hw_desc *desc = check->desc;
	int ret;

	ret = check_channels(check, &desc->in, AT(in));
	if (!ret && desc->op == NMACCEL_OP_ADD)
		ret = check_channels(check, &desc->in2, AT(in2));
	if (!ret)
		ret = check_channels(check, &desc->out, AT(out));
	if (ret)
		return ret;
	if (desc->op == NMACCEL_OP_CONV)
		return check_range(check, AT(out.ch), 1, check->limits->max_rows);
	if (desc->op == NMACCEL_OP_ADD && desc->in2.ch != desc->in.ch)
		return refuse(check, AT(in2.ch), "differs from the first input's");
	if (desc->out.ch != desc->in.ch)
		return refuse(check, AT(out.ch), "differs from the input's");
	return 0;
}

static int check_stream(const struct check *check)
{
	const struct nmaccel_hw_desc *desc = check->desc;

	if (desc->op != NMACCEL_OP_CONV)
		return 0;
	/* At most 255 * 255 * 65536, which 32 bits hold. */
	if (desc->kernel_h * desc->kernel_w * desc->in.ch > NMACCEL_MAX_REDUCTION)
		return refuse(check, AT(in.ch), "the reduction is longer than the card can do");
	if (desc->block_rows != NMACCEL_BLOCK_ROWS_128 &&
	    desc->block_rows != NMACCEL_BLOCK_ROWS_256)
		return refuse(check, AT(block_rows), "neither 128 nor 256");
	if (desc->block_rows > check->limits->block_rows)
		return refuse(check, AT(block_rows), "more than the card can do");
	return 0;
}

static int check_extent(const struct check *check, u32 at_buffer, u32 at_offset, u32 access,
			u64 offset, u64 bytes)
{
	u32 buffer = field_u32(check, at_buffer);
	u64 end;

	if (buffer >= check->n_extents)
		return refuse(check, at_buffer, "no such buffer in the job's table");
	if (!(check->extents[buffer].flags & access))
		return refuse(check, at_buffer, access == NMACCEL_BUF_WRITE ?
			      "the buffer is not for writing" : "the buffer is not for reading");
	if (offset % NMACCEL_ALIGN)
		return refuse(check, at_offset, "not a multiple of 16");
	if (check_add_overflow(offset, bytes, &end) || end > check->extents[buffer].size)
		return refuse(check, at_offset, "reaches beyond the buffer");
	return 0;
}

/*
 * From the tensor's offset to the end of its last used channel in the last column tile. Far from
 * overflow: at most 2^30 tiles of 2^16 channels of some KiB.
 */
static int check_tensor_extent(const struct check *check, const struct nmaccel_hw_tensor *tensor,
			       u32 at, u32 access, u32 pixels, u32 element)
{
	u64 pitch = NMACCEL_PITCH(check->limits->columns, element);
	u64 tiles = DIV_ROUND_UP(pixels, check->limits->columns);
	u64 bytes = ((tiles - 1) * tensor->channels + tensor->ch0 + tensor->ch) * pitch;

	return check_extent(check, at + TENSOR_AT(buffer), at + TENSOR_AT(offset), access,
			    tensor->offset, bytes);
}

static int check_extents(const struct check *check)
{
	const struct nmaccel_hw_desc *desc = check->desc;
	u32 in_pixels = desc->batch * desc->in_h * desc->in_w;
	u32 out_pixels = desc->batch * desc->out_h * desc->out_w;
	u32 element = desc->flags & NMACCEL_FLAG_OUT_S32 && desc->op == NMACCEL_OP_CONV ? 4 : 1;
	int ret;

	ret = check_tensor_extent(check, &desc->in, AT(in), NMACCEL_BUF_READ, in_pixels, 1);
	if (!ret && desc->op == NMACCEL_OP_ADD)
		ret = check_tensor_extent(check, &desc->in2, AT(in2), NMACCEL_BUF_READ, in_pixels,
					  1);
	if (!ret)
		ret = check_tensor_extent(check, &desc->out, AT(out), NMACCEL_BUF_WRITE,
					  out_pixels, element);
	if (ret || desc->op != NMACCEL_OP_CONV)
		return ret;
	ret = check_extent(check, AT(weights), AT(weights_offset), NMACCEL_BUF_READ,
			   desc->weights_offset, desc->weights_bytes);
	if (ret)
		return ret;
	return check_extent(check, AT(params), AT(params_offset), NMACCEL_BUF_READ,
			    desc->params_offset,
			    (u64)desc->out.ch * sizeof(struct nmaccel_hw_param));
}

int nmaccel_validate_desc(const struct nmaccel_limits *limits,
			  const struct nmaccel_extent *extents, u32 n_extents,
			  const struct nmaccel_hw_desc *desc, struct nmaccel_invalid *invalid)
{
	static int (*const steps[])(const struct check *check) = {
		check_op, check_unused, check_tensors, check_geometry, check_window, check_quant,
		check_stream, check_extents,
	};
	const struct check check = {
		.limits = limits,
		.extents = extents,
		.n_extents = n_extents,
		.desc = desc,
		.invalid = invalid,
	};
	u32 i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		ret = steps[i](&check);
		if (ret)
			return ret;
	}
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(nmaccel_validate_desc);
