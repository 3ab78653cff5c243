// SPDX-License-Identifier: MIT
#include "drm/drm_device.h"

#include <stdlib.h>
#include <string.h>

#include "drm/card.h"
#include "drm/memory.h"
#include "drm/node.h"
#include "drm/program.h"
#include "drm/queue.h"
#include "error.h"

struct drm_device {
	struct nmaccel_drm_node node;
	struct nmaccel_drm_heap heap;
	struct nmaccel_drm_queue *queue;
};

/* ---- operations ------------------------------------------------------------------------------ */

static void release(void *priv)
{
	struct drm_device *drm = priv;

	nmaccel_drm_heap_fini(&drm->heap);
	nmaccel_drm_node_close(&drm->node);
	free(drm);
}

static void drm_close(void *priv)
{
	struct drm_device *drm = priv;

	nmaccel_drm_queue_close(drm->queue);
}

static enum nmaccel_status drm_memory_create(void *priv, uint64_t bytes,
					     enum nmaccel_memory_use use,
					     struct nmaccel_memory **memory)
{
	struct drm_device *drm = priv;

	return nmaccel_drm_memory_create(&drm->heap, bytes, use, memory);
}

static enum nmaccel_status drm_memory_import(void *priv, int fd, uint64_t bytes,
					     struct nmaccel_memory **memory)
{
	struct drm_device *drm = priv;

	return nmaccel_drm_memory_import(&drm->heap, fd, bytes, memory);
}

static enum nmaccel_status drm_memory_export(void *priv, struct nmaccel_memory *memory, int *fd)
{
	struct drm_device *drm = priv;

	return nmaccel_drm_memory_export(&drm->heap, memory, fd);
}

static enum nmaccel_status drm_memory_sync(void *priv, struct nmaccel_memory *memory,
					   enum nmaccel_sync direction, uint64_t offset,
					   uint64_t bytes)
{
	struct drm_device *drm = priv;

	(void)offset;
	(void)bytes;
	return nmaccel_drm_memory_sync(&drm->heap, memory, direction);
}

static enum nmaccel_status drm_memory_begin(void *priv, struct nmaccel_memory *memory, bool write,
					    uint64_t offset, uint64_t bytes)
{
	(void)priv;
	(void)offset;
	(void)bytes;
	return nmaccel_drm_memory_begin(memory, write);
}

static enum nmaccel_status drm_memory_end(void *priv, struct nmaccel_memory *memory, bool write,
					  uint64_t offset, uint64_t bytes)
{
	(void)priv;
	(void)offset;
	(void)bytes;
	return nmaccel_drm_memory_end(memory, write);
}

static void drm_memory_destroy(void *priv, struct nmaccel_memory *memory)
{
	struct drm_device *drm = priv;

	nmaccel_drm_memory_destroy(&drm->heap, memory);
}

/* The buffers' own checks are the driver's, at each submission. */
static enum nmaccel_status drm_program_create(void *priv, const struct nmaccel_hw_desc *descs,
					      uint32_t n_descs,
					      const struct nmaccel_binding *bindings,
					      uint32_t n_bindings, void **program)
{
	struct drm_device *drm = priv;
	struct nmaccel_drm_program *p = NULL;
	enum nmaccel_status status;

	(void)bindings;
	status = nmaccel_drm_program_create(&drm->node.limits, descs, n_descs, n_bindings, &p);
	if (!status)
		*program = p;
	return status;
}

static void drm_program_destroy(void *priv, void *program)
{
	(void)priv;
	nmaccel_drm_program_destroy(program);
}

static enum nmaccel_status drm_submit(void *priv, struct nmaccel_job *job)
{
	struct drm_device *drm = priv;

	return nmaccel_drm_queue_submit(drm->queue, job);
}

static enum nmaccel_status drm_fence_export(void *priv, uint64_t point, int *fd)
{
	struct drm_device *drm = priv;

	return nmaccel_drm_queue_export(drm->queue, point, fd);
}

