# SPDX-License-Identifier: MIT
# The cycle model, its tests and fuzzer, and the program that draws the figures.

MODEL_BUILD := $(BUILD)/hw/model
MODEL_NETWORKS := $(wildcard hw/model/networks/*.net)
MODEL_MAIN_OBJ := $(MODEL_BUILD)/figures.o
MODEL_FIGURE_OBJS := $(patsubst %,$(MODEL_BUILD)/%.o,chart comparison)
MODEL_OBJS := $(filter-out $(MODEL_MAIN_OBJ) $(MODEL_FIGURE_OBJS), \
	$(patsubst %.c,$(BUILD)/%.o,$(wildcard hw/model/*.c)))
$(MODEL_OBJS) $(MODEL_FIGURE_OBJS) $(MODEL_MAIN_OBJ): OBJ_CFLAGS += -Ihw/model -I$(MODEL_BUILD)

# Each table as a string of the C program.
$(MODEL_BUILD)/networks.inc: $(MODEL_NETWORKS) $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,GEN)
	$(Q)for file in $(MODEL_NETWORKS); do \
		printf '{"%s",\n' "$$(basename "$$file" .net)" && \
		sed 's/[\\"]/\\&/g; s/.*/"&\\n"/' "$$file" && echo '},'; \
	done >$@
$(MODEL_BUILD)/builtin.o: $(MODEL_BUILD)/networks.inc

MODEL_FIGURES := $(MODEL_BUILD)/figures
$(MODEL_FIGURES): $(MODEL_MAIN_OBJ) $(MODEL_FIGURE_OBJS) $(MODEL_OBJS)
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ -lm

ALL += $(MODEL_FIGURES)

# The library's pruning and packing is what the model counts.
MODEL_TESTS := $(patsubst %.c,$(BUILD)/%,$(wildcard hw/model/tests/test_*.c))
$(MODEL_TESTS:%=%.o): OBJ_CFLAGS += -Ihw/model -Ihw/hls/tests
$(MODEL_TESTS): %: %.o $(MODEL_OBJS) $(MODEL_FIGURE_OBJS) $(BUILD)/hw/hls/tests/rng.o $(LIB_STATIC)
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIB_LIBS) -lcmocka -lm

TEST_PROGRAMS += $(MODEL_TESTS)

MODEL_FUZZER := $(MODEL_BUILD)/fuzz/fuzz_network
$(MODEL_FUZZER).o: OBJ_CFLAGS += -Ihw/model
$(MODEL_FUZZER): $(MODEL_FUZZER).o $(MODEL_OBJS)
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $^ -lm

FUZZ_PROGRAMS += $(MODEL_FUZZER)

MODEL_SEEDS := $(MODEL_BUILD)/fuzz/corpus/fuzz_network
$(MODEL_SEEDS): $(MODEL_NETWORKS)
	$(call say,GEN)
	$(Q)rm -rf $@ && mkdir -p $@ && cp $(MODEL_NETWORKS) $@

FUZZ_SEEDS += $(MODEL_SEEDS)
