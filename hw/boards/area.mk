# SPDX-License-Identifier: MIT
# What the engine and its units take of a 7-series part, by synthesis alone: minutes, not hours. Called
# from hw/boards/Makefile. AREA_YOSYS=yosys takes that of the machine, which must know packed arrays of
# more than one dimension: 0.23 does not, 0.52 has not been tried.

AREA := $(BOARDS)/area

# area(file, name in the table, top, parameters, files, yosys: that of the root, if empty)
define area
$(AREA)/$(1).stat: $(5) $(RTL_CTL_PROGRAM)
	@mkdir -p $$(@D)/$(1)
	@cp $(5) $(RTL_CTL_PROGRAM) $$(@D)/$(1)
	@printf '%s\n' 'read_verilog -sv -noassert -defer $(notdir $(5))' \
		'hierarchy -top $(3) $(foreach p,$(4),-chparam $(subst =, ,$(p)))' \
		'synth_xilinx -family xc7 -flatten -noiopad -noclkbuf' \
		'tee -o area.stat stat' >$$(@D)/$(1)/area.ys
	@printf '  %-5s %s\n' YOSYS '$(2)'
	@nice $(if $(6),env -C $$(@D)/$(1) $(6),$(TOOLS) run $$(@D)/$(1) yosys) \
		$(YOSYS_FLAGS) -l area.log area.ys
	@cp $$(@D)/$(1)/area.stat $$@
$(AREA)/$(1).row: $(AREA)/$(1).stat hw/boards/area.awk
	@awk -v name='$(2)' -f hw/boards/area.awk $$< >$$@
AREA_ROWS += $(AREA)/$(1).row
endef

AREA_ROWS :=
AREA_ENGINE := $(BOARD_PACKAGES) $(ENGINE_FILES_rtl)

# The datapath, which grows with lanes and columns.
area_core = $(call area,core-$(1)-$(2)-$(3),core N=$(1) C=$(2)$(if $(filter 0,$(3)), unpacked),nmaccel_core,\
	LANES=$(1) COLUMNS=$(2) PACK=$(3),$(AREA_ENGINE),$(AREA_YOSYS))
$(eval $(call area_core,8,16,1))
$(eval $(call area_core,8,16,0))
$(eval $(call area_core,8,64,1))
$(eval $(call area_core,16,32,1))

# The other units, as in a build of N=8, M=256, C=64 on a port of 16 bytes.
area_unit = $(call area,$(1),$(1) $(2),nmaccel_$(1),$(2),$(AREA_ENGINE),$(AREA_YOSYS))
$(eval $(call area_unit,read,DATA_BYTES=16))
$(eval $(call area_unit,write,DATA_BYTES=16))
$(eval $(call area_unit,mmu,DATA_BYTES=16))
$(eval $(call area_unit,ctl,DATA_BYTES=16 COLUMNS=64))
$(eval $(call area_unit,stream,LANES=8 COLUMNS=64 DATA_BYTES=16))
$(eval $(call area_unit,loader,COLUMNS=64 DATA_BYTES=16))
$(eval $(call area_unit,issue,LANES=8))
$(eval $(call area_unit,epilogue,COLUMNS=64 DATA_BYTES=16))
$(eval $(call area_unit,store,COLUMNS=64 DATA_BYTES=16))
$(eval $(call area_unit,retire,DATA_BYTES=16))

# The whole.
area_engine = $(call area,engine-$(1)-$(2)-$(3),engine N=$(1) M=$(2) C=$(3),nmaccel_engine,\
	LANES=$(1) BLOCK_ROWS=$(2) COLUMNS=$(3),$(AREA_ENGINE),$(AREA_YOSYS))
$(eval $(call area_engine,4,128,16))
$(eval $(call area_engine,8,256,64))

AREA_UNITS ?= $(AREA_ROWS)
.PHONY: area
area: $(AREA_UNITS)
	@printf '%-34s %7s %7s %7s %7s %7s %7s %5s\n' unit LUT LUTRAM SRL FF CARRY4 RAMB36 DSP48
	@cat $^

# ---- the budget: no unit of a small build grows unnoticed

# What yosys 0.23 of Debian 12 reads: no packed arrays of more than one dimension.
AREA_PLAIN := $(filter-out $(patsubst %,hw/rtl/nmaccel_%.sv,cache columns engine gather halo loader \
	micro retire store taps tile_fetch),$(AREA_ENGINE))
AREA_SMALL := $(foreach u,core stream issue epilogue,$(AREA)/small-$(u).row)

# area_small(unit, parameters)
area_small = $(call area,small-$(1),$(1),nmaccel_$(1),$(2),$(AREA_PLAIN),$(or $(AREA_YOSYS),yosys))
$(eval $(call area_small,core,LANES=4 COLUMNS=16))
$(eval $(call area_small,stream,LANES=4 COLUMNS=16 DATA_BYTES=16))
$(eval $(call area_small,issue,LANES=4))
$(eval $(call area_small,epilogue,COLUMNS=16 DATA_BYTES=16))

.PHONY: area-check
area-check: $(AREA_SMALL)
	@printf '%-34s %7s %7s %7s %7s %7s %7s %5s\n' unit LUT LUTRAM SRL FF CARRY4 RAMB36 DSP48
	@cat $^
	@cat $^ | awk -f hw/boards/budget.awk hw/boards/area.budget -
