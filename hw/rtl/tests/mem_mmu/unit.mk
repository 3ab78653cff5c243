# SPDX-License-Identifier: MIT
# mem_mmu(DATA_BYTES)
mem_mmu = $(call rtl_test,mem_mmu,$(1),nmaccel_mmu,hw/rtl/nmaccel_fifo.sv hw/rtl/nmaccel_mmu.sv,\
	-GDATA_BYTES=$(1) -Wno-UNUSEDPARAM,hw/hls/tests/rng.c,-DDATA_BYTES=$(1))
$(foreach bytes,16 32 64,$(eval $(call mem_mmu,$(bytes))))
