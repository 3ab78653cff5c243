# SPDX-License-Identifier: MIT
# The stream and the issue unit together; the issue unit alone is in ../issue.
STREAM_SV := $(addprefix hw/rtl/nmaccel_,stream_pkg.sv stream.sv stream_walk.sv stream_fetch.sv \
	stream_ring.sv stream_parse.sv stream_blocks.sv stream_counts.sv stream_runs.sv stream_steps.sv \
	issue.sv fifo.sv) hw/rtl/tests/stream/stream_harness.sv
STREAM_C := $(addprefix hw/rtl/tests/stream/,walk.c memory.c bench.c) \
	$(addprefix hw/hls/tests/,rng.c gen.c sim.c) $(wildcard hw/hls/*.c) hw/hls/src/nmaccel_engine.c
$(call RTL_TOOL_OBJ,$(wildcard hw/hls/*.c) hw/hls/src/nmaccel_engine.c): \
	RTL_CFLAGS += -Wno-unused-label -Wno-unknown-pragmas
# stream_test(lanes, block rows, columns, data bytes)
stream_test = $(call rtl_test,stream,$(1)_$(2)_$(3)_$(4),stream_harness,$(STREAM_SV),\
	-Wno-UNUSEDPARAM -GLANES=$(1) -GCOLUMNS=$(3) -GDATA_BYTES=$(4) -GCORE_LATENCY=16 \
	-GBLOCK_LATENCY=4,$(STREAM_C),-DLANES=$(1)u -DBLOCK_ROWS=$(2)u -DCOLUMNS=$(3)u \
	-DDATA_BYTES=$(4)u)
$(eval $(call stream_test,8,256,64,64))
$(eval $(call stream_test,8,128,16,16))
$(eval $(call stream_test,4,128,16,16))
$(eval $(call stream_test,16,256,32,32))
$(eval $(call stream_test,32,256,49,64))
