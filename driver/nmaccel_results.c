// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/export.h>

#include <kunit/visibility.h>

#include "nmaccel_results.h"

u64 nmaccel_results_submit(struct nmaccel_results *results)
{
	return ++results->submitted;
}
EXPORT_SYMBOL_IF_KUNIT(nmaccel_results_submit);

void nmaccel_results_finish(struct nmaccel_results *results,
			    const struct drm_nmaccel_result *result)
{
	struct drm_nmaccel_result *slot = &results->ring[result->job % DRM_NMACCEL_RESULTS];

	results->finished++;
	/* A job that took very long does not push out a later one. */
	if (slot->job < result->job)
		*slot = *result;
}
EXPORT_SYMBOL_IF_KUNIT(nmaccel_results_finish);

int nmaccel_results_find(const struct nmaccel_results *results, u64 job,
			 struct drm_nmaccel_result *result)
{
	const struct drm_nmaccel_result *slot = &results->ring[job % DRM_NMACCEL_RESULTS];

	if (!job || job > results->submitted || slot->job > job)
		return -ENOENT;
	if (slot->job < job)
		return -EBUSY;
	*result = *slot;
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(nmaccel_results_find);
