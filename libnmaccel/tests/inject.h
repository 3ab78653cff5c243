/* SPDX-License-Identifier: MIT */
/*
 * A device for tests: the model's engine, which can be told to stall, to fail, to refuse memory,
 * or to look like another build. Settings are global; inject_reset() takes them all back.
 */
#ifndef NMACCEL_TESTS_INJECT_H
#define NMACCEL_TESTS_INJECT_H

#include <stdbool.h>

#include "device.h"

struct inject_settings {
	uint32_t max_rows, max_descs; /* announced instead of the model's, unless 0 */
	uint64_t memory_bytes;
	uint32_t lanes; /* announced; runs then fault */
	bool no_wrap;	/* like a card: streams must be copied */
	bool fail_open;
	bool fail_prepare;
	bool fail_submit;
	bool fail_sync;
	uint32_t fail_memory;	      /* the n-th memory_create from now on fails; 0: none */
	enum nmaccel_status fail_run; /* what the next run returns */
	uint32_t fault_desc;	      /* with NMACCEL_ERR_FAULT */
};

struct inject_counts {
	uint32_t runs;	   /* begun */
	uint32_t memories; /* alive */
	uint32_t programs; /* alive */
	uint32_t devices;  /* alive */
	uint64_t synced;   /* bytes */
};

void inject_reset(void);
void inject_set(const struct inject_settings *settings);
struct inject_counts inject_get_counts(void);

/*
 * Wait until all devices, programs and memory are given back, which the device's own thread may do
 * a moment after a fence has told; then reset.
 */
void inject_wait_gone(void);

/* While stalled, runs wait before they begin. */
void inject_stall(bool stall);

/* A device with these settings. */
enum nmaccel_status inject_open(const struct inject_settings *settings,
				struct nmaccel_device **dev);

#endif /* NMACCEL_TESTS_INJECT_H */
