# SPDX-License-Identifier: MIT
# The nmaccel command, its tests, man pages and completions.

ONNX_PROTO ?= /usr/include/onnx/onnx.proto
TOOLS_GEN := $(BUILD)/tools/gen
TOOLS_PKGS := json-c libzip libprotobuf-c

TOOLS_READER_SRCS := $(wildcard tools/readers/*.c)
TOOLS_LIB_SRCS := $(TOOLS_READER_SRCS) $(wildcard tools/writers/*.c) \
	$(filter-out tools/nmaccel/main.c,$(wildcard tools/nmaccel/*.c))
TOOLS_LIB_OBJS := $(TOOLS_LIB_SRCS:%.c=$(BUILD)/%.o) $(TOOLS_GEN)/onnx.pb-c.o
TOOLS_MAIN_OBJ := $(BUILD)/tools/nmaccel/main.o
TOOLS_LIBS := $(shell $(PKG_CONFIG) --libs $(TOOLS_PKGS) 2>/dev/null) -lm

TOOLS_TESTS := $(patsubst %.c,$(BUILD)/%,$(wildcard tools/tests/test_*.c))
TOOLS_TEST_HELPERS := $(patsubst %.c,$(BUILD)/%.o,$(filter-out tools/tests/test_%.c, \
	$(wildcard tools/tests/*.c)))
TOOLS_FUZZERS := $(patsubst %.c,$(BUILD)/%,$(wildcard tools/fuzz/fuzz_*.c))
TOOLS_EXTRA_OBJS := $(TOOLS_MAIN_OBJ) $(TOOLS_TESTS:%=%.o) $(TOOLS_TEST_HELPERS) \
	$(TOOLS_FUZZERS:%=%.o) $(BUILD)/tools/fuzz/reader.o
TOOLS_FLAGS := -Itools/readers -Itools/writers -Itools/nmaccel -Ihw/model -I$(TOOLS_GEN) \
	$(shell $(PKG_CONFIG) --cflags $(TOOLS_PKGS) 2>/dev/null)

$(TOOLS_LIB_OBJS) $(TOOLS_EXTRA_OBJS): OBJ_CFLAGS += $(TOOLS_FLAGS)

# The yardstick of `nmaccel bench`: what a compiler makes of the plain loop.
$(BUILD)/tools/nmaccel/naive.o: OBJ_CFLAGS += -O3

$(TOOLS_GEN)/onnx.pb-c.c: $(ONNX_PROTO)
	@mkdir -p $(@D)
	$(call say,GEN)
	$(Q)protoc-c --c_out=$(@D) -I$(dir $<) $(notdir $<)

$(TOOLS_GEN)/onnx.pb-c.h: $(TOOLS_GEN)/onnx.pb-c.c ;

# Generated code is not held to our warnings.
$(TOOLS_GEN)/onnx.pb-c.o: $(TOOLS_GEN)/onnx.pb-c.c $(BUILD)/flags
	$(call say,CC)
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) $(TOOLS_FLAGS) -w -c $< -o $@

$(TOOLS_LIB_OBJS) $(TOOLS_EXTRA_OBJS): | $(TOOLS_GEN)/onnx.pb-c.h

$(BUILD)/nmaccel: $(TOOLS_MAIN_OBJ) $(TOOLS_LIB_OBJS) $(MODEL_OBJS) $(LIB_STATIC)
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(TOOLS_LIBS) $(LIB_LIBS)

ALL += $(BUILD)/nmaccel

$(TOOLS_TESTS): %: %.o $(TOOLS_TEST_HELPERS) $(TOOLS_LIB_OBJS) $(MODEL_OBJS) $(LIB_STATIC)
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(TOOLS_LIBS) $(LIB_LIBS) -lcmocka

# A card on the kernel of the library's tests, and no memory when the test says so.
FAKE_CARD := $(BUILD)/libnmaccel/tests/fake_kernel.o $(BUILD)/libnmaccel/tests/fake_root.o
$(BUILD)/tools/tests/test_validate.o: OBJ_CFLAGS += -Ilibnmaccel/tests \
	$(shell $(PKG_CONFIG) --cflags libdrm 2>/dev/null)
$(BUILD)/tools/tests/test_validate: ALL_LDFLAGS += -Wl,--wrap=calloc
$(BUILD)/tools/tests/test_validate: $(FAKE_CARD)

# Runs the command itself.
$(BUILD)/tools/tests/test_cmdline: | $(BUILD)/nmaccel

TEST_PROGRAMS += $(TOOLS_TESTS)

$(TOOLS_FUZZERS): %: %.o $(BUILD)/tools/fuzz/reader.o $(TOOLS_LIB_OBJS) $(MODEL_OBJS) $(LIB_STATIC)
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(TOOLS_LIBS) $(LIB_LIBS)

FUZZ_PROGRAMS += $(TOOLS_FUZZERS)
