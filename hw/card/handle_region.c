// SPDX-License-Identifier: MIT
/* REGION_READ and REGION_WRITE: BARs and configuration space. */
#include <errno.h>
#include <linux/vfio.h>
#include <string.h>
#include <time.h>

#include "session.h"

#define WORD 4u

/*
 * Registers are words. A double word is two, the lower first; a part of a word is read with the
 * word around it, and cannot be written.
 */
static void bar_read(struct card *card, uint64_t offset, uint8_t *data, uint32_t count)
{
	uint32_t done = 0;

	while (done < count) {
		const uint32_t at = (uint32_t)offset + done;
		const uint32_t value = card_bar_read(card, at & ~(WORD - 1));
		const uint32_t skip = at % WORD;
		const uint32_t n = count - done < WORD - skip ? count - done : WORD - skip;

		memcpy(data + done, (const uint8_t *)&value + skip, n);
		done += n;
	}
}

static void bar_write(struct card *card, uint64_t offset, const uint8_t *data, uint32_t count)
{
	uint32_t done, value;

	if (offset % WORD)
		return;
	for (done = 0; count - done >= WORD; done += WORD) {
		memcpy(&value, data + done, sizeof(value));
		card_bar_write(card, (uint32_t)offset + done, value);
	}
}

static void be_slow(struct card *card)
{
	const uint32_t ms = card_faults_take_slow(&card->faults);
	const struct timespec ts = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};

	if (ms)
		nanosleep(&ts, NULL);
}

static int check_access(const struct card *card, const struct vfio_user_region_rw *rw)
{
	const uint64_t size = card_region_size(card, rw->region);

	/* An access of a processor has 1 to 8 bytes; only configuration space is read at large. */
	if (!rw->count || rw->offset > size || rw->count > size - rw->offset)
		return EINVAL;
	return 0;
}

static void read_region(struct card *card, const struct vfio_user_region_rw *rw, uint8_t *data)
{
	const uint32_t offset = (uint32_t)rw->offset;

	if (card_faults_take(&card->faults, CARD_FAULT_GONE, CARD_FAULT_ANY_ENGINE))
		memset(data, 0xff, rw->count);
	else if (rw->region == VFIO_PCI_CONFIG_REGION_INDEX)
		card_config_access(card, offset, data, rw->count, false);
	else if (rw->region == NMACCEL_BAR)
		bar_read(card, offset, data, rw->count);
	else
		card_msix_read(card, offset, data, rw->count);
}

int card_handle_region_read(struct card_session *session, struct card_message *message,
			    struct card_reply *reply)
{
	struct vfio_user_region_rw rw;
	int err;

	memcpy(&rw, message->body, sizeof(rw));
	err = check_access(session->card, &rw);
	if (err)
		return err;
	be_slow(session->card);
	memcpy(reply->body, &rw, sizeof(rw));
	read_region(session->card, &rw, reply->body + sizeof(rw));
	reply->body_size = (uint32_t)sizeof(rw) + rw.count;
	return 0;
}

int card_handle_region_write(struct card_session *session, struct card_message *message,
			     struct card_reply *reply)
{
	struct card *card = session->card;
	uint8_t data[CARD_CONFIG_SIZE];
	struct vfio_user_region_rw rw;
	int err;

	memcpy(&rw, message->body, sizeof(rw));
	err = check_access(card, &rw);
	if (err)
		return err;
	if (rw.count != message->body_size - sizeof(rw))
		return EINVAL;
	memcpy(reply->body, &rw, sizeof(rw));
	reply->body_size = sizeof(rw);
	if (card_faults_pending(&card->faults, CARD_FAULT_GONE))
		return 0;
	if (rw.region == NMACCEL_BAR) {
		bar_write(card, rw.offset, message->body + sizeof(rw), rw.count);
		return 0;
	}
	/* The other two regions are no larger than this. */
	memcpy(data, message->body + sizeof(rw), rw.count);
	if (rw.region == VFIO_PCI_CONFIG_REGION_INDEX)
		card_config_access(card, (uint32_t)rw.offset, data, rw.count, true);
	else
		card_msix_write(card, (uint32_t)rw.offset, data, rw.count);
	return 0;
}
