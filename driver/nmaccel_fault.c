// SPDX-License-Identifier: GPL-2.0-only
#include <linux/debugfs.h>
#include <linux/fault-inject.h>

#include "nmaccel_fault.h"

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
static struct dentry *nmaccel_fault_dirs[2];

void nmaccel_fault_init(void)
{
	/* Whoever wants a stack for each fault can ask for it. */
	nmaccel_fail_start.verbose = 1;
	nmaccel_fail_reset.verbose = 1;
	nmaccel_fault_dirs[0] = fault_create_debugfs_attr("fail_nmaccel_start", NULL,
							  &nmaccel_fail_start);
	nmaccel_fault_dirs[1] = fault_create_debugfs_attr("fail_nmaccel_reset", NULL,
							  &nmaccel_fail_reset);
}

void nmaccel_fault_fini(void)
{
	debugfs_remove(nmaccel_fault_dirs[1]);
	debugfs_remove(nmaccel_fault_dirs[0]);
}
#endif
