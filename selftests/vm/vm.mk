# SPDX-License-Identifier: MIT
# The VM lab: what it wants built in its root, and short ways to start it.

.PHONY: vm-programs vm-check vm-shell vm-bench
vm-programs: $(ALL) $(API_TESTS) $(PROPERTY_TEST)

KERNEL ?= 6.12
ENGINE ?= model
LAB_ARGS ?=
vm-check vm-shell: vm-%:
	selftests/vm/lab $* $(KERNEL) --engine $(ENGINE) $(LAB_ARGS)

BENCH_ARGS ?=
vm-bench:
	selftests/vm/lab run $(KERNEL) $(LAB_ARGS) -- kselftests/driver/bench $(BENCH_ARGS)
