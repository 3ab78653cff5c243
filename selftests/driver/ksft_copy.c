// SPDX-License-Identifier: MIT
/* A job that copies: how long it takes can be chosen, and its output is known. */
#include "ksft_nmaccel.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define RUBBISH 0x5a

uint64_t copy_bytes(const struct drm_nmaccel_dev_info *info, uint32_t pixels, uint32_t channels)
{
	const uint64_t tiles = (pixels + info->columns - 1) / info->columns;

	return tiles * channels * NMACCEL_PITCH(info->columns, 1);
}

static struct nmaccel_hw_desc copy_desc(uint32_t pixels, uint32_t channels)
{
	return (struct nmaccel_hw_desc){
		.op = NMACCEL_OP_POOL_MAX,
		.in = {.buffer = 0, .channels = channels, .ch = channels},
		.out = {.buffer = 1, .channels = channels, .ch = channels},
		.batch = 1,
		.in_h = 1,
		.in_w = pixels,
		.out_h = 1,
		.out_w = pixels,
		.kernel_h = 1,
		.kernel_w = 1,
		.stride_h = 1,
		.stride_w = 1,
		.dilation_h = 1,
		.dilation_w = 1,
		.act_min = -128,
		.act_max = 127,
	};
}

void copy_fill(struct copy *copy, uint32_t seed)
{
	struct prng prng;

	prng_init(&prng, seed);
	prng_bytes(&prng, copy->in.map, copy->in.size);
	memset(copy->out.map, RUBBISH, copy->out.size);
}

int copy_init(struct copy *copy, int fd, uint32_t pixels, uint32_t channels)
{
	int ret;

	memset(copy, 0, sizeof(*copy));
	copy->pixels = pixels;
	copy->channels = channels;
	copy->desc = copy_desc(pixels, channels);
	ret = dev_info(fd, &copy->info);
	if (!ret)
		ret = bo_new(fd, copy_bytes(&copy->info, pixels, channels), &copy->in);
	if (!ret)
		ret = bo_new(fd, copy_bytes(&copy->info, pixels, channels), &copy->out);
	if (ret)
		copy_free(copy);
	else
		copy_fill(copy, 1);
	return ret;
}

void copy_free(struct copy *copy)
{
	bo_free(&copy->in);
	bo_free(&copy->out);
}

void copy_add(const struct copy *copy, struct submit *submit, uint32_t times)
{
	struct nmaccel_hw_desc desc = copy->desc;

	desc.in.buffer = submit_buffer(submit, copy->in.handle, DRM_NMACCEL_BUFFER_READ);
	desc.out.buffer = submit_buffer(submit, copy->out.handle, DRM_NMACCEL_BUFFER_WRITE);
	while (times--)
		submit_desc(submit, &desc);
}

int copy_submit(const struct copy *copy, uint32_t ctx, uint32_t times, uint64_t *job)
{
	struct submit submit;
	int ret;

	submit_init(&submit, copy->in.fd, ctx);
	copy_add(copy, &submit, times);
	ret = submit_run(&submit, job);
	submit_free(&submit);
	return ret;
}

uint64_t copy_check(const struct copy *copy)
{
	const uint32_t columns = copy->info.columns, pitch = NMACCEL_PITCH(columns, 1);
	const uint64_t bytes = copy_bytes(&copy->info, copy->pixels, copy->channels);
	uint64_t at, wrong = 0;

	for (at = 0; at < bytes; at++) {
		const uint64_t tile = at / ((uint64_t)copy->channels * pitch);
		const uint64_t column = at % pitch;
		const bool there = column < columns && tile * columns + column < copy->pixels;

		wrong += copy->out.map[at] != (there ? copy->in.map[at] : 0);
	}
	for (; at < copy->out.size; at++)
		wrong += copy->out.map[at] != RUBBISH;
	return wrong;
}

int copy_run(struct copy *copy, uint32_t ctx)
{
	uint64_t job;
	int ret;

	copy_fill(copy, 2);
	ret = copy_submit(copy, ctx, 1, &job);
	if (!ret)
		ret = job_error(copy->in.fd, ctx, job);
	if (!ret)
		ret = bo_wait(&copy->out, true);
	if (!ret && copy_check(copy))
		ret = -EILSEQ;
	return ret;
}

int copy_times_for(struct copy *copy, uint32_t ctx, unsigned int ms, uint32_t *times)
{
	struct drm_nmaccel_result result;
	uint64_t job, n;
	int ret;

	ret = copy_submit(copy, ctx, 1, &job);
	if (!ret)
		ret = job_wait(copy->in.fd, ctx, job, &result);
	if (ret)
		return ret;
	if (result.error)
		return -(int)result.error;
	n = ms * 1000000ull / (result.run_ns ?: 1) + 1;
	*times = n < copy->info.max_descs ? (uint32_t)n : copy->info.max_descs;
	return 0;
}

int card_still_works(unsigned int index)
{
	const int fd = card_open(index);
	struct copy copy;
	uint32_t ctx;
	int ret;

	if (fd < 0)
		return fd;
	ret = ctx_create(fd, DRM_NMACCEL_PRIORITY_NORMAL, &ctx);
	if (!ret)
		ret = copy_init(&copy, fd, 100, 30);
	if (!ret) {
		ret = copy_run(&copy, ctx);
		copy_free(&copy);
	}
	close(fd);
	return ret;
}
