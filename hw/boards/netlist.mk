# SPDX-License-Identifier: MIT
# What synthesis makes of the shell and a small engine, gate by gate: tests of the source, a few of them.
# Called from hw/boards/Makefile.
#
# yosys has models of LUTs, flip-flops, carry chains, LUT memories and DSPs; those of the block
# memories are ours (tests/netlist/ramb.sh), and so the netlist is that of the boards, with the image
# of the self-test in its block memories.

ENGINE ?= rtl
NETLIST := $(BOARDS)/netlist-$(ENGINE)
NETLIST_FILES := $(BOARD_PACKAGES) $(ENGINE_FILES_$(ENGINE)) \
	$(filter-out $(ENGINE_FILES_$(ENGINE)),$(SHELL_FILES)) hw/boards/tests/netlist/small_shell.sv

$(eval $(call image,$(NETLIST)/image.hex,4,128,16,16,65536))

$(NETLIST)/netlist.v: $(NETLIST_FILES) $(NETLIST)/image.hex $(RTL_CTL_PROGRAM)
	cp $(NETLIST_FILES) $(RTL_CTL_PROGRAM) $(@D)
	@printf '%s\n' 'read_verilog -sv -noassert -defer $(notdir $(NETLIST_FILES))' \
		'hierarchy -top small_shell' 'synth_xilinx -family xc7 -flatten -noiopad -noclkbuf' \
		'tee -o netlist.stat stat' 'write_verilog -noattr netlist.v' >$(@D)/netlist.ys
	nice $(TOOLS) run $(@D) yosys $(YOSYS_FLAGS) -l netlist.log netlist.ys
$(NETLIST)/Vdut__ALL.a: $(NETLIST)/netlist.v hw/boards/tests/netlist/ramb.sh
	cp "$$($(TOOLS) root)/usr/share/yosys/xilinx/cells_sim.v" $(@D)
	sh hw/boards/tests/netlist/ramb.sh >$(@D)/ramb.v
	# Of two models of a cell it takes the first.
	$(VERILATOR) --cc -Wno-fatal -Wno-lint -Wno-style -Wno-MULTIDRIVEN -Wno-UNOPTFLAT -O3 --x-assign unique --x-initial unique \
		--Mdir $(@D) --prefix Vdut --top-module small_shell \
		$(@D)/netlist.v $(@D)/ramb.v $(@D)/cells_sim.v
	$(MAKE) -s -C $(@D) -f Vdut.mk OPT_FAST="-O1" Vdut__ALL.a
$(NETLIST)/shim.o: hw/boards/tests/shell/shim.cpp $(NETLIST)/Vdut__ALL.a
	$(CXX) $(RTL_CXXFLAGS) -std=gnu++17 -I$(@D) -c -o $@ $<
$(NETLIST)/test_netlist: $(wildcard hw/boards/tests/shell/*.[ch]) hw/hls/tests/rng.c $(NETLIST)/shim.o \
		$(NETLIST)/Vdut__ALL.a $(RTL_VERILATED)
	$(CC) $(BOARDS_CFLAGS) $(CFLAGS) -Iuapi -Ihw/hls -Ihw/hls/tests -Ihw/boards/shell \
		-Ihw/boards/tests/shell $(call shell_defines,4,128,16) -DSHORT -Wno-unused-function -o $@ $(filter %.c %.o %.a,$^) \
		-lcmocka -lstdc++ -lm -pthread

.PHONY: netlist-check
netlist-check: $(NETLIST)/test_netlist
	@TEST_TIMEOUT=3600 selftests/harness/run-tests.sh $^
