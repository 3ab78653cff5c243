# SPDX-License-Identifier: MIT
# The emulated card, its control client, tests and fuzzer.

CARD := $(BUILD)/hw/card/nmaccel-card
CARD_CTL := $(BUILD)/hw/card/nmaccel-card-ctl
CARD_LIB_OBJS := $(patsubst %.c,$(BUILD)/%.o, \
	$(filter-out hw/card/main.c hw/card/ctl.c,$(wildcard hw/card/*.c)))
CARD_MAIN_OBJ := $(BUILD)/hw/card/main.o
CARD_CTL_OBJ := $(BUILD)/hw/card/ctl.o

CARD_LIBS := $(shell $(PKG_CONFIG) --libs json-c 2>/dev/null) -lm

$(CARD_LIB_OBJS) $(CARD_MAIN_OBJ): OBJ_CFLAGS += -Ihw/card -Ihw/hls
$(CARD_LIB_OBJS): OBJ_CFLAGS += $(shell $(PKG_CONFIG) --cflags json-c 2>/dev/null)

$(CARD): $(CARD_MAIN_OBJ) $(CARD_LIB_OBJS) $(HLS_OBJS)
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(CARD_LIBS)

$(CARD_CTL): $(CARD_CTL_OBJ)
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^

ALL += $(CARD) $(CARD_CTL)

# The tests are clients of the program; random jobs come from those of the engine.
CARD_TESTS := $(patsubst %.c,$(BUILD)/%,$(wildcard hw/card/tests/test_*.c))
CARD_TEST_OBJS := $(patsubst %.c,$(BUILD)/%.o,$(filter-out hw/card/tests/test_%.c, \
	$(wildcard hw/card/tests/*.c)))
$(CARD_TESTS:%=%.o) $(CARD_TEST_OBJS): OBJ_CFLAGS += -Ihw/card -Ihw/card/tests -Ihw/hls \
	-Ihw/hls/tests
$(CARD_TESTS): %: %.o $(CARD_TEST_OBJS) $(CARD_LIB_OBJS) $(HLS_TEST_OBJS) $(HLS_OBJS) \
	$(HLS_TOP_OBJ) | $(CARD) $(CARD_CTL)
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ -lcmocka $(CARD_LIBS)

TEST_PROGRAMS += $(CARD_TESTS)

CARD_FUZZERS := $(patsubst %.c,$(BUILD)/%,$(wildcard hw/card/fuzz/fuzz_*.c))
$(CARD_FUZZERS:%=%.o): OBJ_CFLAGS += -Ihw/card -Ihw/hls
$(CARD_FUZZERS): %: %.o $(CARD_LIB_OBJS) $(HLS_OBJS)
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(CARD_LIBS)

FUZZ_PROGRAMS += $(CARD_FUZZERS)

# Its seeds are made, as they are bytes of the protocol's structs.
CARD_SEEDER := $(BUILD)/hw/card/fuzz/seeds_protocol
CARD_SEEDS := $(BUILD)/hw/card/fuzz/corpus/fuzz_protocol
$(CARD_SEEDER).o: OBJ_CFLAGS += -Ihw/card
$(CARD_SEEDER): $(CARD_SEEDER).o
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^

$(CARD_SEEDS): $(CARD_SEEDER)
	$(call say,GEN)
	$(Q)rm -rf $@ && mkdir -p $@ && $(CARD_SEEDER) $@

FUZZ_SEEDS += $(CARD_SEEDS)
