/* SPDX-License-Identifier: MIT */
/* Weight streams of checked descriptors: validated once, indexed by block. */
#ifndef NMACCEL_SRC_SOFT_STREAM_INDEX_H
#define NMACCEL_SRC_SOFT_STREAM_INDEX_H

#include "soft/program.h"

/* Blocks of the reduction axis. */
uint32_t nmaccel_soft_stream_blocks(const struct nmaccel_hw_desc *desc);

/*
 * Walk the stream: refuse a malformed one with the fault in the record, else fill in the block
 * starts, the compensation, and the counts of steps and loads.
 */
bool nmaccel_soft_stream_index(struct nmaccel_soft_op *op,
			       const struct nmaccel_soft_kernels *kernels, const uint8_t *stream,
			       struct nmaccel_hw_record *record);

#endif /* NMACCEL_SRC_SOFT_STREAM_INDEX_H */
