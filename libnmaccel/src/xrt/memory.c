// SPDX-License-Identifier: MIT
#include "xrt/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"

/* Set the last error from what XRT has just left in errno. */
static enum nmaccel_status failed(const struct nmaccel_xrt_card *card, const char *what,
				  uint64_t bytes)
{
	const int err = errno;
	char text[128];

	snprintf(text, sizeof(text), "%s: %s of %" PRIu64 " bytes", card->name, what, bytes);
	return nmaccel_xrt_error(err, text);
}

/* Of a new object that is mapped and has an address; else it is freed. */
static enum nmaccel_status take_bo(struct nmaccel_xrt_card *card, void *bo, uint64_t bytes,
				   struct nmaccel_memory **memory)
{
	struct nmaccel_xrt_memory *m = calloc(1, sizeof(*m));
	enum nmaccel_status status = NMACCEL_OK;

	if (!m) {
		card->calls->bo_free(bo);
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY, "%s: no memory for the object",
				     card->name);
	}
	m->bo = bo;
	m->base.bytes = bytes;
	errno = 0;
	m->base.map = card->calls->bo_map(bo);
	m->address = card->calls->bo_address(bo);
	if (!m->base.map || m->address == UINT64_MAX || m->address > UINT64_MAX - bytes)
		status = failed(card, "mapping", bytes);
	else if (m->address % NMACCEL_ALIGN)
		status = nmaccel_error(NMACCEL_ERR_INTERNAL,
				       "%s: XRT gives memory at 0x%" PRIx64
				       ", which is not a multiple of %d",
				       card->name, m->address, NMACCEL_ALIGN);
	if (status) {
		card->calls->bo_free(bo);
		free(m);
		return status;
	}
	*memory = &m->base;
	return NMACCEL_OK;
}

enum nmaccel_status nmaccel_xrt_memory_create(struct nmaccel_xrt_card *card, uint64_t bytes,
					      struct nmaccel_memory **memory)
{
	struct nmaccel_memory *m = NULL;
	enum nmaccel_status status;
	void *bo;

	errno = 0;
	bo = card->calls->bo_alloc(card->device, bytes, card->flags, card->group);
	if (!bo && !errno)
		errno = ENOMEM;
	if (!bo)
		return failed(card, "a buffer", bytes);
	status = take_bo(card, bo, bytes, &m);
	if (status)
		return status;
	memset(m->map, 0, bytes);
	status = nmaccel_xrt_memory_sync(card, m, NMACCEL_SYNC_TO_DEVICE, 0, bytes);
	if (status) {
		nmaccel_xrt_memory_destroy(card, m);
		return status;
	}
	*memory = m;
	return NMACCEL_OK;
}

enum nmaccel_status nmaccel_xrt_memory_import(struct nmaccel_xrt_card *card, int fd, uint64_t bytes,
					      struct nmaccel_memory **memory)
{
	enum nmaccel_status status;
	uint64_t there;
	void *bo;

	errno = 0;
	bo = card->calls->bo_import(card->device, fd);
	if (!bo)
		return failed(card, "import", bytes);
	there = card->calls->bo_size(bo);
	if (there < bytes) {
		card->calls->bo_free(bo);
		return nmaccel_error(NMACCEL_ERR_INVALID,
				     "%s: import of %" PRIu64
				     " bytes, but the dma-buf has %" PRIu64,
				     card->name, bytes, there);
	}
	status = take_bo(card, bo, bytes, memory);
	if (!status)
		atomic_store(&nmaccel_to_xrt_memory(*memory)->shared, true);
	return status;
}

/* XRT's fd is the object's, and lives as long; the caller's is a duplicate. */
enum nmaccel_status nmaccel_xrt_memory_export(struct nmaccel_xrt_card *card,
					      struct nmaccel_memory *memory, int *fd)
{
	int exported, own;

	errno = 0;
	exported = card->calls->bo_export(nmaccel_to_xrt_memory(memory)->bo);
	if (exported < 0 && nmaccel_xrt_is_emulated())
		return nmaccel_error(NMACCEL_ERR_UNSUPPORTED,
				     "%s: export: XRT's emulation has no file descriptors of "
				     "buffers",
				     card->name);
	if (exported < 0)
		return failed(card, "export", memory->bytes);
	own = fcntl(exported, F_DUPFD_CLOEXEC, 0);
	if (own < 0)
		return nmaccel_error(NMACCEL_ERR_UNSUPPORTED,
				     "%s: export: XRT gives %d, which is no file descriptor here",
				     card->name, exported);
	atomic_store(&nmaccel_to_xrt_memory(memory)->shared, true);
	*fd = own;
	return NMACCEL_OK;
}

enum nmaccel_status nmaccel_xrt_memory_sync(struct nmaccel_xrt_card *card,
					    struct nmaccel_memory *memory,
					    enum nmaccel_sync direction, uint64_t offset,
					    uint64_t bytes)
{
	const bool to_card = direction == NMACCEL_SYNC_TO_DEVICE;
	void *bo = nmaccel_to_xrt_memory(memory)->bo;

	if (!bytes)
		return NMACCEL_OK;
	errno = 0;
	if (card->calls->bo_sync(bo, to_card ? NMACCEL_XRT_TO_DEVICE : NMACCEL_XRT_FROM_DEVICE,
				 bytes, offset))
		return failed(card, to_card ? "copy to the card" : "copy from the card", bytes);
	return NMACCEL_OK;
}

enum nmaccel_status nmaccel_xrt_memory_begin(struct nmaccel_xrt_card *card,
					     struct nmaccel_memory *memory, bool write,
					     uint64_t offset, uint64_t bytes)
{
	if (write || !atomic_load(&nmaccel_to_xrt_memory(memory)->shared))
		return NMACCEL_OK;
	return nmaccel_xrt_memory_sync(card, memory, NMACCEL_SYNC_FROM_DEVICE, offset, bytes);
}

enum nmaccel_status nmaccel_xrt_memory_end(struct nmaccel_xrt_card *card,
					   struct nmaccel_memory *memory, bool write,
					   uint64_t offset, uint64_t bytes)
{
	if (!write)
		return NMACCEL_OK;
	return nmaccel_xrt_memory_sync(card, memory, NMACCEL_SYNC_TO_DEVICE, offset, bytes);
}

void nmaccel_xrt_memory_destroy(struct nmaccel_xrt_card *card, struct nmaccel_memory *memory)
{
	if (!memory)
		return;
	if (!atomic_load(&card->lost))
		card->calls->bo_free(nmaccel_to_xrt_memory(memory)->bo);
	free(memory);
}
