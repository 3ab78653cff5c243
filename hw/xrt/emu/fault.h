/* SPDX-License-Identifier: MIT */
/* Faults that a test asks for by NMACCEL_EMU_FAULT, each at the Nth occasion in the process. */
#ifndef EMU_FAULT_H
#define EMU_FAULT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EMU_FAULT_VARIABLE "NMACCEL_EMU_FAULT"

enum emu_fault {
	EMU_FAULT_HANG,	  /* the Nth start never ends */
	EMU_FAULT_DIE,	  /* the process is killed by SIGKILL at the Nth start */
	EMU_FAULT_EXIT,	  /* it exits with EMU_FAULT_EXIT_STATUS at the Nth start */
	EMU_FAULT_STATUS, /* the Nth job to end leaves rubbish in its record */
	EMU_FAULT_REFUSE, /* the bus refuses the Nth access */
	EMU_FAULT_COUNT,
};

#define EMU_FAULT_EXIT_STATUS 3

struct emu_faults {
	uint64_t at[EMU_FAULT_COUNT]; /* from 1; 0: never */
	_Atomic uint64_t occasions[EMU_FAULT_COUNT];
};

/* text: KIND:N, several with commas between, or NULL. False, with an explanation, if it is neither.
 */
bool emu_faults_parse(struct emu_faults *faults, const char *text, char *reason, size_t room);

/* One occasion more: is this the one? */
bool emu_faults_take(struct emu_faults *faults, enum emu_fault kind);

#endif /* EMU_FAULT_H */
