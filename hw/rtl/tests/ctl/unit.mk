# SPDX-License-Identifier: MIT
include hw/rtl/micro/micro.mk

# The top function for HLS, which the generator of jobs is linked with.
$(RTL_BUILD)/obj/hw/hls/src/%.o: RTL_CFLAGS += -Wno-unused-label -Wno-unknown-pragmas

RTL_CTL_TEST_C := $(addprefix hw/hls/tests/,gen.c sim.c expect.c rng.c) \
	hw/hls/src/nmaccel_engine.c hw/hls/nmaccel_engine_bus.c

# ctl(block rows, columns, data bytes)
ctl = $(call rtl_test,ctl,$(1)_$(2)_$(3),nmaccel_ctl,$(RTL_CTL_FILES),-GBLOCK_ROWS=$(1) \
	-GCOLUMNS=$(2) -GDATA_BYTES=$(3) -GPROGRAM='"$(RTL_CTL_PROGRAM)"',$(RTL_CTL_TEST_C),\
	-DCTL_BLOCK_ROWS=$(1) -DCTL_COLUMNS=$(2) -DCTL_DATA_BYTES=$(3))
$(eval $(call ctl,256,64,16))
$(eval $(call ctl,256,64,64))
$(eval $(call ctl,256,49,16))
$(eval $(call ctl,256,49,64))
$(eval $(call ctl,128,16,16))
$(eval $(call ctl,128,1,16))
$(eval $(call ctl,256,1024,32))
