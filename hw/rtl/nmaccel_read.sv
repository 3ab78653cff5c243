// SPDX-License-Identifier: MIT
// The AXI4 read master. A client asks for 1 .. MAX_BURST words of 16 bytes at a multiple of 16, and
// gets them dense: the first word at bit 0 of the first response beat, every beat but the last
// full. Requests are answered in the order in which they were taken; clients below CLIENTS - 2 go
// first, the last two take turns. There is no back-pressure on responses.
//
// rsp_error is meaningful with rsp_last: the bus refused a part of the request, or it leaves the
// address space; what the beats then hold is undefined, their number is not.
//
// 4 clocks from a request to ARVALID, 2 from a read beat to the response. A beat per clock across
// bursts and requests; a request that takes as many beats of the bus as of the response, more than
// one, and does not start at a beat of the bus takes a clock more. Bus beats are read whole.
//
// stop must stay once it is there, until rst: no more requests are taken, those taken are finished;
// then there is idle.
module nmaccel_read #(
    parameter int DATA_BYTES = 16,
    parameter int CLIENTS = 4,
    parameter int ADDR_BITS = 64,
    parameter int BURSTS = 32,
    localparam int WORDS = DATA_BYTES / 16,
    localparam int WORDS_BITS = $clog2(WORDS + 1),
    localparam int REQ_BITS = 64 + $clog2(nmaccel_pkg::MAX_BURST + 1)
) (
    input  wire                         clk,
    input  wire                         rst,
    input  wire                         stop,
    output logic                        idle,
    input  wire  [63:0]                 base,
    input  wire  [CLIENTS-1:0]          req_valid,
    output logic [CLIENTS-1:0]          req_ready,
    input  wire  [CLIENTS*REQ_BITS-1:0] req,        // nmaccel_pkg::mem_req_t of each client
    output logic [CLIENTS-1:0]          rsp_valid,
    output logic [8*DATA_BYTES-1:0]     rsp_data,
    output logic [WORDS_BITS-1:0]       rsp_words,
    output logic                        rsp_last,
    output logic                        rsp_error,
    output logic                        arvalid,
    input  wire                         arready,
    output logic [63:0]                 araddr,
    output logic [7:0]                  arlen,
    output logic [2:0]                  arsize,
    output logic [1:0]                  arburst,
    output logic [3:0]                  arcache,
    output logic [2:0]                  arprot,
    input  wire                         rvalid,
    output logic                        rready,
    input  wire  [8*DATA_BYTES-1:0]     rdata,
    // verilator lint_off UNUSEDSIGNAL
    input  wire  [1:0]                  rresp,  // [1]: refused
    // verilator lint_on UNUSEDSIGNAL
    input  wire                         rlast
);

  localparam int CLIENT_BITS = $clog2(CLIENTS);
  localparam int LANE_BITS = WORDS > 1 ? $clog2(WORDS) : 1;

  assign arsize = 3'($clog2(DATA_BYTES));
  assign arburst = 2'b01;
  assign arcache = 4'b0011;
  assign arprot = 3'b000;

  logic ctx_valid, ctx_take, ctx_refused, ctx_first, ctx_last, ctx_more;
  logic [CLIENT_BITS-1:0] ctx_client;
  logic [6:0] ctx_beats;
  logic [LANE_BITS-1:0] ctx_lane, ctx_end_word;
  logic burst_end, bursts_idle;

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
      .ax_valid(arvalid),
      .ax_ready(arready),
      .ax_addr(araddr),
      .ax_len(arlen),
      .ctx_valid,
      .ctx_ready(ctx_take),
      .ctx_client,
      .ctx_refused,
      .ctx_first,
      .ctx_last,
      .ctx_beats,
      .ctx_lane,
      // verilator lint_off PINCONNECTEMPTY
      .ctx_end_lane(),
      // verilator lint_on PINCONNECTEMPTY
      .ctx_end_word,
      .ctx_more,
      .answered(burst_end)
  );

  // ---- The burst whose beats come now.

  logic now_valid, now_refused, now_last, now_flush, now_flushing;
  logic now_start;  // the next beat is the request's first
  logic [CLIENT_BITS-1:0] now_client;
  logic [6:0] now_beats;
  logic [LANE_BITS-1:0] now_lane, now_end_word;
  logic beat, last_beat, request_end;

  assign rready = now_valid && !now_refused && !now_flushing;
  assign beat = now_valid && (rvalid || !rready);
  assign last_beat = now_beats == 7'd1;
  assign burst_end = beat && (now_flushing || (last_beat && !now_flush));
  assign request_end = now_last && burst_end;
  assign ctx_take = !now_valid || burst_end;

  always_ff @(posedge clk) begin
    if (rst) now_valid <= 1'b0;
    else if (ctx_take) now_valid <= ctx_valid;
  end

  always_ff @(posedge clk) begin
    if (rst) now_flushing <= 1'b0;
    else if (beat) now_flushing <= last_beat && now_flush && !now_flushing;
  end

  always_ff @(posedge clk) begin
    if (ctx_take) begin
      now_refused <= ctx_refused;
      now_last <= ctx_last;
      // Of the last dense beat all words were in bus beats before: it comes after them.
      now_flush <= ctx_last && ctx_lane != '0 && !ctx_more && !(ctx_first && ctx_beats == 7'd1);
      now_start <= ctx_first;
      now_client <= ctx_client;
      now_beats <= ctx_beats;
      now_lane <= ctx_lane;
      now_end_word <= ctx_end_word;
    end else if (beat) begin
      now_start <= 1'b0;
      now_beats <= now_beats - 7'd1;
    end
  end

  // ---- The beat, turned so that each of its words is in the lane where it goes.

  logic turned_valid, turned_last, turned_error;
  logic [CLIENT_BITS-1:0] turned_client;
  logic [8*DATA_BYTES-1:0] turned, before_it;
  logic [WORDS-1:0] turned_new;  // else the lane's word is that of the beat before
  logic [WORDS_BITS-1:0] turned_words;

  function automatic [8*DATA_BYTES-1:0] turn(input [8*DATA_BYTES-1:0] data,
                                             input [LANE_BITS-1:0] lane);
    turn = data;
    for (int i = 1; i < WORDS; i++) begin
      if (lane == LANE_BITS'(i)) begin
        turn = (data >> (128 * i)) | (data << (128 * (WORDS - i)));
      end
    end
  endfunction

  always_ff @(posedge clk) begin
    if (rst) turned_valid <= 1'b0;
    else turned_valid <= beat && (!now_start || now_lane == '0 || request_end);
  end

  always_ff @(posedge clk) begin
    if (beat) begin
      turned <= turn(rdata, now_lane);
      before_it <= turned;
      for (int i = 0; i < WORDS; i++) begin
        turned_new[i] <= !now_flushing && (now_start || i + 32'(now_lane) >= WORDS);
      end
      if (now_lane == '0) turned_new <= '1;
      turned_client <= now_client;
      turned_last <= request_end;
      turned_words <= request_end ? WORDS_BITS'(now_end_word) + 1'b1 : WORDS_BITS'(WORDS);
      turned_error <= now_refused || (rready && rresp[1]) || (turned_error && !now_start);
    end
  end

  always_ff @(posedge clk) begin
    if (rst) begin
      rsp_valid <= '0;
    end else begin
      for (int i = 0; i < CLIENTS; i++) begin
        rsp_valid[i] <= turned_valid && turned_client == CLIENT_BITS'(i);
      end
    end
  end

  always_ff @(posedge clk) begin
    for (int i = 0; i < WORDS; i++) begin
      rsp_data[128*i+:128] <= turned_new[i] ? turned[128*i+:128] : before_it[128*i+:128];
    end
    rsp_words <= turned_words;
    rsp_last <= turned_last;
    rsp_error <= turned_error;
  end

  assign idle = bursts_idle && !turned_valid && rsp_valid == '0;

  // RLAST tells nothing new, but must not tell something else.
  always_ff @(posedge clk) begin
    if (!rst && rvalid && rready) assert (rlast == last_beat);
  end

endmodule
