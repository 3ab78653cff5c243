// SPDX-License-Identifier: MIT
// A test fixture, not the engine: it has the engine's ports and its control registers, and when it is
// started it copies the expected result of a self-test (selftest.h, at the start of memory) to where
// the result should be. So the shells can be tested, and boards built, without the engine. Words of
// WRONG are copied as 0, so that a test can make a result differ.
module nmaccel_engine #(
    parameter int LANES = 8,
    parameter int BLOCK_ROWS = 256,
    parameter int COLUMNS = 64,
    parameter int DATA_BYTES = 16,
    parameter PROGRAM = "",  // of the engine, not used
    localparam int DATA_BITS = 8 * DATA_BYTES
) (
    input  wire                   ap_clk,
    input  wire                   ap_rst_n,
    output logic                  interrupt,
    input  wire                   s_axi_control_AWVALID,
    output logic                  s_axi_control_AWREADY,
    input  wire  [11:0]           s_axi_control_AWADDR,
    input  wire                   s_axi_control_WVALID,
    output logic                  s_axi_control_WREADY,
    input  wire  [31:0]           s_axi_control_WDATA,
    // verilator lint_off UNUSEDSIGNAL
    input  wire  [3:0]            s_axi_control_WSTRB,
    // verilator lint_on UNUSEDSIGNAL
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
    // verilator lint_off UNUSEDSIGNAL
    input  wire  [1:0]            m_axi_gmem_BRESP,
    // verilator lint_on UNUSEDSIGNAL
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
    // verilator lint_off UNUSEDSIGNAL
    input  wire  [1:0]            m_axi_gmem_RRESP,
    // verilator lint_on UNUSEDSIGNAL
    input  wire                   m_axi_gmem_RLAST
);

  generate
    if (DATA_BYTES != 16) begin : g_width
      initial $fatal(1, "the stand-in has 16 bytes of data");
    end
    if (LANES * BLOCK_ROWS * COLUMNS == 0) begin : g_parameters
      initial $fatal(1, "a build without lanes, rows or columns");
    end
  endgenerate

  localparam logic [31:0] WRONG = 32'h0bad0bad;

  wire clk = ap_clk;
  wire rst = !ap_rst_n;

  // ---- control registers

  logic running, done_pulse, done, ready, gier;
  logic [1:0] ier, isr;
  logic [63:0] mem, job;
  wire write = s_axi_control_AWVALID && s_axi_control_WVALID && !s_axi_control_BVALID;
  wire read = s_axi_control_ARVALID && !s_axi_control_RVALID;
  wire [31:0] write_addr = {20'd0, s_axi_control_AWADDR};
  wire [31:0] read_addr = {20'd0, s_axi_control_ARADDR};
  wire [31:0] value = s_axi_control_WDATA;

  assign s_axi_control_AWREADY = write;
  assign s_axi_control_WREADY = write;
  assign s_axi_control_ARREADY = read;
  assign s_axi_control_BRESP = 2'b00;
  assign s_axi_control_RRESP = 2'b00;
  assign interrupt = gier && (isr & ier) != '0;

  always_ff @(posedge clk) begin
    if (rst) begin
      {running, done, ready, gier, ier, isr} <= '0;
      s_axi_control_BVALID <= 1'b0;
      s_axi_control_RVALID <= 1'b0;
    end else begin
      s_axi_control_BVALID <= write || (s_axi_control_BVALID && !s_axi_control_BREADY);
      s_axi_control_RVALID <= read || (s_axi_control_RVALID && !s_axi_control_RREADY);
      if (read && read_addr == nmaccel_contract::REG_CTRL) {done, ready} <= '0;
      if (write) begin
        case (write_addr)
          nmaccel_contract::REG_CTRL: if (value[0]) running <= 1'b1;
          nmaccel_contract::REG_GIER: gier <= value[0];
          nmaccel_contract::REG_IER: ier <= value[1:0];
          nmaccel_contract::REG_ISR: isr <= isr ^ value[1:0];
          nmaccel_contract::REG_MEM_LO: mem[31:0] <= value;
          nmaccel_contract::REG_MEM_HI: mem[63:32] <= value;
          nmaccel_contract::REG_JOB_LO: job[31:0] <= value;
          nmaccel_contract::REG_JOB_HI: job[63:32] <= value;
          default: ;
        endcase
      end
      if (done_pulse) begin
        {running, done, ready} <= 3'b011;
        isr <= isr | ier;
      end
    end
    if (read) begin
      case (read_addr)
        nmaccel_contract::REG_CTRL:
        s_axi_control_RDATA <= {28'd0, ready, !running, done, running};
        nmaccel_contract::REG_GIER: s_axi_control_RDATA <= {31'd0, gier};
        nmaccel_contract::REG_IER: s_axi_control_RDATA <= {30'd0, ier};
        nmaccel_contract::REG_ISR: s_axi_control_RDATA <= {30'd0, isr};
        nmaccel_contract::REG_MEM_LO: s_axi_control_RDATA <= mem[31:0];
        nmaccel_contract::REG_MEM_HI: s_axi_control_RDATA <= mem[63:32];
        nmaccel_contract::REG_JOB_LO: s_axi_control_RDATA <= job[31:0];
        nmaccel_contract::REG_JOB_HI: s_axi_control_RDATA <= job[63:32];
        default: s_axi_control_RDATA <= '0;
      endcase
    end
  end

  // ---- copying, up to 4 beats at a time

  typedef enum logic [2:0] {
    IDLE,
    HEADER,
    READ,
    WRITE,
    ANSWER
  } state_t;

  state_t state;
  logic asked, second;
  logic [31:0] from, to, left;  // left in beats
  logic [4*DATA_BITS-1:0] beats;
  logic [1:0] beat;
  wire [1:0] last = left >= 32'd4 ? 2'd3 : 2'(left - 1);

  assign m_axi_gmem_AWSIZE = 3'd4;
  assign m_axi_gmem_AWBURST = 2'b01;
  assign m_axi_gmem_AWCACHE = 4'b0011;
  assign m_axi_gmem_AWPROT = 3'd0;
  assign m_axi_gmem_ARSIZE = 3'd4;
  assign m_axi_gmem_ARBURST = 2'b01;
  assign m_axi_gmem_ARCACHE = 4'b0011;
  assign m_axi_gmem_ARPROT = 3'd0;
  assign m_axi_gmem_ARVALID = (state == HEADER || state == READ) && !asked;
  assign m_axi_gmem_ARADDR = mem + (state == HEADER ? 64'd0 : 64'(from));
  assign m_axi_gmem_ARLEN = state == HEADER ? 8'd1 : 8'(last);
  assign m_axi_gmem_RREADY = 1'b1;
  assign m_axi_gmem_AWVALID = state == WRITE && !asked;
  assign m_axi_gmem_AWADDR = mem + 64'(to);
  assign m_axi_gmem_AWLEN = 8'(last);
  assign m_axi_gmem_WVALID = state == WRITE && asked;
  assign m_axi_gmem_WDATA = beats[DATA_BITS*beat+:DATA_BITS];
  assign m_axi_gmem_WSTRB = '1;
  assign m_axi_gmem_WLAST = beat == last;
  assign m_axi_gmem_BREADY = 1'b1;
  assign done_pulse = state == READ && left == '0;

  always_ff @(posedge clk) begin
    if (rst) begin
      state <= IDLE;
      asked <= 1'b0;
    end else begin
      case (state)
        IDLE: begin
          second <= 1'b0;
          asked <= 1'b0;
          if (running) state <= HEADER;
        end
        HEADER: begin
          if (m_axi_gmem_ARREADY) asked <= 1'b1;
          if (m_axi_gmem_RVALID) begin
            second <= 1'b1;
            if (!second) begin
              to <= m_axi_gmem_RDATA[64+:32];
              from <= m_axi_gmem_RDATA[96+:32];
            end else begin
              left <= (m_axi_gmem_RDATA[31:0] + 32'd3) >> 2;
              asked <= 1'b0;
              state <= READ;
            end
          end
          beat <= '0;
        end
        READ: begin
          if (left == '0) state <= IDLE;
          else if (m_axi_gmem_ARREADY) asked <= 1'b1;
          if (m_axi_gmem_RVALID) begin
            for (int i = 0; i < DATA_BITS / 32; i++) begin
              beats[DATA_BITS*beat+32*i+:32] <=
                  m_axi_gmem_RDATA[32*i+:32] == WRONG ? 32'd0 : m_axi_gmem_RDATA[32*i+:32];
            end
            beat <= beat + 1'b1;
            if (m_axi_gmem_RLAST) begin
              beat <= '0;
              asked <= 1'b0;
              state <= WRITE;
            end
          end
        end
        WRITE: begin
          if (m_axi_gmem_AWVALID && m_axi_gmem_AWREADY) asked <= 1'b1;
          if (m_axi_gmem_WVALID && m_axi_gmem_WREADY) begin
            beat <= beat + 1'b1;
            if (beat == last) state <= ANSWER;
          end
        end
        default:  // ANSWER
        if (m_axi_gmem_BVALID) begin
          beat <= '0;
          asked <= 1'b0;
          from <= from + 32'd64;
          to <= to + 32'd64;
          left <= left - 32'(last) - 32'd1;
          state <= READ;
        end
      endcase
    end
  end

endmodule
