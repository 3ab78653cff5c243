/* SPDX-License-Identifier: MIT */
/*
 * XRT with cards below the xrt backend, in this process: buffer objects whose mapping is not the
 * card's memory, compute units that are threads with the model of the engine, and that see nothing
 * but living buffer objects. Calls fail on command, runs hang, and what the engine leaves can be
 * wrong. Handles are counted; wrong uses of them are told, and counted too.
 */
#ifndef NMACCEL_TESTS_FAKE_XRT_H
#define NMACCEL_TESTS_FAKE_XRT_H

#include <stdbool.h>
#include <stdint.h>

enum fake_xrt_call {
	FAKE_XRT_DEVICE_OPEN,
	FAKE_XRT_LOAD_XCLBIN,
	FAKE_XRT_GET_UUID,
	FAKE_XRT_KERNEL_OPEN,
	FAKE_XRT_ARG_GROUP,
	FAKE_XRT_BO_ALLOC,
	FAKE_XRT_BO_IMPORT,
	FAKE_XRT_BO_EXPORT,
	FAKE_XRT_BO_ADDRESS,
	FAKE_XRT_BO_MAP,
	FAKE_XRT_BO_SYNC,
	FAKE_XRT_RUN_OPEN,
	FAKE_XRT_RUN_SET_ARG,
	FAKE_XRT_RUN_START,
	FAKE_XRT_N_CALLS,
};

/* How a run ends. */
enum fake_xrt_end {
	FAKE_XRT_GOOD,
	FAKE_XRT_HANG, /* not, until fake_xrt_let_go(); then well */
	FAKE_XRT_SLOW, /* well, once the record was read n times; each time it shows progress */
	FAKE_XRT_SLOW_HANG,   /* the same, and then it hangs */
	FAKE_XRT_RUBBISH,     /* with a record of n in each byte */
	FAKE_XRT_OLD_RECORD,  /* with that of the run before */
	FAKE_XRT_UNFINISHED,  /* with a record that says RUNNING */
	FAKE_XRT_BAD_VERSION, /* with the fault of an engine of another contract */
	FAKE_XRT_STATE,	      /* in state n, without having run */
};

struct fake_xrt_settings {
	uint32_t devices; /* that there are */
	uint32_t lanes, block_rows, columns;
	int group;	   /* of argument mem */
	uint32_t odd_unit; /* the unit, from 1, whose group is another one; 0: none */
	bool other_uuid;   /* the card has another .xclbin than it was given */
	uint64_t size;	   /* what an import says of its size; 0: the truth */
	bool bad_fd;	   /* exports give a number that is no descriptor */
	uint64_t address;  /* that all buffer objects claim to have; 0: the truth */
};

struct fake_xrt_counts {
	uint32_t devices, kernels, runs, bos; /* alive */
	uint32_t started, ended, most_at_once;
	uint32_t lower;	     /* buffer objects that lie below one that is older */
	uint32_t violations; /* wrong uses of XRT */
	uint64_t flags;	     /* of the newest buffer object */
};

/* Take the place of XRT; everything is as new. */
void fake_xrt_start(void);

/* Ends all runs and frees what is left. */
void fake_xrt_stop(void);

/* The settings in force, to be changed while no call is under way. */
struct fake_xrt_settings *fake_xrt_settings(void);
struct fake_xrt_counts fake_xrt_counts(void);

/* From the skip-th such call from now on, `times` of them fail. err: 0 for none that is told. */
void fake_xrt_fail(enum fake_xrt_call call, int err, uint32_t skip, uint32_t times);

/* So ends the skip-th run from the next one on. */
void fake_xrt_end(enum fake_xrt_end end, int n, uint32_t skip);

/* While held, runs are accepted and do not begin. */
void fake_xrt_hold(bool hold);

/* The runs that hang go on. */
void fake_xrt_let_go(void);

/* Wait until so many runs have begun to count as started, or ended. */
void fake_xrt_await_started(uint32_t n);
void fake_xrt_await_ended(uint32_t n);

#endif /* NMACCEL_TESTS_FAKE_XRT_H */
