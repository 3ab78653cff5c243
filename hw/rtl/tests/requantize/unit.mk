# SPDX-License-Identifier: MIT
RTL_F32 := hw/rtl/nmaccel_f32_pkg.sv hw/rtl/nmaccel_delay.sv $(patsubst %,hw/rtl/nmaccel_f32_%.sv, \
	normalize from_int multiply add to_s8)
RTL_REQUANTIZE := $(RTL_F32) hw/rtl/nmaccel_requantize_pair.sv hw/rtl/nmaccel_requantize.sv

# requantize(build, lanes, groups)
requantize = $(call rtl_test,requantize,$(1),nmaccel_requantize,$(RTL_REQUANTIZE),-GLANES=$(2) \
	-GGROUPS=$(3),hw/hls/tests/rng.c,-DLANES=$(2) -DGROUPS=$(3))
$(eval $(call requantize,16-4,16,4))
$(eval $(call requantize,32-1,32,1))
