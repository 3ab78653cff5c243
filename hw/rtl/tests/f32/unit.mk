# SPDX-License-Identifier: MIT
$(eval $(call rtl_test,f32,only,f32_bench,$(patsubst %,hw/rtl/nmaccel_%.sv,f32_pkg delay \
	f32_normalize f32_from_int f32_multiply f32_add) hw/rtl/tests/f32/f32_bench.sv,, \
	hw/hls/tests/rng.c,))
