# SPDX-License-Identifier: MIT
# The demo, which checks what it shows by the scalar reference of selftests.

FASHION_DEMO := $(BUILD)/examples/fashion/demo
FASHION_DEMO_OBJS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard examples/fashion/demo*.c)) \
	$(BUILD)/examples/fashion/data.o $(BUILD)/examples/fashion/recipe.o
$(FASHION_DEMO): $(FASHION_DEMO_OBJS) $(REF_OBJS) $(LIB_STATIC)
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIB_LIBS) -lz

ALL += $(FASHION_DEMO)
