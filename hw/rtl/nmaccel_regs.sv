// SPDX-License-Identifier: MIT
// The registers of the engine: an AXI4-Lite slave with the s_axilite map that Vitis HLS makes of
// ap_ctrl_hs, as uapi/drm/nmaccel_hw.h has it. What has no register reads as 0, and all answers are
// OKAY.
//
// START begins a job, with a pulse of start, and reads as 1 until done, a pulse of one clock;
// meanwhile writing it is nothing, as ap_start is set already. base and job_addr are those of the
// time of START: what is written later is for the next job. DONE and READY clear when CTRL is read;
// a done in the same clock is not lost. Bits of ISR toggle when 1 is written, but a done in that
// clock sets them. The lowest two bits of an address are ignored.
//
// Two clocks a write, from the later of address and data to the response, and two a read.
module nmaccel_regs (
    input  wire         clk,
    input  wire         rst,
    input  wire         awvalid,
    output logic        awready,
    // verilator lint_off UNUSEDSIGNAL
    input  wire  [11:0] awaddr,
    // verilator lint_on UNUSEDSIGNAL
    input  wire         wvalid,
    output logic        wready,
    input  wire  [31:0] wdata,
    input  wire  [3:0]  wstrb,
    output logic        bvalid,
    input  wire         bready,
    output logic [1:0]  bresp,
    input  wire         arvalid,
    output logic        arready,
    // verilator lint_off UNUSEDSIGNAL
    input  wire  [11:0] araddr,
    // verilator lint_on UNUSEDSIGNAL
    output logic        rvalid,
    input  wire         rready,
    output logic [31:0] rdata,
    output logic [1:0]  rresp,
    output logic        start,
    output logic [63:0] base,
    output logic [63:0] job_addr,
    input  wire         done,
    // verilator lint_off SYMRSVDWORD
    output logic        interrupt
    // verilator lint_on SYMRSVDWORD
);

  // Register numbers: a register is a word.
  localparam logic [9:0] CTRL = nmaccel_contract::REG_CTRL[11:2];
  localparam logic [9:0] GIER = nmaccel_contract::REG_GIER[11:2];
  localparam logic [9:0] IER = nmaccel_contract::REG_IER[11:2];
  localparam logic [9:0] ISR = nmaccel_contract::REG_ISR[11:2];
  localparam logic [9:0] MEM_LO = nmaccel_contract::REG_MEM_LO[11:2];
  localparam logic [9:0] MEM_HI = nmaccel_contract::REG_MEM_HI[11:2];
  localparam logic [9:0] JOB_LO = nmaccel_contract::REG_JOB_LO[11:2];
  localparam logic [9:0] JOB_HI = nmaccel_contract::REG_JOB_HI[11:2];

  assign bresp = 2'b00;
  assign rresp = 2'b00;

  // ---- Writes: address and data come in any order.

  logic have_addr, have_data, write;
  logic [9:0] write_reg;
  logic [31:0] write_data;
  logic [3:0] write_bytes;

  assign awready = !have_addr;
  assign wready = !have_data;
  assign write = have_addr && have_data && (!bvalid || bready);

  always_ff @(posedge clk) begin
    if (rst) begin
      have_addr <= 1'b0;
      have_data <= 1'b0;
      bvalid <= 1'b0;
    end else begin
      have_addr <= have_addr ? !write : awvalid;
      have_data <= have_data ? !write : wvalid;
      bvalid <= write || (bvalid && !bready);
    end
  end

  always_ff @(posedge clk) begin
    if (awvalid && awready) write_reg <= awaddr[11:2];
    if (wvalid && wready) begin
      write_data <= wdata;
      write_bytes <= wstrb;
    end
  end

  // ---- Registers.

  logic running, done_seen, ready_seen, gier, read, clear;
  logic [1:0] ier, isr;
  logic [63:0] mem, job;

  assign read = arvalid && arready;
  assign clear = read && araddr[11:2] == CTRL;

  function automatic logic [31:0] bytes_of(input [31:0] before_it, input [31:0] data,
                                           input [3:0] which);
    for (int i = 0; i < 4; i++) bytes_of[8*i+:8] = which[i] ? data[8*i+:8] : before_it[8*i+:8];
  endfunction

  always_ff @(posedge clk) begin
    if (rst) begin
      mem <= '0;
      job <= '0;
      gier <= 1'b0;
      ier <= 2'b00;
    end else if (write) begin
      case (write_reg)
        GIER: if (write_bytes[0]) gier <= write_data[0];
        IER: if (write_bytes[0]) ier <= write_data[1:0];
        MEM_LO: mem[31:0] <= bytes_of(mem[31:0], write_data, write_bytes);
        MEM_HI: mem[63:32] <= bytes_of(mem[63:32], write_data, write_bytes);
        JOB_LO: job[31:0] <= bytes_of(job[31:0], write_data, write_bytes);
        JOB_HI: job[63:32] <= bytes_of(job[63:32], write_data, write_bytes);
        default: ;
      endcase
    end
  end

  logic begins;
  assign begins = write && write_reg == CTRL && write_bytes[0] && write_data[0] && !running;

  always_ff @(posedge clk) begin
    if (rst) begin
      start <= 1'b0;
      running <= 1'b0;
    end else begin
      start <= begins;
      running <= begins || (running && !done);
    end
    if (begins) begin
      base <= mem;
      job_addr <= job;
    end
  end

  logic [1:0] toggle;
  assign toggle = write && write_reg == ISR && write_bytes[0] ? write_data[1:0] : 2'b00;

  always_ff @(posedge clk) begin
    if (rst) begin
      done_seen <= 1'b0;
      ready_seen <= 1'b0;
      isr <= 2'b00;
    end else begin
      done_seen <= done || (done_seen && !clear);
      ready_seen <= done || (ready_seen && !clear);
      isr <= (isr ^ toggle) | (done ? ier : 2'b00);
    end
  end

  always_ff @(posedge clk) begin
    if (rst) interrupt <= 1'b0;
    else interrupt <= gier && isr != 2'b00;
  end

  // ---- Reads.

  assign arready = !rvalid;

  always_ff @(posedge clk) begin
    if (rst) rvalid <= 1'b0;
    else rvalid <= read || (rvalid && !rready);
  end

  always_ff @(posedge clk) begin
    if (read) begin
      case (araddr[11:2])
        CTRL: rdata <= {28'd0, ready_seen, !running, done_seen, running};
        GIER: rdata <= {31'd0, gier};
        IER: rdata <= {30'd0, ier};
        ISR: rdata <= {30'd0, isr};
        MEM_LO: rdata <= mem[31:0];
        MEM_HI: rdata <= mem[63:32];
        JOB_LO: rdata <= job[31:0];
        JOB_HI: rdata <= job[63:32];
        default: rdata <= 32'd0;
      endcase
    end
  end

endmodule
