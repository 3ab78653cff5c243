# SPDX-License-Identifier: MIT
RTL_CORE_COMMON := $(addprefix hw/rtl/nmaccel_,core.sv rows.sv used.sv leaf.sv block.sv dot.sv acc.sv \
	delay.sv start.sv unpack.sv)
RTL_CORE := $(RTL_CORE_COMMON) hw/rtl/nmaccel_mac.sv

CORE_C := hw/rtl/tests/core/model.c hw/rtl/tests/core/stimulus.c hw/hls/tests/rng.c
$(CORE_C:%.c=$(RTL_BUILD)/obj/%.o): RTL_CFLAGS += -Ihw/rtl/tests/core

# core(build, lanes, columns, pack, chain[, more defines])
core = $(call rtl_test,core,$(1),nmaccel_core,$(RTL_CORE),-GLANES=$(2) -GCOLUMNS=$(3) -GPACK=1\'b$(4) \
	-GCHAIN=$(5),$(CORE_C),-DCORE_LANES=$(2) -DCORE_COLUMNS=$(3) -DCORE_PACK=$(4) -DCORE_CHAIN=$(5) $(6))
$(eval $(call core,8_8,8,8,1,4))
$(eval $(call core,8_7,8,7,1,4))
$(eval $(call core,8_16_e2,8,16,1,8,-DCORE_ALL_PRODUCTS))
$(eval $(call core,16_6,16,6,1,4))
$(eval $(call core,32_49_e2,32,49,1,8))
$(eval $(call core,4_16,4,16,1,4,-DCORE_ALL_PRODUCTS))
$(eval $(call core,8_64_plain,8,64,0,4))

# The netlist for a 7-series part of a small core, in a simulator of its own: tens of clocks a second.
# Memories' initial contents, which the core does not need, are left out.
CORE_NETLIST := $(RTL_BUILD)/core/netlist
CORE_NETLIST_LANES := 8
CORE_NETLIST_COLUMNS := 3
CORE_NETLIST_CLOCKS ?= 1500
YOSYS ?= yosys
YOSYS_DATA ?= $(dir $(shell command -v $(YOSYS)))../share/yosys
IVERILOG ?= iverilog
VVP ?= vvp

RTL_CORE_XC7 := $(RTL_CORE_COMMON) hw/rtl/xc7/nmaccel_mac.sv

$(CORE_NETLIST)/core.v: $(RTL_CORE_XC7) hw/rtl/tests/core/unit.mk
	@mkdir -p $(@D)
	$(YOSYS) -q -p "read_verilog -sv $(RTL_CORE_XC7); \
		chparam -set LANES $(CORE_NETLIST_LANES) -set COLUMNS $(CORE_NETLIST_COLUMNS) nmaccel_core; \
		synth_xilinx -family xc7 -flatten -noiopad -noclkbuf -top nmaccel_core; \
		tee -q -o $(@D)/stat.txt stat; write_verilog -noattr $@.tmp" >$(@D)/yosys.log 2>&1
	sed '/^ *\.INITP\?_/d' $@.tmp >$@
# Of block memories, Yosys has only the ports.
$(CORE_NETLIST)/cells.v: $(YOSYS_DATA)/xilinx/cells_sim.v
	@mkdir -p $(@D)
	sed '/^module RAMB/,/^endmodule/d' $< >$@
$(CORE_NETLIST)/sim: $(addprefix hw/rtl/tests/core/,netlist.v ramb.v) $(CORE_NETLIST)/core.v \
		$(CORE_NETLIST)/cells.v
	$(IVERILOG) -g2012 -o $@ -s netlist -Pnetlist.LANES=$(CORE_NETLIST_LANES) \
		-Pnetlist.COLUMNS=$(CORE_NETLIST_COLUMNS) -Pnetlist.CLOCKS=$(CORE_NETLIST_CLOCKS) $^
$(CORE_NETLIST)/vectors: $(call RTL_TOOL_OBJ,hw/rtl/tests/core/vectors.c $(CORE_C))
	$(CC) -o $@ $^
$(RTL_BUILD)/obj/hw/rtl/tests/core/vectors.o: RTL_CFLAGS += -Ihw/rtl/tests/core

# For rtl-netlist of hw/Makefile.
.PHONY: rtl-netlist-run
rtl-netlist-run: $(CORE_NETLIST)/sim $(CORE_NETLIST)/vectors
	$(CORE_NETLIST)/vectors $(CORE_NETLIST_LANES) $(CORE_NETLIST_COLUMNS) 10 $(CORE_NETLIST_CLOCKS) \
		>$(CORE_NETLIST)/vectors.txt
	$(VVP) -N $(CORE_NETLIST)/sim +vectors=$(CORE_NETLIST)/vectors.txt
