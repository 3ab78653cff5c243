/* SPDX-License-Identifier: MIT */
#ifndef FASHION_CHECKPOINT_H
#define FASHION_CHECKPOINT_H

#include "net.h"

/*
 * A trained network's float parameters and figures in <dir>/<network>-<pattern>.ckpt, in this
 * machine's byte order: a cache that saves training again, not a format for exchange.
 */

/* Returns 0, or -1 after a message on stderr. */
int checkpoint_save(const struct fashion_net *net, const char *dir);

/*
 * Fills in params, seed and figures of a net whose name and pattern are set. Returns 0, 1 if
 * there is no such file, or -1 after a message on stderr.
 */
int checkpoint_load(struct fashion_net *net, const char *dir);

#endif
