// SPDX-License-Identifier: MIT
// nmaccel_bursts, the address channel of both AXI masters: what is offered stays, no burst crosses
// 4 KiB, and there are no more than BURSTS that are not answered.
module nmaccel_bursts_check #(
    parameter int DATA_BYTES = 32
) (
    input wire         clk,
    input wire         stop,
    input wire [1:0]   req_valid,
    input wire [141:0] req,
    input wire         ax_ready,
    input wire         ctx_ready,
    input wire         answered
);

  localparam int BURSTS = 2;

  logic rst = 1'b1;
  logic idle, ax_valid, ctx_valid;
  logic [1:0] req_ready;
  logic [63:0] ax_addr;
  logic [7:0] ax_len;
  (* anyconst *) wire [63:0] base;

  always_ff @(posedge clk) rst <= 1'b0;

  nmaccel_bursts #(
      .DATA_BYTES(DATA_BYTES),
      .CLIENTS(2),
      .BURSTS(BURSTS)
  ) dut (
      .clk,
      .rst,
      .stop,
      .idle,
      .base,
      .req_valid,
      .req_ready,
      .req,
      .ax_valid,
      .ax_ready,
      .ax_addr,
      .ax_len,
      .ctx_valid,
      .ctx_ready,
      .ctx_client(),
      .ctx_refused(),
      .ctx_first(),
      .ctx_last(),
      .ctx_beats(),
      .ctx_lane(),
      .ctx_end_lane(),
      .ctx_end_word(),
      .ctx_more(),
      .answered
  );

  (* hierconn *) wire \dut.part_take ;
  (* hierconn *) wire \dut.part_valid ;
  (* hierconn *) wire \dut.part_last ;
  (* hierconn *) wire \dut.part_refused ;
  (* hierconn *) wire [63:0] \dut.part_addr ;
  (* hierconn *) wire [6:0] \dut.part_beats ;
  (* hierconn *) wire [6:0] \dut.rest_beats ;
  (* hierconn *) wire \dut.sum_valid ;
  (* hierconn *) wire [6:0] \dut.sum_words ;
  (* hierconn *) wire [1:0] \dut.unanswered ;
  (* hierconn *) wire [71:0] \dut.i_queue.g_lut.memory[0] ;
  (* hierconn *) wire [71:0] \dut.i_queue.g_lut.memory[1] ;
  (* hierconn *) wire \dut.i_queue.read_at ;
  (* hierconn *) wire \dut.i_queue.write_at ;
  (* hierconn *) wire [1:0] \dut.i_queue.count ;
  (* hierconn *) wire [1:0] \dut.i_contexts.count ;
  (* hierconn *) wire \dut.i_contexts.in_ready ;

  // ---- What requests, and the unit that moves the data, may do.

  function automatic logic is_words(input [6:0] words);
    is_words = words != 7'd0 && words <= 7'(nmaccel_pkg::MAX_BURST);
  endfunction

  logic [1:0] taken = 2'd0;  // contexts taken, and not answered
  always_ff @(posedge clk) begin
    assume (is_words(req[6:0]) && is_words(req[77:71]));
    assume (!answered || taken != 2'd0);
    taken <= rst ? 2'd0 : taken + 2'(ctx_valid && ctx_ready) - 2'(answered);
  end

  // ---- The address channel.

  logic waits = 1'b0;
  logic [71:0] waiting;
  always_ff @(posedge clk) begin
    waits <= !rst && ax_valid && !ax_ready;
    waiting <= {ax_addr, ax_len};
  end

  function automatic logic in_page(input [11:0] addr, input [8:0] beats);
    in_page = addr % 12'(DATA_BYTES) == 12'd0 && beats != 9'd0 &&
        32'(addr) + 32'(beats) * 32'(DATA_BYTES) <= 32'd4096;
  endfunction

  always_ff @(posedge clk) begin
    if (!rst) begin
      if (waits) assert (ax_valid && waiting == {ax_addr, ax_len});
      if (ax_valid) assert (in_page(ax_addr[11:0], 9'(ax_len) + 9'd1));
      if (ax_valid) assert (ax_len < 8'd64);
      assert (\dut.unanswered <= 2'(BURSTS));
      assert (3'(\dut.unanswered ) == 3'(taken) + 3'(\dut.i_contexts.count ));
      if (\dut.part_take ) assert (\dut.i_contexts.in_ready );
      if (stop) assert (req_ready == 2'b00);
      assert ((req_ready & ~req_valid) == 2'b00 && req_ready != 2'b11);
    end
  end

  // ---- What induction needs to know of the registers between.

  logic [71:0] queue_head, queue_next;
  assign queue_head = \dut.i_queue.read_at ? \dut.i_queue.g_lut.memory[1] :
      \dut.i_queue.g_lut.memory[0] ;
  assign queue_next = \dut.i_queue.read_at ? \dut.i_queue.g_lut.memory[0] :
      \dut.i_queue.g_lut.memory[1] ;

  always_ff @(posedge clk) begin
    if (!rst) begin
      assert (\dut.i_queue.count <= 2'd2);
      assert (1'(\dut.i_queue.count ) == (\dut.i_queue.read_at ^ \dut.i_queue.write_at ));
      if (\dut.i_queue.count != 2'd0) assert (is_words(queue_head[6:0]));
      if (\dut.i_queue.count == 2'd2) assert (is_words(queue_next[6:0]));
      if (\dut.sum_valid ) assert (is_words(\dut.sum_words ));
      if (\dut.part_valid && !\dut.part_refused )
        assert (in_page(\dut.part_addr [11:0], 9'(\dut.part_beats )));
      if (\dut.part_valid && !\dut.part_refused ) assert (\dut.part_beats <= 7'd64);
      if (\dut.part_valid && !\dut.part_last )
        assert (!\dut.part_refused && in_page(12'd0, 9'(\dut.rest_beats )));
      if (\dut.part_valid && !\dut.part_last ) assert (\dut.rest_beats <= 7'd64);
    end
  end

endmodule
