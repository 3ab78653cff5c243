// SPDX-License-Identifier: MIT
/* DEVICE_SET_IRQS: which eventfds stand for which vectors. */
#include <errno.h>
#include <linux/vfio.h>
#include <string.h>

#include "session.h"

static bool one_bit(uint32_t bits)
{
	return bits && !(bits & (bits - 1));
}

static int check_set(const struct card *card, const struct vfio_user_irq_set *set,
		     const struct card_message *message)
{
	const uint32_t data = set->flags & VFIO_IRQ_SET_DATA_TYPE_MASK;
	const uint32_t action = set->flags & VFIO_IRQ_SET_ACTION_TYPE_MASK;
	const uint32_t extra = data == VFIO_IRQ_SET_DATA_BOOL ? set->count : 0;

	if (set->flags != (data | action) || !one_bit(data) || !one_bit(action) ||
	    set->index >= CARD_IRQ_INDEXES)
		return EINVAL;
	/* Vectors are masked by the client, in the table that it emulates. */
	if (action != VFIO_IRQ_SET_ACTION_TRIGGER)
		return EOPNOTSUPP;
	if (set->start > card->irqs.counts[set->index] ||
	    set->count > card->irqs.counts[set->index] - set->start)
		return EINVAL;
	if (set->argsz < sizeof(*set) || message->body_size < sizeof(*set) + extra ||
	    set->argsz < sizeof(*set) + extra || set->argsz > message->body_size)
		return EINVAL;
	if (data != VFIO_IRQ_SET_DATA_EVENTFD)
		return message->n_fds ? EINVAL : 0;
	/* A descriptor for each vector, or none, which disarms them. */
	return message->n_fds && message->n_fds != set->count ? EINVAL : 0;
}

static int arm(struct card_irqs *irqs, const struct vfio_user_irq_set *set,
	       struct card_message *message)
{
	int none[CARD_MAX_VECTORS];
	uint32_t i;
	int err;

	for (i = 0; i < CARD_MAX_VECTORS; i++)
		none[i] = -1;
	if (!message->n_fds)
		return card_irqs_arm(irqs, set->index, set->start, none, set->count);
	err = card_irqs_arm(irqs, set->index, set->start, message->fds, set->count);
	if (err)
		return err;
	memcpy(message->fds, none, set->count * sizeof(none[0]));
	return 0;
}

int card_handle_set_irqs(struct card_session *session, struct card_message *message,
			 struct card_reply *reply)
{
	struct card_irqs *irqs = &session->card->irqs;
	const uint8_t *bools = message->body + sizeof(struct vfio_user_irq_set);
	struct vfio_user_irq_set set;
	uint32_t i;
	int err;

	(void)reply;
	memcpy(&set, message->body, sizeof(set));
	err = check_set(session->card, &set, message);
	if (err)
		return err;
	if (set.flags & VFIO_IRQ_SET_DATA_EVENTFD)
		return arm(irqs, &set, message);
	if (!set.count && set.flags & VFIO_IRQ_SET_DATA_NONE)
		card_irqs_disarm(irqs, set.index);
	for (i = 0; i < set.count; i++)
		if (set.flags & VFIO_IRQ_SET_DATA_NONE || bools[i])
			card_irqs_trigger(irqs, set.index, set.start + i);
	return 0;
}
