/* SPDX-License-Identifier: MIT */
/* Memory of the CPU devices; the calls are those of struct nmaccel_device_ops. */
#ifndef NMACCEL_SRC_HOST_MEMORY_H
#define NMACCEL_SRC_HOST_MEMORY_H

#include "backend.h"

enum nmaccel_status nmaccel_host_memory_create(void *priv, uint64_t bytes,
					       enum nmaccel_memory_use use,
					       struct nmaccel_memory **memory);
enum nmaccel_status nmaccel_host_memory_import(void *priv, int fd, uint64_t bytes,
					       struct nmaccel_memory **memory);
enum nmaccel_status nmaccel_host_memory_wrap(void *priv, const void *data, uint64_t bytes,
					     struct nmaccel_memory **memory);
enum nmaccel_status nmaccel_host_memory_export(void *priv, struct nmaccel_memory *memory, int *fd);
void nmaccel_host_memory_destroy(void *priv, struct nmaccel_memory *memory);

#endif /* NMACCEL_SRC_HOST_MEMORY_H */
