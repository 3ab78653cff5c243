// SPDX-License-Identifier: GPL-2.0-only
#include <linux/fault-inject.h>

#include "nmaccel_fault.h"

/* One for all cards: a card that is bound later gets the same. */
static DECLARE_FAULT_ATTR(nmaccel_fail_start);
static DECLARE_FAULT_ATTR(nmaccel_fail_reset);

bool nmaccel_fault_start(void)
{
	return should_fail(&nmaccel_fail_start, 1);
}

bool nmaccel_fault_reset(void)
{
	return should_fail(&nmaccel_fail_reset, 1);
}

#ifdef CONFIG_DEBUG_FS
void nmaccel_fault_debugfs(struct dentry *dir)
{
	fault_create_debugfs_attr("fail_nmaccel_start", dir, &nmaccel_fail_start);
	fault_create_debugfs_attr("fail_nmaccel_reset", dir, &nmaccel_fail_reset);
}
#endif
