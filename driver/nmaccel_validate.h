/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The check of descriptors, free of everything but integers: it also compiles in user space, where
 * driver/tests proves it.
 */
#ifndef __NMACCEL_VALIDATE_H__
#define __NMACCEL_VALIDATE_H__

#ifdef __KERNEL__
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/math.h>
#include <linux/overflow.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/types.h>

#include <kunit/visibility.h>
#else
#include "tests/validate_shim.h"
#endif

#include "drm/nmaccel_hw.h"

/* What the card can do, as its card page says. */
struct nmaccel_limits {
	u32 caps;
	u32 columns;
	u32 block_rows;
	u32 max_rows;
	u32 max_channels;
	u32 max_pixels;
	u32 max_kernel;
};

/* An entry of the buffer table: how far, and whether to read or write (NMACCEL_BUF_*). */
struct nmaccel_extent {
	u64 size;
	u32 flags;
};

/* The first field that is wrong: its byte offset in the descriptor, and what is wrong with it. */
struct nmaccel_invalid {
	u32 field;
	const char *why;
};

/*
 * 0; -EINVAL, or -EOPNOTSUPP for what another card could do, with the reason in @invalid. A
 * descriptor that passes names no byte outside the extents, whatever the streams hold.
 */
int nmaccel_validate_desc(const struct nmaccel_limits *limits,
			  const struct nmaccel_extent *extents, u32 n_extents,
			  const struct nmaccel_hw_desc *desc, struct nmaccel_invalid *invalid);

#endif /* __NMACCEL_VALIDATE_H__ */
