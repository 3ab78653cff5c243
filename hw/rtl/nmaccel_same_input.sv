// SPDX-License-Identifier: MIT
// Whether two descriptors read the same part of memory in the same way, as the panels of a layer do.
// An answer takes two clocks from when the descriptors are settled.
module nmaccel_same_input (
    input  wire                  clk,
    // verilator lint_off UNUSEDSIGNAL
    input wire nmaccel_pkg::desc_t a,
    input wire nmaccel_pkg::desc_t b,
    // verilator lint_on UNUSEDSIGNAL
    input  wire                  settled,
    output logic                 same
);

  logic place, shape, window;

  always_ff @(posedge clk) begin
    place <= a.in.index == b.in.index && a.in_base == b.in_base && a.in_step == b.in_step
        && a.in_ch == b.in_ch;
    // The columns of the output, and so the number of images.
    shape <= a.in_h == b.in_h && a.in_w == b.in_w && a.out_h == b.out_h && a.out_w == b.out_w
        && a.tiles == b.tiles && a.last_columns == b.last_columns;
    window <= a.kernel_h == b.kernel_h && a.kernel_w == b.kernel_w && a.stride_h == b.stride_h
        && a.stride_w == b.stride_w && a.pad_top == b.pad_top && a.pad_left == b.pad_left
        && a.dilation_h == b.dilation_h && a.dilation_w == b.dilation_w;
    same <= settled && place && shape && window
        && a.op == nmaccel_contract::OP_CONV[2:0] && b.op == nmaccel_contract::OP_CONV[2:0];
  end

endmodule
