# SPDX-License-Identifier: MIT
# The engine in SystemVerilog: one test program for each unit and each set of its parameters. Called from
# hw/Makefile.
#
# A unit's tests are in tests/<unit>/: unit.mk (what it is made of), shim.cpp (the Verilated model behind a
# C interface), and test.c with what else there is in C.

RTL_BUILD := $(BUILD)/hw/rtl
VERILATOR ?= verilator
VERILATOR_ROOT := $(shell $(VERILATOR) --getenv VERILATOR_ROOT 2>/dev/null)
# Other versions warn of other things, which must not break a user's build.
RTL_WNO := $(if $(findstring 5.006,$(shell $(VERILATOR) --version 2>/dev/null)),,-Wno-fatal)
RTL_VFLAGS := --cc -Wall $(RTL_WNO) -O3 --x-assign unique --x-initial unique --assert \
	-Wno-PINCONNECTEMPTY -Wno-UNUSEDPARAM -CFLAGS -fPIC $(RTL_TRACE)
RTL_CFLAGS := -O2 -g -Wall -Wextra -Werror -Iuapi -Ihw/hls -Ihw/hls/tests -D_GNU_SOURCE
# Position independent for the shared objects of hw/rtl/card.
RTL_CXXFLAGS := -O1 -g -fPIC -I$(VERILATOR_ROOT)/include -I$(VERILATOR_ROOT)/include/vltstd
# With a build directory of its own: see rtl-coverage in hw/Makefile.
ifneq ($(RTL_COVERAGE),)
RTL_VFLAGS += --coverage-line
RTL_CXXFLAGS += -DVM_COVERAGE=1
endif

RTL_CONTRACT := $(RTL_BUILD)/nmaccel_contract.sv
$(RTL_CONTRACT): hw/rtl/contract.c uapi/drm/nmaccel_hw.h
	@mkdir -p $(@D)
	$(CC) -std=c11 -Wall -Wextra -Iuapi -o $(RTL_BUILD)/contract $<
	$(RTL_BUILD)/contract >$@

RTL_PACKAGES := hw/rtl/nmaccel_pkg.sv $(RTL_CONTRACT)

$(RTL_BUILD)/verilated/%.o:
	@mkdir -p $(@D)
	$(CXX) $(RTL_CXXFLAGS) -std=gnu++17 -c -o $@ $(VERILATOR_ROOT)/include/$*.cpp
RTL_VERILATED := $(addprefix $(RTL_BUILD)/verilated/,verilated.o verilated_threads.o \
	$(if $(RTL_COVERAGE),verilated_cov.o))

# rtl_objs(C files): compiled once for all tests.
RTL_TOOL_OBJ = $(patsubst %.c,$(RTL_BUILD)/obj/%.o,$(1))
$(RTL_BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) -std=c11 $(RTL_CFLAGS) -MMD -MP -c -o $@ $<

# rtl_model(unit, build, top, SystemVerilog files, parameters, defines): the Verilated design and its
# shim.
define rtl_model
$(RTL_BUILD)/$(1)/$(2)/Vdut__ALL.a: $(RTL_PACKAGES) $(4) hw/rtl/tests/$(1)/unit.mk
	@mkdir -p $$(@D)
	$(VERILATOR) $(RTL_VFLAGS) --Mdir $$(@D) --prefix Vdut --top-module $(3) $(5) $(RTL_PACKAGES) $(4)
	$$(MAKE) -s -C $$(@D) -f Vdut.mk OPT_FAST="-O2" Vdut__ALL.a
$(RTL_BUILD)/$(1)/$(2)/shim.o: hw/rtl/tests/$(1)/shim.cpp $(RTL_BUILD)/$(1)/$(2)/Vdut__ALL.a $(wildcard hw/rtl/tests/$(1)/*.h)
	$(CXX) $(RTL_CXXFLAGS) -std=gnu++17 -Ihw/rtl/tests/$(1) -Iuapi -Ihw/hls -Ihw/hls/tests -I$$(@D) $(6) -c -o $$@ $$<
endef

# rtl_test(unit, build, top, SystemVerilog files, parameters, C files, defines, libraries)
define rtl_test
$(call rtl_model,$(1),$(2),$(3),$(4),$(5),$(7))
$(RTL_BUILD)/$(1)/$(2)/test.o: hw/rtl/tests/$(1)/test.c $(wildcard hw/rtl/tests/$(1)/*.h)
	@mkdir -p $$(@D)
	$(CC) -std=c11 $(RTL_CFLAGS) -Ihw/rtl/tests/$(1) $(7) -MMD -MP -c -o $$@ $$<
$(RTL_BUILD)/test_rtl_$(1)-$(2): $(RTL_BUILD)/$(1)/$(2)/test.o $(RTL_BUILD)/$(1)/$(2)/shim.o \
		$(RTL_BUILD)/$(1)/$(2)/Vdut__ALL.a $(call RTL_TOOL_OBJ,$(6)) $(RTL_VERILATED)
	$(CXX) -o $$@ $$^ $(8) -lcmocka -lm -pthread
RTL_TESTS += $(RTL_BUILD)/test_rtl_$(1)-$(2)
RTL_TESTS_$(1) += $(RTL_BUILD)/test_rtl_$(1)-$(2)
endef

RTL_TESTS :=
include $(wildcard hw/rtl/tests/*/unit.mk)
include hw/rtl/tests/cycles/cycles.mk hw/rtl/card/card.mk
-include $(shell find $(RTL_BUILD) -name '*.d' 2>/dev/null)

# The smallest build of each unit.
RTL_QUICK := $(addprefix $(RTL_BUILD)/test_rtl_,core-8_7 ctl-128_16_16 engine-4_128_16_16 \
	epilogue-16-16-3 f32-only f32_divide-only issue-17_4 loader-16_128_16 mem_fifo-lut5 mem_fifo-block3 \
	mem_mmu-16 mem_read-16 mem_regs-regs mem_write-16 requantize-16-4 stream-4_128_16_16)
