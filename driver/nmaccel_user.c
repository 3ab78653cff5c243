// SPDX-License-Identifier: GPL-2.0-only
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/user_namespace.h>

#include "nmaccel_device.h"
#include "nmaccel_user.h"

static unsigned int max_contexts = 256;
module_param(max_contexts, uint, 0644);
MODULE_PARM_DESC(max_contexts, "Contexts of one user on one card (256)");

static unsigned int max_jobs = 4096;
module_param(max_jobs, uint, 0644);
MODULE_PARM_DESC(max_jobs, "Jobs in flight of one user on one card (4096)");

static unsigned int max_memory_percent = 50;
module_param(max_memory_percent, uint, 0644);
MODULE_PARM_DESC(max_memory_percent, "Buffers of one user, in percent of the memory (50)");

struct nmaccel_user *nmaccel_user_get(struct nmaccel_device *ndev)
{
	kuid_t uid = current_euid();
	struct nmaccel_user *user;

	guard(mutex)(&ndev->user_lock);
	list_for_each_entry(user, &ndev->users, node)
		if (uid_eq(user->uid, uid))
			return nmaccel_user_ref(user);
	user = kzalloc(sizeof(*user), GFP_KERNEL);
	if (!user)
		return NULL;
	kref_init(&user->ref);
	user->uid = uid;
	user->ndev = ndev;
	list_add(&user->node, &ndev->users);
	return user;
}

struct nmaccel_user *nmaccel_user_ref(struct nmaccel_user *user)
{
	kref_get(&user->ref);
	return user;
}

static void nmaccel_user_release(struct kref *ref)
{
	struct nmaccel_user *user = container_of(ref, struct nmaccel_user, ref);

	list_del(&user->node);
	mutex_unlock(&user->ndev->user_lock);
	kfree(user);
}

void nmaccel_user_put(struct nmaccel_user *user)
{
	kref_put_mutex(&user->ref, nmaccel_user_release, &user->ndev->user_lock);
}

static bool nmaccel_user_charge(atomic64_t *used, u64 amount, u64 limit)
{
	s64 old = atomic64_read(used);

	do {
		if (((u64)old > limit || amount > limit - old) &&
		    !ns_capable_noaudit(&init_user_ns, CAP_SYS_RESOURCE))
			return false;
	} while (!atomic64_try_cmpxchg(used, &old, old + amount));
	return true;
}

bool nmaccel_user_charge_context(struct nmaccel_user *user)
{
	return nmaccel_user_charge(&user->contexts, 1, READ_ONCE(max_contexts));
}

bool nmaccel_user_charge_job(struct nmaccel_user *user)
{
	return nmaccel_user_charge(&user->jobs, 1, READ_ONCE(max_jobs));
}

bool nmaccel_user_charge_bytes(struct nmaccel_user *user, u64 bytes)
{
	u64 limit = div_u64((u64)totalram_pages() * READ_ONCE(max_memory_percent), 100);

	return nmaccel_user_charge(&user->bytes, bytes, limit << PAGE_SHIFT);
}
