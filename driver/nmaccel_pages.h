/* SPDX-License-Identifier: GPL-2.0-only */
/* How a range of a scattered buffer looks to the card. Nothing here touches the buffer itself. */
#ifndef __NMACCEL_PAGES_H__
#define __NMACCEL_PAGES_H__

#include <linux/types.h>

struct sg_table;

/* Is the range one piece on the bus? Then *addr is where. */
bool nmaccel_pages_linear(struct sg_table *sgt, u64 offset, u64 size, u64 *addr);

/*
 * The largest page size, as a shift, of which the range consists on the bus; it may be smaller than
 * what the card can do.
 */
u32 nmaccel_pages_shift(struct sg_table *sgt, u64 offset, u64 size);

/*
 * The address of every page of the range, each of 1 << shift bytes. Returns their number, which is
 * too small if the table ends before the range does.
 */
u64 nmaccel_pages_fill(struct sg_table *sgt, u64 offset, u64 size, u32 shift, __le64 *pages);

#endif /* __NMACCEL_PAGES_H__ */
