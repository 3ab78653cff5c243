# SPDX-License-Identifier: MIT
# XRT without a card: the process that stands in for one, the .xclbin files that it takes, and what
# tests them. hw/xrt/README.md tells more.

XRT := $(BUILD)/hw/xrt
XRT_TOOLS := hw/xrt/tools.sh

XRT_DESCRIBE := $(XRT)/nmaccel-xrt-describe
$(XRT)/describe.o: OBJ_CFLAGS += -Ihw/xrt
$(XRT_DESCRIBE): $(XRT)/describe.o
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^

# XRT starts it by this path below XILINX_VITIS.
XRT_MODEL := $(XRT)/vitis/data/emulation/unified/sw_emu/generic_pcie/model/genericpciemodel
XRT_MAIN_OBJ := $(XRT)/emu/main.o
XRT_LIB_OBJS := $(patsubst %.c,$(BUILD)/%.o,$(filter-out hw/xrt/emu/main.c,$(wildcard hw/xrt/emu/*.c))) \
	$(BUILD)/hw/card/registers.o

$(XRT_LIB_OBJS) $(XRT_MAIN_OBJ): OBJ_CFLAGS += -Ihw/xrt/emu -Ihw/xrt -Ihw/card -Ihw/hls

# On its own, as whoever runs XRT may have another C library than this system; sanitizers cannot. So
# it is no part of `all`, which wants no static libraries.
XRT_LIBS := $(shell $(PKG_CONFIG) --libs json-c 2>/dev/null) -lm
$(XRT_MODEL): $(XRT_MAIN_OBJ) $(XRT_LIB_OBJS) $(HLS_OBJS)
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) $(if $(SAN)$(COVERAGE)$(FUZZER),,-static) -o $@ $^ $(XRT_LIBS)

ALL += $(XRT_DESCRIBE)

# The .xclbin files, each with what it is described by beside it.
XRT_XCLBIN := $(XRT)/nmaccel_engine.emu.xclbin
XRT_SMALL_XCLBIN := $(XRT)/nmaccel_engine.emu-small.xclbin
XRT_EMCONFIG := $(XRT)/emconfig.json
# UNITS=4 LANES=16 BLOCK_ROWS=256 COLUMNS=32 BANKS=2: another build. A shell may have its own COLUMNS.
xrt_option = --$(1)=$(if $(filter command,$(origin $(2))),$($(2)),$(3))

$(XRT_XCLBIN) $(XRT_XCLBIN).build: XRT_BUILD = $(call xrt_option,units,UNITS,2) $(call xrt_option,lanes,LANES,8) \
	$(call xrt_option,block-rows,BLOCK_ROWS,256) $(call xrt_option,columns,COLUMNS,64) \
	$(call xrt_option,banks,BANKS,1)
$(XRT_SMALL_XCLBIN) $(XRT_SMALL_XCLBIN).build: XRT_BUILD = --units=1 --lanes=4 --block-rows=128 --columns=16

# Newer when the build is another one.
$(XRT)/%.xclbin.build: FORCE
	$(call keep_text,$(XRT_BUILD))

$(XRT)/%.xclbin: $(XRT)/%.xclbin.build $(XRT_DESCRIBE) hw/xrt/xclbin.sh
	$(call say,GEN)
	$(Q)hw/xrt/xclbin.sh $(XRT_DESCRIBE) $@ $(XRT_BUILD)

$(XRT_EMCONFIG): $(XRT_DESCRIBE) $(XRT_XCLBIN).build
	$(call say,GEN)
	$(Q)$(XRT_DESCRIBE) $(call xrt_option,banks,BANKS,1) emconfig >$@

XRT_BRISK := $(XRT)/brisk.so
$(XRT_BRISK): hw/xrt/tests/brisk.c
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) -O2 -Wall -Wextra -Werror -shared -fPIC -D_GNU_SOURCE -o $@ $<

# All that a program needs to find emulated cards; tools.sh run has the rest.
.PHONY: xrt-emu xrt-emu-check
xrt-emu: $(XRT_BRISK) $(XRT_XCLBIN) $(XRT_SMALL_XCLBIN) $(XRT_EMCONFIG) $(XRT_MODEL)

# Unit tests of the model; random jobs come from those of the engine.
XRT_TESTS := $(patsubst %.c,$(BUILD)/%,$(wildcard hw/xrt/tests/test_*.c))
$(XRT_TESTS:%=%.o): OBJ_CFLAGS += -Ihw/xrt/emu -Ihw/xrt -Ihw/card -Ihw/hls -Ihw/hls/tests
$(XRT_TESTS): %: %.o $(XRT_LIB_OBJS) $(HLS_TEST_OBJS) $(HLS_OBJS) $(HLS_TOP_OBJ)
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ -lcmocka $(XRT_LIBS)

TEST_PROGRAMS += $(XRT_TESTS)

# The client of real XRT; it loads that itself.
XRT_CLIENT := $(XRT)/tests/client
$(XRT_CLIENT).o: OBJ_CFLAGS += -Ihw/hls -Ihw/hls/tests $(shell $(XRT_TOOLS) cflags)
$(XRT_CLIENT): $(XRT_CLIENT).o $(HLS_TEST_OBJS) $(HLS_OBJS) $(HLS_TOP_OBJ)
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ -lcmocka -lm

# The model's process, with a test as XRT.
XRT_SOCKET_TEST := $(XRT)/tests/socket
$(XRT_SOCKET_TEST).o: OBJ_CFLAGS += -Ihw/xrt/emu
$(XRT_SOCKET_TEST): $(XRT_SOCKET_TEST).o
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ -lcmocka

xrt-emu-check: xrt-emu $(XRT_TESTS) $(XRT_SOCKET_TEST) $(XRT_CLIENT)
	@$(RUN_ENV) $(RUN_TESTS) $(XRT_TESTS) $(XRT_SOCKET_TEST) hw/xrt/tests/emu.sh

XRT_FUZZERS := $(patsubst %.c,$(BUILD)/%,$(wildcard hw/xrt/fuzz/fuzz_*.c))
$(XRT_FUZZERS:%=%.o): OBJ_CFLAGS += -Ihw/xrt/emu -Ihw/xrt -Ihw/card -Ihw/hls
$(XRT_FUZZERS): %: %.o $(XRT_LIB_OBJS) $(HLS_OBJS)
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(XRT_LIBS)

FUZZ_PROGRAMS += $(XRT_FUZZERS)

# Its seeds are made, as they are messages of XRT.
XRT_SEEDER := $(XRT)/fuzz/seeds_xrt_calls
XRT_SEEDS := $(XRT)/fuzz/corpus/fuzz_xrt_calls
$(XRT_SEEDER).o: OBJ_CFLAGS += -Ihw/xrt/emu
$(XRT_SEEDER): $(XRT_SEEDER).o $(XRT)/emu/wire.o
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^

$(XRT_SEEDS): $(XRT_SEEDER)
	$(call say,GEN)
	$(Q)rm -rf $@ && mkdir -p $@ && $(XRT_SEEDER) $@

FUZZ_SEEDS += $(XRT_SEEDS)
