/* SPDX-License-Identifier: GPL-2.0-only */
/* What one user may hold of a card, over all his processes. */
#ifndef __NMACCEL_USER_H__
#define __NMACCEL_USER_H__

#include <linux/atomic.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/uidgid.h>

struct nmaccel_device;

struct nmaccel_user {
	struct list_head node;
	struct kref ref;
	kuid_t uid;
	struct nmaccel_device *ndev;
	atomic64_t contexts;
	atomic64_t jobs;
	atomic64_t bytes;
};

/* The user of the current process, with a reference; NULL: out of memory. */
struct nmaccel_user *nmaccel_user_get(struct nmaccel_device *ndev);
struct nmaccel_user *nmaccel_user_ref(struct nmaccel_user *user);
void nmaccel_user_put(struct nmaccel_user *user);

/* Each false if the limit is reached; CAP_SYS_RESOURCE has none. */
bool nmaccel_user_charge_context(struct nmaccel_user *user);
bool nmaccel_user_charge_job(struct nmaccel_user *user);
bool nmaccel_user_charge_bytes(struct nmaccel_user *user, u64 bytes);

#endif /* __NMACCEL_USER_H__ */
