# SPDX-License-Identifier: MIT
# The Fashion-MNIST trainer: `make fashion-train` builds $(BUILD)/fashion-train.

FASHION_SRCS := $(wildcard examples/fashion/*.c)
FASHION_OBJS := $(FASHION_SRCS:%.c=$(BUILD)/%.o)

# Loops over activations and weights are left to the compiler's vectoriser; no flag lets it change
# the order of sums, which would make results depend on the compiler.
$(FASHION_OBJS): OBJ_CFLAGS += -O3 -fno-math-errno -fno-trapping-math

$(BUILD)/fashion-train: $(FASHION_OBJS) $(LIB_STATIC)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIB_LIBS) -lz -lm

.PHONY: fashion-train
fashion-train: $(BUILD)/fashion-train
