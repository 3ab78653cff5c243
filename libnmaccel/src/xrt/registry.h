/* SPDX-License-Identifier: MIT */
/*
 * The devices that this process has open. Opening one again gives the same object, since XRT's
 * emulation does not bear a device that is opened twice, and on a card the second would be in the
 * first one's way.
 */
#ifndef NMACCEL_SRC_XRT_REGISTRY_H
#define NMACCEL_SRC_XRT_REGISTRY_H

#include <stdbool.h>
#include <stdint.h>

/* Part of what it stands for. */
struct nmaccel_xrt_entry {
	struct nmaccel_xrt_entry *next;
	uint32_t index; /* of the device */
	uint32_t refs;	/* 0: it is being closed */
};

/* Around finding and adding. */
void nmaccel_xrt_registry_lock(void);
void nmaccel_xrt_registry_unlock(void);

/*
 * Lock held, though not while it waits for a device that is being closed. A new reference to the
 * device, or NULL.
 */
struct nmaccel_xrt_entry *nmaccel_xrt_registry_get(uint32_t index);

/* Lock held: a device with one reference. */
void nmaccel_xrt_registry_add(struct nmaccel_xrt_entry *entry);

/* True if that was the last reference, and it is to be closed. */
bool nmaccel_xrt_registry_put(struct nmaccel_xrt_entry *entry);

/* It is closed. */
void nmaccel_xrt_registry_remove(struct nmaccel_xrt_entry *entry);

#endif /* NMACCEL_SRC_XRT_REGISTRY_H */
