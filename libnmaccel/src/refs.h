/* SPDX-License-Identifier: MIT */
/* Reference counts of the opaque objects. */
#ifndef NMACCEL_SRC_REFS_H
#define NMACCEL_SRC_REFS_H

#include <stdatomic.h>
#include <stdbool.h>

struct nmaccel_refs {
	atomic_uint count;
};

static inline void nmaccel_refs_init(struct nmaccel_refs *refs)
{
	atomic_init(&refs->count, 1);
}

static inline void nmaccel_refs_get(struct nmaccel_refs *refs)
{
	atomic_fetch_add_explicit(&refs->count, 1, memory_order_relaxed);
}

/* True for the last reference: the caller then owns the object alone and frees it. */
static inline bool nmaccel_refs_put(struct nmaccel_refs *refs)
{
	return atomic_fetch_sub_explicit(&refs->count, 1, memory_order_acq_rel) == 1;
}

#endif /* NMACCEL_SRC_REFS_H */
