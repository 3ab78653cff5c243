/* SPDX-License-Identifier: MIT */
/*
 * The limits that the card announces, and its operations. The engine of hw/hls knows only those it
 * was built with, so a field beyond an announced limit is made one beyond the engine's own: the
 * engine then refuses it at the same place, in the same order, with the fault that the contract
 * names.
 */
#ifndef CARD_LIMIT_H
#define CARD_LIMIT_H

#include "drm/nmaccel_hw.h"

struct card_build;

/* A job, and a descriptor, as the engine is about to see it. */
void card_limit_job(const struct card_build *build, struct nmaccel_hw_job *job);
void card_limit_desc(const struct card_build *build, struct nmaccel_hw_desc *desc);

#endif /* CARD_LIMIT_H */
