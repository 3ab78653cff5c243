// SPDX-License-Identifier: GPL-2.0-only
#include <linux/math64.h>

#include <drm/drm_file.h>
#include <drm/drm_print.h>

#include "nmaccel_device.h"
#include "nmaccel_fdinfo.h"
#include "nmaccel_file.h"

/* Documentation/gpu/drm-usage-stats.rst; the card's clock does not change while it runs. */
void nmaccel_show_fdinfo(struct drm_printer *p, struct drm_file *file)
{
	struct nmaccel_file *nfile = to_nmaccel_file(file);
	struct nmaccel_card *card = &nfile->ndev->card;
	u64 ns = atomic64_read(&nfile->run_ns);

	drm_printf(p, "drm-engine-npu:\t%llu ns\n", ns);
	drm_printf(p, "drm-engine-capacity-npu:\t%u\n", card->engines);
	drm_printf(p, "drm-cycles-npu:\t%llu\n",
		   mul_u64_u64_div_u64(ns, card->clock_khz, 1000000));
	drm_printf(p, "drm-maxfreq-npu:\t%llu Hz\n", card->clock_khz * 1000ull);
	drm_show_memory_stats(p, file);
}
