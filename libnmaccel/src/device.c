// SPDX-License-Identifier: MIT
/* Devices: the table of backends, listing, opening, references. */
#include "device.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drm/drm_device.h"
#include "error.h"
#include "executor.h"
#include "host_device.h"
#include "options.h"
#include "xrt/xrt_device.h"

/* Best first: what nmaccel_device_open(NULL) tries, in this order. */
static const struct nmaccel_backend backends[] = {
	{
		.name = "drm",
		.replaceable = true,
		.list = nmaccel_drm_list,
		.open = nmaccel_drm_open,
	},
	{
		.name = "xrt",
		.replaceable = true,
		.list = nmaccel_xrt_list,
		.open = nmaccel_xrt_open,
	},
	{
		.name = "soft",
		.executor = &nmaccel_soft_executor,
		.list = nmaccel_host_list,
		.open = nmaccel_host_open,
	},
	{
		.name = "model",
		.executor = &nmaccel_model_executor,
		.list = nmaccel_host_list,
		.open = nmaccel_host_open,
	},
};

#define N_BACKENDS (sizeof(backends) / sizeof(backends[0]))

struct device_list {
	struct nmaccel_device_info *infos;
	size_t n;
};

static enum nmaccel_status list_append(struct device_list *list,
				       const struct nmaccel_device_info *info)
{
	struct nmaccel_device_info *infos;

	infos = realloc(list->infos, (list->n + 1) * sizeof(*infos));
	if (!infos)
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY, "no memory for the list of devices");
	list->infos = infos;
	list->infos[list->n++] = *info;
	return NMACCEL_OK;
}

static enum nmaccel_status list_backend(const struct nmaccel_backend *backend,
					struct device_list *list)
{
	struct nmaccel_device_info info;
	enum nmaccel_status status;
	size_t i;

	for (i = 0;; i++) {
		memset(&info, 0, sizeof(info));
		status = backend->list(backend, i, &info);
		if (status == NMACCEL_ERR_NO_DEVICE)
			return NMACCEL_OK;
		if (!status)
			status = list_append(list, &info);
		if (status)
			return status;
	}
}

/* A bus that cannot be read hides cards, and nothing else; its backend's name stands for them. */
static enum nmaccel_status list_any(const struct nmaccel_backend *backend, struct device_list *list)
{
	enum nmaccel_status status = list_backend(backend, list);
	struct nmaccel_device_info info = {.size = sizeof(info)};

	if (!status || status == NMACCEL_ERR_NO_MEMORY || !backend->replaceable)
		return status;
	snprintf(info.name, sizeof(info.name), "%s", backend->name);
	snprintf(info.backend, sizeof(info.backend), "%s", backend->name);
	snprintf(info.description, sizeof(info.description), "devices that cannot be looked for");
	snprintf(info.notice, sizeof(info.notice), "%s", nmaccel_last_error());
	return list_append(list, &info);
}

/* What works comes first, in the order of the backends. */
static void sort_list(struct device_list *list)
{
	struct nmaccel_device_info info;
	size_t working = 0, i;

	for (i = 0; i < list->n; i++) {
		if (list->infos[i].notice[0])
			continue;
		info = list->infos[i];
		memmove(&list->infos[working + 1], &list->infos[working],
			(i - working) * sizeof(info));
		list->infos[working++] = info;
	}
}

/* The caller's structs may be longer or shorter than ours; the first one's size is the stride. */
static void write_infos(struct nmaccel_device_info *infos, size_t room,
			const struct device_list *list)
{
	size_t stride = room ? infos->size : 0, i;
	char *user = (char *)infos;

	for (i = 0; i < room && i < list->n; i++, user += stride) {
		memcpy(user, &stride, sizeof(stride));
		nmaccel_options_write(user, &list->infos[i], sizeof(list->infos[i]));
	}
}

enum nmaccel_status nmaccel_device_list(struct nmaccel_device_info *infos, size_t *count)
{
	struct device_list list = {0};
	enum nmaccel_status status = NMACCEL_OK;
	size_t room, b;

	if (!count)
		return nmaccel_error(NMACCEL_ERR_INVALID, "nmaccel_device_list: count is NULL");
	room = infos ? *count : 0;
	if (room)
		status = nmaccel_options_check_size(infos, "struct nmaccel_device_info");
	for (b = 0; !status && b < N_BACKENDS; b++)
		status = list_any(&backends[b], &list);
	if (!status) {
		sort_list(&list);
		write_infos(infos, room, &list);
		*count = list.n;
	}
	free(list.infos);
	return status;
}

/* What plans divide by and cut to. */
static enum nmaccel_status check_info(const struct nmaccel_device_info *info)
{
	if (info->lanes && info->block_rows && info->columns && info->max_rows && info->max_descs)
		return NMACCEL_OK;
	return nmaccel_error(NMACCEL_ERR_INTERNAL,
			     "device \"%s\" reports %" PRIu32 " lanes, %" PRIu32
			     " block rows, %" PRIu32 " columns, %" PRIu32 " rows, %" PRIu32
			     " descriptors; none may be 0",
			     info->name, info->lanes, info->block_rows, info->columns,
			     info->max_rows, info->max_descs);
}

