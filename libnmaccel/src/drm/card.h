/* SPDX-License-Identifier: MIT */
/* Cards of this machine, as the PCI bus shows them: with a device node, or with a reason why not.
 */
#ifndef NMACCEL_SRC_DRM_CARD_H
#define NMACCEL_SRC_DRM_CARD_H

#include "nmaccel.h"

#define NMACCEL_NO_NODE UINT32_MAX

struct nmaccel_card {
	char address[24]; /* "0000:01:00.0" */
	char driver[32];  /* that is bound to it; "" */
	char node[40];	  /* "/dev/accel/accel0"; "" */
	uint32_t index;	  /* of the node, or NMACCEL_NO_NODE */
};

/* All cards, those with a node first, in its order. *cards is the caller's, to be freed. */
enum nmaccel_status nmaccel_card_find(struct nmaccel_card **cards, size_t *n_cards);

/* "drm0" after the node, or "drm:0000:01:00.0". */
void nmaccel_card_name(const struct nmaccel_card *card, char *name, size_t len);

/* Is that a name of this card: its own, "drm:" and its address, or "drm:" and its node? */
int nmaccel_card_is_named(const struct nmaccel_card *card, const char *name);

/* The path of a card's file in sysfs, such as "state". */
void nmaccel_card_path(const struct nmaccel_card *card, const char *file, char *path, size_t len);

/* Has the driver given the card up? */
int nmaccel_card_is_lost(const struct nmaccel_card *card);

/* explain.c: set the last error to why a card without a node has none, and what to do. */
enum nmaccel_status nmaccel_card_explain(const struct nmaccel_card *card);

/* The same for a node that open() refused with that errno. */
enum nmaccel_status nmaccel_card_explain_open(const struct nmaccel_card *card, int err);

/* The same for a card that the driver has given up. */
enum nmaccel_status nmaccel_card_explain_lost(const struct nmaccel_card *card);

#endif /* NMACCEL_SRC_DRM_CARD_H */
