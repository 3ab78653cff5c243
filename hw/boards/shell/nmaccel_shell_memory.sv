// SPDX-License-Identifier: MIT
// On-chip memory of a board without a bus: an AXI4 slave of DATA_BYTES bytes with initial contents,
// and a second door for single words of 32 bits. BEATS is a power of two, and the whole at least
// 4 KiB, so that no burst leaves it half way. Beyond its end there is SLVERR.
//
// A read takes 4 clocks to its first beat, then gives a beat per clock; so do writes once their
// address was taken. The door takes one clock of the memory's port from the bus at each access; done
// comes 2 clocks after a write was asked for and 4 after a read. valid must go with done.
module nmaccel_shell_memory #(
    parameter int DATA_BYTES = 16,
    parameter int BEATS = 4096,
    parameter IMAGE = "",
    localparam int DATA_BITS = 8 * DATA_BYTES,
    localparam int BEAT_BITS = $clog2(DATA_BYTES),
    localparam int INDEX_BITS = $clog2(BEATS)
) (
    input  wire                   clk,
    input  wire                   rst,
    input  wire                   awvalid,
    output logic                  awready,
    input  wire  [63:0]           awaddr,
    input  wire                   wvalid,
    output logic                  wready,
    input  wire  [DATA_BITS-1:0]  wdata,
    input  wire  [DATA_BYTES-1:0] wstrb,
    input  wire                   wlast,
    output logic                  bvalid,
    input  wire                   bready,
    output logic [1:0]            bresp,
    input  wire                   arvalid,
    output logic                  arready,
    input  wire  [63:0]           araddr,
    input  wire  [7:0]            arlen,
    output logic                  rvalid,
    input  wire                   rready,
    output logic [DATA_BITS-1:0]  rdata,
    output logic [1:0]            rresp,
    output logic                  rlast,
    input  wire                   door_valid,
    input  wire                   door_write,
    input  wire  [31:0]           door_addr,
    input  wire  [31:0]           door_wdata,
    output logic                  door_done,
    output logic [31:0]           door_rdata
);

  localparam logic [1:0] OKAY = 2'b00;
  localparam logic [1:0] SLVERR = 2'b10;
  localparam int FIFO_DEPTH = 8;
  localparam int COUNT_BITS = $clog2(FIFO_DEPTH + 1);
  localparam int LANES = DATA_BYTES / 4;
  localparam int LANE_BITS = $clog2(LANES);

  logic [DATA_BITS-1:0] memory[BEATS];
  initial if (IMAGE != "") $readmemh(IMAGE, memory);

  // Low bits of addresses: transfers are whole beats, the door's are whole words.
  logic [INDEX_BITS-1:0] door_index;
  logic [LANE_BITS-1:0] door_lane;
  logic [31:0] door_value;
  logic door_writes, door_reads;
  // verilator lint_off UNUSEDSIGNAL
  wire unused = ^{awaddr[BEAT_BITS-1:0], araddr[BEAT_BITS-1:0], door_addr[1:0],
                  door_addr[31:BEAT_BITS+INDEX_BITS]};
  // verilator lint_on UNUSEDSIGNAL

  // ---- writing

  logic writing, write_error;
  logic [INDEX_BITS-1:0] write_at;

  assign awready = !writing && !bvalid;
  assign wready = writing && !door_writes;

  always_ff @(posedge clk) begin
    if (awvalid && awready) begin
      write_at <= awaddr[BEAT_BITS+:INDEX_BITS];
      write_error <= awaddr[63:BEAT_BITS+INDEX_BITS] != '0;
    end else if (wvalid && wready) begin
      write_at <= write_at + 1'b1;
    end
    if (rst) begin
      writing <= 1'b0;
      bvalid <= 1'b0;
    end else begin
      if (awvalid && awready) writing <= 1'b1;
      else if (wvalid && wready && wlast) writing <= 1'b0;
      if (wvalid && wready && wlast) bvalid <= 1'b1;
      else if (bready) bvalid <= 1'b0;
    end
  end
  assign bresp = write_error ? SLVERR : OKAY;

  logic [DATA_BYTES-1:0] enable;
  logic [INDEX_BITS-1:0] write_index;
  logic [DATA_BITS-1:0] write_data;

  always_comb begin
    write_index = door_writes ? door_index : write_at;
    write_data = door_writes ? {LANES{door_value}} : wdata;
    enable = '0;
    if (door_writes) enable[4*door_lane+:4] = 4'b1111;
    else if (wvalid && wready && !write_error) enable = wstrb;
  end

  always_ff @(posedge clk) begin
    for (int i = 0; i < DATA_BYTES; i++) begin
      if (enable[i]) memory[write_index][8*i+:8] <= write_data[8*i+:8];
    end
  end

  // ---- reading: asked, fetched, there

  logic reading, read_error;
  logic [INDEX_BITS-1:0] read_at;
  logic [7:0] read_left;
  logic ask, asked, asked_last, asked_error, fetched, fetched_last, fetched_error;
  logic [DATA_BITS-1:0] asked_data, fetched_data;
  logic [COUNT_BITS-1:0] waiting;

  assign arready = !reading;
  // Room for what is on its way, too.
  assign ask = reading && !door_reads && waiting < COUNT_BITS'(FIFO_DEPTH - 2);

  always_ff @(posedge clk) begin
    if (arvalid && arready) begin
      read_at <= araddr[BEAT_BITS+:INDEX_BITS];
      read_error <= araddr[63:BEAT_BITS+INDEX_BITS] != '0;
      read_left <= arlen;
    end else if (ask) begin
      read_at <= read_at + 1'b1;
      read_left <= read_left - 1'b1;
    end
    asked_data <= memory[door_reads ? door_index : read_at];
    fetched_data <= asked_data;
    asked_last <= read_left == '0;
    asked_error <= read_error;
    fetched_last <= asked_last;
    fetched_error <= asked_error;
    if (rst) begin
      reading <= 1'b0;
      asked <= 1'b0;
      fetched <= 1'b0;
    end else begin
      if (arvalid && arready) reading <= 1'b1;
      else if (ask && read_left == '0) reading <= 1'b0;
      asked <= ask;
      fetched <= asked;
    end
  end

  logic fifo_ready, read_refused;
  nmaccel_fifo #(
      .WIDTH(DATA_BITS + 2),
      .DEPTH(FIFO_DEPTH)
  ) beats (
      .clk(clk),
      .rst(rst),
      .in_valid(fetched),
      .in_ready(fifo_ready),
      .in_data({fetched_error, fetched_last, fetched_data}),
      .out_valid(rvalid),
      .out_ready(rready),
      .out_data({read_refused, rlast, rdata}),
      .count(waiting)
  );
  assign rresp = read_refused ? SLVERR : OKAY;

  always_ff @(posedge clk) begin
    if (!rst && fetched) assert (fifo_ready);
  end

  // ---- the door: the access, then the memory, then what it gave

  logic [2:0] door_at;
  logic door_writing;

  assign door_writes = door_at[0] && door_writing;
  assign door_reads = door_at[0] && !door_writing;

  always_ff @(posedge clk) begin
    if (door_at == '0) begin
      door_index <= door_addr[BEAT_BITS+:INDEX_BITS];
      door_lane <= door_addr[2+:LANE_BITS];
      door_value <= door_wdata;
      door_writing <= door_write;
    end
    if (rst) begin
      door_at <= '0;
      door_done <= 1'b0;
    end else begin
      door_at <= {door_at[1:0], door_valid && door_at == '0 && !door_done};
      if (door_writes) door_at <= '0;
      door_done <= door_writes || door_at[2];
    end
    if (door_at[2]) door_rdata <= fetched_data[32*door_lane+:32];
  end

endmodule
