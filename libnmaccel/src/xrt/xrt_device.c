// SPDX-License-Identifier: MIT
#include "xrt/xrt_device.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "xrt/engine.h"
#include "xrt/program.h"
#include "xrt/queue.h"
#include "xrt/registry.h"
#include "xrt/settings.h"
#include "xrt/xclbin.h"

struct xrt_device {
	struct nmaccel_xrt_entry entry;
	struct nmaccel_xrt_card card;
	struct nmaccel_xclbin xclbin;
	struct nmaccel_xrt_engine engines[NMACCEL_MAX_ENGINES];
	uint32_t n_engines; /* that were opened */
	struct nmaccel_xrt_queue *queue;
};

/* ---- operations ------------------------------------------------------------------------------ */

/*
 * XRT wants all handles closed before their device. One with an engine that hangs stays open, since
 * XRT would wait for the run.
 */
static void release(struct xrt_device *xrt)
{
	uint32_t i;

	for (i = 0; i < xrt->n_engines; i++)
		nmaccel_xrt_engine_close(&xrt->engines[i]);
	if (xrt->card.device && !atomic_load(&xrt->card.lost))
		xrt->card.calls->device_close(xrt->card.device);
}

/* The queue is gone. */
static void end(void *priv)
{
	struct xrt_device *xrt = priv;

	release(xrt);
	nmaccel_xrt_registry_remove(&xrt->entry);
	free(xrt);
}

static void xrt_close(void *priv)
{
	struct xrt_device *xrt = priv;

	if (nmaccel_xrt_registry_put(&xrt->entry))
		nmaccel_xrt_queue_close(xrt->queue);
}

static enum nmaccel_status xrt_memory_create(void *priv, uint64_t bytes,
					     enum nmaccel_memory_use use,
					     struct nmaccel_memory **memory)
{
	struct xrt_device *xrt = priv;

	(void)use;
	return nmaccel_xrt_memory_create(&xrt->card, bytes, memory);
}

static enum nmaccel_status xrt_memory_import(void *priv, int fd, uint64_t bytes,
					     struct nmaccel_memory **memory)
{
	struct xrt_device *xrt = priv;

	return nmaccel_xrt_memory_import(&xrt->card, fd, bytes, memory);
}

static enum nmaccel_status xrt_memory_export(void *priv, struct nmaccel_memory *memory, int *fd)
{
	struct xrt_device *xrt = priv;

	return nmaccel_xrt_memory_export(&xrt->card, memory, fd);
}

static enum nmaccel_status xrt_memory_sync(void *priv, struct nmaccel_memory *memory,
					   enum nmaccel_sync direction, uint64_t offset,
					   uint64_t bytes)
{
	struct xrt_device *xrt = priv;

	return nmaccel_xrt_memory_sync(&xrt->card, memory, direction, offset, bytes);
}

static enum nmaccel_status xrt_memory_begin(void *priv, struct nmaccel_memory *memory, bool write,
					    uint64_t offset, uint64_t bytes)
{
	struct xrt_device *xrt = priv;

	return nmaccel_xrt_memory_begin(&xrt->card, memory, write, offset, bytes);
}

static enum nmaccel_status xrt_memory_end(void *priv, struct nmaccel_memory *memory, bool write,
					  uint64_t offset, uint64_t bytes)
{
	struct xrt_device *xrt = priv;

	return nmaccel_xrt_memory_end(&xrt->card, memory, write, offset, bytes);
}

static void xrt_memory_destroy(void *priv, struct nmaccel_memory *memory)
{
	struct xrt_device *xrt = priv;

	nmaccel_xrt_memory_destroy(&xrt->card, memory);
}

static enum nmaccel_status xrt_program_create(void *priv, const struct nmaccel_hw_desc *descs,
					      uint32_t n_descs,
					      const struct nmaccel_binding *bindings,
					      uint32_t n_bindings, void **program)
{
	struct nmaccel_xrt_program *p = NULL;
	struct xrt_device *xrt = priv;
	enum nmaccel_status status;

	(void)bindings;
	status =
		nmaccel_xrt_program_create(&xrt->card, xrt->xclbin.max_descs,
					   xrt->xclbin.max_buffers, descs, n_descs, n_bindings, &p);
	if (!status)
		*program = p;
	return status;
}

static void xrt_program_destroy(void *priv, void *program)
{
	struct xrt_device *xrt = priv;

	nmaccel_xrt_program_destroy(&xrt->card, program);
}

static enum nmaccel_status xrt_submit(void *priv, struct nmaccel_job *job)
{
	struct xrt_device *xrt = priv;

	return nmaccel_xrt_queue_submit(xrt->queue, job);
}

/* No memory_wrap: streams are read many times, and so belong into the card's own memory. */
static const struct nmaccel_device_ops xrt_ops = {
	.close = xrt_close,
	.memory_create = xrt_memory_create,
	.memory_import = xrt_memory_import,
	.memory_export = xrt_memory_export,
	.memory_sync = xrt_memory_sync,
	.memory_begin = xrt_memory_begin,
	.memory_end = xrt_memory_end,
	.memory_destroy = xrt_memory_destroy,
	.program_create = xrt_program_create,
	.program_destroy = xrt_program_destroy,
	.submit = xrt_submit,
};

