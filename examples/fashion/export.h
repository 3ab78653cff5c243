/* SPDX-License-Identifier: MIT */
#ifndef FASHION_EXPORT_H
#define FASHION_EXPORT_H

#include "net.h"

/*
 * Writes the quantised net as <dir>/<network>-<pattern>.nmw and .plan, through libnmaccel.
 * Returns 0, or -1 after a message on stderr.
 */
int export_net(const struct fashion_net *net, const char *dir);

#endif
