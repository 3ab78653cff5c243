/* SPDX-License-Identifier: MIT */
/* CRC-32C (Castagnoli), as iSCSI (RFC 3720, appendix B.4), ext4 and Btrfs use it. */
#ifndef NMACCEL_SRC_CRC32C_H
#define NMACCEL_SRC_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* The checksum of what crc is the checksum of, 0 for nothing, followed by these bytes. */
uint32_t nmaccel_crc32c(uint32_t crc, const void *data, size_t bytes);

#endif /* NMACCEL_SRC_CRC32C_H */
