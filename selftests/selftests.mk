# SPDX-License-Identifier: MIT
# The scalar reference, and the tests that see the library only from outside.

REF_SRCS := $(filter-out selftests/reference/test_%,$(wildcard selftests/reference/*.c))
REF_OBJS := $(REF_SRCS:%.c=$(BUILD)/%.o)
REF_LIBS := $(shell $(PKG_CONFIG) --libs json-c) -lm
$(REF_OBJS): OBJ_CFLAGS += $(shell $(PKG_CONFIG) --cflags json-c)

REF_TESTS := $(patsubst %.c,$(BUILD)/%,$(wildcard selftests/reference/test_*.c))
$(REF_TESTS): %: %.o $(REF_OBJS)
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(REF_LIBS) -lcmocka

TEST_PROGRAMS += $(REF_TESTS)

# Tests through the public API alone.
API_TESTS := $(patsubst %.c,$(BUILD)/%,$(wildcard selftests/api/test_*.c))
$(API_TESTS): %: %.o $(LIB_STATIC)
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIB_LIBS) -lcmocka

TEST_PROGRAMS += $(API_TESTS)

PROPERTY_TEST := $(BUILD)/selftests/property/test_property
PROPERTY_OBJS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard selftests/property/*.c))
$(PROPERTY_TEST): $(PROPERTY_OBJS) $(REF_OBJS) $(LIB_STATIC)
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIB_LIBS) -lcmocka

TEST_PROGRAMS += $(PROPERTY_TEST)

# The same programs on real XRT with its emulated cards.
.PHONY: xrt-check
xrt-check: xrt-emu xrt-emu-check $(API_TESTS) $(PROPERTY_TEST) $(BUILD)/nmaccel
	@$(RUN_ENV) NMACCEL_ITERATIONS=60 WRAPPER=selftests/xrt/on-xrt.sh $(RUN_TESTS) \
		$(API_TESTS) $(PROPERTY_TEST)
	@$(RUN_ENV) $(RUN_TESTS) selftests/xrt/command.sh
