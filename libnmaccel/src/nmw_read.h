/* SPDX-License-Identifier: MIT */
/* One entry of a .nmw container, which nobody needs to trust, as weights. */
#ifndef NMACCEL_SRC_NMW_READ_H
#define NMACCEL_SRC_NMW_READ_H

#include "mapping.h"
#include "nmw_format.h"

/*
 * Check all of an entry but its name, and make weights of it that use the mapping in place.
 *
 * @param offset  where its data must begin, within the file
 */
enum nmaccel_status nmaccel_nmw_read_entry(struct nmaccel_mapping *mapping,
					   const struct nmaccel_nmw_entry *entry, uint64_t offset,
					   struct nmaccel_weights **weights);

/* NMACCEL_ERR_FORMAT, with the first byte of data[from .. to) that is not zero, if there is one. */
enum nmaccel_status nmaccel_nmw_check_zero(const uint8_t *data, uint64_t from, uint64_t to,
					   const char *what);

#endif /* NMACCEL_SRC_NMW_READ_H */
