/* SPDX-License-Identifier: MIT */
/*
 * How the memory of a self-test begins. The sequencer (nmaccel_selftest.sv) clears the result, runs
 * the job, and compares the result with what is expected, word by word. Part of the result is the
 * job's record.
 */
#ifndef NMACCEL_SELFTEST_H
#define NMACCEL_SELFTEST_H

#include <stdint.h>

#define SELFTEST_MAGIC 0x5453414eu /* "NAST" in memory order */

/* All addresses in bytes, multiples of 16. */
struct selftest_header {
	uint32_t magic;
	uint32_t job;	   /* struct nmaccel_hw_job */
	uint32_t result;   /* where the job writes */
	uint32_t expected; /* what is to be there then */
	uint32_t words;	   /* of 32 bits, of each of the two */
	uint32_t limit;	   /* clocks after which the job counts as hung */
	uint32_t reserved[2];
};

_Static_assert(sizeof(struct selftest_header) == 32,
	       "the sequencer reads six words from the start");

#endif /* NMACCEL_SELFTEST_H */
