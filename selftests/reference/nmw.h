/* SPDX-License-Identifier: MIT */
/* Reads .nmw containers into dense weights, from docs/packed-format.md alone. */
#ifndef NMACCEL_SELFTESTS_NMW_H
#define NMACCEL_SELFTESTS_NMW_H

#include "reference.h"

struct ref_nmw;

/* NULL on failure, with the cause in error[]. */
struct ref_nmw *ref_nmw_load(const char *path, char *error, size_t error_bytes);
void ref_nmw_free(struct ref_nmw *nmw);

/* Decode the entry of that name into weights that the caller frees. */
bool ref_nmw_find(const struct ref_nmw *nmw, const char *name, struct ref_weights *weights,
		  char *error, size_t error_bytes);

#endif /* NMACCEL_SELFTESTS_NMW_H */
