# SPDX-License-Identifier: MIT
LOADER_SV := $(addprefix hw/rtl/nmaccel_,advance.sv columns.sv taps.sv cache.sv tile_fetch.sv \
	halo.sv gather.sv fifo.sv same_input.sv loader.sv) hw/rtl/tests/loader/loader_harness.sv
# loader_test(columns, block rows, data bytes)
loader_test = $(call rtl_test,loader,$(1)_$(2)_$(3),loader_harness,$(LOADER_SV),\
	-GCOLUMNS=$(1) -GBLOCK_ROWS=$(2) -GDATA_BYTES=$(3),hw/hls/tests/rng.c,\
	-DCOLUMNS=$(1)u -DBLOCK_ROWS=$(2)u -DDATA_BYTES=$(3)u,)
$(eval $(call loader_test,64,256,64))
$(eval $(call loader_test,64,128,16))
$(eval $(call loader_test,49,256,32))
$(eval $(call loader_test,16,128,16))
