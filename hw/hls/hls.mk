# SPDX-License-Identifier: MIT
# The engine: its models go into the library (libnmaccel.mk compiles hw/hls/*.c); here are its
# checks. The labels of loops and the pragmas are for HLS tools.

HLS_FLAGS := -Wno-unused-label -Wno-unknown-pragmas
HLS_MODELS := $(wildcard hw/hls/engine_*.c)
HLS_OBJS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard hw/hls/*.c))

$(HLS_MODELS:%.c=$(BUILD)/%.o): OBJ_CFLAGS += $(HLS_FLAGS)

# What an HLS tool gets, compiled for the host: the same source with plain memory behind it.
HLS_TOP := hw/hls/src/nmaccel_engine.c
HLS_TOP_OBJ := $(HLS_TOP:%.c=$(BUILD)/%.o)
$(HLS_TOP_OBJ): OBJ_CFLAGS += $(HLS_FLAGS)

HLS_TESTS := $(patsubst %.c,$(BUILD)/%,$(wildcard hw/hls/tests/test_*.c))
HLS_TEST_OBJS := $(patsubst %.c,$(BUILD)/%.o,$(filter-out hw/hls/tests/test_%.c, \
	$(wildcard hw/hls/tests/*.c)))
$(HLS_TESTS:%=%.o) $(HLS_TEST_OBJS): OBJ_CFLAGS += -Ihw/hls -Ihw/hls/tests \
	-Ilibnmaccel/src
$(HLS_TESTS): %: %.o $(HLS_TEST_OBJS) $(HLS_OBJS) $(HLS_TOP_OBJ)
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(HLS_TEST_LIBS) -lcmocka -lm

# This one runs the engine inside the library.
HLS_EXEC_TEST := $(BUILD)/hw/hls/tests/test_exec_model
$(HLS_EXEC_TEST): $(LIB_STATIC)
$(HLS_EXEC_TEST): HLS_TEST_LIBS := $(LIB_LIBS)

TEST_PROGRAMS += $(HLS_TESTS)

# For `make -C hw csim`: the engine and its tests without the rest of the tree.
.PHONY: csim-programs
csim-programs: $(HLS_TESTS)

# For `make -C hw layout`; a program for each number of columns. They use the loader alone.
HLS_LAYOUTS := $(foreach columns,64 49,$(BUILD)/hw/hls/bench/layout-$(columns))
$(HLS_LAYOUTS): $(BUILD)/hw/hls/bench/layout-%: hw/hls/bench/bench_layout.c hw/hls/hls.mk \
		$(wildcard hw/hls/src/*.h)
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) $(HLS_FLAGS) -Wno-unused-function \
		-DNMACCEL_ENGINE_COLUMNS=$* -o $@ $< $(ALL_LDFLAGS)

.PHONY: layout-programs
layout-programs: $(HLS_LAYOUTS)

HLS_FUZZERS := $(patsubst %.c,$(BUILD)/%,$(wildcard hw/hls/fuzz/fuzz_*.c))
$(HLS_FUZZERS:%=%.o): OBJ_CFLAGS += -Ihw/hls
$(HLS_FUZZERS): %: %.o $(HLS_OBJS)
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $^

FUZZ_PROGRAMS += $(HLS_FUZZERS)
