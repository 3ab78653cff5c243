// SPDX-License-Identifier: MIT
/* VERSION: what the two ends can do. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "capabilities.h"
#include "session.h"

int card_handle_version(struct card_session *session, struct card_message *message,
			struct card_reply *reply)
{
	struct vfio_user_version version;
	const char *text = (const char *)message->body + sizeof(version);
	const uint32_t text_size = message->body_size - (uint32_t)sizeof(version);
	uint32_t size;
	int err;

	memcpy(&version, message->body, sizeof(version));
	if (version.major != VFIO_USER_MAJOR)
		return EINVAL;
	/*
	 * What the client says of itself limits only what we would send unasked, which is nothing.
	 * It must make sense, though. No text at all means the defaults of the protocol.
	 */
	if (text_size && memchr(text, '\0', text_size) != text + text_size - 1)
		return EINVAL;
	err = text_size ? card_capabilities_check(text, text_size - 1) : 0;
	if (err)
		return err;
	version.minor = VFIO_USER_MINOR;
	memcpy(reply->body, &version, sizeof(version));
	size = 1 + (uint32_t)snprintf((char *)reply->body + sizeof(version),
				      VFIO_USER_MAX_BODY - sizeof(version),
				      "{\"capabilities\":{\"max_msg_fds\":%u,"
				      "\"max_data_xfer_size\":%u,\"pgsizes\":%u}}",
				      VFIO_USER_MAX_FDS, VFIO_USER_MAX_DATA,
				      VFIO_USER_DMA_PAGE_SIZE);
	/* A reply longer than its request finds no room at the client; defaults then hold. */
	reply->body_size = (uint32_t)sizeof(version) + (size <= text_size ? size : 0);
	session->negotiated = true;
	return 0;
}

int card_handle_reset(struct card_session *session, struct card_message *message,
		      struct card_reply *reply)
{
	(void)message;
	(void)reply;
	card_reset(session->card);
	return 0;
}
