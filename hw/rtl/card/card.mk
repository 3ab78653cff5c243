# SPDX-License-Identifier: MIT
# The Verilated engine as a shared object for `nmaccel-card --engine=rtl`, beside that program.
RTL_CARDS :=

# rtl_card(lanes, block rows, columns): the bus of the card has words of 16 bytes.
define rtl_card
$(if $(filter $(1)_$(2)_$(3)_16,$(ENGINE_BUILDS)),,$(call engine_model,$(1),$(2),$(3),16))
$(RTL_BUILD)/engine/$(1)_$(2)_$(3)_16/card-%.o: hw/rtl/card/%.c $(wildcard hw/rtl/card/*.h)
	@mkdir -p $$(@D)
	$(CC) -std=c11 $(RTL_CFLAGS) -fPIC -Ihw/rtl/tests/engine $(call ENGINE_DEFINES,$(1),$(2),$(3),16) \
		-MMD -MP -c -o $$@ $$<
$(BUILD)/hw/card/engine-rtl-$(1)_$(2)_$(3).so: $(RTL_BUILD)/engine/$(1)_$(2)_$(3)_16/card-engine.o \
		$(RTL_BUILD)/engine/$(1)_$(2)_$(3)_16/card-bus.o $(RTL_BUILD)/engine/$(1)_$(2)_$(3)_16/shim.o \
		$(RTL_BUILD)/engine/$(1)_$(2)_$(3)_16/Vdut__ALL.a $(RTL_VERILATED)
	@mkdir -p $$(@D)
	$(CXX) -shared -Wl,-z,defs -o $$@ $$^ -pthread
RTL_CARDS += $(BUILD)/hw/card/engine-rtl-$(1)_$(2)_$(3).so
endef
$(eval $(call rtl_card,4,128,16))
$(eval $(call rtl_card,8,128,64))
