/* SPDX-License-Identifier: MIT */
/*
 * One client's conversation: a message in, a reply out, no socket. Nothing in a message is
 * trusted; whatever comes, the answer is a reply or an error reply.
 */
#ifndef CARD_SESSION_H
#define CARD_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "card.h"
#include "vfio_user.h"

struct card_session {
	struct card *card;
	bool negotiated; /* VERSION has been agreed upon */
};

/* A handler that keeps a descriptor puts -1 in its place. */
struct card_message {
	struct vfio_user_header header;
	const uint8_t *body;
	uint32_t body_size;
	int fds[VFIO_USER_MAX_FDS];
	uint32_t n_fds;
};

struct card_reply {
	uint32_t body_size;
	uint8_t *body; /* room for VFIO_USER_MAX_BODY bytes */
};

/*
 * Is there a message of the size that the header names? If not, 0 is returned, and nothing more
 * can be read from this client; else the bytes of its body.
 */
bool card_message_framed(const struct vfio_user_header *header, uint32_t *body_size);

/*
 * Handle it; reply_header and reply are filled in. Returns false if the client wants no reply. The
 * descriptors that were not kept are left for the caller to close.
 */
bool card_session_handle(struct card_session *session, struct card_message *message,
			 struct vfio_user_header *reply_header, struct card_reply *reply);

/*
 * The handlers, one file for each area. Sizes and number of descriptors have been checked against
 * the command table; all return 0 or a positive errno.
 */
int card_handle_version(struct card_session *session, struct card_message *message,
			struct card_reply *reply);
int card_handle_dma_map(struct card_session *session, struct card_message *message,
			struct card_reply *reply);
int card_handle_dma_unmap(struct card_session *session, struct card_message *message,
			  struct card_reply *reply);
int card_handle_device_info(struct card_session *session, struct card_message *message,
			    struct card_reply *reply);
int card_handle_region_info(struct card_session *session, struct card_message *message,
			    struct card_reply *reply);
int card_handle_irq_info(struct card_session *session, struct card_message *message,
			 struct card_reply *reply);
int card_handle_set_irqs(struct card_session *session, struct card_message *message,
			 struct card_reply *reply);
int card_handle_region_read(struct card_session *session, struct card_message *message,
			    struct card_reply *reply);
int card_handle_region_write(struct card_session *session, struct card_message *message,
			     struct card_reply *reply);
int card_handle_reset(struct card_session *session, struct card_message *message,
		      struct card_reply *reply);

/* Bytes of a region (a BAR, or configuration space); 0 if the card has none there. */
uint64_t card_region_size(const struct card *card, uint32_t region);

#endif /* CARD_SESSION_H */
