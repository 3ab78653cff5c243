// SPDX-License-Identifier: MIT
// The engine: one AXI4 master, one AXI4-Lite slave with the register map of ap_ctrl_hs, jobs of the
// hardware contract. It takes the place of the core that hw/hls makes, and computes the same bits.
//
//   ctl      job, buffer table, descriptors: checked, and published as contexts
//   stream   the packed weights, once for each column tile; steps of pools and additions
//   loader   input tiles to the block memory
//   issue    one step a clock to the core, in order
//   core     block memory, dot products, accumulators
//   epilogue, store, retire   results, memory, record
//   mmu, read, write, regs    page lists, the two halves of the AXI4 master, registers
//
// DATA_BYTES, the width of the memory port, divides a channel's pitch (COLUMNS rounded up to 16).
// Reset ends a job wherever it is; transactions under way are then not finished, so whoever resets a
// running engine keeps it from the bus (hw/boards/shell/nmaccel_engine_gate.sv).
module nmaccel_engine #(
    parameter int LANES      = 8,    // N: 4, 8, 16, 32
    parameter int BLOCK_ROWS = 256,  // M: 128, 256
    parameter int COLUMNS    = 64,   // C: 2 .. 1024
    parameter int DATA_BYTES = 16,   // 16, 32, 64
    parameter bit PACK       = 1'b1, // two products per DSP
    parameter int CHAIN      = 4,    // lanes of a cascade: 8 on a DSP48E2
    parameter     PROGRAM    = "nmaccel_micro.mem",
    localparam int DATA_BITS = 8 * DATA_BYTES
) (
    input  wire                   ap_clk,
    input  wire                   ap_rst_n,
    // verilator lint_off SYMRSVDWORD
    output logic                  interrupt,
    // verilator lint_on SYMRSVDWORD
    input  wire                   s_axi_control_AWVALID,
    output logic                  s_axi_control_AWREADY,
    input  wire  [11:0]           s_axi_control_AWADDR,
    input  wire                   s_axi_control_WVALID,
    output logic                  s_axi_control_WREADY,
    input  wire  [31:0]           s_axi_control_WDATA,
    input  wire  [3:0]            s_axi_control_WSTRB,
    output logic                  s_axi_control_BVALID,
    input  wire                   s_axi_control_BREADY,
    output logic [1:0]            s_axi_control_BRESP,
    input  wire                   s_axi_control_ARVALID,
    output logic                  s_axi_control_ARREADY,
    input  wire  [11:0]           s_axi_control_ARADDR,
    output logic                  s_axi_control_RVALID,
    input  wire                   s_axi_control_RREADY,
    output logic [31:0]           s_axi_control_RDATA,
    output logic [1:0]            s_axi_control_RRESP,
    output logic                  m_axi_gmem_AWVALID,
    input  wire                   m_axi_gmem_AWREADY,
    output logic [63:0]           m_axi_gmem_AWADDR,
    output logic [7:0]            m_axi_gmem_AWLEN,
    output logic [2:0]            m_axi_gmem_AWSIZE,
    output logic [1:0]            m_axi_gmem_AWBURST,
    output logic [3:0]            m_axi_gmem_AWCACHE,
    output logic [2:0]            m_axi_gmem_AWPROT,
    output logic                  m_axi_gmem_WVALID,
    input  wire                   m_axi_gmem_WREADY,
    output logic [DATA_BITS-1:0]  m_axi_gmem_WDATA,
    output logic [DATA_BYTES-1:0] m_axi_gmem_WSTRB,
    output logic                  m_axi_gmem_WLAST,
    input  wire                   m_axi_gmem_BVALID,
    output logic                  m_axi_gmem_BREADY,
    input  wire  [1:0]            m_axi_gmem_BRESP,
    output logic                  m_axi_gmem_ARVALID,
    input  wire                   m_axi_gmem_ARREADY,
    output logic [63:0]           m_axi_gmem_ARADDR,
    output logic [7:0]            m_axi_gmem_ARLEN,
    output logic [2:0]            m_axi_gmem_ARSIZE,
    output logic [1:0]            m_axi_gmem_ARBURST,
    output logic [3:0]            m_axi_gmem_ARCACHE,
    output logic [2:0]            m_axi_gmem_ARPROT,
    input  wire                   m_axi_gmem_RVALID,
    output logic                  m_axi_gmem_RREADY,
    input  wire  [DATA_BITS-1:0]  m_axi_gmem_RDATA,
    input  wire  [1:0]            m_axi_gmem_RRESP,
    input  wire                   m_axi_gmem_RLAST
);

  localparam int PLACE_BITS = (COLUMNS > 1) ? $clog2(COLUMNS) : 1;
  localparam int PITCH = (COLUMNS + 15) / 16 * 16;
  localparam int WORDS_BITS = $clog2(DATA_BYTES / 16 + 1);

  // Clocks from a step to its sum in the accumulators, at least: see nmaccel_core.
  localparam int CASCADE = !PACK || LANES < CHAIN ? LANES : CHAIN;
  localparam int CORE_LATENCY = 8 + CASCADE + $clog2(LANES / CASCADE);
  localparam int CORE_RD_LATENCY = 5;

  if (PITCH % DATA_BYTES != 0) begin : gen_data_bytes
    $error("DATA_BYTES must divide COLUMNS rounded up to 16");
  end

  wire clk = ap_clk;
  logic rst;
  always_ff @(posedge clk) rst <= !ap_rst_n;

  // Registers.
  logic start, job_done, done, job_none;
  logic [63:0] base, job_addr;
  assign job_done = done || job_none;
  nmaccel_regs regs (
      .clk, .rst,
      .awvalid(s_axi_control_AWVALID), .awready(s_axi_control_AWREADY),
      .awaddr(s_axi_control_AWADDR), .wvalid(s_axi_control_WVALID), .wready(s_axi_control_WREADY),
      .wdata(s_axi_control_WDATA), .wstrb(s_axi_control_WSTRB), .bvalid(s_axi_control_BVALID),
      .bready(s_axi_control_BREADY), .bresp(s_axi_control_BRESP), .arvalid(s_axi_control_ARVALID),
      .arready(s_axi_control_ARREADY), .araddr(s_axi_control_ARADDR),
      .rvalid(s_axi_control_RVALID), .rready(s_axi_control_RREADY), .rdata(s_axi_control_RDATA),
      .rresp(s_axi_control_RRESP), .start, .base, .job_addr, .done(job_done), .interrupt);

  // All that works on a job is in reset while there is none, and before the read master, which takes
  // no more requests at a job's end, begins anew.
  logic flush, running, unit_rst, read_rst, halt, read_stop;
  logic [1:0] ended;
  always_ff @(posedge clk) begin
    if (flush) running <= 1'b1;
    if (rst || job_done) running <= 1'b0;
    unit_rst <= !running;
    ended <= {ended[0], job_done};
    read_rst <= rst || ended[1];
  end
  assign read_stop = halt || job_done || ended != 2'd0;

  // Memory.
  localparam int CTL = 0, PAGES = 1, STREAM = 2, LOADER = 3;
  logic [3:0] read_valid, read_ready, read_answered;
  nmaccel_pkg::mem_req_t ctl_req, pages_req, stream_req, loader_req;
  logic [DATA_BITS-1:0] read_data;
  logic [WORDS_BITS-1:0] read_words;
  logic read_last, read_error, read_idle;
  nmaccel_read #(.DATA_BYTES(DATA_BYTES)) read (
      .clk, .rst(read_rst), .stop(read_stop), .idle(read_idle), .base, .req_valid(read_valid),
      .req_ready(read_ready),
      .req({loader_req, stream_req, pages_req, ctl_req}),
      .rsp_valid(read_answered), .rsp_data(read_data),
      .rsp_words(read_words), .rsp_last(read_last), .rsp_error(read_error),
      .arvalid(m_axi_gmem_ARVALID), .arready(m_axi_gmem_ARREADY), .araddr(m_axi_gmem_ARADDR),
      .arlen(m_axi_gmem_ARLEN), .arsize(m_axi_gmem_ARSIZE), .arburst(m_axi_gmem_ARBURST),
      .arcache(m_axi_gmem_ARCACHE), .arprot(m_axi_gmem_ARPROT), .rvalid(m_axi_gmem_RVALID),
      .rready(m_axi_gmem_RREADY), .rdata(m_axi_gmem_RDATA), .rresp(m_axi_gmem_RRESP),
      .rlast(m_axi_gmem_RLAST));

  localparam int STORE = 0, RECORD = 1;
  logic [1:0] write_valid, write_ready, write_data_valid, write_data_ready, write_done;
  nmaccel_pkg::mem_req_t store_req, record_req;
  logic [1:0][DATA_BITS-1:0] write_data;
  logic write_error, write_idle;
  nmaccel_write #(.DATA_BYTES(DATA_BYTES)) write (
      .clk, .rst, .stop(1'b0), .idle(write_idle), .base, .req_valid(write_valid),
      .req_ready(write_ready), .req({record_req, store_req}),
      .data_valid(write_data_valid),
      .data_ready(write_data_ready), .data(write_data), .done(write_done),
      .done_error(write_error), .awvalid(m_axi_gmem_AWVALID), .awready(m_axi_gmem_AWREADY),
      .awaddr(m_axi_gmem_AWADDR), .awlen(m_axi_gmem_AWLEN), .awsize(m_axi_gmem_AWSIZE),
      .awburst(m_axi_gmem_AWBURST), .awcache(m_axi_gmem_AWCACHE), .awprot(m_axi_gmem_AWPROT),
      .wvalid(m_axi_gmem_WVALID), .wready(m_axi_gmem_WREADY), .wdata(m_axi_gmem_WDATA),
      .wstrb(m_axi_gmem_WSTRB), .wlast(m_axi_gmem_WLAST), .bvalid(m_axi_gmem_BVALID),
      .bready(m_axi_gmem_BREADY), .bresp(m_axi_gmem_BRESP));

  localparam int OF_STREAM = 0, OF_LOADER = 1, OF_STORE = 2;
  logic [2:0] xlat_valid, xlat_ready, xlat_answered;
  nmaccel_pkg::xlat_req_t stream_xlat, loader_xlat, store_xlat;
  nmaccel_pkg::xlat_rsp_t xlat_rsp;
  nmaccel_mmu #(.DATA_BYTES(DATA_BYTES)) mmu (
      .clk, .rst(unit_rst), .flush(unit_rst), .req_valid(xlat_valid), .req_ready(xlat_ready),
      .req({store_xlat, loader_xlat, stream_xlat}),
      .rsp_valid(xlat_answered), .rsp(xlat_rsp), .list_valid(read_valid[PAGES]),
      .list_ready(read_ready[PAGES]), .list(pages_req),
      .list_rsp_valid(read_answered[PAGES]), .list_rsp_data(read_data),
      .list_rsp_words(read_words), .list_rsp_last(read_last), .list_rsp_error(read_error));

  // Control.
  nmaccel_pkg::desc_t desc0, desc1;
  if ($bits(desc0) != nmaccel_pkg::DESC_BITS) begin : gen_desc_bits
    $error("DESC_BITS is not the width of desc_t");
  end
  logic [1:0] desc_count, desc_stored, desc_retired;
  logic job_begin_valid, job_begin_ready, job_end_valid, job_end_ready, retire_fault;
  logic [63:0] record_addr, job_seq;
  logic [16:0] job_descs;
  nmaccel_pkg::fault_t job_fault;
  nmaccel_ctl #(
      .PROGRAM(PROGRAM), .DATA_BYTES(DATA_BYTES), .COLUMNS(COLUMNS), .BLOCK_ROWS(BLOCK_ROWS)
  ) ctl (
      .clk, .rst, .start, .job_addr, .flush, .req_valid(read_valid[CTL]),
      .req_ready(read_ready[CTL]), .req(ctl_req), .rsp_valid(read_answered[CTL]),
      .rsp_data(read_data), .rsp_last(read_last), .rsp_error(read_error), .desc0,
      .desc1, .desc_count, .desc_retired, .job_begin_valid, .job_begin_ready,
      .job_end_valid, .job_end_ready, .record_addr, .job_seq, .job_descs, .job_fault,
      .retire_fault, .job_none);

  // Weights.
  logic par_we;
  logic [9:0] par_addr;
  logic [63:0] par_data;
  logic hdr_valid, hdr_ready, run_valid, run_ready, step_valid, step_ready, step_bad;
  nmaccel_stream_pkg::block_t hdr;
  nmaccel_stream_pkg::run_t run;
  nmaccel_pkg::fault_t hdr_fault, step_fault;
  logic [8*LANES-1:0] step_values, step_indices;
  nmaccel_stream #(.LANES(LANES), .COLUMNS(COLUMNS), .DATA_BYTES(DATA_BYTES)) stream (
      .clk, .rst(unit_rst), .flush(1'b0), .desc0, .desc1, .desc_count,
      .xlat_valid(xlat_valid[OF_STREAM]), .xlat_ready(xlat_ready[OF_STREAM]),
      .xlat(stream_xlat), .xlat_rsp_valid(xlat_answered[OF_STREAM]), .xlat_rsp,
      .req_valid(read_valid[STREAM]), .req_ready(read_ready[STREAM]), .req(stream_req),
      .rsp_valid(read_answered[STREAM]), .rsp_data(read_data), .rsp_words(read_words),
      .rsp_last(read_last), .rsp_error(read_error), .par_we, .par_addr, .par_data, .hdr_valid,
      .hdr_ready, .hdr, .hdr_fault, .run_valid, .run_ready, .run, .step_valid, .step_ready,
      .step_values, .step_indices, .step_bad, .step_fault);

  // Activations.
  logic [COLUMNS-1:0] wr_mask;
  logic [8:0] wr_row;
  logic [8*COLUMNS-1:0] wr_data;
  logic blk_valid, blk_ready, blk_free, inside_we;
  nmaccel_pkg::fault_t blk;
  logic [PLACE_BITS+5:0] inside_addr;
  logic [15:0] inside_data;
  nmaccel_loader #(
      .COLUMNS(COLUMNS), .BLOCK_ROWS(BLOCK_ROWS), .DATA_BYTES(DATA_BYTES)
  ) loader (
      .clk, .rst(unit_rst), .desc({desc1, desc0}),
      .desc_count, .desc_stored,
      .xlat_valid(xlat_valid[OF_LOADER]), .xlat_ready(xlat_ready[OF_LOADER]),
      .xlat(loader_xlat), .xlat_rsp_valid(xlat_answered[OF_LOADER]), .xlat_rsp,
      .req_valid(read_valid[LOADER]), .req_ready(read_ready[LOADER]), .req(loader_req),
      .rsp_valid(read_answered[LOADER]), .rsp_data(read_data), .rsp_words(3'(read_words)),
      .rsp_last(read_last), .rsp_error(read_error), .wr_mask, .wr_row, .wr_data, .blk_valid,
      .blk_ready, .blk, .blk_free, .inside_we, .inside_addr, .inside_data);

  // Steps.
  logic core_valid, core_bank, core_max, clear_valid, clear_bank;
  logic [8:0] core_row;
  logic [1:0] core_base;
  logic [8*LANES-1:0] core_values, core_indices;
  logic res_valid, res_ready, bank_free;
  nmaccel_pkg::result_t res;
  nmaccel_issue #(
      .LANES(LANES), .CORE_LATENCY(CORE_LATENCY), .BLOCK_LATENCY(CASCADE)
  ) issue (
      .clk, .rst(unit_rst), .flush(1'b0), .job_start(flush), .hdr_valid, .hdr_ready, .hdr,
      .hdr_fault, .run_valid, .run_ready, .run, .step_valid, .step_ready, .step_values,
      .step_indices, .step_bad, .step_fault, .blk_valid, .blk_ready, .blk, .blk_free, .core_valid,
      .core_row, .core_bank, .core_max, .core_base, .core_values, .core_indices, .clear_valid,
      .clear_bank, .res_valid, .res_ready, .res, .bank_free);

  logic rd_valid, rd_bank;
  logic [8:0] rd_row;
  logic [32*COLUMNS-1:0] rd_data;
  nmaccel_core #(.LANES(LANES), .COLUMNS(COLUMNS), .PACK(PACK), .CHAIN(CHAIN)) core (
      .clk, .rst(unit_rst), .wr_mask, .wr_row, .wr_data, .step_valid(core_valid),
      .step_row(core_row), .step_bank(core_bank), .step_max(core_max), .step_base(core_base),
      .step_indices(core_indices), .step_values(core_values), .clear_valid, .clear_bank, .rd_valid,
      .rd_bank, .rd_row, .rd_data_valid(), .rd_data, .busy());

  // Results.
  logic [9:0] par_rd_addr;
  logic [63:0] par_rd_data;
  nmaccel_table #(.WIDTH(64), .DEPTH(1024)) parameters (
      .clk, .we(par_we), .write_at(par_addr), .write_data(par_data), .read_at(par_rd_addr),
      .read_data(par_rd_data));
  logic [PLACE_BITS+5:0] inside_rd_addr;
  logic [15:0] inside_rd_data;
  nmaccel_table #(.WIDTH(16), .DEPTH(64 << PLACE_BITS)) inside_counts (
      .clk, .we(inside_we), .write_at(inside_addr), .write_data(inside_data),
      .read_at(inside_rd_addr), .read_data(inside_rd_data));

  logic tok_valid, tok_ready, beat_valid, beat_ready;
  nmaccel_pkg::result_t tok;
  logic [DATA_BITS-1:0] beat;
  nmaccel_epilogue #(
      .COLUMNS(COLUMNS), .DATA_BYTES(DATA_BYTES), .RD_LATENCY(CORE_RD_LATENCY)
  ) epilogue (
      .clk, .rst(unit_rst), .desc({desc1, desc0}),
      .res_valid, .res_ready, .res, .bank_free, .rd_valid, .rd_bank,
      .rd_row, .rd_data, .par_rd_addr, .par_rd_data, .in_rd_addr(inside_rd_addr),
      .in_rd_data(inside_rd_data), .tok_valid, .tok_ready, .tok, .beat_valid, .beat_ready, .beat);

  logic stored_valid, stored_ready;
  nmaccel_pkg::result_t stored;
  logic [9:0] stored_bursts, bursts_done;
  nmaccel_pkg::fault_t refused;
  nmaccel_store #(.COLUMNS(COLUMNS), .DATA_BYTES(DATA_BYTES)) store (
      .clk, .rst(unit_rst), .halt, .desc({desc1, desc0}),
      .desc_retired, .tok_valid, .tok_ready, .tok, .beat_valid,
      .beat_ready, .beat, .xlat_valid(xlat_valid[OF_STORE]), .xlat_ready(xlat_ready[OF_STORE]),
      .xlat(store_xlat), .xlat_rsp_valid(xlat_answered[OF_STORE]), .xlat_rsp,
      .req_valid(write_valid[STORE]), .req_ready(write_ready[STORE]), .req(store_req),
      .data_valid(write_data_valid[STORE]), .data_ready(write_data_ready[STORE]),
      .data(write_data[STORE]), .done(write_done[STORE]), .done_error(write_error),
      .out_valid(stored_valid), .out_ready(stored_ready), .out(stored),
      .out_bursts(stored_bursts), .bursts_done, .refused);

  // Results on their way to memory.
  logic way_valid, way_ready;
  nmaccel_pkg::result_t way;
  logic [9:0] way_bursts;
  nmaccel_fifo #(.WIDTH($bits(way) + 10), .DEPTH(8)) on_the_way (
      .clk, .rst(unit_rst), .in_valid(stored_valid), .in_ready(stored_ready),
      .in_data({stored, stored_bursts}), .out_valid(way_valid), .out_ready(way_ready),
      .out_data({way, way_bursts}), .count());

  nmaccel_retire #(.DATA_BYTES(DATA_BYTES)) retire (
      .clk, .rst, .job_begin_valid, .job_begin_ready, .job_end_valid, .job_end_ready, .record_addr,
      .job_seq, .job_descs, .job_fault, .job_start(flush), .desc_stored, .desc_retired,
      .retire_fault, .tok_valid(way_valid), .tok_ready(way_ready), .tok(way),
      .tok_bursts(way_bursts), .bursts_done, .refused, .halt, .quiet(read_idle && write_idle),
      .done, .req_valid(write_valid[RECORD]), .req_ready(write_ready[RECORD]),
      .req(record_req), .data_valid(write_data_valid[RECORD]),
      .data_ready(write_data_ready[RECORD]), .data(write_data[RECORD]),
      .written(write_done[RECORD]), .written_error(write_error));

endmodule
