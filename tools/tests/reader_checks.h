/* SPDX-License-Identifier: MIT */
/* What the tests of all readers ask of a file in memory; a wrong answer ends the test. */
#ifndef NMACCEL_TOOLS_TESTS_READER_CHECKS_H
#define NMACCEL_TOOLS_TESTS_READER_CHECKS_H

#include <stdbool.h>

#include "files.h"
#include "source.h"

struct tensor_source *open_sound(const struct bytes *file);

/* The one tensor of the file, loaded. */
const struct tensor *load_only(struct tensor_source *src);
const struct tensor *find_loaded(struct tensor_source *src, const char *name);

/* Either the list or one of the tensors is refused, with these words. */
void expect_refused(const struct tensor_format *format, const struct bytes *file,
		    const char *message);

/*
 * Cut the file everywhere and flip bits of every byte: each must be read or refused, and nothing
 * else. whole_counts: every cut must be refused.
 */
void try_mutations(const struct tensor_format *format, const struct bytes *file, bool whole_counts);

#endif /* NMACCEL_TOOLS_TESTS_READER_CHECKS_H */
