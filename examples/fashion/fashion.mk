# SPDX-License-Identifier: MIT
# The Fashion-MNIST trainer (`make fashion-train`) and the unit tests of its parts.

FASHION_TRAIN := $(BUILD)/examples/fashion/fashion-train
FASHION_SRCS := $(addprefix examples/fashion/,adam.c checkpoint.c data.c export.c gemm.c \
	gemm_kernel_avx2.c gemm_kernel_c.c im2col.c int8.c main.c net.c options.c parallel.c \
	pass.c pattern.c prng.c quantize.c recipe.c report.c select.c sr_ste.c train.c \
	verify.c)
FASHION_OBJS := $(FASHION_SRCS:%.c=$(BUILD)/%.o)
FASHION_TEST := $(BUILD)/examples/fashion/tests/test_fashion
FASHION_TESTED := $(filter-out %/main.o %/export.o %/verify.o,$(FASHION_OBJS))

# Loops over activations and weights are left to the compiler's vectoriser; no flag lets it change
# the order of sums, which would make results depend on the compiler.
$(FASHION_OBJS): OBJ_CFLAGS += -O3 -fno-math-errno -fno-trapping-math

$(FASHION_TRAIN): $(FASHION_OBJS) $(LIB_STATIC)
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIB_LIBS) -lz -lm

.PHONY: fashion-train
fashion-train: $(FASHION_TRAIN)
ALL += $(FASHION_TRAIN)

$(FASHION_TEST).o: OBJ_CFLAGS += -Iexamples/fashion

$(FASHION_TEST): $(FASHION_TEST).o $(FASHION_TESTED)
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ -lcmocka -lz -lm

TEST_PROGRAMS += $(FASHION_TEST)
