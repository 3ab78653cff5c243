// SPDX-License-Identifier: MIT
// The address side of an AXI4 master, the same for reading and writing: takes the clients'
// requests, adds the base, splits at 4 KiB, and offers the bursts on the address channel (ax_*).
// For each burst there is a context (ctx_*), in the order of the bursts, for the unit that moves
// the data. The unit tells by answered that the oldest burst is complete.
//
// The last two clients take turns; those below them go first, the lowest number before all. A
// request that leaves the address space, or whose address with the base is no multiple of 16, gets
// one context and no burst: refused, with as many beats as it has dense ones.
//
// A burst takes whole bus beats, so ax_addr is a multiple of DATA_BYTES: lane is the place of the
// first word in the first beat. 4 clocks from a request to ax_valid, one burst per clock. At most
// BURSTS contexts are not answered. While stop, no request is taken; those taken before go on.
// idle: none is left.
module nmaccel_bursts #(
    parameter int DATA_BYTES = 16,
    parameter int CLIENTS = 4,
    parameter int ADDR_BITS = 64,
    parameter int BURSTS = 32,
    localparam int CLIENT_BITS = $clog2(CLIENTS),
    localparam int WORDS = DATA_BYTES / 16,
    localparam int LANE_BITS = WORDS > 1 ? $clog2(WORDS) : 1,
    // of a nmaccel_pkg::mem_req_t
    localparam int REQ_BITS = 64 + $clog2(nmaccel_pkg::MAX_BURST + 1)
) (
    input  wire                         clk,
    input  wire                         rst,
    input  wire                         stop,
    output logic                        idle,
    input  wire  [63:0]                 base,
    input  wire  [CLIENTS-1:0]          req_valid,
    output logic [CLIENTS-1:0]          req_ready,
    input  wire  [CLIENTS*REQ_BITS-1:0] req,
    output logic                        ax_valid,
    input  wire                         ax_ready,
    output logic [63:0]                 ax_addr,
    output logic [7:0]                  ax_len,
    output logic                        ctx_valid,
    input  wire                         ctx_ready,
    output logic [CLIENT_BITS-1:0]      ctx_client,
    output logic                        ctx_refused,
    output logic                        ctx_first,    // of its request's bursts
    output logic                        ctx_last,
    output logic [6:0]                  ctx_beats,    // of the burst
    output logic [LANE_BITS-1:0]        ctx_lane,     // of the request's first word
    output logic [LANE_BITS-1:0]        ctx_end_lane, // of its last word
    output logic [LANE_BITS-1:0]        ctx_end_word, // of its last word, dense
    output logic                        ctx_more,     // it has a bus beat more than dense ones
    input  wire                         answered
);

  localparam int COUNT_BITS = $clog2(BURSTS + 1);

  function automatic [LANE_BITS-1:0] lane_of(input [8:0] word);
    lane_of = LANE_BITS'(word % 9'(WORDS));
  endfunction

  // Bus beats that hold words words, the first of them at a lane.
  function automatic [6:0] beats_of(input [8:0] words);
    beats_of = 7'((words + 9'(WORDS) - 9'd1) / 9'(WORDS));
  endfunction

  // ---- Which client is next.

  logic [CLIENTS-1:0] grant;
  logic turn;  // of the last client before the one below
  logic queue_ready;

  always_comb begin
    grant = '0;
    grant[CLIENTS-1] = req_valid[CLIENTS-1] && (turn || !req_valid[CLIENTS-2]);
    grant[CLIENTS-2] = req_valid[CLIENTS-2] && !grant[CLIENTS-1];
    for (int i = CLIENTS - 3; i >= 0; i--) begin
      if (req_valid[i]) begin
        grant = '0;
        grant[i] = 1'b1;
      end
    end
  end

  assign req_ready = grant & {CLIENTS{queue_ready && !stop}};

  always_ff @(posedge clk) begin
    if (rst) turn <= 1'b0;
    else if (req_ready[CLIENTS-1]) turn <= 1'b0;
    else if (req_ready[CLIENTS-2]) turn <= 1'b1;
  end

  logic [REQ_BITS-1:0] granted;
  logic [CLIENT_BITS-1:0] granted_client;

  always_comb begin
    granted = '0;
    granted_client = '0;
    for (int i = 0; i < CLIENTS; i++) begin
      if (grant[i]) begin
        granted |= req[i*REQ_BITS+:REQ_BITS];
        granted_client |= CLIENT_BITS'(i);
      end
    end
  end

  logic queue_valid, queue_take;
  logic [CLIENT_BITS-1:0] queue_client;
  nmaccel_pkg::mem_req_t queue_req;

  // It keeps the path from ax_ready to the clients' req_ready short.
  nmaccel_fifo #(
      .WIDTH(CLIENT_BITS + REQ_BITS),
      .DEPTH(2)
  ) i_queue (
      .clk,
      .rst,
      .in_valid(|req_valid && !stop),
      .in_ready(queue_ready),
      .in_data({granted_client, granted}),
      .out_valid(queue_valid),
      .out_ready(queue_take),
      .out_data({queue_client, queue_req}),
      // verilator lint_off PINCONNECTEMPTY
      .count()
      // verilator lint_on PINCONNECTEMPTY
  );

  // ---- Where it is on the bus.

  logic sum_valid, sum_take, sum_wrapped;
  logic [63:0] sum;
  logic [6:0] sum_words;
  logic [CLIENT_BITS-1:0] sum_client;

  assign queue_take = !sum_valid || sum_take;

  always_ff @(posedge clk) begin
    if (rst) sum_valid <= 1'b0;
    else if (queue_take) sum_valid <= queue_valid;
  end

  always_ff @(posedge clk) begin
    if (queue_take) begin
      {sum_wrapped, sum} <= {1'b0, queue_req.addr} + {1'b0, base};
      sum_words <= queue_req.words;
      sum_client <= queue_client;
    end
  end

  // ---- What it takes: one burst, or two when it crosses a page of 4 KiB.

  logic [8:0] page_end;
  logic crosses, top_page, refused;
  logic [LANE_BITS-1:0] lane;
  logic [6:0] bus_beats, dense_beats, page_beats;

  assign lane = lane_of({1'b0, sum[11:4]});
  assign page_end = {1'b0, sum[11:4]} + {2'b0, sum_words};
  assign crosses = page_end > 9'd256;
  assign top_page = &sum[ADDR_BITS-1:12];
  assign bus_beats = beats_of({2'b0, sum_words} + (WORDS > 1 ? 9'(lane) : 9'd0));
  assign dense_beats = beats_of({2'b0, sum_words});
  assign page_beats = 7'((9'd256 - {1'b0, sum[11:4]} + 9'(lane)) / 9'(WORDS));

  generate
    if (ADDR_BITS < 64) begin : g_narrow
      assign refused =
          sum_wrapped || sum[3:0] != '0 || (crosses && top_page) || sum[63:ADDR_BITS] != '0;
    end else begin : g_wide
      assign refused = sum_wrapped || sum[3:0] != '0 || (crosses && top_page);
    end
  endgenerate

  logic part_valid, part_take, part_first, part_last, part_refused, part_more;
  logic [63:0] part_addr;
  logic [6:0] part_beats, rest_beats;
  logic [LANE_BITS-1:0] part_lane, part_end_lane, part_end_word;
  logic [CLIENT_BITS-1:0] part_client;

  assign sum_take = !part_valid || (part_take && part_last);

  always_ff @(posedge clk) begin
    if (rst) part_valid <= 1'b0;
    else if (sum_take) part_valid <= sum_valid;
  end

  always_ff @(posedge clk) begin
    if (sum_take) begin
      part_addr <= {sum[63:12], 12'(sum[11:0] / 12'(DATA_BYTES)) * 12'(DATA_BYTES)};
      part_first <= 1'b1;
      part_last <= refused || !crosses;
      part_refused <= refused;
      part_beats <= refused ? dense_beats : crosses ? page_beats : bus_beats;
      rest_beats <= bus_beats - page_beats;
      part_client <= sum_client;
      part_lane <= refused ? '0 : lane;
      part_end_lane <= lane_of(page_end - 9'd1);
      part_end_word <= lane_of({2'b0, sum_words} - 9'd1);
      part_more <= !refused && bus_beats != dense_beats;
    end else if (part_take) begin
      part_addr <= {part_addr[63:12] + 52'd1, 12'd0};
      part_first <= 1'b0;
      part_last <= 1'b1;
      part_beats <= rest_beats;
    end
  end

  // ---- The address channel, and the contexts.

  logic [COUNT_BITS-1:0] unanswered;

  assign part_take =
      part_valid && (part_refused || !ax_valid || ax_ready) && unanswered != COUNT_BITS'(BURSTS);

  always_ff @(posedge clk) begin
    if (rst) unanswered <= '0;
    else unanswered <= unanswered + COUNT_BITS'(part_take) - COUNT_BITS'(answered);
  end

  always_ff @(posedge clk) begin
    if (rst) ax_valid <= 1'b0;
    else if (part_take && !part_refused) ax_valid <= 1'b1;
    else if (ax_ready) ax_valid <= 1'b0;
  end

  always_ff @(posedge clk) begin
    if (part_take && !part_refused) begin
      ax_addr <= part_addr;
      ax_len <= {1'b0, part_beats - 7'd1};
    end
  end

  nmaccel_fifo #(
      .WIDTH(CLIENT_BITS + 4 + 7 + 3 * LANE_BITS),
      .DEPTH(BURSTS)
  ) i_contexts (
      .clk,
      .rst,
      .in_valid(part_take),
      // verilator lint_off PINCONNECTEMPTY
      .in_ready(),  // unanswered sees to it
      // verilator lint_on PINCONNECTEMPTY
      .in_data({
        part_client,
        part_refused,
        part_first,
        part_last,
        part_more,
        part_beats,
        part_lane,
        part_end_lane,
        part_end_word
      }),
      .out_valid(ctx_valid),
      .out_ready(ctx_ready),
      .out_data({
        ctx_client,
        ctx_refused,
        ctx_first,
        ctx_last,
        ctx_more,
        ctx_beats,
        ctx_lane,
        ctx_end_lane,
        ctx_end_word
      }),
      // verilator lint_off PINCONNECTEMPTY
      .count()
      // verilator lint_on PINCONNECTEMPTY
  );

  assign idle = !queue_valid && !sum_valid && !part_valid && !ax_valid && unanswered == '0;

endmodule
