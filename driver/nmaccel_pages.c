// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bitops.h>
#include <linux/export.h>
#include <linux/minmax.h>
#include <linux/scatterlist.h>

#include <kunit/visibility.h>

#include "drm/nmaccel_hw.h"
#include "nmaccel_pages.h"

bool nmaccel_pages_linear(struct sg_table *sgt, u64 offset, u64 size, u64 *addr)
{
	struct scatterlist *sg;
	u64 start = 0;
	u32 i;

	for_each_sgtable_dma_sg(sgt, sg, i) {
		u64 end = start + sg_dma_len(sg);

		if (offset >= start && offset < end) {
			*addr = sg_dma_address(sg) + (offset - start);
			return offset + size <= end;
		}
		start = end;
	}
	return false;
}
EXPORT_SYMBOL_IF_KUNIT(nmaccel_pages_linear);

u32 nmaccel_pages_shift(struct sg_table *sgt, u64 offset, u64 size)
{
	u64 start = 0, mask = 0;
	struct scatterlist *sg;
	u32 i;

	for_each_sgtable_dma_sg(sgt, sg, i) {
		u64 end = start + sg_dma_len(sg);
		u64 from = max(start, offset), to = min(end, offset + size);

		if (from < to) {
			/* Where a piece begins and ends, both in the range and on the bus. */
			mask |= (sg_dma_address(sg) + (from - start)) | (from - offset);
			if (to < offset + size)
				mask |= to - offset;
		}
		start = end;
	}
	return mask ? min_t(u32, __ffs64(mask), NMACCEL_MAX_PAGE_SHIFT) : NMACCEL_MAX_PAGE_SHIFT;
}
EXPORT_SYMBOL_IF_KUNIT(nmaccel_pages_shift);

u64 nmaccel_pages_fill(struct sg_table *sgt, u64 offset, u64 size, u32 shift, __le64 *pages)
{
	struct scatterlist *sg;
	u64 start = 0, next = offset, count = 0;
	u32 i;

	for_each_sgtable_dma_sg(sgt, sg, i) {
		u64 end = start + sg_dma_len(sg);

		for (; next >= start && next < end && next < offset + size; next += 1ull << shift)
			pages[count++] = cpu_to_le64(sg_dma_address(sg) + (next - start));
		start = end;
	}
	return count;
}
EXPORT_SYMBOL_IF_KUNIT(nmaccel_pages_fill);
