/* SPDX-License-Identifier: MIT */
/*
 * A small pool of threads. A call cuts its work into items, takes part itself, and returns when
 * all are done; any number of threads may call at once. Idle threads sleep.
 */
#ifndef NMACCEL_SRC_SOFT_THREADS_H
#define NMACCEL_SRC_SOFT_THREADS_H

#include "nmaccel.h"

struct nmaccel_soft_threads;

/* item of [0, n_items), with memory that this thread alone uses meanwhile. */
typedef void (*nmaccel_soft_item_fn)(void *context, void *scratch, uint32_t item);

/* @param scratch_bytes  of each thread's memory; a multiple of 64 */
enum nmaccel_status nmaccel_soft_threads_create(uint32_t n_threads, size_t scratch_bytes,
						struct nmaccel_soft_threads **threads);

/* No call may be under way. */
void nmaccel_soft_threads_destroy(struct nmaccel_soft_threads *threads);

uint32_t nmaccel_soft_threads_count(const struct nmaccel_soft_threads *threads);

/* Borrow memory for this thread, as nmaccel_soft_threads_run needs it. NULL: none left. */
void *nmaccel_soft_threads_borrow(struct nmaccel_soft_threads *threads);
void nmaccel_soft_threads_give_back(struct nmaccel_soft_threads *threads, void *scratch);

/* @param scratch  borrowed by the caller */
void nmaccel_soft_threads_run(struct nmaccel_soft_threads *threads, void *scratch,
			      nmaccel_soft_item_fn fn, void *context, uint32_t n_items);

#endif /* NMACCEL_SRC_SOFT_THREADS_H */
