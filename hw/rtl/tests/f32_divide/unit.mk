# SPDX-License-Identifier: MIT
$(eval $(call rtl_test,f32_divide,only,nmaccel_f32_divide,hw/rtl/nmaccel_f32_pkg.sv \
	hw/rtl/nmaccel_f32_divide.sv,,hw/hls/tests/rng.c,))
