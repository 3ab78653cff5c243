// SPDX-License-Identifier: MIT
// nmaccel_read against an AXI slave that may do all that the protocol allows. With COUNTS only what
// induction proves: the address channel, and the number of bursts under way. Without it, for bounded
// checks, also beats, answers, and that stop leads to idle.
module nmaccel_read_check #(
    parameter bit COUNTS    = 1'b0,
    parameter int MAX_WORDS = 3,
    parameter int QUIET     = 25  // clocks of a slave that does not stall, from stop to idle
) (
    input wire        clk,
    input wire        stop,
    input wire [1:0]  req_valid,
    input wire [12:3] addr0,
    input wire [12:3] addr1,
    input wire [6:0]  words0,
    input wire [6:0]  words1,
    input wire        arready,
    input wire        rvalid,
    input wire [1:0]  rresp,
    input wire        rlast,
    input wire        watch
);

  localparam int BURSTS = 2;
  localparam int WORDS = 2;

  // Two pages, and addresses that are refused, are enough: for all others there are the checks of
  // nmaccel_bursts.
  logic [141:0] req;
  assign req = {51'd0, addr1, 3'd0, words1, 51'd0, addr0, 3'd0, words0};

  logic rst = 1'b1;
  logic idle, rsp_last, rsp_error, arvalid, rready;
  logic [1:0] req_ready, rsp_valid, rsp_words;
  logic [63:0] araddr;
  logic [7:0] arlen;
  logic [2:0] arsize;
  logic [1:0] arburst;

  always_ff @(posedge clk) rst <= 1'b0;

  nmaccel_read #(
      .DATA_BYTES(16 * WORDS),
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
      .rsp_valid,
      .rsp_data(),
      .rsp_words,
      .rsp_last,
      .rsp_error,
      .arvalid,
      .arready,
      .araddr,
      .arlen,
      .arsize,
      .arburst,
      .arcache(),
      .arprot(),
      .rvalid,
      .rready,
      .rdata(256'd0),
      .rresp,
      .rlast
  );

  (* hierconn *) wire \dut.now_valid ;
  (* hierconn *) wire \dut.now_refused ;
  (* hierconn *) wire \dut.now_flushing ;
  (* hierconn *) wire [6:0] \dut.now_beats ;
  (* hierconn *) wire [1:0] \dut.i_bursts.unanswered ;
  (* hierconn *) wire [1:0] \dut.i_bursts.i_contexts.count ;
  (* hierconn *) wire \dut.i_bursts.i_contexts.read_at ;
  (* hierconn *) wire \dut.i_bursts.i_contexts.write_at ;
  (* hierconn *) wire [14:0] \dut.i_bursts.i_contexts.g_lut.memory[0] ;
  (* hierconn *) wire [14:0] \dut.i_bursts.i_contexts.g_lut.memory[1] ;

  // ---- The slave: bursts that it took, and the beat of the first of them that is next.

  logic [1:0] bursts = 2'd0;
  logic [15:0] lengths;
  logic [7:0] beat = 8'd0;
  logic ar, r, r_end;

  assign ar = arvalid && arready;
  assign r = rvalid && rready;
  assign r_end = r && rlast;

  always_ff @(posedge clk) begin
    if (rst) begin
      bursts <= 2'd0;
      beat <= 8'd0;
    end else begin
      bursts <= bursts + 2'(ar) - 2'(r_end);
      if (r) beat <= rlast ? 8'd0 : beat + 8'd1;
      case ({ar, r_end, bursts})
        4'b10_00: lengths[7:0] <= arlen;
        4'b10_01: lengths[15:8] <= arlen;
        4'b01_10: lengths[7:0] <= lengths[15:8];
        4'b11_01: lengths[7:0] <= arlen;
        4'b11_10: lengths <= {arlen, lengths[15:8]};
        default: ;
      endcase
    end
  end

  logic waits = 1'b0, r_waits = 1'b0;
  logic [2:0] r_waiting;
  logic [71:0] waiting;

  always_ff @(posedge clk) begin
    waits <= !rst && arvalid && !arready;
    waiting <= {araddr, arlen};
    r_waits <= !rst && rvalid && !rready;
    r_waiting <= {rresp, rlast};
    assume (!rvalid || bursts != 2'd0);
    if (r_waits) assume (rvalid && r_waiting == {rresp, rlast});
    if (COUNTS) assume (!rvalid || rlast == (\dut.now_beats == 7'd1));
    else assume (rlast == (beat == lengths[7:0]));
  end

  // ---- Requests.

  function automatic logic is_words(input [6:0] words);
    is_words = words != 7'd0 && words <= (COUNTS ? 7'd64 : 7'(MAX_WORDS));
  endfunction

  always_ff @(posedge clk) assume (is_words(words0) && is_words(words1));

  // ---- The master.

  always_ff @(posedge clk) begin
    if (!rst) begin
      if (waits) assert (arvalid && waiting == {araddr, arlen});
      assert (arsize == 3'd5 && arburst == 2'b01);
      assert (3'(bursts) + 3'(arvalid) <= 3'(BURSTS));
    end
  end

  // ---- What induction needs: bursts under way are the contexts that were not refused.

  logic head_refused, next_refused;
  assign head_refused = \dut.i_bursts.i_contexts.read_at ?
      \dut.i_bursts.i_contexts.g_lut.memory[1] [13] : \dut.i_bursts.i_contexts.g_lut.memory[0] [13];
  assign next_refused = \dut.i_bursts.i_contexts.read_at ?
      \dut.i_bursts.i_contexts.g_lut.memory[0] [13] : \dut.i_bursts.i_contexts.g_lut.memory[1] [13];

  logic [2:0] asked;
  assign asked = 3'(\dut.now_valid && !\dut.now_refused && !\dut.now_flushing ) +
      3'(\dut.i_bursts.i_contexts.count != 2'd0 && !head_refused) +
      3'(\dut.i_bursts.i_contexts.count == 2'd2 && !next_refused);

  always_ff @(posedge clk) begin
    if (!rst && COUNTS) begin
      assert (3'(bursts) + 3'(arvalid) == asked);
      assert (3'(\dut.i_bursts.unanswered ) ==
              3'(\dut.now_valid ) + 3'(\dut.i_bursts.i_contexts.count ));
      assert (\dut.i_bursts.unanswered <= 2'(BURSTS));
      assert (1'(\dut.i_bursts.i_contexts.count ) ==
              (\dut.i_bursts.i_contexts.read_at ^ \dut.i_bursts.i_contexts.write_at ));
      if (\dut.now_flushing ) assert (\dut.now_valid && !\dut.now_refused );
    end
  end

  // ---- Answers: of one request, any one, all words, in its turn.

  generate
    if (!COUNTS) begin : g_answers
      logic [3:0] open = 4'd0, ahead;
      logic taken, answered, mine;
      logic watching = 1'b0, whose;
      logic [6:0] words, given;

      assign taken = req_ready != 2'b00;
      assign answered = rsp_valid != 2'b00 && rsp_last;
      assign mine = watching && ahead == 4'd0 && rsp_valid != 2'b00;

      always_ff @(posedge clk) begin
        open <= rst ? 4'd0 : open + 4'(taken) - 4'(answered);
        if (rst) begin
          watching <= 1'b0;
        end else if (!watching) begin
          watching <= taken && watch;
          whose <= req_ready[1];
          words <= req_ready[1] ? words1 : words0;
          given <= 7'd0;
          ahead <= open - 4'(answered);
        end else begin
          watching <= !(mine && rsp_last);
          given <= given + (mine ? 7'(rsp_words) : 7'd0);
          ahead <= ahead - 4'(answered && ahead != 4'd0);
        end
      end

      // A slave that never stalls after stop.
      logic [5:0] quiet = 6'd0;
      always_ff @(posedge clk) begin
        if (rst || !stop || !arready || (bursts != 2'd0 && !rvalid)) quiet <= 6'd0;
        else if (quiet != 6'd63) quiet <= quiet + 6'd1;
      end

      always_ff @(posedge clk) begin
        if (!rst) begin
          assert (rsp_valid != 2'b11);
          if (rsp_valid != 2'b00) assert (open != 4'd0);
          if (idle) assert (open == 4'd0 && bursts == 2'd0 && !arvalid);
          if (stop) assert (!taken);
          if (mine) assert (rsp_valid == 2'b01 << whose);
          if (mine) assert (rsp_last == (given + 7'(rsp_words) == words));
          if (mine) assert (rsp_last ? rsp_words != 2'd0 : rsp_words == 2'(WORDS));
          if (quiet >= 6'(QUIET)) assert (idle);
        end
      end

      // A request of two beats that the slave refused, after another; idle after stop.
      logic [1:0] lasts = 2'd0;
      logic was_error = 1'b0;
      always_ff @(posedge clk) begin
        if (!rst && answered && lasts != 2'd3) lasts <= lasts + 2'd1;
        if (!rst && mine && rsp_last && rsp_error && given != 7'd0) was_error <= 1'b1;
        cover (was_error && lasts == 2'd3);
        cover (quiet >= 6'(QUIET) && lasts == 2'd3);
      end
    end
  endgenerate

endmodule
