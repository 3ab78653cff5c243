# SPDX-License-Identifier: MIT
# mem_read(build, DATA_BYTES, ADDR_BITS)
mem_read = $(call rtl_test,mem_read,$(1),nmaccel_read,$(addprefix hw/rtl/,nmaccel_fifo.sv \
	nmaccel_bursts.sv nmaccel_read.sv),-GDATA_BYTES=$(2) -GADDR_BITS=$(3) -Wno-UNUSEDPARAM,\
	hw/hls/tests/rng.c hw/rtl/tests/mem_axi/axi.c hw/rtl/tests/mem_axi/bursts.c,\
	-DDATA_BYTES=$(2) -DADDR_BITS=$(3))
$(eval $(call mem_read,16,16,64))
$(eval $(call mem_read,32,32,64))
$(eval $(call mem_read,64,64,64))
$(eval $(call mem_read,64_40,64,40))
