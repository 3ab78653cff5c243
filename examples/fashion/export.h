/* SPDX-License-Identifier: MIT */
#ifndef FASHION_EXPORT_H
#define FASHION_EXPORT_H

#include "net.h"

/*
 * Writes the quantised net as <dir>/<network>-<pattern>.nmw and .plan, through libnmaccel.
 * Returns 0, or -1 after a message on stderr.
 */
int export_net(const struct fashion_net *net, const char *dir);

#define EXPORT_PATH_SIZE 4096

/* <dir>/<network>-<pattern>.<suffix>. Returns 0, or -1 after a message on stderr. */
int export_path(const struct fashion_net *net, const char *dir, const char *suffix,
		char path[EXPORT_PATH_SIZE]);

#endif
