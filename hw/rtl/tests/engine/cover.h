/* SPDX-License-Identifier: MIT */
/* What the random jobs have been: bins with counts, for make -C hw rtl-coverage. */
#ifndef ENGINE_COVER_H
#define ENGINE_COVER_H

#include "sim.h"

/* A job that the engine and the model ran, with its record. */
void cover_job(const struct sim *sim, const struct test_job *job);

/* Bins that no job has hit. With a name in NMACCEL_COVERAGE the table goes to that file. */
uint32_t cover_report(void);

#endif /* ENGINE_COVER_H */
