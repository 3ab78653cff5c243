/* SPDX-License-Identifier: MIT */
/* Fewer rights, and another user. They return 0 or -errno. */
#ifndef KSFT_CAPS_H
#define KSFT_CAPS_H

#include <linux/capability.h>

/* Out of the effective set of this thread; caps_raise() takes it back. */
int caps_drop(int capability);
int caps_raise(int capability);

/* Another effective user without any capability; 0 takes all back that root has. */
int user_become(unsigned int uid);

/*
 * Become the user, and open the card even if its node is not for everybody. Limits are those of who
 * opened it. A file descriptor or -errno.
 */
int card_open_as(unsigned int index, unsigned int uid);

#endif
