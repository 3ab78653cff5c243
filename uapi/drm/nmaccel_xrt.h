/* SPDX-License-Identifier: MIT */
/*
 * What an .xclbin of nmaccel holds, for who makes one (hw/xrt), who loads it (the XRT backend of
 * the library) and what stands in for the card in XRT's software emulation.
 *
 * It has one kernel, the engine, in one or more compute units, each with the register map and the
 * jobs of nmaccel_hw.h. There is no card page: what that tells of a card is in a section of the
 * file.
 */
#ifndef NMACCEL_XRT_H
#define NMACCEL_XRT_H

#include "nmaccel_hw.h"

/* The kernel; its compute units are NMACCEL_XRT_KERNEL "_1" and on, without a gap. */
#define NMACCEL_XRT_KERNEL		"nmaccel_engine"
#define NMACCEL_XRT_MAX_UNITS		NMACCEL_MAX_ENGINES

/*
 * Its arguments. MEM is a global pointer, whose memory group is that of all buffers a job names.
 * The address of the buffer that it is set to is added to all addresses in the job, and to that of
 * the job. So let it be the buffer that lies lowest, and count from there: xrtBOAddress() of a
 * buffer less that of MEM's. Set it in every run: XRT uses the memory of older runs again, and what
 * is not set is what was left there, not 0. JOB is a 64-bit scalar, the address of struct
 * nmaccel_hw_job. Their registers are NMACCEL_REG_MEM_LO and NMACCEL_REG_JOB_LO.
 */
#define NMACCEL_XRT_ARG_MEM		0
#define NMACCEL_XRT_ARG_JOB		1

/*
 * The section: its kind in struct axlf_section_header, as the enum axlf_section_kind of XRT's
 * xclbin.h has it, and its name for xclbinutil, which takes and gives back any text in it
 * (--add-section USER_METADATA:RAW:FILE). v++ makes none of its own. The text need not end in a
 * zero byte.
 */
#define NMACCEL_XRT_META_KIND		16
#define NMACCEL_XRT_META_SECTION	"USER_METADATA"
#define NMACCEL_XRT_META_MAX_BYTES	65536

/*
 * Its text is JSON, an object with a member of this name, which is an object with the members
 * below:
 *
 *	{ "nmaccel": { "contract": "1.0", "board": "u50", "lanes": 8, "block_rows": 256, ... } }
 *
 * Numbers are non-negative integers. A reader refuses another major of the contract, and ignores
 * members that it does not know. CONTRACT, LANES, BLOCK_ROWS and COLUMNS must be there; a limit
 * that is missing is that of the contract (NMACCEL_MAX_*; MAX_ROWS: NMACCEL_MAX_PANEL_ROWS), CAPS
 * and CLOCK_KHZ that are missing are 0, which says nothing of the clock, and a missing BOARD is "".
 */
#define NMACCEL_XRT_META		"nmaccel"

#define NMACCEL_XRT_META_CONTRACT	"contract"	/* text: "major.minor" */
#define NMACCEL_XRT_META_BOARD		"board"		/* text: "u50", "emulated" ... */
#define NMACCEL_XRT_META_LANES		"lanes"		/* as NMACCEL_CARD_LANES */
#define NMACCEL_XRT_META_BLOCK_ROWS	"block_rows"
#define NMACCEL_XRT_META_COLUMNS	"columns"
#define NMACCEL_XRT_META_UNITS		"units"		/* compute units; missing: 1 */
#define NMACCEL_XRT_META_CLOCK_KHZ	"clock_khz"
#define NMACCEL_XRT_META_CAPS		"caps"		/* NMACCEL_CAP_* */
#define NMACCEL_XRT_META_MAX_DESCS	"max_descs"
#define NMACCEL_XRT_META_MAX_BUFFERS	"max_buffers"
#define NMACCEL_XRT_META_MAX_ROWS	"max_rows"
#define NMACCEL_XRT_META_MAX_CHANNELS	"max_channels"
#define NMACCEL_XRT_META_MAX_PIXELS	"max_pixels"
#define NMACCEL_XRT_META_MAX_KERNEL	"max_kernel"

#endif /* NMACCEL_XRT_H */
