// SPDX-License-Identifier: MIT
// The AXI4 write master. A client asks to write 1 .. MAX_BURST words of 16 bytes at a multiple of
// 16, and gives them dense: the first word at bit 0 of the first beat, every beat but the last
// full, in the order of its requests, earlier or later than these. The words go to their lanes;
// WSTRB covers exactly those asked for. Clients below CLIENTS - 2 go first, the last two take turns
// by request.
//
// done: a request of that client is written and answered, in the order of its requests; with
// done_error if the bus refused a part of it, or it leaves the address space, and its data were
// taken all the same.
//
// 4 clocks from a request to AWVALID, data from the clock after that on; 2 from a beat of a client
// to WVALID; 1 from BVALID to done. A beat per clock across bursts and requests. A request that
// starts inside a bus beat may take one beat more of the bus than of the client.
//
// stop must stay once it is there, until rst: no more requests and data are taken; beats that are
// still owed to the bus for bursts begun are sent with no strobes; then there is idle.
module nmaccel_write #(
    parameter int DATA_BYTES = 16,
    parameter int CLIENTS = 2,
    parameter int ADDR_BITS = 64,
    parameter int BURSTS = 32,
    localparam int WORDS = DATA_BYTES / 16,
    localparam int REQ_BITS = 64 + $clog2(nmaccel_pkg::MAX_BURST + 1)
) (
    input  wire                             clk,
    input  wire                             rst,
    input  wire                             stop,
    output logic                            idle,
    input  wire  [63:0]                     base,
    input  wire  [CLIENTS-1:0]              req_valid,
    output logic [CLIENTS-1:0]              req_ready,
    input  wire  [CLIENTS*REQ_BITS-1:0]     req,         // nmaccel_pkg::mem_req_t of each client
    input  wire  [CLIENTS-1:0]              data_valid,
    output logic [CLIENTS-1:0]              data_ready,
    input  wire  [CLIENTS*8*DATA_BYTES-1:0] data,
    output logic [CLIENTS-1:0]              done,
    output logic                            done_error,
    output logic                            awvalid,
    input  wire                             awready,
    output logic [63:0]                     awaddr,
    output logic [7:0]                      awlen,
    output logic [2:0]                      awsize,
    output logic [1:0]                      awburst,
    output logic [3:0]                      awcache,
    output logic [2:0]                      awprot,
    output logic                            wvalid,
    input  wire                             wready,
    output logic [8*DATA_BYTES-1:0]         wdata,
    output logic [DATA_BYTES-1:0]           wstrb,
    output logic                            wlast,
    input  wire                             bvalid,
    output logic                            bready,
    // verilator lint_off UNUSEDSIGNAL
    input  wire  [1:0]                      bresp  // [1]: refused
    // verilator lint_on UNUSEDSIGNAL
);

  localparam int CLIENT_BITS = $clog2(CLIENTS);
  localparam int LANE_BITS = WORDS > 1 ? $clog2(WORDS) : 1;

  assign awsize = 3'($clog2(DATA_BYTES));
  assign awburst = 2'b01;
  assign awcache = 4'b0011;
  assign awprot = 3'b000;

  logic ctx_valid, ctx_take, ctx_refused, ctx_first, ctx_last, ctx_more;
  logic [CLIENT_BITS-1:0] ctx_client;
  logic [6:0] ctx_beats;
  logic [LANE_BITS-1:0] ctx_lane, ctx_end_lane;
  logic answered, bursts_idle;

  nmaccel_bursts #(
      .DATA_BYTES(DATA_BYTES),
      .CLIENTS(CLIENTS),
      .ADDR_BITS(ADDR_BITS),
      .BURSTS(BURSTS)
  ) i_bursts (
      .clk,
      .rst,
      .stop,
      .idle(bursts_idle),
      .base,
      .req_valid,
      .req_ready,
      .req,
      .ax_valid(awvalid),
      .ax_ready(awready),
      .ax_addr(awaddr),
      .ax_len(awlen),
      .ctx_valid,
      .ctx_ready(ctx_take),
      .ctx_client,
      .ctx_refused,
      .ctx_first,
      .ctx_last,
      .ctx_beats,
      .ctx_lane,
      .ctx_end_lane,
      // verilator lint_off PINCONNECTEMPTY
      .ctx_end_word(),
      // verilator lint_on PINCONNECTEMPTY
      .ctx_more,
      .answered
  );

  // ---- The burst whose beats go now.

  logic now_valid, now_refused, now_last, now_more;
  logic now_start;  // the next beat is the request's first
  logic [CLIENT_BITS-1:0] now_client;
  logic [6:0] now_beats;
  logic [LANE_BITS-1:0] now_lane, now_end_lane;
  logic beat, last_beat, request_end, rest_only, turned_ready, burst_end;

  assign last_beat = now_beats == 7'd1;
  assign request_end = now_last && last_beat;
  // Its words were all in the client's beat before.
  assign rest_only = now_more && request_end;
  assign beat = now_valid && turned_ready && (rest_only || stop || data_valid[now_client]);
  assign burst_end = beat && last_beat;
  assign ctx_take = !now_valid || burst_end;

  always_comb begin
    data_ready = '0;
    data_ready[now_client] = now_valid && turned_ready && !rest_only && !stop;
  end

  always_ff @(posedge clk) begin
    if (rst) now_valid <= 1'b0;
    else if (ctx_take) now_valid <= ctx_valid;
  end

  always_ff @(posedge clk) begin
    if (ctx_take) begin
      now_refused <= ctx_refused;
      now_last <= ctx_last;
      now_more <= ctx_more;
      now_start <= ctx_first;
      now_client <= ctx_client;
      now_beats <= ctx_beats;
      now_lane <= ctx_lane;
      now_end_lane <= ctx_end_lane;
    end else if (beat) begin
      now_start <= 1'b0;
      now_beats <= now_beats - 7'd1;
    end
  end

  // ---- The beat, turned so that each of its words is in its lane on the bus.

  logic turned_valid, turned_last;
  logic [8*DATA_BYTES-1:0] turned, before_it;
  logic [WORDS-1:0] turned_strobes;
  logic [WORDS-1:0] turned_new;  // else the lane's word is that of the beat before
  logic wdata_ready;

  function automatic [8*DATA_BYTES-1:0] turn(input [8*DATA_BYTES-1:0] dense,
                                             input [LANE_BITS-1:0] lane);
    turn = dense;
    for (int i = 1; i < WORDS; i++) begin
      if (lane == LANE_BITS'(i)) begin
        turn = (dense << (128 * i)) | (dense >> (128 * (WORDS - i)));
      end
    end
  endfunction

  assign turned_ready = !turned_valid || wdata_ready;

  always_ff @(posedge clk) begin
    if (rst) turned_valid <= 1'b0;
    else if (turned_ready) turned_valid <= beat && !now_refused;
  end

  always_ff @(posedge clk) begin
    if (beat) begin
      turned <= turn(data[8*DATA_BYTES*32'(now_client)+:8*DATA_BYTES], now_lane);
      before_it <= turned;
      for (int i = 0; i < WORDS; i++) begin
        turned_new[i] <= 32'(now_lane) <= i;
        turned_strobes[i] <= !stop && !(now_start && i < 32'(now_lane)) &&
            !(request_end && i > 32'(now_end_lane));
      end
      turned_last <= last_beat;
    end
  end

  assign wdata_ready = !wvalid || wready;

  always_ff @(posedge clk) begin
    if (rst) wvalid <= 1'b0;
    else if (wdata_ready) wvalid <= turned_valid;
  end

  always_ff @(posedge clk) begin
    if (wdata_ready) begin
      for (int i = 0; i < WORDS; i++) begin
        wdata[128*i+:128] <= turned_new[i] ? turned[128*i+:128] : before_it[128*i+:128];
        wstrb[16*i+:16] <= {16{turned_strobes[i]}};
      end
      wlast <= turned_last;
    end
  end

  // ---- The bursts whose data have gone.

  logic sent_valid, sent_refused, sent_last, sent_error, failed;
  logic [CLIENT_BITS-1:0] sent_client;

  nmaccel_fifo #(
      .WIDTH(CLIENT_BITS + 2),
      .DEPTH(BURSTS)
  ) i_sent (
      .clk,
      .rst,
      .in_valid(burst_end),
      // verilator lint_off PINCONNECTEMPTY
      .in_ready(),  // there are no more than BURSTS
      // verilator lint_on PINCONNECTEMPTY
      .in_data({now_client, now_refused, now_last}),
      .out_valid(sent_valid),
      .out_ready(answered),
      .out_data({sent_client, sent_refused, sent_last}),
      // verilator lint_off PINCONNECTEMPTY
      .count()
      // verilator lint_on PINCONNECTEMPTY
  );

  assign bready = sent_valid && !sent_refused;
  assign answered = sent_valid && (sent_refused || bvalid);
  assign failed = sent_error || sent_refused || bresp[1];

  always_ff @(posedge clk) begin
    if (rst) begin
      done <= '0;
      sent_error <= 1'b0;
    end else begin
      done <= '0;
      if (answered) begin
        done[sent_client] <= sent_last;
        sent_error <= failed && !sent_last;
      end
    end
    done_error <= failed;
  end

  assign idle = bursts_idle && done == '0;

endmodule
