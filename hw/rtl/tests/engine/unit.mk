# SPDX-License-Identifier: MIT
# The whole engine, with the models of hw/hls beside it.
include hw/rtl/micro/micro.mk

RTL_ENGINE_FILES := hw/rtl/nmaccel_stream_pkg.sv hw/rtl/nmaccel_f32_pkg.sv $(RTL_CTL_FILES) \
	$(filter-out hw/rtl/nmaccel_ctl.sv hw/rtl/nmaccel_micro% hw/rtl/nmaccel_context.sv \
	hw/rtl/nmaccel_pkg.sv hw/rtl/nmaccel_stream_pkg.sv hw/rtl/nmaccel_f32_pkg.sv, \
	$(sort $(wildcard hw/rtl/nmaccel_*.sv)))
ENGINE_C := $(addprefix hw/hls/,nmaccel_engine_bus.c nmaccel_engine_find.c \
	src/nmaccel_engine.c $(notdir $(wildcard hw/hls/engine_*.c))) \
	$(addprefix hw/hls/tests/,rng.c gen.c sim.c) hw/rtl/tests/mem_axi/axi.c \
	$(addprefix hw/rtl/tests/engine/,bench.c)
$(call RTL_TOOL_OBJ,$(filter hw/hls/engine_% hw/hls/src/%,$(ENGINE_C))): RTL_CFLAGS += \
	-Wno-unused-label -Wno-unknown-pragmas -ffp-contract=off
$(call RTL_TOOL_OBJ,hw/rtl/tests/engine/bench.c): RTL_CFLAGS += -Ihw/rtl/tests/mem_axi
ENGINE_DEFINES = -Ihw/rtl/tests/mem_axi -DLANES=$(1)u -DBLOCK_ROWS=$(2)u -DCOLUMNS=$(3)u \
	-DDATA_BYTES=$(4)u
engine_parameters = -GLANES=$(1) -GBLOCK_ROWS=$(2) -GCOLUMNS=$(3) -GDATA_BYTES=$(4) \
	-GPROGRAM='"$(RTL_CTL_PROGRAM)"'
# engine_model(lanes, block rows, columns, data bytes), and with the test
engine_model = $(call rtl_model,engine,$(1)_$(2)_$(3)_$(4),nmaccel_engine,$(RTL_ENGINE_FILES),\
	$(call engine_parameters,$(1),$(2),$(3),$(4)),$(call ENGINE_DEFINES,$(1),$(2),$(3),$(4)))
engine_test = $(call rtl_test,engine,$(1)_$(2)_$(3)_$(4),nmaccel_engine,$(RTL_ENGINE_FILES),\
	$(call engine_parameters,$(1),$(2),$(3),$(4)),$(ENGINE_C),\
	$(call ENGINE_DEFINES,$(1),$(2),$(3),$(4)),)
# The first one is the quickest to build.
ENGINE_BUILDS := 4_128_16_16 8_256_64_64 8_128_64_16 16_256_32_32 32_256_49_64
$(foreach build,$(ENGINE_BUILDS),$(eval $(call engine_test,$(word 1,$(subst _, ,$(build))),$(word \
	2,$(subst _, ,$(build))),$(word 3,$(subst _, ,$(build))),$(word 4,$(subst _, ,$(build))))))
# Its bins are of the build.
$(RTL_BUILD)/engine/%/cover.o: hw/rtl/tests/engine/cover.c hw/rtl/tests/engine/cover.h
	@mkdir -p $(@D)
	$(CC) -std=c11 $(RTL_CFLAGS) $(call ENGINE_DEFINES,$(word 1,$(subst _, ,$*)),$(word 2,$(subst \
		_, ,$*)),$(word 3,$(subst _, ,$*)),$(word 4,$(subst _, ,$*))) -c -o $@ $<
$(foreach build,$(ENGINE_BUILDS),$(eval $(RTL_BUILD)/test_rtl_engine-$(build): \
	$(RTL_BUILD)/engine/$(build)/cover.o))
