/* SPDX-License-Identifier: MIT */
/* The JSON text by which a client tells in VERSION what it can do. */
#ifndef CARD_CAPABILITIES_H
#define CARD_CAPABILITIES_H

#include <stddef.h>

/*
 * Check it: one object, and every capability that the protocol defines of its type. Those that it
 * does not define are a later version's, and ignored. size counts the text without its NUL. 0 or
 * a positive errno.
 */
int card_capabilities_check(const char *text, size_t size);

#endif /* CARD_CAPABILITIES_H */