/* ---- listing --------------------------------------------------------------------------------- */

static void name_device(uint32_t index, struct nmaccel_device_info *info)
{
	info->size = sizeof(*info);
	snprintf(info->name, sizeof(info->name), "xrt%" PRIu32, index);
	snprintf(info->backend, sizeof(info->backend), "xrt");
	snprintf(info->driver, sizeof(info->driver), "XRT%s",
		 nmaccel_xrt_is_emulated() ? " (emulation)" : "");
}

static void describe(const struct nmaccel_xclbin *xclbin, struct nmaccel_device_info *info)
{
	snprintf(info->description, sizeof(info->description), "%s%s%.60s", xclbin->board,
		 *xclbin->board ? ", " : "", xclbin->platform);
	info->lanes = xclbin->lanes;
	info->block_rows = xclbin->block_rows;
	info->columns = xclbin->columns;
	info->engines = xclbin->n_units;
	info->clock_khz = xclbin->clock_khz;
	info->contract_version = xclbin->contract_version;
	info->memory_bytes = xclbin->memory_bytes;
	info->max_rows = xclbin->max_rows;
	info->max_descs = xclbin->max_descs;
	info->board = nmaccel_xrt_is_emulated() ? NMACCEL_BOARD_EMULATED : NMACCEL_BOARD_ALVEO;
	info->caps = xclbin->caps;
}

static enum nmaccel_status read_xclbin(const char *path, struct nmaccel_xclbin *xclbin)
{
	enum nmaccel_status status = nmaccel_xclbin_read(path, xclbin);

	if (status != NMACCEL_ERR_IO)
		return status;
	return nmaccel_error_prefix(status, "no .xclbin for XRT's cards: name one by "
					    "NMACCEL_XCLBIN=FILE");
}

enum nmaccel_status nmaccel_xrt_list(const struct nmaccel_backend *backend, size_t i,
				     struct nmaccel_device_info *info)
{
	const struct nmaccel_xrt_calls *calls;
	struct nmaccel_xrt_settings settings;
	struct nmaccel_xclbin xclbin;
	enum nmaccel_status status;

	status = nmaccel_xrt_load(&calls);
	if (status)
		return status;
	if (i >= calls->device_count())
		return nmaccel_error(NMACCEL_ERR_NO_DEVICE, "%s: no more cards", backend->name);
	name_device((uint32_t)i, info);
	status = nmaccel_xrt_settings_read(NULL, &settings);
	if (!status)
		status = read_xclbin(settings.xclbin, &xclbin);
	if (!status) {
		describe(&xclbin, info);
		return NMACCEL_OK;
	}
	snprintf(info->description, sizeof(info->description), "card that cannot be used");
	snprintf(info->notice, sizeof(info->notice), "%s", nmaccel_last_error());
	return NMACCEL_OK;
}

/* ---- opening --------------------------------------------------------------------------------- */

static enum nmaccel_status load_xclbin(struct xrt_device *xrt, const char *path)
{
	unsigned char uuid[NMACCEL_XRT_UUID_BYTES] = {0};
	const struct nmaccel_xrt_calls *calls = xrt->card.calls;
	const char *name = xrt->card.name;
	char text[512];

	snprintf(text, sizeof(text), "%s: %.400s", name, path);
	errno = 0;
	if (calls->load_xclbin(xrt->card.device, path) || calls->get_uuid(xrt->card.device, uuid))
		return nmaccel_xrt_error(errno, text);
	if (memcmp(uuid, xrt->xclbin.uuid, sizeof(uuid)))
		return nmaccel_error(
			NMACCEL_ERR_BUSY,
			"%s: the card has another .xclbin than %s now; another program "
			"must have loaded it",
			name, path);
	return NMACCEL_OK;
}

/* All compute units, which must reach the same memory, as any of them may get any job. */
static enum nmaccel_status open_engines(struct xrt_device *xrt, uint32_t patience_ms)
{
	enum nmaccel_status status = NMACCEL_OK;
	uint32_t group, i;

	for (i = 0; !status && i < xrt->xclbin.n_units; i++) {
		xrt->n_engines++;
		status = nmaccel_xrt_engine_open(&xrt->engines[i], &xrt->card, xrt->xclbin.uuid,
						 xrt->xclbin.units[i], patience_ms, &group);
		if (status)
			break;
		if (i && group != xrt->card.group)
			status = nmaccel_error(NMACCEL_ERR_UNSUPPORTED,
					       "%s: %s reaches memory group %" PRIu32
					       " and the first compute unit %" PRIu32
					       "; link them with the same sp= option",
					       xrt->card.name, xrt->xclbin.units[i], group,
					       xrt->card.group);
		xrt->card.group = group;
	}
	for (i = 0; !status && i < xrt->n_engines; i++)
		status = nmaccel_xrt_engine_prove(&xrt->engines[i]);
	return status;
}

