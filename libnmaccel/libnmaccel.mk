# SPDX-License-Identifier: MIT
# The library, static and shared, its unit tests and its fuzzers.

VERSION := $(shell sed -n 's/^.define NMACCEL_VERSION_[MP][A-Z]* //p' \
	libnmaccel/include/nmaccel.h | paste -sd.)
SOVERSION := 0

LIB_SRCS := $(wildcard libnmaccel/src/*.c libnmaccel/src/*/*.c) $(wildcard hw/hls/*.c)
LIB_OBJS := $(LIB_SRCS:%.c=$(BUILD)/%.o)
LIB_STATIC := $(BUILD)/libnmaccel.a
LIB_SHARED := $(BUILD)/libnmaccel.so
LIB_SONAME := libnmaccel.so.$(SOVERSION)
LIB_REAL := libnmaccel.so.$(VERSION)
LIB_MAP := libnmaccel/libnmaccel.map
LIB_PKGS := json-c libdrm libpci
LIB_LIBS := $(shell $(PKG_CONFIG) --libs $(LIB_PKGS) 2>/dev/null) -lm

# Only the kernels of an instruction set may use it; the rest runs on any x86-64. Elsewhere the files
# are empty, and the compiler may not know the flags.
ifneq ($(filter x86_64-%,$(shell $(CC) -dumpmachine 2>/dev/null)),)
$(BUILD)/libnmaccel/src/%_avx2.o: OBJ_CFLAGS += -mavx2
$(BUILD)/libnmaccel/src/%_avx512.o: OBJ_CFLAGS += -mavx512f -mavx512bw -mavx512vl -mavx512vnni
endif
$(LIB_OBJS): OBJ_CFLAGS += -fPIC -fvisibility=hidden -Ilibnmaccel/src -Ihw/hls \
	$(shell $(PKG_CONFIG) --cflags $(LIB_PKGS) 2>/dev/null)

# The card's binary that a program finds without being told of one.
$(BUILD)/libnmaccel/src/xrt/settings.o: OBJ_CFLAGS += \
	-DNMACCEL_XCLBIN_DEFAULT='"$(DATADIR)/nmaccel/nmaccel_engine.xclbin"'

# A source that is gone must leave the libraries too.
$(BUILD)/libnmaccel.objects: FORCE
	$(call keep_text,$(LIB_OBJS))

$(LIB_STATIC): $(LIB_OBJS) $(BUILD)/libnmaccel.objects
	$(call say,AR)
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $(LIB_OBJS)

# The sanitizers' run time comes with the program, so only a plain build can ask for no open ends.
LIB_LDFLAGS := -shared -Wl,-soname,$(LIB_SONAME) -Wl,--version-script=$(LIB_MAP) -Wl,-z,relro \
	-Wl,-z,now $(if $(SAN)$(FUZZER),,-Wl,-z,defs)
$(BUILD)/$(LIB_REAL): $(LIB_OBJS) $(BUILD)/libnmaccel.objects $(LIB_MAP)
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) $(LIB_LDFLAGS) -o $@ $(LIB_OBJS) $(LIB_LIBS)

$(LIB_SHARED): $(BUILD)/$(LIB_REAL)
	$(Q)ln -sf $(LIB_REAL) $(BUILD)/$(LIB_SONAME)
	$(Q)ln -sf $(LIB_SONAME) $@

ALL += $(LIB_STATIC) $(LIB_SHARED)

comma := ,

# Unit tests see the library's inner headers.
LIB_TESTS := $(patsubst %.c,$(BUILD)/%,$(wildcard libnmaccel/tests/test_*.c))
LIB_TEST_HELPERS := $(patsubst %.c,$(BUILD)/%.o,$(filter-out libnmaccel/tests/test_%.c \
	libnmaccel/tests/bench_%.c,$(wildcard libnmaccel/tests/*.c)))
LIB_BENCHES := $(patsubst %.c,$(BUILD)/%,$(wildcard libnmaccel/tests/bench_*.c))
$(LIB_TESTS:%=%.o) $(LIB_BENCHES:%=%.o) $(LIB_TEST_HELPERS): OBJ_CFLAGS += -Ilibnmaccel/src -Ihw/hls -Iselftests \
	$(shell $(PKG_CONFIG) --cflags $(LIB_PKGS) 2>/dev/null)
$(LIB_TESTS): %: %.o $(LIB_TEST_HELPERS) $(LIB_STATIC)
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIB_LIBS) -lcmocka

# This one stands between the library and what may fail under it.
$(BUILD)/libnmaccel/tests/test_weights_faults: ALL_LDFLAGS += $(patsubst %,-Wl$(comma)--wrap=%, \
	malloc calloc aligned_alloc strndup mmap write fsync close rename fstat)

$(LIB_BENCHES): %: %.o $(LIB_STATIC)
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIB_LIBS)

TEST_PROGRAMS += $(LIB_TESTS)
BENCH_PROGRAMS += $(LIB_BENCHES)

LIB_FUZZERS := $(patsubst %.c,$(BUILD)/%,$(wildcard libnmaccel/fuzz/fuzz_*.c))
$(LIB_FUZZERS:%=%.o): OBJ_CFLAGS += -Ilibnmaccel/src -Ihw/hls
$(LIB_FUZZERS): %: %.o $(LIB_STATIC)
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(LIB_LIBS)

FUZZ_PROGRAMS += $(LIB_FUZZERS)
