# SPDX-License-Identifier: MIT
# The library, static and shared, and its unit tests.

LIB_SRCS := $(wildcard libnmaccel/src/*.c libnmaccel/src/*/*.c) $(wildcard hw/hls/*.c)
LIB_OBJS := $(LIB_SRCS:%.c=$(BUILD)/%.o)
LIB_STATIC := $(BUILD)/libnmaccel.a
LIB_LIBS := $(shell $(PKG_CONFIG) --libs json-c) -lm

# Only the kernels of an instruction set may use it; the rest runs on any x86-64.
$(BUILD)/libnmaccel/src/%_avx2.o: OBJ_CFLAGS += -mavx2
$(BUILD)/libnmaccel/src/%_avx512.o: OBJ_CFLAGS += -mavx512f -mavx512bw -mavx512vl -mavx512vnni
$(LIB_OBJS): OBJ_CFLAGS += -fPIC -fvisibility=hidden -Ilibnmaccel/src -Ihw/hls \
	$(shell $(PKG_CONFIG) --cflags json-c)

$(LIB_STATIC): $(LIB_OBJS)
	rm -f $@
	$(AR) rcs $@ $^

ALL += $(LIB_STATIC)

# Unit tests see the library's inner headers.
LIB_TESTS := $(patsubst %.c,$(BUILD)/%,$(wildcard libnmaccel/tests/test_*.c))
$(LIB_TESTS:%=%.o): OBJ_CFLAGS += -Ilibnmaccel/src -Ihw/hls -Iselftests
$(LIB_TESTS): %: %.o $(LIB_STATIC)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIB_LIBS) -lcmocka

TEST_PROGRAMS += $(LIB_TESTS)