static enum nmaccel_status open_card(struct xrt_device *xrt,
				     const struct nmaccel_xrt_settings *settings)
{
	enum nmaccel_status status;

	errno = 0;
	xrt->card.device = xrt->card.calls->device_open(settings->index);
	if (!xrt->card.device)
		return nmaccel_xrt_error(errno ? errno : ENODEV, xrt->card.name);
	status = load_xclbin(xrt, settings->xclbin);
	return status ? status : open_engines(xrt, settings->patience_ms);
}

static enum nmaccel_status start_device(struct xrt_device *xrt,
					const struct nmaccel_xrt_settings *settings)
{
	const struct nmaccel_xrt_queue_config config = {
		.engines = xrt->engines,
		.n_engines = xrt->xclbin.n_units,
		.name = xrt->card.name,
		.release = end,
		.priv = xrt,
	};
	enum nmaccel_status status;

	status = open_card(xrt, settings);
	return status ? status : nmaccel_xrt_queue_open(&config, &xrt->queue);
}

/* Where XRT emulates, only such buffers are not the device's memory itself, as a card's are not. */
static uint64_t bo_flags(void)
{
	return nmaccel_xrt_is_emulated() ? NMACCEL_XRT_BO_CACHEABLE : 0;
}

/* Registry locked: a device that this process does not have yet. */
static enum nmaccel_status open_new(const struct nmaccel_xrt_calls *calls,
				    const struct nmaccel_xrt_settings *settings,
				    struct xrt_device **device)
{
	struct xrt_device *xrt = calloc(1, sizeof(*xrt));
	enum nmaccel_status status;

	if (!xrt)
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY, "no memory for a card");
	xrt->entry.index = settings->index;
	xrt->card.calls = calls;
	xrt->card.flags = bo_flags();
	snprintf(xrt->card.name, sizeof(xrt->card.name), "xrt%" PRIu32, settings->index);
	status = read_xclbin(settings->xclbin, &xrt->xclbin);
	if (!status)
		status = start_device(xrt, settings);
	if (status) {
		release(xrt);
		free(xrt);
		return status;
	}
	nmaccel_xrt_registry_add(&xrt->entry);
	*device = xrt;
	return NMACCEL_OK;
}

/* A name without a file means the card as it is. */
static enum nmaccel_status check_same(const struct xrt_device *xrt,
				      const struct nmaccel_xrt_settings *settings)
{
	struct nmaccel_xclbin xclbin;
	enum nmaccel_status status;

	if (atomic_load(&xrt->card.lost))
		return nmaccel_error(NMACCEL_ERR_DEVICE_LOST,
				     "%s: an engine of it hangs; reset the card (xrt-smi reset) "
				     "and start the program again",
				     xrt->card.name);
	if (!settings->named)
		return NMACCEL_OK;
	status = read_xclbin(settings->xclbin, &xclbin);
	if (status || !memcmp(xclbin.uuid, xrt->xclbin.uuid, sizeof(xclbin.uuid)))
		return status;
	return nmaccel_error(NMACCEL_ERR_BUSY,
			     "%s: this program has the card open with another .xclbin than %s",
			     xrt->card.name, settings->xclbin);
}

static enum nmaccel_status open_shared(const struct nmaccel_xrt_calls *calls,
				       const struct nmaccel_xrt_settings *settings,
				       struct xrt_device **device)
{
	struct nmaccel_xrt_entry *entry;
	enum nmaccel_status status;

	nmaccel_xrt_registry_lock();
	entry = nmaccel_xrt_registry_get(settings->index);
	if (!entry) {
		status = open_new(calls, settings, device);
		nmaccel_xrt_registry_unlock();
		return status;
	}
	nmaccel_xrt_registry_unlock();
	*device = (struct xrt_device *)entry;
	status = check_same(*device, settings);
	if (status)
		xrt_close(*device);
	return status;
}

enum nmaccel_status nmaccel_xrt_open(const struct nmaccel_backend *backend, const char *name,
				     struct nmaccel_device_open *device)
{
	const struct nmaccel_xrt_calls *calls;
	struct nmaccel_xrt_settings settings;
	struct xrt_device *xrt = NULL;
	enum nmaccel_status status;

	status = nmaccel_xrt_load(&calls);
	if (!status)
		status = nmaccel_xrt_settings_read(name, &settings);
	if (status)
		return status;
	if (settings.index >= calls->device_count())
		return nmaccel_error(NMACCEL_ERR_NO_DEVICE, "%s: XRT finds %u cards", backend->name,
				     calls->device_count());
	status = open_shared(calls, &settings, &xrt);
	if (status)
		return status;
	name_device(settings.index, &device->info);
	describe(&xrt->xclbin, &device->info);
	device->ops = &xrt_ops;
	device->priv = xrt;
	return NMACCEL_OK;
}
