// SPDX-License-Identifier: MIT
/*
 * Prints the numbers of the hardware contract that the RTL needs, as a SystemVerilog package: they
 * are written down once, in uapi/drm/nmaccel_hw.h.
 */
#include <stddef.h>
#include <stdio.h>

#include "drm/nmaccel_hw.h"

#define NUMBER(name)                                                                               \
	printf("  localparam logic [31:0] %s = 32'd%u;\n", #name + sizeof("NMACCEL_") - 1,         \
	       (unsigned int)(name))

int main(void)
{
	puts("// Generated from uapi/drm/nmaccel_hw.h.");
	puts("package nmaccel_contract;");
	NUMBER(NMACCEL_REG_CTRL);
	NUMBER(NMACCEL_REG_GIER);
	NUMBER(NMACCEL_REG_IER);
	NUMBER(NMACCEL_REG_ISR);
	NUMBER(NMACCEL_REG_MEM_LO);
	NUMBER(NMACCEL_REG_MEM_HI);
	NUMBER(NMACCEL_REG_JOB_LO);
	NUMBER(NMACCEL_REG_JOB_HI);
	NUMBER(NMACCEL_MAGIC);
	NUMBER(NMACCEL_CONTRACT_MAJOR);
	NUMBER(NMACCEL_OP_CONV);
	NUMBER(NMACCEL_OP_ADD);
	NUMBER(NMACCEL_OP_POOL_MAX);
	NUMBER(NMACCEL_OP_POOL_AVG);
	NUMBER(NMACCEL_JOB_RUNNING);
	NUMBER(NMACCEL_JOB_DONE);
	NUMBER(NMACCEL_JOB_FAULT);
	NUMBER(NMACCEL_NO_BUFFER);
	NUMBER(NMACCEL_FAULT_NONE);
	NUMBER(NMACCEL_FAULT_JOB);
	NUMBER(NMACCEL_FAULT_OP);
	NUMBER(NMACCEL_FAULT_FIELD);
	NUMBER(NMACCEL_FAULT_LIMIT);
	NUMBER(NMACCEL_FAULT_BUFFER);
	NUMBER(NMACCEL_FAULT_ACCESS);
	NUMBER(NMACCEL_FAULT_BOUNDS);
	NUMBER(NMACCEL_FAULT_ALIGN);
	NUMBER(NMACCEL_FAULT_INDEX);
	NUMBER(NMACCEL_FAULT_TRUNCATED);
	NUMBER(NMACCEL_FAULT_TRAILING);
	NUMBER(NMACCEL_FAULT_PADDING);
	NUMBER(NMACCEL_FAULT_BUS);
	printf("  // Byte offset of a bad address in a page list: beyond an entry's own fields.\n");
	printf("  localparam logic [31:0] ENTRY_PAGE = 32'd%zu;\n",
	       sizeof(struct nmaccel_hw_buffer));
	puts("endpackage");
	return 0;
}
