// SPDX-License-Identifier: MIT
// Reads regions of buffers into the ring, in requests of up to 64 words, each translated first.
//
// A request is made when the ring has room for all of its words. Translations run ahead of
// requests by QUEUE of them, one every 3 clocks and the translation's own; up to FLIGHT requests
// are under way. Words count (commit) when the whole answer is there, since only then it is known
// whether the bus refused it. The first fault, of a translation or the bus, is kept; no word
// counts after it.
//
// After a fault answers may still be under way: rst may come only when there are none.
module nmaccel_stream_fetch #(
    parameter int CAPACITY = 512,  // words that the ring holds
    parameter int QUEUE    = 4,
    parameter int FLIGHT   = 16
) (
    input wire clk,
    input wire rst,

    input  wire                     region_valid,
    output logic                    region_ready,
    input wire nmaccel_pkg::port_t  region_port,
    input  wire  [59:0]             region_at,
    input  wire  [59:0]             region_words,
    input  wire                     region_cut,

    output logic                    xlat_valid,
    input  wire                     xlat_ready,
    output nmaccel_pkg::xlat_req_t  xlat,
    input  wire                     xlat_rsp_valid,
    // verilator lint_off UNUSEDSIGNAL
    input wire nmaccel_pkg::xlat_rsp_t xlat_rsp,
    // verilator lint_on UNUSEDSIGNAL

    output logic                    req_valid,
    input  wire                     req_ready,
    output nmaccel_pkg::mem_req_t   req,
    input  wire                     rsp_valid,
    input  wire                     rsp_last,
    input  wire                     rsp_error,

    input  wire [nmaccel_stream_pkg::INDEX_BITS-1:0] freed,  // words before it may be overwritten
    output logic                    commit,
    output logic                    fault_valid,
    output nmaccel_pkg::fault_t     fault
);

  localparam int IB = nmaccel_stream_pkg::INDEX_BITS;
  localparam int ROOM_BITS = $clog2(CAPACITY + 1);

  // Translation, piece by piece.

  typedef enum logic [1:0] {NEXT, CUT, ASK, WAIT} state_t;
  state_t state;
  logic halted, queue_ready, cut;
  logic [59:0] left;
  logic [6:0] limit, piece;

  assign region_ready = state == NEXT && !halted;
  assign limit = cut ? 7'd64 - {1'b0, xlat.offset[9:4]} : 7'd64;
  assign piece = (left[59:7] != '0 || left[6:0] > limit) ? limit : left[6:0];
  assign xlat_valid = state == ASK;

  always_ff @(posedge clk) begin
    case (state)
      NEXT: begin
        xlat.port <= region_port;
        xlat.offset <= {region_at, 4'd0};
        left <= region_words;
        cut <= region_cut;
        if (region_valid && region_ready) state <= CUT;
      end
      CUT: begin
        xlat.words <= piece;
        if (left == '0) state <= NEXT;
        else if (queue_ready) state <= ASK;
      end
      ASK: if (xlat_ready) state <= WAIT;
      default:
      if (xlat_rsp_valid) begin
        xlat.offset <= xlat.offset + 64'({xlat_rsp.words, 4'd0});
        left <= left - 60'(xlat_rsp.words);
        halted <= xlat_rsp.fault != '0;
        state <= xlat_rsp.fault != '0 ? NEXT : CUT;
      end
    endcase
    if (rst) begin
      state <= NEXT;
      halted <= 1'b0;
    end
  end

  // Where the pieces are, or the fault that the last one met.

  logic queue_valid, queue_take;
  logic [3:0] queue_fault;
  logic [7:0] queue_buffer;
  logic [59:0] queue_at, queue_addr;
  logic [6:0] queue_words;
  // verilator lint_off PINCONNECTEMPTY
  nmaccel_fifo #(
      .WIDTH(4 + 8 + 60 + 60 + 7),
      .DEPTH(QUEUE)
  ) queue (
      .clk, .rst,
      .in_valid(state == WAIT && xlat_rsp_valid), .in_ready(queue_ready),
      .in_data({xlat_rsp.fault, xlat.port.index, xlat.offset[63:4], xlat_rsp.addr[63:4],
                xlat_rsp.words}),
      .out_valid(queue_valid), .out_ready(queue_take),
      .out_data({queue_fault, queue_buffer, queue_at, queue_addr, queue_words}), .count());

  // Requests that are under way, and behind them the fault.

  logic flight_ready, flight_valid, flight_take;
  logic [3:0] flight_fault;
  logic [7:0] flight_buffer;
  logic [59:0] flight_at;
  nmaccel_fifo #(
      .WIDTH(4 + 8 + 60),
      .DEPTH(FLIGHT)
  ) flight (
      .clk, .rst,
      .in_valid(queue_take), .in_ready(flight_ready),
      .in_data({queue_fault, queue_buffer, queue_at}),
      .out_valid(flight_valid), .out_ready(flight_take),
      .out_data({flight_fault, flight_buffer, flight_at}), .count());
  // verilator lint_on PINCONNECTEMPTY

  // Room in the ring is known one clock late, so requests are two clocks apart.
  logic [IB-1:0] asked;
  logic [ROOM_BITS-1:0] room;
  logic recent, fits, send;
  assign fits = room >= ROOM_BITS'(queue_words) && !recent && (!req_valid || req_ready);
  assign send = queue_take && queue_fault == '0;
  assign queue_take = queue_valid && flight_ready && !fault_valid && (queue_fault != '0 || fits);

  always_ff @(posedge clk) begin
    room <= ROOM_BITS'(CAPACITY) - ROOM_BITS'(asked - freed);
    recent <= send;
    if (req_ready) req_valid <= 1'b0;
    if (send) begin
      asked <= asked + IB'(queue_words);
      req_valid <= 1'b1;
      req.addr <= {queue_addr, 4'd0};
      req.words <= queue_words;
    end
    if (rst) begin
      asked <= '0;
      recent <= 1'b1;
      req_valid <= 1'b0;
    end
  end

  // Answers.

  logic answered, refused;
  assign answered = rsp_valid && rsp_last && !fault_valid;
  assign refused = answered && rsp_error;
  assign commit = answered && !rsp_error;
  assign flight_take = answered || (flight_valid && flight_fault != '0);

  always_ff @(posedge clk) begin
    if (!fault_valid) begin
      fault_valid <= refused || (flight_valid && flight_fault != '0);
      fault.code <= refused ? nmaccel_contract::FAULT_BUS[3:0] : flight_fault;
      fault.buffer <= 32'(flight_buffer);
      fault.detail <= 32'd0;
      if (32'(flight_fault) == nmaccel_contract::FAULT_BUFFER)
        fault.detail <= nmaccel_contract::ENTRY_PAGE;
      fault.offset <= {flight_at, 4'd0};
    end
    if (rst) fault_valid <= 1'b0;
  end

endmodule
