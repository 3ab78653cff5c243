# SPDX-License-Identifier: MIT
RTL_EPILOGUE := hw/rtl/nmaccel_f32_pkg.sv $(patsubst %,hw/rtl/nmaccel_%.sv,delay fifo \
	f32_normalize f32_from_int f32_multiply f32_add f32_to_s8 f32_divide requantize_pair requantize \
	epilogue_tokens epilogue_scales epilogue_beats epilogue_wide epilogue_pack epilogue)

# epilogue(columns, data bytes, clocks of an accumulator read)
epilogue = $(call rtl_test,epilogue,$(1)-$(2)-$(3),epilogue_bench,$(RTL_EPILOGUE) \
	hw/rtl/tests/epilogue/epilogue_bench.sv,-GCOLUMNS=$(1) -GDATA_BYTES=$(2) -GRD_LATENCY=$(3), \
	hw/hls/tests/rng.c,-DCOLUMNS=$(1)u -DDATA_BYTES=$(2)u -DRD_LATENCY=$(3)u)
$(eval $(call epilogue,16,16,3))
$(eval $(call epilogue,64,16,3))
$(eval $(call epilogue,64,64,3))
$(eval $(call epilogue,49,16,2))
$(eval $(call epilogue,49,64,5))
$(eval $(call epilogue,32,32,4))
