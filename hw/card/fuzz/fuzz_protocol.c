// SPDX-License-Identifier: MIT
/*
 * Fuzz a client's conversation. The input is a sequence of messages as they come through the
 * socket, after a first byte that tells whether VERSION has been agreed upon already; a message
 * that its header does not frame ends it. No descriptors come along: where one would be needed the
 * first input byte's second bit makes it -1, as a client that passes rubbish.
 *
 * Jobs that are started run against empty guest memory, so each ends at its first access.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "session.h"

#define MAX_MESSAGES 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct card *get_card(void)
{
	static const struct card_build build = {
		.engines = 2,
		.lanes = 4,
		.block_rows = 128,
		.columns = 16,
		.clock_khz = 300000,
		.dma_bits = 40,
		.max_descs = NMACCEL_MAX_DESCS,
		.max_buffers = NMACCEL_MAX_BUFFERS,
		.max_rows = NMACCEL_MAX_PANEL_ROWS,
		.max_channels = NMACCEL_MAX_CHANNELS,
		.max_pixels = NMACCEL_MAX_PIXELS,
		.max_kernel = NMACCEL_MAX_KERNEL,
		.board = NMACCEL_BOARD_EMULATED,
		.engine = "model",
	};
	static struct card *card;
	const char *reason;

	if (!card && card_create(&build, &card, &reason))
		abort();
	return card;
}

static void check_reply(const struct card_message *message, const struct vfio_user_header *header,
			const struct card_reply *reply)
{
	const bool error = header->flags & VFIO_USER_ERROR;

	if (header->id != message->header.id || header->command != message->header.command ||
	    header->size != sizeof(*header) + reply->body_size ||
	    reply->body_size > VFIO_USER_MAX_BODY || error != (header->error != 0) ||
	    (error && reply->body_size))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t body[VFIO_USER_MAX_BODY];
	struct card_session session = {.card = get_card()};
	struct vfio_user_header header;
	uint32_t n;
	int bad_fd;

	if (!size)
		return 0;
	session.negotiated = data[0] & 1;
	bad_fd = data[0] & 2 ? 1 : 0;
	data++;
	size--;
	for (n = 0; n < MAX_MESSAGES && size >= sizeof(header); n++) {
		struct card_message message = {.n_fds = (uint32_t)bad_fd, .fds = {-1}};
		struct card_reply reply = {.body = body};
		uint8_t *copy;

		memcpy(&message.header, data, sizeof(message.header));
		data += sizeof(header);
		size -= sizeof(header);
		if (!card_message_framed(&message.header, &message.body_size) ||
		    message.body_size > size)
			break;
		/* Of its own, so that a read past the end is seen. */
		copy = malloc(message.body_size ? message.body_size : 1);
		if (!copy)
			abort();
		memcpy(copy, data, message.body_size);
		message.body = copy;
		data += message.body_size;
		size -= message.body_size;
		card_session_handle(&session, &message, &header, &reply);
		check_reply(&message, &header, &reply);
		free(copy);
	}
	card_disconnect(session.card);
	return 0;
}
