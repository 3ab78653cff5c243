/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The time from the doorbell to the interrupt handler, which no job can beat: debugfs "doorbell",
 * measured when it is read.
 */
#ifndef __NMACCEL_DOORBELL_H__
#define __NMACCEL_DOORBELL_H__

#include <linux/completion.h>

#include "nmaccel_engine.h"

struct nmaccel_doorbell {
	u64 rang_ns;
	struct completion rang;
};

#ifdef CONFIG_DEBUG_FS
void nmaccel_doorbell_debugfs(struct nmaccel_device *ndev);

/* The engine has raised an interrupt, whose handler was entered at that time. */
static inline void nmaccel_doorbell_rang(struct nmaccel_engine *engine, u64 entered_ns)
{
	struct nmaccel_doorbell *doorbell = READ_ONCE(engine->doorbell);

	if (unlikely(doorbell) && !doorbell->rang_ns) {
		doorbell->rang_ns = entered_ns;
		complete(&doorbell->rang);
	}
}
#else
static inline void nmaccel_doorbell_rang(struct nmaccel_engine *engine, u64 entered_ns)
{
}
#endif

#endif /* __NMACCEL_DOORBELL_H__ */
