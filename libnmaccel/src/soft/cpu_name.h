/* SPDX-License-Identifier: MIT */
#ifndef NMACCEL_SRC_SOFT_CPU_NAME_H
#define NMACCEL_SRC_SOFT_CPU_NAME_H

#include <stddef.h>

/* The CPU's name for people, "CPU" where the system does not tell; cut to len bytes. */
void nmaccel_soft_cpu_name(char *name, size_t len);

#endif /* NMACCEL_SRC_SOFT_CPU_NAME_H */
