# SPDX-License-Identifier: MIT
# mem_write(build, DATA_BYTES, ADDR_BITS)
mem_write = $(call rtl_test,mem_write,$(1),nmaccel_write,$(addprefix hw/rtl/,nmaccel_fifo.sv \
	nmaccel_bursts.sv nmaccel_write.sv),-GDATA_BYTES=$(2) -GADDR_BITS=$(3) -Wno-UNUSEDPARAM,\
	hw/hls/tests/rng.c hw/rtl/tests/mem_axi/axi.c hw/rtl/tests/mem_axi/bursts.c,\
	-DDATA_BYTES=$(2) -DADDR_BITS=$(3))
$(eval $(call mem_write,16,16,64))
$(eval $(call mem_write,32,32,64))
$(eval $(call mem_write,64,64,64))
$(eval $(call mem_write,64_40,64,40))
