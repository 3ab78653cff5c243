/* SPDX-License-Identifier: MIT */
/* Descriptors against the hardware contract. Each check refuses with the fault in the record. */
#ifndef NMACCEL_SRC_SOFT_CHECK_H
#define NMACCEL_SRC_SOFT_CHECK_H

#include <stdbool.h>

#include "executor.h"

/* The buffer table: a malformed entry is refused, used or not. */
bool nmaccel_soft_check_buffers(const struct nmaccel_exec_buffer *buffers, uint32_t n_buffers,
				struct nmaccel_hw_record *record);

/*
 * All but the content of the weight stream, with buffers that have been checked. The record's
 * fault_desc is the caller's to set.
 */
bool nmaccel_soft_check_desc(const struct nmaccel_hw_desc *desc,
			     const struct nmaccel_exec_buffer *buffers, uint32_t n_buffers,
			     struct nmaccel_hw_record *record);

#endif /* NMACCEL_SRC_SOFT_CHECK_H */
