// SPDX-License-Identifier: MIT
/* DMA_MAP and DMA_UNMAP: where guest memory lies. */
#include <errno.h>
#include <linux/vfio.h>
#include <string.h>

#include "session.h"

int card_handle_dma_map(struct card_session *session, struct card_message *message,
			struct card_reply *reply)
{
	const uint32_t known = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE;
	struct card_dma_request request = {.fd = -1};
	struct vfio_user_dma_map map;

	(void)reply;
	memcpy(&map, message->body, sizeof(map));
	if (map.argsz < sizeof(map) || map.flags & ~known || !(map.flags & known))
		return EINVAL;
	request.iova = map.iova;
	request.size = map.size;
	request.readable = map.flags & VFIO_DMA_MAP_FLAG_READ;
	request.writable = map.flags & VFIO_DMA_MAP_FLAG_WRITE;
	/* Without a descriptor the memory is there, but not for us. */
	if (message->n_fds) {
		request.fd = message->fds[0];
		request.offset = map.offset;
	}
	return card_dma_add(&session->card->dma, &request);
}

int card_handle_dma_unmap(struct card_session *session, struct card_message *message,
			  struct card_reply *reply)
{
	struct vfio_user_dma_unmap unmap;
	int err = 0;

	memcpy(&unmap, message->body, sizeof(unmap));
	if (unmap.argsz < sizeof(unmap) || unmap.flags & ~VFIO_DMA_UNMAP_FLAG_ALL)
		return EINVAL;
	if (unmap.flags & VFIO_DMA_UNMAP_FLAG_ALL)
		card_dma_remove_all(&session->card->dma);
	else
		err = card_dma_remove(&session->card->dma, unmap.iova, unmap.size, &unmap.size);
	memcpy(reply->body, &unmap, sizeof(unmap));
	reply->body_size = sizeof(unmap);
	return err;
}
