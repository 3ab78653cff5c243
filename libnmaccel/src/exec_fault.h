/* SPDX-License-Identifier: MIT */
/* An engine's fault record in words. */
#ifndef NMACCEL_SRC_EXEC_FAULT_H
#define NMACCEL_SRC_EXEC_FAULT_H

#include "drm/nmaccel_hw.h"
#include "nmaccel.h"

/* "NMACCEL_FAULT_INDEX"; "unknown fault" for a code that is none. Never NULL; static. */
const char *nmaccel_fault_name(uint32_t fault);

/* The field of struct nmaccel_hw_desc at a byte offset, such as "in.ch"; NULL if there is none. */
const char *nmaccel_fault_field(uint32_t offset);

/* Set this thread's last error from a record in state NMACCEL_JOB_FAULT. */
enum nmaccel_status nmaccel_fault_error(const struct nmaccel_hw_record *record);

#endif /* NMACCEL_SRC_EXEC_FAULT_H */
