# SPDX-License-Identifier: MIT
$(eval $(call rtl_test,mem_regs,regs,nmaccel_regs,hw/rtl/nmaccel_regs.sv,-Wno-UNUSEDPARAM,\
	hw/hls/tests/rng.c))
