# SPDX-License-Identifier: MIT
# The control unit: its sources, and its program. For each program that simulates the unit:
#
#	RTL_CTL_FILES	of the unit, in the order of their use
#	RTL_CTL_PROGRAM	for -GPROGRAM='"$(RTL_CTL_PROGRAM)"'; $(RTL_CTL_FILES) depends on it

ifndef RTL_CTL_FILES

RTL_MICRO_ISA := $(RTL_BUILD)/nmaccel_micro_isa.sv
RTL_CTL_PROGRAM := $(abspath $(RTL_BUILD)/nmaccel_micro.mem)
RTL_CTL_FILES := $(RTL_MICRO_ISA) $(addprefix hw/rtl/, nmaccel_micro_memory.sv nmaccel_micro_alu.sv \
	nmaccel_micro.sv nmaccel_context.sv nmaccel_ctl.sv)
RTL_MICRO_SOURCES := $(wildcard hw/rtl/micro/*.c hw/rtl/micro/*.h)

$(RTL_BUILD)/micro-assembler: $(RTL_MICRO_SOURCES) uapi/drm/nmaccel_hw.h uapi/drm/nmaccel_stream.h
	@mkdir -p $(@D)
	$(CC) -std=c11 -Wall -Wextra -Werror -Iuapi -o $@ $(filter %.c,$^)
$(RTL_CTL_PROGRAM): $(RTL_BUILD)/micro-assembler
	$< program >$@
$(RTL_MICRO_ISA): $(RTL_BUILD)/micro-assembler $(RTL_CTL_PROGRAM)
	$< package >$@

endif
