// SPDX-License-Identifier: MIT
// The context of a descriptor: registers that the micro-program fills in one by one. What it has not
// written for a descriptor, since the operation has no use for it, is left from another one.
module nmaccel_context (
    input  wire                clk,
    input  wire                valid,
    input  wire  [6:0]         which,     // nmaccel_micro_isa::OUT_*; others are not meant
    input  wire  [63:0]        data,
    output nmaccel_pkg::desc_t desc
);

  always_ff @(posedge clk) begin
    if (valid) begin
      case (which)
        nmaccel_micro_isa::OUT_OP: desc.op <= data[2:0];
        nmaccel_micro_isa::OUT_WIDE: desc.wide <= data[0];
        nmaccel_micro_isa::OUT_COUNT_VALID: desc.count_valid <= data[0];
        nmaccel_micro_isa::OUT_BLOCK256: desc.block256 <= data[0];
        nmaccel_micro_isa::OUT_IN_ADDR: desc.in.addr <= data;
        nmaccel_micro_isa::OUT_IN_SIZE: desc.in.size <= data;
        nmaccel_micro_isa::OUT_IN_PAGED: desc.in.paged <= data[0];
        nmaccel_micro_isa::OUT_IN_PAGE_SHIFT: desc.in.page_shift <= data[4:0];
        nmaccel_micro_isa::OUT_IN_INDEX: desc.in.index <= data[7:0];
        nmaccel_micro_isa::OUT_IN2_ADDR: desc.in2.addr <= data;
        nmaccel_micro_isa::OUT_IN2_SIZE: desc.in2.size <= data;
        nmaccel_micro_isa::OUT_IN2_PAGED: desc.in2.paged <= data[0];
        nmaccel_micro_isa::OUT_IN2_PAGE_SHIFT: desc.in2.page_shift <= data[4:0];
        nmaccel_micro_isa::OUT_IN2_INDEX: desc.in2.index <= data[7:0];
        nmaccel_micro_isa::OUT_OUT_ADDR: desc.out.addr <= data;
        nmaccel_micro_isa::OUT_OUT_SIZE: desc.out.size <= data;
        nmaccel_micro_isa::OUT_OUT_PAGED: desc.out.paged <= data[0];
        nmaccel_micro_isa::OUT_OUT_PAGE_SHIFT: desc.out.page_shift <= data[4:0];
        nmaccel_micro_isa::OUT_OUT_INDEX: desc.out.index <= data[7:0];
        nmaccel_micro_isa::OUT_WEIGHTS_ADDR: desc.weights.addr <= data;
        nmaccel_micro_isa::OUT_WEIGHTS_SIZE: desc.weights.size <= data;
        nmaccel_micro_isa::OUT_WEIGHTS_PAGED: desc.weights.paged <= data[0];
        nmaccel_micro_isa::OUT_WEIGHTS_PAGE_SHIFT: desc.weights.page_shift <= data[4:0];
        nmaccel_micro_isa::OUT_WEIGHTS_INDEX: desc.weights.index <= data[7:0];
        nmaccel_micro_isa::OUT_PARAMS_ADDR: desc.params.addr <= data;
        nmaccel_micro_isa::OUT_PARAMS_SIZE: desc.params.size <= data;
        nmaccel_micro_isa::OUT_PARAMS_PAGED: desc.params.paged <= data[0];
        nmaccel_micro_isa::OUT_PARAMS_PAGE_SHIFT: desc.params.page_shift <= data[4:0];
        nmaccel_micro_isa::OUT_PARAMS_INDEX: desc.params.index <= data[7:0];
        nmaccel_micro_isa::OUT_IN_BASE: desc.in_base <= data;
        nmaccel_micro_isa::OUT_IN_STEP: desc.in_step <= data[31:0];
        nmaccel_micro_isa::OUT_IN2_BASE: desc.in2_base <= data;
        nmaccel_micro_isa::OUT_IN2_STEP: desc.in2_step <= data[31:0];
        nmaccel_micro_isa::OUT_OUT_BASE: desc.out_base <= data;
        nmaccel_micro_isa::OUT_OUT_STEP: desc.out_step <= data[31:0];
        nmaccel_micro_isa::OUT_IN_CH: desc.in_ch <= data[16:0];
        nmaccel_micro_isa::OUT_OUT_CH: desc.out_ch <= data[16:0];
        nmaccel_micro_isa::OUT_WEIGHTS_OFFSET: desc.weights_offset <= data;
        nmaccel_micro_isa::OUT_WEIGHTS_END: desc.weights_end <= data;
        nmaccel_micro_isa::OUT_PARAMS_OFFSET: desc.params_offset <= data;
        nmaccel_micro_isa::OUT_TILES: desc.tiles <= data[30:0];
        nmaccel_micro_isa::OUT_LAST_COLUMNS: desc.last_columns <= data[10:0];
        nmaccel_micro_isa::OUT_IN_H: desc.in_h <= data[30:0];
        nmaccel_micro_isa::OUT_IN_W: desc.in_w <= data[30:0];
        nmaccel_micro_isa::OUT_OUT_H: desc.out_h <= data[30:0];
        nmaccel_micro_isa::OUT_OUT_W: desc.out_w <= data[30:0];
        nmaccel_micro_isa::OUT_KERNEL_H: desc.kernel_h <= data[7:0];
        nmaccel_micro_isa::OUT_KERNEL_W: desc.kernel_w <= data[7:0];
        nmaccel_micro_isa::OUT_STRIDE_H: desc.stride_h <= data[7:0];
        nmaccel_micro_isa::OUT_STRIDE_W: desc.stride_w <= data[7:0];
        nmaccel_micro_isa::OUT_PAD_TOP: desc.pad_top <= data[7:0];
        nmaccel_micro_isa::OUT_PAD_LEFT: desc.pad_left <= data[7:0];
        nmaccel_micro_isa::OUT_DILATION_H: desc.dilation_h <= data[7:0];
        nmaccel_micro_isa::OUT_DILATION_W: desc.dilation_w <= data[7:0];
        nmaccel_micro_isa::OUT_IN_ZERO: desc.in_zero <= data[7:0];
        nmaccel_micro_isa::OUT_IN2_ZERO: desc.in2_zero <= data[7:0];
        nmaccel_micro_isa::OUT_OUT_ZERO: desc.out_zero <= data[7:0];
        nmaccel_micro_isa::OUT_ACT_MIN: desc.act_min <= data[31:0];
        nmaccel_micro_isa::OUT_ACT_MAX: desc.act_max <= data[31:0];
        nmaccel_micro_isa::OUT_SCALE: desc.scale <= data[31:0];
        nmaccel_micro_isa::OUT_SCALE2: desc.scale2 <= data[31:0];
        nmaccel_micro_isa::OUT_CORNER_TILE: desc.corner.tile <= data[31:0];
        nmaccel_micro_isa::OUT_CORNER_PLACE: desc.corner.place <= data[9:0];
        nmaccel_micro_isa::OUT_NEXT_X_TILE: desc.next_x.tile <= data[31:0];
        nmaccel_micro_isa::OUT_NEXT_X_PLACE: desc.next_x.place <= data[9:0];
        nmaccel_micro_isa::OUT_NEXT_Y_TILE: desc.next_y.tile <= data[31:0];
        nmaccel_micro_isa::OUT_NEXT_Y_PLACE: desc.next_y.place <= data[9:0];
        nmaccel_micro_isa::OUT_NEXT_IMAGE_TILE: desc.next_image.tile <= data[31:0];
        nmaccel_micro_isa::OUT_NEXT_IMAGE_PLACE: desc.next_image.place <= data[9:0];
        nmaccel_micro_isa::OUT_TAP_X_TILE: desc.tap_x.tile <= data[31:0];
        nmaccel_micro_isa::OUT_TAP_X_PLACE: desc.tap_x.place <= data[9:0];
        nmaccel_micro_isa::OUT_TAP_Y_TILE: desc.tap_y.tile <= data[31:0];
        nmaccel_micro_isa::OUT_TAP_Y_PLACE: desc.tap_y.place <= data[9:0];
        default: ;
      endcase
    end
  end

endmodule
