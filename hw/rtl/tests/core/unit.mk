# SPDX-License-Identifier: MIT
RTL_CORE_COMMON := $(addprefix hw/rtl/nmaccel_,core.sv rows.sv used.sv leaf.sv block.sv dot.sv acc.sv \
	delay.sv sum.sv)
RTL_CORE := $(RTL_CORE_COMMON) hw/rtl/nmaccel_mac.sv

CORE_C := hw/rtl/tests/core/model.c hw/rtl/tests/core/stimulus.c hw/hls/tests/rng.c
$(CORE_C:%.c=$(RTL_BUILD)/obj/%.o): RTL_CFLAGS += -Ihw/rtl/tests/core

# core(build, lanes, columns, pack, chain)
core = $(call rtl_test,core,$(1),nmaccel_core,$(RTL_CORE),-GLANES=$(2) -GCOLUMNS=$(3) -GPACK=1\'b$(4) \
	-GCHAIN=$(5),$(CORE_C),-DCORE_LANES=$(2) -DCORE_COLUMNS=$(3) -DCORE_PACK=$(4) -DCORE_CHAIN=$(5))
$(eval $(call core,8_8,8,8,1,4))
$(eval $(call core,8_7,8,7,1,4))
$(eval $(call core,8_16_e2,8,16,1,8))
$(eval $(call core,16_6,16,6,1,4))
$(eval $(call core,32_49_e2,32,49,1,8))
$(eval $(call core,4_16,4,16,1,4))
$(eval $(call core,8_64_plain,8,64,0,4))
