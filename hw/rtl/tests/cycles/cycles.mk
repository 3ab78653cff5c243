# SPDX-License-Identifier: MIT
# Clocks of networks on the Verilated engine: a program, not a test.
CYCLES_MODEL := $(filter-out hw/model/figures.c hw/model/chart.c hw/model/comparison.c, \
	$(wildcard hw/model/*.c))
CYCLES_C := $(CYCLES_MODEL) hw/hls/tests/rng.c hw/hls/tests/sim.c hw/rtl/tests/mem_axi/axi.c \
	hw/rtl/tests/engine/bench.c hw/hls/nmaccel_engine_bus.c hw/hls/src/nmaccel_engine.c

$(RTL_BUILD)/networks.inc: $(wildcard hw/model/networks/*.net)
	@mkdir -p $(@D)
	for file in $^; do \
		printf '{"%s",\n' "$$(basename "$$file" .net)" && \
		sed 's/[\\"]/\\&/g; s/.*/"&\\n"/' "$$file" && echo '},'; \
	done >$@
$(call RTL_TOOL_OBJ,hw/model/builtin.c): $(RTL_BUILD)/networks.inc
$(call RTL_TOOL_OBJ,$(CYCLES_MODEL)): RTL_CFLAGS += -Ihw/model -I$(RTL_BUILD) \
	-Ilibnmaccel/include

# cycles(lanes, block rows, columns, data bytes)
define cycles
$(if $(filter $(1)_$(2)_$(3)_$(4),$(ENGINE_BUILDS)),,$(call engine_model,$(1),$(2),$(3),$(4)))
$(RTL_BUILD)/engine/$(1)_$(2)_$(3)_$(4)/cycles.o: hw/rtl/tests/cycles/cycles.c
	@mkdir -p $$(@D)
	$(CC) -std=c11 $(RTL_CFLAGS) -Ihw/model -Ilibnmaccel/include -Ihw/rtl/tests/engine \
		$(call ENGINE_DEFINES,$(1),$(2),$(3),$(4)) -MMD -MP -c -o $$@ $$<
$(RTL_BUILD)/cycles-$(1)_$(2)_$(3)_$(4): $(RTL_BUILD)/engine/$(1)_$(2)_$(3)_$(4)/cycles.o \
		$(RTL_BUILD)/engine/$(1)_$(2)_$(3)_$(4)/shim.o \
		$(RTL_BUILD)/engine/$(1)_$(2)_$(3)_$(4)/Vdut__ALL.a \
		$(call RTL_TOOL_OBJ,$(CYCLES_C)) $(RTL_VERILATED)
	$(CXX) -o $$@ $$^ -lcmocka -lm -pthread
RTL_CYCLES += $(RTL_BUILD)/cycles-$(1)_$(2)_$(3)_$(4)
endef
$(eval $(call cycles,8,256,64,64))
$(eval $(call cycles,8,256,49,64))
