// SPDX-License-Identifier: MIT
// nmaccel_regs: the rules of an AXI4-Lite slave, and that no start, end or interrupt is lost. The
// master keeps what it offers until it is taken.
module nmaccel_regs_check (
    input wire        clk,
    input wire        awvalid,
    input wire [11:0] awaddr,
    input wire        wvalid,
    input wire [31:0] wdata,
    input wire [3:0]  wstrb,
    input wire        bready,
    input wire        arvalid,
    input wire [11:0] araddr,
    input wire        rready,
    input wire        done
);

  logic rst = 1'b1;
  logic awready, wready, bvalid, arready, rvalid, start, level;
  logic [1:0] bresp, rresp;
  logic [31:0] rdata;
  logic [63:0] base, job_addr;

  always_ff @(posedge clk) rst <= 1'b0;

  nmaccel_regs dut (
      .clk,
      .rst,
      .awvalid,
      .awready,
      .awaddr,
      .wvalid,
      .wready,
      .wdata,
      .wstrb,
      .bvalid,
      .bready,
      .bresp,
      .arvalid,
      .arready,
      .araddr,
      .rvalid,
      .rready,
      .rdata,
      .rresp,
      .start,
      .base,
      .job_addr,
      .done,
      .interrupt(level)
  );

  (* hierconn *) wire \dut.running ;
  (* hierconn *) wire \dut.have_addr ;
  (* hierconn *) wire \dut.have_data ;
  (* hierconn *) wire \dut.begins ;
  (* hierconn *) wire \dut.done_seen ;
  (* hierconn *) wire \dut.ready_seen ;
  (* hierconn *) wire \dut.clear ;
  (* hierconn *) wire \dut.gier ;
  (* hierconn *) wire [1:0] \dut.ier ;
  (* hierconn *) wire [1:0] \dut.isr ;

  // ---- What was there a clock before.

  logic was = 1'b0;  // not in reset
  logic was_bvalid, was_rvalid, was_bready, was_rready, was_running, was_done;
  logic [31:0] was_rdata;
  logic [127:0] was_place;

  always_ff @(posedge clk) begin
    was <= !rst;
    was_bvalid <= bvalid;
    was_bready <= bready;
    was_rvalid <= rvalid;
    was_rready <= rready;
    was_rdata <= rdata;
    was_running <= \dut.running ;
    was_done <= done;
    was_place <= {base, job_addr};
  end

  // ---- Addresses, data and answers of writes; addresses and answers of reads.

  logic [1:0] addresses = 2'd0, datas = 2'd0, reads = 2'd0;

  always_ff @(posedge clk) begin
    if (rst) begin
      addresses <= 2'd0;
      datas <= 2'd0;
      reads <= 2'd0;
    end else begin
      addresses <= addresses + 2'(awvalid && awready) - 2'(bvalid && bready);
      datas <= datas + 2'(wvalid && wready) - 2'(bvalid && bready);
      reads <= reads + 2'(arvalid && arready) - 2'(rvalid && rready);
    end
  end

  // done comes for a job that was started; IER at the time.
  logic [1:0] was_ier;
  logic was_clear, was_level;
  always_ff @(posedge clk) begin
    was_ier <= \dut.ier ;
    was_clear <= \dut.clear ;
    was_level <= \dut.gier && \dut.isr != 2'b00;
    assume (!done || \dut.running );
  end

  always_ff @(posedge clk) begin
    if (!rst) begin
      assert (bresp == 2'b00 && rresp == 2'b00);
      if (bvalid) assert (addresses != 2'd0 && datas != 2'd0);
      if (rvalid) assert (reads != 2'd0);
      assert (addresses <= 2'd2 && datas <= 2'd2 && reads <= 2'd1);
      // The counts are those of the registers inside.
      assert (addresses == 2'(bvalid) + 2'(\dut.have_addr ));
      assert (datas == 2'(bvalid) + 2'(\dut.have_data ));
      assert (reads == 2'(rvalid));
    end
    if (!rst && was) begin
      if (was_bvalid && !was_bready) assert (bvalid);
      if (was_rvalid && !was_rready) assert (rvalid && rdata == was_rdata);
      // A start only without a job, and then there is one; its place does not move.
      if (start) assert (!was_running && \dut.running );
      if (\dut.running && !was_running) assert (start);
      if (!\dut.running && was_running) assert (was_done);
      if (was_running) assert (was_place == {base, job_addr});
      if (was_done) assert (!\dut.running && \dut.done_seen && \dut.ready_seen );
      if (was_done) assert ((\dut.isr & was_ier) == was_ier);
      if (!was_done && was_clear) assert (!\dut.done_seen && !\dut.ready_seen );
      assert (level == was_level);
    end
  end

  // ---- Jobs can follow one another, and the interrupt comes.

  logic [1:0] jobs = 2'd0;
  always_ff @(posedge clk) begin
    if (start && jobs != 2'd3) jobs <= jobs + 2'd1;
    cover (jobs == 2'd2 && level && !\dut.running );
  end

endmodule
