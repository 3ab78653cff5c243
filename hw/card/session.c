// SPDX-License-Identifier: MIT
#include "session.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct command {
	const char *name;
	/* Body bytes that a request may have, and descriptors. */
	uint32_t min_body;
	uint32_t max_body;
	uint32_t max_fds;
	int (*handle)(struct card_session *session, struct card_message *message,
		      struct card_reply *reply);
};

/* A client may name itself at some length, but not without end. */
#define MAX_VERSION_BODY 4096u

/* Structs of <linux/vfio.h> grow at the end. */
#define MAX_INFO_BODY 256u

#define MAX_IRQ_BODY ((uint32_t)sizeof(struct vfio_user_irq_set) + CARD_MAX_VECTORS)

#define BODY(type) ((uint32_t)sizeof(struct type))

static const struct command commands[] = {
	[VFIO_USER_VERSION] = {"version", BODY(vfio_user_version), MAX_VERSION_BODY, 0,
			       card_handle_version},
	[VFIO_USER_DMA_MAP] = {"dma map", BODY(vfio_user_dma_map), BODY(vfio_user_dma_map), 1,
			       card_handle_dma_map},
	[VFIO_USER_DMA_UNMAP] = {"dma unmap", BODY(vfio_user_dma_unmap), BODY(vfio_user_dma_unmap),
				 0, card_handle_dma_unmap},
	[VFIO_USER_DEVICE_GET_INFO] = {"device info", BODY(vfio_user_device_info), MAX_INFO_BODY, 0,
				       card_handle_device_info},
	[VFIO_USER_DEVICE_GET_REGION_INFO] = {"region info", BODY(vfio_user_region_info),
					      MAX_INFO_BODY, 0, card_handle_region_info},
	[VFIO_USER_DEVICE_GET_IRQ_INFO] = {"irq info", BODY(vfio_user_irq_info), MAX_INFO_BODY, 0,
					   card_handle_irq_info},
	[VFIO_USER_DEVICE_SET_IRQS] = {"set irqs", BODY(vfio_user_irq_set), MAX_IRQ_BODY,
				       VFIO_USER_MAX_FDS, card_handle_set_irqs},
	[VFIO_USER_REGION_READ] = {"region read", BODY(vfio_user_region_rw),
				   BODY(vfio_user_region_rw), 0, card_handle_region_read},
	[VFIO_USER_REGION_WRITE] = {"region write", BODY(vfio_user_region_rw), VFIO_USER_MAX_BODY,
				    0, card_handle_region_write},
	[VFIO_USER_DEVICE_RESET] = {"reset", 0, 0, 0, card_handle_reset},
};

static const struct command *find_command(uint16_t number)
{
	if (number >= sizeof(commands) / sizeof(commands[0]) || !commands[number].handle)
		return NULL;
	return &commands[number];
}

bool card_message_framed(const struct vfio_user_header *header, uint32_t *body_size)
{
	if (header->size < sizeof(*header) || header->size > VFIO_USER_MAX_MESSAGE)
		return false;
	*body_size = header->size - (uint32_t)sizeof(*header);
	return true;
}

static int check_header(const struct card_session *session, const struct card_message *message,
			const struct command *command)
{
	const struct vfio_user_header *header = &message->header;

	/* Replies have no place here, as the card asks for nothing. */
	if ((header->flags & ~VFIO_USER_NO_REPLY) != VFIO_USER_REQUEST)
		return EINVAL;
	if (!command)
		return EOPNOTSUPP;
	if (session->negotiated == (header->command == VFIO_USER_VERSION))
		return EINVAL;
	if (message->body_size < command->min_body || message->body_size > command->max_body ||
	    message->n_fds > command->max_fds)
		return EINVAL;
	return 0;
}

/* Debugging help that a client must not be able to fill a disk with: only when asked for. */
static void trace(const struct card_session *session, const struct card_message *message,
		  const struct command *command, int err)
{
	if (!session->card->build.verbose)
		return;
	fprintf(stderr, "nmaccel-card: %s (%u), %u bytes, %u fds: %s\n",
		command ? command->name : "unknown command", message->header.command,
		message->header.size, message->n_fds, err ? strerror(err) : "ok");
}

bool card_session_handle(struct card_session *session, struct card_message *message,
			 struct vfio_user_header *reply_header, struct card_reply *reply)
{
	const struct command *command = find_command(message->header.command);
	int err = check_header(session, message, command);

	reply->body_size = 0;
	if (!err)
		err = command->handle(session, message, reply);
	trace(session, message, command, err);
	card_stats_add(&session->card->stats.messages, 1);
	if (err) {
		card_stats_add(&session->card->stats.message_errors, 1);
		reply->body_size = 0;
	}
	reply_header->id = message->header.id;
	reply_header->command = message->header.command;
	reply_header->size = (uint32_t)sizeof(*reply_header) + reply->body_size;
	reply_header->flags = VFIO_USER_REPLY | (err ? VFIO_USER_ERROR : 0);
	reply_header->error = (uint32_t)err;
	return !(message->header.flags & VFIO_USER_NO_REPLY);
}
