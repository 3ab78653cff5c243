// SPDX-License-Identifier: MIT
// Between an engine's AXI4 master and the memory system: resets the engine without leaving anything
// behind that would hang the memory system or come back to the engine after its reset.
//
// A pulse of reset closes the gate: nothing new is let through, reads that are under way are
// swallowed, writes are finished with beats that write nothing. Then engine_rst_n is low for some
// clocks, and the gate opens again. busy tells that this goes on; it is there from the clock after
// the pulse.
//
// Adds a clock to addresses and to write data, none to what comes back. Data of a write is let
// through once its address was taken. A beat per clock.
module nmaccel_engine_gate #(
    parameter int DATA_BYTES = 16,
    parameter int BURSTS = 32,  // writes under way
    localparam int DATA_BITS = 8 * DATA_BYTES,
    localparam int ADDRESS_BITS = 64 + 8 + 3 + 2 + 4 + 3
) (
    input  wire                     clk,
    input  wire                     rst,
    input  wire                     reset,
    output logic                    busy,
    output logic                    engine_rst_n,
    // from the engine; address channels are {addr, len, size, burst, cache, prot}
    input  wire                     e_awvalid,
    output logic                    e_awready,
    input  wire  [ADDRESS_BITS-1:0] e_aw,
    input  wire                     e_wvalid,
    output logic                    e_wready,
    input  wire  [DATA_BITS-1:0]    e_wdata,
    input  wire  [DATA_BYTES-1:0]   e_wstrb,
    output logic                    e_bvalid,
    input  wire                     e_bready,
    input  wire                     e_arvalid,
    output logic                    e_arready,
    input  wire  [ADDRESS_BITS-1:0] e_ar,
    output logic                    e_rvalid,
    input  wire                     e_rready,
    // to the memory system; what of b and r is not here goes past the gate
    output logic                    m_awvalid,
    input  wire                     m_awready,
    output logic [ADDRESS_BITS-1:0] m_aw,
    output logic                    m_wvalid,
    input  wire                     m_wready,
    output logic [DATA_BITS-1:0]    m_wdata,
    output logic [DATA_BYTES-1:0]   m_wstrb,
    output logic                    m_wlast,
    input  wire                     m_bvalid,
    output logic                    m_bready,
    output logic                    m_arvalid,
    input  wire                     m_arready,
    output logic [ADDRESS_BITS-1:0] m_ar,
    input  wire                     m_rvalid,
    output logic                    m_rready,
    input  wire                     m_rlast
);

  localparam int COUNT_BITS = 10;
  localparam int LEN_AT = ADDRESS_BITS - 64 - 8;
  localparam int RESET_CLOCKS = 16;

  logic closed, empty;
  logic [4:0] reset_left;

  // ---- closing, reset, opening

  assign busy = closed;

  always_ff @(posedge clk) begin
    if (rst) begin
      closed <= 1'b1;
      engine_rst_n <= 1'b0;
      reset_left <= 5'(RESET_CLOCKS);
    end else if (!closed) begin
      closed <= reset;
      engine_rst_n <= 1'b1;
      reset_left <= 5'(RESET_CLOCKS);
    end else if (empty || !engine_rst_n) begin
      engine_rst_n <= reset_left == '0;
      reset_left <= reset_left - 5'(reset_left != '0);
      closed <= reset_left != '0;
    end
  end

  // ---- addresses

  logic len_ready, len_valid;
  logic [7:0] len;
  logic aw_take, ar_take, w_move, w_end;

  assign e_awready = !closed && len_ready && (!m_awvalid || m_awready) && !bursts_full;
  assign e_arready = !closed && (!m_arvalid || m_arready) && !reads_full;
  assign aw_take = e_awvalid && e_awready;
  assign ar_take = e_arvalid && e_arready;

  always_ff @(posedge clk) begin
    if (aw_take) m_aw <= e_aw;
    if (ar_take) m_ar <= e_ar;
    if (rst) begin
      m_awvalid <= 1'b0;
      m_arvalid <= 1'b0;
    end else begin
      m_awvalid <= aw_take || (m_awvalid && !m_awready);
      m_arvalid <= ar_take || (m_arvalid && !m_arready);
    end
  end

  // ---- data of writes: lengths of those whose data has not come yet

  // verilator lint_off UNUSEDSIGNAL
  logic [$clog2(BURSTS+1)-1:0] len_count;
  // verilator lint_on UNUSEDSIGNAL
  nmaccel_fifo #(
      .WIDTH(8),
      .DEPTH(BURSTS)
  ) lengths (
      .clk(clk),
      .rst(rst),
      .in_valid(aw_take),
      .in_ready(len_ready),
      .in_data(e_aw[LEN_AT+:8]),
      .out_valid(len_valid),
      .out_ready(w_end),
      .out_data(len),
      .count(len_count)
  );

  logic [7:0] beat;  // of the current write
  assign e_wready = !closed && len_valid && (!m_wvalid || m_wready);
  assign w_move = (!m_wvalid || m_wready) && len_valid && (closed || e_wvalid);
  assign w_end = w_move && beat == len;

  always_ff @(posedge clk) begin
    if (w_move) begin
      m_wdata <= e_wdata;
      m_wstrb <= closed ? '0 : e_wstrb;
      m_wlast <= beat == len;
    end
    if (rst) begin
      m_wvalid <= 1'b0;
      beat <= '0;
    end else begin
      m_wvalid <= w_move || (m_wvalid && !m_wready);
      if (w_move) beat <= w_end ? '0 : beat + 1'b1;
    end
  end

  // ---- what comes back

  logic [COUNT_BITS-1:0] writes, reads;
  logic bursts_full, reads_full;
  wire b_done = m_bvalid && m_bready;
  wire r_done = m_rvalid && m_rready && m_rlast;

  assign bursts_full = writes == '1;
  assign reads_full = reads == '1;
  assign m_bready = closed || e_bready;
  assign m_rready = closed || e_rready;
  assign e_bvalid = m_bvalid && !closed;
  assign e_rvalid = m_rvalid && !closed;
  assign empty = writes == '0 && reads == '0;

  always_ff @(posedge clk) begin
    if (rst) begin
      writes <= '0;
      reads <= '0;
    end else begin
      writes <= writes + COUNT_BITS'(aw_take) - COUNT_BITS'(b_done);
      reads <= reads + COUNT_BITS'(ar_take) - COUNT_BITS'(r_done);
    end
  end

endmodule
