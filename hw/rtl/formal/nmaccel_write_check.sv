// SPDX-License-Identifier: MIT
// nmaccel_write against an AXI slave that may do all that the protocol allows, and clients that give
// their data when they like: what is offered stays, each burst has its number of beats and a last one, in
// order, no more bursts than there may be, and a request is answered once.
module nmaccel_write_check #(
    parameter int MAX_WORDS = 64
) (
    input wire         clk,
    input wire         stop,
    input wire [1:0]   req_valid,
    input wire [12:3]  addr0,
    input wire [12:3]  addr1,
    input wire [6:0]   words0,
    input wire [6:0]   words1,
    input wire [1:0]   data_valid,
    input wire [511:0] data,
    input wire         awready,
    input wire         wready,
    input wire         bvalid,
    input wire [1:0]   bresp
);

  localparam int BURSTS = 2;

  logic [141:0] req;
  assign req = {51'd0, addr1, 3'd0, words1, 51'd0, addr0, 3'd0, words0};

  logic rst = 1'b1;
  logic idle, done_error, awvalid, wvalid, wlast, bready;
  logic [1:0] req_ready, data_ready, done, awburst;
  logic [63:0] awaddr;
  logic [7:0] awlen;
  logic [2:0] awsize;
  logic [255:0] wdata;
  logic [31:0] wstrb;

  always_ff @(posedge clk) rst <= 1'b0;

  nmaccel_write #(
      .DATA_BYTES(32),
      .CLIENTS(2),
      .BURSTS(BURSTS)
  ) dut (
      .clk,
      .rst,
      .stop,
      .idle,
      .base(64'd0),
      .req_valid,
      .req_ready,
      .req,
      .data_valid,
      .data_ready,
      .data,
      .done,
      .done_error,
      .awvalid,
      .awready,
      .awaddr,
      .awlen,
      .awsize,
      .awburst,
      .awcache(),
      .awprot(),
      .wvalid,
      .wready,
      .wdata,
      .wstrb,
      .wlast,
      .bvalid,
      .bready,
      .bresp
  );

  function automatic logic is_words(input [6:0] words);
    is_words = words != 7'd0 && words <= 7'(MAX_WORDS);
  endfunction

  // stop stays.
  logic stopped = 1'b0, b_waits = 1'b0;
  logic [1:0] b_waiting;
  always_ff @(posedge clk) begin
    assume (is_words(words0) && is_words(words1));
    stopped <= stop && !rst;
    if (stopped) assume (stop);
    b_waits <= !rst && bvalid && !bready;
    b_waiting <= bresp;
    if (b_waits) assume (bvalid && b_waiting == bresp);
  end

  // ---- Bursts that were offered and whose data have not gone; addresses taken, data gone, answers.

  logic [1:0] owed = 2'd0, addressed = 2'd0, sent = 2'd0, open = 2'd0;
  logic [15:0] lengths;
  logic [7:0] beat = 8'd0;
  logic aw_waits = 1'b0, w_waits = 1'b0;
  logic [71:0] aw_waiting;
  logic [288:0] w_waiting;
  logic offered, w_end, answered;

  assign offered = awvalid && !aw_waits;
  assign w_end = wvalid && wready && wlast;
  assign answered = bvalid && bready;

  always_ff @(posedge clk) begin
    aw_waits <= !rst && awvalid && !awready;
    aw_waiting <= {awaddr, awlen};
    w_waits <= !rst && wvalid && !wready;
    w_waiting <= {wdata, wstrb, wlast};
    if (rst) begin
      owed <= 2'd0;
      addressed <= 2'd0;
      sent <= 2'd0;
      open <= 2'd0;
      beat <= 8'd0;
    end else begin
      owed <= owed + 2'(offered) - 2'(w_end);
      addressed <= addressed + 2'(awvalid && awready) - 2'(answered);
      sent <= sent + 2'(w_end) - 2'(answered);
      open <= open + 2'(offered) - 2'(answered);
      if (wvalid && wready) beat <= wlast ? 8'd0 : beat + 8'd1;
      case ({offered, w_end, owed})
        4'b10_00: lengths[7:0] <= awlen;
        4'b10_01: lengths[15:8] <= awlen;
        4'b01_10: lengths[7:0] <= lengths[15:8];
        4'b11_01: lengths[7:0] <= awlen;
        4'b11_10: lengths <= {awlen, lengths[15:8]};
        default: ;
      endcase
    end
    // An answer is to a burst whose address and data are there.
    assume (!bvalid || (addressed != 2'd0 && sent != 2'd0));
  end

  always_ff @(posedge clk) begin
    if (!rst) begin
      if (aw_waits) assert (awvalid && aw_waiting == {awaddr, awlen});
      if (w_waits) assert (wvalid && w_waiting == {wdata, wstrb, wlast});
      assert (awsize == 3'd5 && awburst == 2'b01);
      assert (3'(open) + 3'(offered) <= 3'(BURSTS));
      if (wvalid) assert (owed != 2'd0);
      if (wvalid) assert (wlast == (beat == lengths[7:0]));
      if (wvalid) assert ({wstrb == 32'h0, wstrb == 32'hffff, wstrb == 32'hffff0000, wstrb == '1} !=
                          4'd0);
      if (awvalid) assert (13'(awaddr[11:0]) + 13'd32 * (13'(awlen) + 13'd1) <= 13'd4096);
      if (stop) assert (req_ready == 2'b00 && data_ready == 2'b00);
      if (idle) assert (open == 2'd0 && owed == 2'd0 && !awvalid && !wvalid);
    end
  end

  // ---- Each request is answered once.

  logic [3:0] asked = 4'd0;
  always_ff @(posedge clk) begin
    asked <= rst ? 4'd0 : asked + 4'(req_ready != 2'b00) - 4'(done != 2'b00);
    if (!rst) begin
      assert (done != 2'b11);
      if (done != 2'b00) assert (asked != 4'd0);
      if (idle) assert (asked == 4'd0);
    end
  end

  logic [1:0] ends = 2'd0;
  logic was_long = 1'b0;
  always_ff @(posedge clk) begin
    if (!rst && done != 2'b00 && ends != 2'd3) ends <= ends + 2'd1;
    if (!rst && w_end && beat != 8'd0) was_long <= 1'b1;
    cover (ends == 2'd2 && was_long && done_error);
    cover (stop && idle && ends == 2'd1 && was_long);
  end

endmodule
