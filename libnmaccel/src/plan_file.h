/* SPDX-License-Identifier: MIT */
#ifndef NMACCEL_SRC_PLAN_FILE_H
#define NMACCEL_SRC_PLAN_FILE_H

#include "nmaccel.h"

/*
 * What nmaccel_plan_load does, with the text of the plan in memory and its container open.
 *
 * @param file  name of the plan in messages
 * @param nmw   NULL: a layer that wants weights is refused
 */
enum nmaccel_status nmaccel_plan_parse(struct nmaccel_device *dev, const char *file,
				       const char *text, size_t len, struct nmaccel_nmw *nmw,
				       uint32_t batch, struct nmaccel_plan **plan);

#endif /* NMACCEL_SRC_PLAN_FILE_H */
