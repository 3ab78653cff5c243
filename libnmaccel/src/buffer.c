// SPDX-License-Identifier: MIT
/* Buffers: device-visible memory in the caller's hands. */
#include "buffer.h"

#include <inttypes.h>
#include <stdlib.h>

#include "error.h"

/* A new object without memory yet. */
static enum nmaccel_status new_buffer(struct nmaccel_device *dev, uint64_t bytes,
				      struct nmaccel_buffer **out, const char *call,
				      struct nmaccel_buffer **buf)
{
	struct nmaccel_buffer *b;

	if (!dev || !out)
		return nmaccel_error(NMACCEL_ERR_INVALID, "%s: %s is NULL", call,
				     dev ? "buf" : "dev");
	if (!bytes)
		return nmaccel_error(NMACCEL_ERR_INVALID, "%s: bytes is 0; ask for 1 or more",
				     call);
	if (dev->info.memory_bytes && bytes > dev->info.memory_bytes)
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY,
				     "%s: %" PRIu64 " bytes, but device \"%s\" has %" PRIu64
				     " in all",
				     call, bytes, dev->info.name, dev->info.memory_bytes);
	b = calloc(1, sizeof(*b));
	if (!b)
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY, "%s: no memory for the object", call);
	nmaccel_refs_init(&b->refs);
	*buf = b;
	return NMACCEL_OK;
}

static enum nmaccel_status finish_buffer(struct nmaccel_device *dev, struct nmaccel_buffer *b,
					 enum nmaccel_status status, struct nmaccel_buffer **buf)
{
	if (status) {
		free(b);
		return status;
	}
	b->dev = nmaccel_device_ref(dev);
	*buf = b;
	return NMACCEL_OK;
}

enum nmaccel_status nmaccel_buffer_create(struct nmaccel_device *dev, uint64_t bytes,
					  struct nmaccel_buffer **buf)
{
	enum nmaccel_status status;
	struct nmaccel_buffer *b = NULL;

	status = new_buffer(dev, bytes, buf, "nmaccel_buffer_create", &b);
	if (status)
		return status;
	status = dev->ops->memory_create(dev->priv, bytes, NMACCEL_MEMORY_SHAREABLE, &b->memory);
	return finish_buffer(dev, b, status, buf);
}

enum nmaccel_status nmaccel_buffer_import_fd(struct nmaccel_device *dev, int fd, uint64_t bytes,
					     struct nmaccel_buffer **buf)
{
	enum nmaccel_status status;
	struct nmaccel_buffer *b = NULL;

	status = new_buffer(dev, bytes, buf, "nmaccel_buffer_import_fd", &b);
	if (status)
		return status;
	status = dev->ops->memory_import(dev->priv, fd, bytes, &b->memory);
	return finish_buffer(dev, b, status, buf);
}

enum nmaccel_status nmaccel_buffer_export_fd(struct nmaccel_buffer *buf, int *fd)
{
	if (!buf || !fd)
		return nmaccel_error(NMACCEL_ERR_INVALID, "nmaccel_buffer_export_fd: %s is NULL",
				     buf ? "fd" : "buf");
	return buf->dev->ops->memory_export(buf->dev->priv, buf->memory, fd);
}

enum nmaccel_status nmaccel_buffer_map(struct nmaccel_buffer *buf, void **addr)
{
	if (!buf || !addr)
		return nmaccel_error(NMACCEL_ERR_INVALID, "nmaccel_buffer_map: %s is NULL",
				     buf ? "addr" : "buf");
	*addr = buf->memory->map;
	return NMACCEL_OK;
}

bool nmaccel_buffer_holds(const struct nmaccel_buffer *buf, uint64_t offset, uint64_t bytes)
{
	return offset <= buf->memory->bytes && bytes <= buf->memory->bytes - offset;
}

enum nmaccel_status nmaccel_buffer_sync(struct nmaccel_buffer *buf, enum nmaccel_sync direction,
					uint64_t offset, uint64_t bytes)
{
	const struct nmaccel_device_ops *ops;

	if (!buf)
		return nmaccel_error(NMACCEL_ERR_INVALID, "nmaccel_buffer_sync: buf is NULL");
	if (direction != NMACCEL_SYNC_TO_DEVICE && direction != NMACCEL_SYNC_FROM_DEVICE)
		return nmaccel_error(NMACCEL_ERR_INVALID,
				     "nmaccel_buffer_sync: direction %d is not one of enum "
				     "nmaccel_sync",
				     (int)direction);
	if (!nmaccel_buffer_holds(buf, offset, bytes))
		return nmaccel_error(NMACCEL_ERR_INVALID,
				     "nmaccel_buffer_sync: offset %" PRIu64 " + %" PRIu64
				     " bytes reach beyond the buffer's %" PRIu64,
				     offset, bytes, buf->memory->bytes);
	ops = buf->dev->ops;
	if (!ops->memory_sync)
		return NMACCEL_OK;
	return ops->memory_sync(buf->dev->priv, buf->memory, direction, offset, bytes);
}

uint64_t nmaccel_buffer_size(const struct nmaccel_buffer *buf)
{
	return buf ? buf->memory->bytes : 0;
}

struct nmaccel_buffer *nmaccel_buffer_ref(struct nmaccel_buffer *buf)
{
	if (buf)
		nmaccel_refs_get(&buf->refs);
	return buf;
}

void nmaccel_buffer_unref(struct nmaccel_buffer *buf)
{
	if (!buf || !nmaccel_refs_put(&buf->refs))
		return;
	buf->dev->ops->memory_destroy(buf->dev->priv, buf->memory);
	nmaccel_device_unref(buf->dev);
	free(buf);
}
