# SPDX-License-Identifier: MIT
# mem_fifo(build, depth, BLOCK)
mem_fifo = $(call rtl_test,mem_fifo,$(1),nmaccel_fifo,hw/rtl/nmaccel_fifo.sv,-GWIDTH=32 -GDEPTH=$(2) \
	-Wno-UNUSEDPARAM -GBLOCK=1\'b$(3),hw/hls/tests/rng.c,-DFIFO_DEPTH=$(2) -DFIFO_BLOCK=$(3))
$(eval $(call mem_fifo,lut1,1,0))
$(eval $(call mem_fifo,lut5,5,0))
$(eval $(call mem_fifo,lut16,16,0))
$(eval $(call mem_fifo,block3,3,1))
$(eval $(call mem_fifo,block20,20,1))
$(eval $(call mem_fifo,block512,512,1))
