# SPDX-License-Identifier: MIT
ISSUE_SV := $(addprefix hw/rtl/nmaccel_,stream_pkg.sv issue.sv fifo.sv) \
	hw/rtl/tests/issue/issue_harness.sv
# issue_test(core latency, block latency)
issue_test = $(call rtl_test,issue,$(1)_$(2),issue_harness,$(ISSUE_SV),\
	-Wno-UNUSEDPARAM -GLANES=8 -GCORE_LATENCY=$(1) -GBLOCK_LATENCY=$(2),hw/hls/tests/rng.c,\
	-DCORE_LATENCY=$(1)u -DBLOCK_LATENCY=$(2)u)
$(eval $(call issue_test,1,1))
$(eval $(call issue_test,17,4))
