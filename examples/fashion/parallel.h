/* SPDX-License-Identifier: MIT */
#ifndef FASHION_PARALLEL_H
#define FASHION_PARALLEL_H

#define PARALLEL_MAX_THREADS 64

typedef void (*parallel_fn)(void *context, int thread, int item);

/*
 * Calls fn once for each item in [0, items), on up to `threads` threads, the caller's being
 * number 0, and returns when all are done. Which thread takes which item is left to chance, so
 * fn may use `thread` for scratch space only.
 */
void parallel_for(int threads, int items, parallel_fn fn, void *context);

#endif
