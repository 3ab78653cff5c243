# SPDX-License-Identifier: MIT
# What runs the tests. The lines that begin with "#:" are the text of `make help`.
#:
#: make                    the library (static and shared), the nmaccel command, the examples
#: make check              all tests; ends with 'N passed, N failed'
#: make demo               classify the 10,000 Fashion-MNIST test images with each pruned network
#: make install            into PREFIX (/usr/local), below DESTDIR if that is given
#: make uninstall          take away what install has put there
#: make fuzz               run every fuzzer for FUZZ_TIME seconds (30); needs clang
#: make coverage           line coverage of libnmaccel/src by all tests; below 90 % fails
#: make bench              build the benchmarks, which are run by hand, and say where they are
#: make vm-check KERNEL=K  the driver's tests on Linux K (6.12, 7.3, debug) in virtual machines, as root
#: make vm-shell KERNEL=K  a shell in one, with a card
#: make xrt-emu-check      the emulated card behind real XRT, which is fetched if it is not there
#: make vm-bench KERNEL=K  what the driver adds to the card's own latency
#: make valgrind           the examples and the unit tests under valgrind
#: make deps-check         is everything installed that a build needs?
#: make clean              remove BUILD
#:
#: BUILD=build             where everything that is made goes; one directory for each set of flags
#: CC=cc CFLAGS='-O2 -g'   compiler and optimisation; also CPPFLAGS, LDFLAGS, WERROR= (no -Werror)
#: SAN=asan | tsan         with AddressSanitizer and UBSan, or with ThreadSanitizer
#: TESTS='PATTERN ...'     check: only tests whose path contains one of these
#: V=1                     show each command, and the output of passing tests too
#: DEMO_ARGS='--json FILE' demo: what to hand to the program; BENCH_ARGS for vm-bench
#: LAB_ARGS='--cards 2'    vm-*: what to hand to selftests/vm/lab, whose help tells
#:
#: `./quickstart help` tells the two commands that also install what is missing.

# As many tests at a time as make was told to run commands.
JOBS = $(or $(patsubst -j%,%,$(filter -j%,$(MAKEFLAGS))),1)
RUN_TESTS = SAN='$(SAN)' JOBS='$(JOBS)' selftests/harness/run-tests.sh
RUN_ENV = BUILD='$(abspath $(BUILD))' CC='$(CC)'
TESTS ?=
FUZZ_TIME ?= 30
COVERAGE_FLOOR ?= 90
DEMO ?= $(BUILD)/examples/fashion/demo
DEMO_ARGS ?=

# Tests of the tree itself (headers, symbols, installation, style) are the same in every build.
SHELL_TESTS := $(sort $(shell find $(SOURCE_DIRS) -name 'test-*.sh'))
ifneq ($(SAN)$(COVERAGE)$(FUZZER),)
SHELL_TESTS := $(filter-out selftests/build/%,$(SHELL_TESTS))
endif
# The long ones first, so that none is left to run by itself.
LONG_TESTS = $(filter %/test_property %/test_fashion %/test_soft_exec %/test_plan_file,$(1))
in_order = $(sort $(call LONG_TESTS,$(1))) $(sort $(filter-out $(call LONG_TESTS,$(1)),$(1)))
ALL_TESTS = $(call in_order,$(TEST_PROGRAMS)) $(SHELL_TESTS)
CHOSEN_TESTS = $(if $(TESTS),$(foreach t,$(ALL_TESTS),$(if $(strip \
	$(foreach p,$(TESTS),$(findstring $(p),$(t)))),$(t))),$(ALL_TESTS))

.PHONY: bench valgrind fuzz fuzz-programs fuzz-run coverage

check: $(ALL) $(TEST_PROGRAMS)
	@$(RUN_ENV) $(RUN_TESTS) $(CHOSEN_TESTS)

bench: $(BENCH_PROGRAMS)
	@printf '%s\n' $(BENCH_PROGRAMS)

demo: $(DEMO)
	$(DEMO) $(DEMO_ARGS)

# valgrind knows no AVX-512; the library sees that in what CPUID says under it. What is possibly
# lost are the stacks of threads that are still ending.
VALGRIND := valgrind --quiet --leak-check=full --show-leak-kinds=definite,indirect \
	--errors-for-leak-kinds=definite,indirect --error-exitcode=99
valgrind: $(ALL) $(LIB_TESTS)
	@$(RUN_ENV) WRAPPER='$(VALGRIND)' $(RUN_TESTS) $(call in_order,$(LIB_TESTS)) \
		selftests/examples/test-hello.sh

# The fuzzers want clang, its own objects and both sanitizers, whatever this build has.
fuzz:
	@$(MAKE) --no-print-directory BUILD='$(BUILD)/fuzz' CC=clang SAN=asan FUZZER=1 fuzz-run

fuzz-programs: $(FUZZ_PROGRAMS) $(FUZZ_SEEDS)

fuzz-run: fuzz-programs
	@FUZZ_TIME='$(FUZZ_TIME)' JOBS='$(JOBS)' $(RUN_ENV) selftests/harness/run-fuzzers.sh $(sort $(FUZZ_PROGRAMS))

coverage:
	@$(MAKE) --no-print-directory BUILD='$(BUILD)/coverage' COVERAGE=1 CFLAGS='-O1 -g' \
		coverage-run

.PHONY: coverage-run
coverage-run: $(ALL) $(TEST_PROGRAMS)
	@find $(BUILD) -name '*.gcda' -delete
	@$(RUN_ENV) $(RUN_TESTS) $(CHOSEN_TESTS)
	@$(RUN_ENV) FLOOR='$(COVERAGE_FLOOR)' selftests/harness/coverage.sh $(LIB_SRCS)
