// SPDX-License-Identifier: MIT
/* DEVICE_GET_INFO and its kin: what the device consists of. */
#include <errno.h>
#include <linux/vfio.h>
#include <string.h>

#include "session.h"

uint64_t card_region_size(const struct card *card, uint32_t region)
{
	switch (region) {
	case VFIO_PCI_BAR0_REGION_INDEX + NMACCEL_BAR:
		return NMACCEL_BAR_SIZE;
	case VFIO_PCI_BAR0_REGION_INDEX + CARD_MSIX_BAR:
		return card->build.msi_only ? 0 : CARD_MSIX_BAR_SIZE;
	case VFIO_PCI_CONFIG_REGION_INDEX:
		return CARD_CONFIG_SIZE;
	default:
		return 0;
	}
}

int card_handle_device_info(struct card_session *session, struct card_message *message,
			    struct card_reply *reply)
{
	struct vfio_user_device_info info;

	(void)session;
	memcpy(&info, message->body, sizeof(info));
	if (info.argsz < sizeof(info))
		return EINVAL;
	info.argsz = sizeof(info);
	info.flags = VFIO_DEVICE_FLAGS_RESET | VFIO_DEVICE_FLAGS_PCI;
	info.num_regions = VFIO_PCI_NUM_REGIONS;
	info.num_irqs = VFIO_PCI_NUM_IRQS;
	memcpy(reply->body, &info, sizeof(info));
	reply->body_size = sizeof(info);
	return 0;
}

int card_handle_region_info(struct card_session *session, struct card_message *message,
			    struct card_reply *reply)
{
	struct vfio_user_region_info info;

	memcpy(&info, message->body, sizeof(info));
	if (info.argsz < sizeof(info) || info.index >= VFIO_PCI_NUM_REGIONS)
		return EINVAL;
	info.argsz = sizeof(info);
	info.size = card_region_size(session->card, info.index);
	info.flags = info.size ? VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE : 0;
	info.cap_offset = 0;
	info.offset = 0;
	memcpy(reply->body, &info, sizeof(info));
	reply->body_size = sizeof(info);
	return 0;
}

int card_handle_irq_info(struct card_session *session, struct card_message *message,
			 struct card_reply *reply)
{
	struct vfio_user_irq_info info;

	memcpy(&info, message->body, sizeof(info));
	if (info.argsz < sizeof(info) || info.index >= CARD_IRQ_INDEXES)
		return EINVAL;
	info.argsz = sizeof(info);
	info.count = session->card->irqs.counts[info.index];
	info.flags = info.count ? VFIO_IRQ_INFO_EVENTFD | VFIO_IRQ_INFO_NORESIZE : 0;
	memcpy(reply->body, &info, sizeof(info));
	reply->body_size = sizeof(info);
	return 0;
}
