/* SPDX-License-Identifier: GPL-2.0-only */
/* Faults on demand, where the kernel has fault injection: debugfs, fail_nmaccel_*. */
#ifndef __NMACCEL_FAULT_H__
#define __NMACCEL_FAULT_H__

#include <linux/types.h>

#ifdef CONFIG_FAULT_INJECTION
/* An engine is not started, as if the doorbell had got lost. */
bool nmaccel_fault_start(void);

/* Engines do not come out of their reset. */
bool nmaccel_fault_reset(void);
#else
static inline bool nmaccel_fault_start(void)
{
	return false;
}

static inline bool nmaccel_fault_reset(void)
{
	return false;
}
#endif

#if defined(CONFIG_FAULT_INJECTION) && defined(CONFIG_DEBUG_FS)
void nmaccel_fault_init(void);
void nmaccel_fault_fini(void);
#else
static inline void nmaccel_fault_init(void)
{
}

static inline void nmaccel_fault_fini(void)
{
}
#endif

#endif /* __NMACCEL_FAULT_H__ */
