/* SPDX-License-Identifier: MIT */
/* The bytes of a container, read-only and page aligned: a mapped file, or a copy of memory. */
#ifndef NMACCEL_SRC_MAPPING_H
#define NMACCEL_SRC_MAPPING_H

#include <stdint.h>

#include "nmaccel.h"

struct nmaccel_mapping;

/* Map a regular file; one reference. */
enum nmaccel_status nmaccel_mapping_open(const char *path, struct nmaccel_mapping **mapping);

/* Copy memory; one reference. */
enum nmaccel_status nmaccel_mapping_copy(const void *data, size_t bytes,
					 struct nmaccel_mapping **mapping);

const uint8_t *nmaccel_mapping_data(const struct nmaccel_mapping *mapping);
uint64_t nmaccel_mapping_bytes(const struct nmaccel_mapping *mapping);

struct nmaccel_mapping *nmaccel_mapping_ref(struct nmaccel_mapping *mapping);
void nmaccel_mapping_unref(struct nmaccel_mapping *mapping);

#endif /* NMACCEL_SRC_MAPPING_H */
