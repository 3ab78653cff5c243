// SPDX-License-Identifier: MIT
#include "ksft_nmaccel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A test that is short of memory, or of room in its own tables, is wrong itself. */
static void give_up(const char *why)
{
	fprintf(stderr, "# %s\n", why);
	abort();
}

void submit_init(struct submit *submit, int fd, uint32_t ctx)
{
	memset(submit, 0, sizeof(*submit));
	submit->fd = fd;
	submit->args.ctx = ctx;
}

void submit_free(struct submit *submit)
{
	free(submit->descs);
	submit->descs = NULL;
	submit->n_descs = 0;
}

struct nmaccel_hw_desc *submit_desc(struct submit *submit, const struct nmaccel_hw_desc *desc)
{
	/* It may be one of those that move. */
	const struct nmaccel_hw_desc copy = desc ? *desc : (struct nmaccel_hw_desc){0};
	struct nmaccel_hw_desc *added;

	/* Room for 2^n, whenever there are so many. */
	if (!(submit->n_descs & (submit->n_descs - 1))) {
		const size_t room = submit->n_descs ? 2 * submit->n_descs : 1;

		submit->descs = realloc(submit->descs, room * sizeof(*desc));
		if (!submit->descs)
			give_up("out of memory for descriptors");
	}
	added = &submit->descs[submit->n_descs++];
	*added = copy;
	return added;
}

uint32_t submit_buffer(struct submit *submit, uint32_t handle, uint32_t flags)
{
	if (submit->n_buffers == SUBMIT_BUFFERS)
		give_up("more buffers than SUBMIT_BUFFERS");
	submit->buffers[submit->n_buffers] =
		(struct drm_nmaccel_buffer){.handle = handle, .flags = flags};
	return submit->n_buffers++;
}

static void submit_sync(struct submit *submit, uint32_t flags, uint32_t syncobj, uint64_t point)
{
	if (submit->n_syncs == SUBMIT_SYNCS)
		give_up("more syncobjs than SUBMIT_SYNCS");
	submit->syncs[submit->n_syncs++] =
		(struct drm_nmaccel_sync){.flags = flags, .handle = syncobj, .point = point};
}

void submit_wait(struct submit *submit, uint32_t syncobj, uint64_t point)
{
	submit_sync(submit, 0, syncobj, point);
}

void submit_signal(struct submit *submit, uint32_t syncobj, uint64_t point)
{
	submit_sync(submit, DRM_NMACCEL_SYNC_SIGNAL, syncobj, point);
}

void submit_prepare(struct submit *submit)
{
	struct drm_nmaccel_submit *args = &submit->args;

	args->descs =
		(struct drm_nmaccel_obj_array)DRM_NMACCEL_OBJ_ARRAY(submit->n_descs, submit->descs);
	args->buffers = (struct drm_nmaccel_obj_array)DRM_NMACCEL_OBJ_ARRAY(submit->n_buffers,
									    submit->buffers);
	args->syncs =
		(struct drm_nmaccel_obj_array)DRM_NMACCEL_OBJ_ARRAY(submit->n_syncs, submit->syncs);
	args->job = 0;
}

int submit_call(struct submit *submit)
{
	return call(submit->fd, DRM_IOCTL_NMACCEL_SUBMIT, &submit->args);
}

int submit_run(struct submit *submit, uint64_t *job)
{
	int ret;

	submit_prepare(submit);
	ret = submit_call(submit);
	if (job)
		*job = submit->args.job;
	return ret;
}

int job_result(int fd, uint32_t ctx, uint64_t job, struct drm_nmaccel_result *result)
{
	memset(result, 0, sizeof(*result));
	result->ctx = ctx;
	result->job = job;
	return call(fd, DRM_IOCTL_NMACCEL_RESULT, result);
}

int job_wait(int fd, uint32_t ctx, uint64_t job, struct drm_nmaccel_result *result)
{
	const int64_t until = deadline();
	struct drm_nmaccel_result own;
	int ret;

	if (!result)
		result = &own;
	for (;;) {
		ret = job_result(fd, ctx, job, result);
		if (ret || result->error != EBUSY)
			return ret;
		if (deadline_in(0) > until)
			return -ETIME;
		usleep(1000);
	}
}

int job_error(int fd, uint32_t ctx, uint64_t job)
{
	struct drm_nmaccel_result result;
	int ret = job_wait(fd, ctx, job, &result);

	return ret ?: -(int)result.error;
}

int job_look(int fd, uint32_t ctx, uint64_t job)
{
	struct drm_nmaccel_result result;
	int ret = job_result(fd, ctx, job, &result);

	if (ret)
		return ret;
	return result.error == EBUSY ? EBUSY : -(int)result.error;
}

void prng_init(struct prng *prng, uint64_t seed)
{
	const char *start = getenv("NMACCEL_SEED");

	prng->state = seed + (start ? strtoull(start, NULL, 0) : 0);
}

/* splitmix64, upper half */
uint32_t prng_u32(struct prng *prng)
{
	uint64_t z = prng->state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (uint32_t)((z ^ (z >> 31)) >> 32);
}

uint32_t prng_range(struct prng *prng, uint32_t min, uint32_t max)
{
	return min + (uint32_t)(((uint64_t)prng_u32(prng) * ((uint64_t)max - min + 1)) >> 32);
}

void prng_bytes(struct prng *prng, void *to, uint64_t size)
{
	uint8_t *byte = to;
	uint32_t word = 0;
	uint64_t i;

	for (i = 0; i < size; i++) {
		word = i % 4 ? word >> 8 : prng_u32(prng);
		byte[i] = (uint8_t)word;
	}
}