enum nmaccel_status nmaccel_device_open_backend(const struct nmaccel_backend *backend,
						const char *name, struct nmaccel_device **dev)
{
	struct nmaccel_device_open opened;
	enum nmaccel_status status;
	struct nmaccel_device *d;

	d = calloc(1, sizeof(*d));
	if (!d)
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY, "no memory for a device object");
	memset(&opened, 0, sizeof(opened));
	status = backend->open(backend, name, &opened);
	if (!status) {
		status = check_info(&opened.info);
		if (status)
			opened.ops->close(opened.priv);
	}
	if (status) {
		free(d);
		return status;
	}
	nmaccel_refs_init(&d->refs);
	d->ops = opened.ops;
	d->priv = opened.priv;
	d->info = opened.info;
	*dev = d;
	return NMACCEL_OK;
}

/* The names there are, as "soft, model"; a device that cannot be asked is left out. */
static void format_names(char *text, size_t len)
{
	struct nmaccel_device_info info;
	size_t used = 0, b, i;
	int n;

	text[0] = '\0';
	for (b = 0; b < N_BACKENDS; b++) {
		for (i = 0; used < len; i++) {
			memset(&info, 0, sizeof(info));
			if (backends[b].list(&backends[b], i, &info))
				break;
			n = snprintf(text + used, len - used, "%s%s", used ? ", " : "", info.name);
			used += n > 0 ? (size_t)n : 0;
		}
	}
}

/* Every device's name begins with its backend's. */
static bool may_have(const struct nmaccel_backend *backend, const char *name)
{
	return !strncmp(name, backend->name, strlen(backend->name));
}

static enum nmaccel_status open_named(const char *name, const char *from,
				      struct nmaccel_device **dev)
{
	char names[256], reason[320] = "";
	enum nmaccel_status status;
	const char *device_name;
	size_t b;

	for (b = 0; b < N_BACKENDS; b++) {
		if (!may_have(&backends[b], name))
			continue;
		device_name = strcmp(name, backends[b].name) ? name : NULL;
		status = nmaccel_device_open_backend(&backends[b], device_name, dev);
		if (status != NMACCEL_ERR_NO_DEVICE)
			return status;
		snprintf(reason, sizeof(reason), " (%.300s)", nmaccel_last_error());
	}
	format_names(names, sizeof(names));
	return nmaccel_error(NMACCEL_ERR_NO_DEVICE, "no device \"%s\"%s%s; there are: %s", name,
			     from, reason, names);
}

/* Keep what is wrong with a better device for who asks the one that was opened in its place. */
static void note(struct nmaccel_device *dev, const char *better, const char *notice)
{
	if (*notice)
		snprintf(dev->info.notice, sizeof(dev->info.notice),
			 "opened in place of a device of backend %s: %.440s", better, notice);
}

static enum nmaccel_status open_best(struct nmaccel_device **dev)
{
	char notice[sizeof((*dev)->info.notice)] = "";
	const char *better = "";
	enum nmaccel_status status;
	size_t b;

	for (b = 0; b < N_BACKENDS; b++) {
		status = nmaccel_device_open_backend(&backends[b], NULL, dev);
		if (!status)
			note(*dev, better, notice);
		if (!status || (status != NMACCEL_ERR_NO_DEVICE && !backends[b].replaceable))
			return status;
		if (status == NMACCEL_ERR_NO_DEVICE)
			continue;
		better = backends[b].name;
		snprintf(notice, sizeof(notice), "%s", nmaccel_last_error());
	}
	return nmaccel_error(NMACCEL_ERR_NO_DEVICE, "there is no device at all");
}

enum nmaccel_status nmaccel_device_open(const char *name, struct nmaccel_device **dev)
{
	const char *from_env;

	if (!dev)
		return nmaccel_error(NMACCEL_ERR_INVALID, "nmaccel_device_open: dev is NULL");
	if (name)
		return open_named(name, "", dev);
	from_env = getenv("NMACCEL_BACKEND");
	if (from_env && *from_env)
		return open_named(from_env, " (from NMACCEL_BACKEND)", dev);
	return open_best(dev);
}

struct nmaccel_device *nmaccel_device_ref(struct nmaccel_device *dev)
{
	if (dev)
		nmaccel_refs_get(&dev->refs);
	return dev;
}

void nmaccel_device_unref(struct nmaccel_device *dev)
{
	if (!dev || !nmaccel_refs_put(&dev->refs))
		return;
	dev->ops->close(dev->priv);
	free(dev);
}

enum nmaccel_status nmaccel_device_query(struct nmaccel_device *dev,
					 struct nmaccel_device_info *info)
{
	enum nmaccel_status status;

	if (!dev || !info)
		return nmaccel_error(NMACCEL_ERR_INVALID, "nmaccel_device_query: %s is NULL",
				     dev ? "info" : "dev");
	status = nmaccel_options_check_size(info, "struct nmaccel_device_info");
	if (status)
		return status;
	nmaccel_options_write(info, &dev->info, sizeof(dev->info));
	return NMACCEL_OK;
}
