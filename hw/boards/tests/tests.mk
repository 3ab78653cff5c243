# SPDX-License-Identifier: MIT
# Tests of the shells, in the manner of hw/rtl/rtl.mk: a Verilated model behind a small shim, tests in C.
# Called from hw/boards/Makefile.

CARD_CONTRACT := $(BOARDS)/nmaccel_card_contract.sv
$(CARD_CONTRACT): hw/boards/shell/contract.c hw/boards/shell/selftest.h uapi/drm/nmaccel_hw.h
	@mkdir -p $(@D)
	$(CC) $(BOARDS_CFLAGS) -Iuapi -o $(BOARDS)/contract $<
	$(BOARDS)/contract >$@
BOARD_PACKAGES := $(RTL_PACKAGES) $(CARD_CONTRACT)

# image(file, lanes, block rows, columns, bytes of data, bytes of memory): a self-test's memory
IMAGE_SOURCES := hw/boards/shell/image.c hw/boards/shell/image_memory.c \
	hw/boards/shell/image_engine.c hw/hls/tests/rng.c hw/hls/nmaccel_engine_bus.c
define image
$(1): $(IMAGE_SOURCES) $(wildcard hw/boards/shell/*.h hw/hls/*.h hw/hls/src/*.h uapi/drm/*.h)
	@mkdir -p $$(@D)
	$(CC) $(BOARDS_CFLAGS) $(CFLAGS) -ffp-contract=off -Wno-unused-label -Wno-unknown-pragmas \
		-Iuapi -Ihw/hls -Ihw/hls/tests -DNMACCEL_ENGINE_LANES=$(2) \
		-DNMACCEL_ENGINE_BLOCK_ROWS=$(3) -DNMACCEL_ENGINE_COLUMNS=$(4) \
		-o $(1).program $(IMAGE_SOURCES)
	$(1).program $(5) $(6) >$$@
endef

# board_test(name, build, top, SystemVerilog files, Verilator's options, C files, options of gcc)
define board_test
$(BOARDS)/$(1)-$(2)/Vdut__ALL.a: $(BOARD_PACKAGES) $(4)
	@mkdir -p $$(@D)
	$(VERILATOR) $(RTL_VFLAGS) --Mdir $$(@D) --prefix Vdut --top-module $(3) $(5) \
		$(BOARD_PACKAGES) $(4)
	$$(MAKE) -s -C $$(@D) -f Vdut.mk OPT_FAST="-O2" Vdut__ALL.a
$(BOARDS)/$(1)-$(2)/shim.o: hw/boards/tests/$(1)/shim.cpp hw/boards/tests/$(1)/shim.h \
		$(BOARDS)/$(1)-$(2)/Vdut__ALL.a
	$(CXX) $(RTL_CXXFLAGS) -std=gnu++17 -I$$(@D) $(7) -c -o $$@ $$<
$(BOARDS)/test_$(1)-$(2): $(wildcard hw/boards/tests/$(1)/*.[ch]) $(6) $(BOARDS)/$(1)-$(2)/shim.o \
		$(BOARDS)/$(1)-$(2)/Vdut__ALL.a $(RTL_VERILATED)
	$(CC) $(BOARDS_CFLAGS) $(CFLAGS) -Iuapi -Ihw/hls -Ihw/hls/tests -Ihw/boards/shell \
		-Ihw/boards/tests/$(1) $(7) -o $$@ $$(filter %.c %.o %.a,$$^) -lcmocka -lstdc++ -lm -pthread
BOARD_TESTS += $(BOARDS)/test_$(1)-$(2)
endef

SHELL_FILES := $(addprefix hw/boards/shell/,nmaccel_shell_memory.sv nmaccel_shell_bus.sv \
	nmaccel_selftest.sv nmaccel_uart_rx.sv nmaccel_uart_tx.sv nmaccel_monitor.sv \
	nmaccel_card_page.sv nmaccel_engine_gate.sv nmaccel_shell.sv) hw/rtl/nmaccel_fifo.sv

# shell_test(build, engine's files, lanes, block rows, columns)
define shell_test
$(call image,$(BOARDS)/shell-$(1).hex,$(3),$(4),$(5),16,65536)
$(BOARDS)/test_shell-$(1): $(BOARDS)/shell-$(1).hex
$(call board_test,shell,$(1),nmaccel_shell,$(2) $(filter-out $(2),$(SHELL_FILES)),-GLANES=$(3) -GBLOCK_ROWS=$(4) \
	-GCOLUMNS=$(5) -GCLOCK_HZ=4000 -GBAUD=250 -GIMAGE=\"$(abspath $(BOARDS)/shell-$(1).hex)\" \
	-GPROGRAM=\"$(RTL_CTL_PROGRAM)\",\
	hw/hls/tests/rng.c,$(call shell_defines,$(3),$(4),$(5)))
endef
shell_defines = -DCLOCKS_PER_BIT=16 -DCLOCK_HZ=4000 -DMEMORY_BYTES=65536 -DNMACCEL_ENGINE_LANES=$(1) \
	-DNMACCEL_ENGINE_BLOCK_ROWS=$(2) -DNMACCEL_ENGINE_COLUMNS=$(3)

BOARD_TESTS :=
ENGINE_FILES_standin := hw/boards/tests/standin/nmaccel_engine.sv
# The multiplier as the DSP of a 7-series part.
ENGINE_FILES_rtl := $(filter-out hw/rtl/nmaccel_mac.sv,$(RTL_ENGINE_FILES)) hw/rtl/xc7/nmaccel_mac.sv
# The vendor's tools find a multiplier in plain SystemVerilog.
ENGINE_FILES_vendor := $(RTL_ENGINE_FILES)
$(eval $(call shell_test,standin,$(ENGINE_FILES_standin),4,128,16))
$(eval $(call shell_test,rtl,$(RTL_ENGINE_FILES),4,128,16))

$(eval $(call board_test,card_page,3,nmaccel_card_page,hw/boards/shell/nmaccel_card_page.sv,\
	-GENGINES=3 -GLANES=16 -GBLOCK_ROWS=128 -GCOLUMNS=49 -GCLOCK_KHZ=123456 -GBOARD=32\'d3 \
	-GMORE_CAPS=32\'h500 -GDMA_BITS=48 -GLOCAL_BASE=64\'h1122334455667788 \
	-GLOCAL_SIZE=64\'h99aabbccddeeff00,hw/hls/tests/rng.c,))
$(eval $(call board_test,gate,16,nmaccel_engine_gate,hw/boards/shell/nmaccel_engine_gate.sv \
	hw/rtl/nmaccel_fifo.sv,-GDATA_BYTES=16 -GBURSTS=8,hw/hls/tests/rng.c,))

PCIE_FILES := $(addprefix hw/boards/shell/,nmaccel_shell_memory.sv nmaccel_shell_bus.sv nmaccel_bar.sv \
	nmaccel_msi.sv nmaccel_card_page.sv nmaccel_engine_gate.sv nmaccel_pcie_card.sv) \
	hw/rtl/nmaccel_fifo.sv
$(BOARDS)/test_pcie_card-standin: $(BOARDS)/shell-standin.hex
$(eval $(call board_test,pcie_card,standin,bench,$(ENGINE_FILES_standin) $(PCIE_FILES) \
	hw/boards/tests/pcie_card/bench.sv,-GIMAGE=\"$(abspath $(BOARDS)/shell-standin.hex)\",\
	hw/hls/tests/rng.c,))
