/* SPDX-License-Identifier: MIT */
/* Sparsity patterns: what the packed parts of the library need of them. */
#ifndef NMACCEL_SRC_PATTERN_H
#define NMACCEL_SRC_PATTERN_H

#include "nmaccel.h"

/* Is it a pattern at all? NMACCEL_ERR_INVALID if not. */
enum nmaccel_status nmaccel_pattern_validate(const struct nmaccel_pattern *pattern);

#endif /* NMACCEL_SRC_PATTERN_H */
