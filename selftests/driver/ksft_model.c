// SPDX-License-Identifier: MIT
#include "ksft_model.h"

#include <string.h>

#define TWO_TO_24 16777216.0f

struct model {
	const struct drm_nmaccel_dev_info *info;
	const struct nmaccel_hw_desc *desc;
	const int8_t *weights;
	uint8_t *const *buffers;
};

uint64_t tensor_at(const struct drm_nmaccel_dev_info *info, const struct nmaccel_hw_tensor *tensor,
		   uint32_t element, uint32_t channel, uint32_t pixel)
{
	const uint64_t pitch = NMACCEL_PITCH(info->columns, element);

	return tensor->offset + (uint64_t)(pixel / info->columns) * tensor->channels * pitch +
	       (uint64_t)(tensor->ch0 + channel) * pitch + pixel % info->columns * element;
}

uint64_t tensor_end(const struct drm_nmaccel_dev_info *info, const struct nmaccel_hw_tensor *tensor,
		    uint32_t element, uint32_t pixels)
{
	const uint32_t first = (pixels - 1) / info->columns * info->columns;

	return tensor_at(info, tensor, element, tensor->ch - 1, first) +
	       NMACCEL_PITCH(info->columns, element);
}

static float fp32(uint32_t bits)
{
	float value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

/* To nearest, ties to even; a NaN is the least. */
static int32_t round_fp32(float value)
{
	int32_t whole;
	float rest;

	if (!(value > -TWO_TO_24))
		return -(1 << 24);
	if (value > TWO_TO_24)
		return 1 << 24;
	whole = (int32_t)value;
	rest = value - (float)whole;
	if (rest > 0.5f || (rest == 0.5f && whole % 2))
		return whole + 1;
	if (rest < -0.5f || (rest == -0.5f && whole % 2))
		return whole - 1;
	return whole;
}

static int32_t saturate(const struct nmaccel_hw_desc *desc, int32_t value)
{
	if (value < desc->act_min)
		return desc->act_min;
	return value > desc->act_max ? desc->act_max : value;
}

static int32_t quantise(const struct nmaccel_hw_desc *desc, float value)
{
	return saturate(desc, round_fp32(value) + desc->out_zero);
}

/* Where an output pixel is in its image. */
struct place {
	uint32_t image;
	uint32_t y;
	uint32_t x;
};

static struct place place_of(const struct nmaccel_hw_desc *desc, uint32_t pixel)
{
	return (struct place){
		.image = pixel / (desc->out_h * desc->out_w),
		.y = pixel / desc->out_w % desc->out_h,
		.x = pixel % desc->out_w,
	};
}

/* An input element under tap (i, j) of the window; false outside the image. */
static bool input_at(const struct model *model, uint32_t channel, const struct place *place,
		     uint32_t i, uint32_t j, int32_t *value)
{
	const struct nmaccel_hw_desc *desc = model->desc;
	const int64_t y =
		(int64_t)place->y * desc->stride_h - desc->pad_top + (int64_t)i * desc->dilation_h;
	const int64_t x =
		(int64_t)place->x * desc->stride_w - desc->pad_left + (int64_t)j * desc->dilation_w;
	uint32_t pixel;

	if (y < 0 || y >= desc->in_h || x < 0 || x >= desc->in_w)
		return false;
	pixel = (place->image * desc->in_h + (uint32_t)y) * desc->in_w + (uint32_t)x;
	*value = (int8_t)model->buffers[desc->in.buffer]
				       [tensor_at(model->info, &desc->in, 1, channel, pixel)];
	return true;
}

static int32_t conv(const struct model *model, uint32_t row, const struct place *place)
{
	const struct nmaccel_hw_desc *desc = model->desc;
	const int8_t *weight =
		model->weights + (size_t)row * desc->kernel_h * desc->kernel_w * desc->in.ch;
	struct nmaccel_hw_param param;
	uint32_t i, j, channel, sum = 0;

	for (i = 0; i < desc->kernel_h; i++)
		for (j = 0; j < desc->kernel_w; j++)
			for (channel = 0; channel < desc->in.ch; channel++, weight++) {
				int32_t value = desc->in_zero;

				if (!*weight)
					continue;
				input_at(model, channel, place, i, j, &value);
				sum += (uint32_t)(value * *weight);
			}
	memcpy(&param, model->buffers[desc->params] + desc->params_offset + row * sizeof(param),
	       sizeof(param));
	sum += (uint32_t)param.bias;
	if (desc->flags & NMACCEL_FLAG_OUT_S32)
		return saturate(desc, (int32_t)sum);
	return quantise(desc, (float)(int32_t)sum * fp32(param.scale));
}

static int32_t add(const struct model *model, uint32_t channel, uint32_t pixel)
{
	const struct nmaccel_hw_desc *desc = model->desc;
	const int8_t a = (int8_t)model->buffers[desc->in.buffer][tensor_at(model->info, &desc->in,
									   1, channel, pixel)];
	const int8_t b = (int8_t)model->buffers[desc->in2.buffer][tensor_at(model->info, &desc->in2,
									    1, channel, pixel)];
	const float left = (float)(a - desc->in_zero) * fp32(desc->scale);
	const float right = (float)(b - desc->in2_zero) * fp32(desc->scale2);

	return quantise(desc, left + right);
}

static int32_t pool(const struct model *model, uint32_t channel, const struct place *place)
{
	const struct nmaccel_hw_desc *desc = model->desc;
	int32_t value, sum = 0, largest = -129, count = 0;
	uint32_t i, j;
	float scale = fp32(desc->scale);

	for (i = 0; i < desc->kernel_h; i++)
		for (j = 0; j < desc->kernel_w; j++) {
			if (!input_at(model, channel, place, i, j, &value))
				continue;
			sum += value - desc->in_zero;
			largest = value > largest ? value : largest;
			count++;
		}
	if (desc->op == NMACCEL_OP_POOL_MAX)
		return count ? saturate(desc, largest) : desc->act_min;
	if (!count)
		return quantise(desc, 0);
	if (desc->flags & NMACCEL_FLAG_COUNT_VALID)
		scale = scale / (float)count;
	return quantise(desc, (float)sum * scale);
}

static int32_t element_of(const struct model *model, uint32_t channel, uint32_t pixel)
{
	const struct place place = place_of(model->desc, pixel);

	switch (model->desc->op) {
	case NMACCEL_OP_CONV:
		return conv(model, channel, &place);
	case NMACCEL_OP_ADD:
		return add(model, channel, pixel);
	default:
		return pool(model, channel, &place);
	}
}

void model_run(const struct drm_nmaccel_dev_info *info, const struct nmaccel_hw_desc *desc,
	       const int8_t *weights, uint8_t *const *buffers)
{
	const struct model model = {info, desc, weights, buffers};
	const uint32_t element =
		desc->flags & NMACCEL_FLAG_OUT_S32 && desc->op == NMACCEL_OP_CONV ? 4 : 1;
	const uint32_t pixels = desc->batch * desc->out_h * desc->out_w;
	uint8_t *out = buffers[desc->out.buffer];
	uint32_t channel, pixel;

	for (channel = 0; channel < desc->out.ch; channel++)
		for (pixel = 0; pixel < pixels; pixel++) {
			const uint64_t at = tensor_at(info, &desc->out, element, channel, pixel);
			const int32_t value = element_of(&model, channel, pixel);

			/* Its whole pitch, with zeros in the columns that do not exist. */
			if (pixel % info->columns == 0)
				memset(out + at, 0, NMACCEL_PITCH(info->columns, element));
			memcpy(out + at, &value, element);
		}
}