/* No memory_wrap: the card reaches no memory that its driver has not allocated or imported. */
static const struct nmaccel_device_ops drm_ops = {
	.close = drm_close,
	.memory_create = drm_memory_create,
	.memory_import = drm_memory_import,
	.memory_export = drm_memory_export,
	.memory_sync = drm_memory_sync,
	.memory_begin = drm_memory_begin,
	.memory_end = drm_memory_end,
	.memory_destroy = drm_memory_destroy,
	.program_create = drm_program_create,
	.program_destroy = drm_program_destroy,
	.submit = drm_submit,
	.fence_export = drm_fence_export,
};

/* ---- listing and opening --------------------------------------------------------------------- */

enum nmaccel_status nmaccel_drm_list(const struct nmaccel_backend *backend, size_t i,
				     struct nmaccel_device_info *info)
{
	struct nmaccel_card *cards = NULL;
	struct nmaccel_drm_node node;
	enum nmaccel_status status;
	size_t n = 0;

	status = nmaccel_card_find(&cards, &n);
	if (status)
		return status;
	if (i >= n) {
		status = nmaccel_error(NMACCEL_ERR_NO_DEVICE, "%s: no more cards", backend->name);
	} else if (nmaccel_drm_node_open(&cards[i], &node)) {
		nmaccel_drm_describe_broken(&cards[i], info);
	} else {
		*info = node.info;
		nmaccel_drm_node_close(&node);
	}
	free(cards);
	return status;
}

static enum nmaccel_status open_card(const struct nmaccel_card *card,
				     struct nmaccel_device_open *device)
{
	struct nmaccel_drm_queue_config config;
	enum nmaccel_status status;
	struct drm_device *drm;

	drm = calloc(1, sizeof(*drm));
	if (!drm)
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY, "no memory for a card");
	status = nmaccel_drm_node_open(card, &drm->node);
	if (status) {
		free(drm);
		return status;
	}
	nmaccel_drm_heap_init(&drm->heap, drm->node.fd);
	config = (struct nmaccel_drm_queue_config){
		.fd = drm->node.fd,
		.engines = drm->node.info.engines,
		.name = drm->node.info.name,
		.release = release,
		.priv = drm,
	};
	device->info = drm->node.info;
	status = nmaccel_drm_queue_open(&config, &drm->queue);
	if (status) {
		release(drm);
		return status;
	}
	device->ops = &drm_ops;
	device->priv = drm;
	return NMACCEL_OK;
}

/* The first card that works, or else why the first one does not. */
static enum nmaccel_status open_first(const struct nmaccel_card *cards, size_t n,
				      struct nmaccel_device_open *device)
{
	char notice[sizeof(device->info.notice)] = "";
	enum nmaccel_status first = NMACCEL_ERR_NO_DEVICE, status;
	size_t i;

	for (i = 0; i < n; i++) {
		status = open_card(&cards[i], device);
		if (!status) {
			memcpy(device->info.notice, notice, sizeof(notice));
			return NMACCEL_OK;
		}
		if (i == 0) {
			first = status;
			strncpy(notice, nmaccel_last_error(), sizeof(notice) - 1);
		}
	}
	return nmaccel_error(first, "%s", notice);
}

static enum nmaccel_status open_named(const struct nmaccel_card *cards, size_t n, const char *name,
				      struct nmaccel_device_open *device)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (nmaccel_card_is_named(&cards[i], name))
			return open_card(&cards[i], device);
	return nmaccel_error(NMACCEL_ERR_NO_DEVICE, "no card \"%s\"", name);
}

enum nmaccel_status nmaccel_drm_open(const struct nmaccel_backend *backend, const char *name,
				     struct nmaccel_device_open *device)
{
	struct nmaccel_card *cards = NULL;
	enum nmaccel_status status;
	size_t n = 0;

	status = nmaccel_card_find(&cards, &n);
	if (status)
		return status;
	if (!n)
		status = nmaccel_error(NMACCEL_ERR_NO_DEVICE, "%s: no card", backend->name);
	else if (name)
		status = open_named(cards, n, name, device);
	else
		status = open_first(cards, n, device);
	free(cards);
	return status;
}
