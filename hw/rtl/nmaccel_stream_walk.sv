// SPDX-License-Identifier: MIT
// What the weight stream unit reads, in order: for each descriptor that is a convolution its
// parameters, then its stream once for each column tile. Two regions in three clocks.
module nmaccel_stream_walk (
    input wire clk,
    input wire rst,

    // verilator lint_off UNUSEDSIGNAL
    input wire nmaccel_pkg::desc_t desc0,
    input wire nmaccel_pkg::desc_t desc1,
    // verilator lint_on UNUSEDSIGNAL
    input wire [1:0]               desc_count,  // published so far, modulo 4

    output logic               region_valid,
    input  wire                region_ready,
    output nmaccel_pkg::port_t region_port,
    output logic [59:0]        region_at,     // word of the buffer
    output logic [59:0]        region_words,  // may be none
    output logic               region_cut     // better asked for in pieces that end at multiples
);

  typedef enum logic [1:0] {IDLE, PARAMS, WEIGHTS} state_t;
  state_t state;
  logic [1:0] walked;
  logic [30:0] tiles_left;

  // verilator lint_off UNUSEDSIGNAL
  nmaccel_pkg::desc_t desc;
  logic [63:0] bytes;
  // verilator lint_on UNUSEDSIGNAL
  assign desc = walked[0] ? desc1 : desc0;
  assign bytes = desc.weights_end - desc.weights_offset;

  assign region_valid = state != IDLE;
  assign region_cut = state == WEIGHTS;
  always_comb begin
    region_port = desc.weights;
    region_at = desc.weights_offset[63:4];
    region_words = bytes[63:4];
    if (state == PARAMS) begin
      region_port = desc.params;
      region_at = desc.params_offset[63:4];
      region_words = 60'(desc.out_ch[16:1]) + 60'(desc.out_ch[0]);
    end
  end

  logic convolution, last_tile;
  assign convolution = 32'(desc.op) == nmaccel_contract::OP_CONV;
  assign last_tile = tiles_left == 31'd1;

  always_ff @(posedge clk) begin
    case (state)
      IDLE:
      if (walked != desc_count) begin
        tiles_left <= desc.tiles;
        if (convolution) state <= PARAMS;
        else walked <= walked + 2'd1;
      end
      PARAMS: if (region_ready) state <= WEIGHTS;
      default:
      if (region_ready) begin
        tiles_left <= tiles_left - 31'd1;
        if (last_tile) begin
          walked <= walked + 2'd1;
          state <= IDLE;
        end
      end
    endcase
    if (rst) begin
      state <= IDLE;
      walked <= 2'd0;
    end
  end

endmodule
