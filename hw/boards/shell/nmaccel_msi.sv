// SPDX-License-Identifier: MIT
// From interrupt levels to messages: one for each time that a source rises, in the order of the
// sources. A message that cannot be sent yet, as the host has not enabled them, is kept. With fewer
// vectors than sources, all come by vector 0.
//
// request is a pulse with its vector; the next one comes only after grant.
module nmaccel_msi #(
    parameter int SOURCES = 2,
    localparam int SOURCE_BITS = SOURCES > 1 ? $clog2(SOURCES) : 1
) (
    input  wire               clk,
    input  wire               rst,
    input  wire [SOURCES-1:0] level,
    input  wire               enable,
    input  wire [2:0]         width,    // log2 of the vectors that the host gives
    output logic              request,
    output logic [4:0]        vector,
    input  wire               grant
);

  logic [SOURCES-1:0] last, pending, next;
  logic [SOURCE_BITS-1:0] source;
  logic waiting;
  wire enough = (32'd1 << width) >= SOURCES;

  // The lowest that is pending.
  assign next = pending & (~pending + 1'b1);
  always_comb begin
    source = '0;
    for (int s = 0; s < SOURCES; s++) begin
      if (next[s]) source = SOURCE_BITS'(s);
    end
  end

  wire send = enable && !waiting && pending != '0;

  always_ff @(posedge clk) begin
    last <= level;
    request <= 1'b0;
    if (send) vector <= enough ? 5'(source) : 5'd0;
    if (rst) begin
      last <= '0;
      pending <= '0;
      waiting <= 1'b0;
    end else begin
      pending <= (pending & ~(send ? next : '0)) | (level & ~last);
      request <= send;
      waiting <= send || (waiting && !grant);
    end
  end

endmodule
