/* SPDX-License-Identifier: MIT */
/* User memory that a kernel cannot read or write everywhere. */
#ifndef KSFT_MEMORY_H
#define KSFT_MEMORY_H

#include <stddef.h>

/* No user program has memory there. */
#define NOWHERE	     8ull
#define KERNEL_SPACE 0xffffffff81000000ull

/* Two pages, the second of which nobody can touch: where the first one ends. */
char *cliff_new(void);
void cliff_free(char *cliff);

/* A copy of so many bytes of data that ends at the edge. */
void *cliff_put(char *cliff, const void *data, size_t size);

#endif
