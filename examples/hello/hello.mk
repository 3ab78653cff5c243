# SPDX-License-Identifier: MIT
# Two small programs against the public header only, as a user would write them.

HELLO_PROGRAMS := $(BUILD)/examples/hello/hello $(BUILD)/examples/hello/layer
$(HELLO_PROGRAMS): %: %.o $(LIB_STATIC)
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIB_LIBS)

ALL += $(HELLO_PROGRAMS)
