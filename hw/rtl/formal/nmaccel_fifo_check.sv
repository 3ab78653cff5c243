// SPDX-License-Identifier: MIT
// nmaccel_fifo: nothing is lost, made up or out of order. One entry, any one, is watched from where
// it comes in to where it goes out; the rest says how the registers belong together, so that
// induction holds. Memories are 4 entries here.
module nmaccel_fifo_check #(
    parameter int DEPTH = 4,
    parameter bit BLOCK = 1'b0
) (
    input wire       clk,
    input wire       in_valid,
    input wire [1:0] in_data,
    input wire       out_ready,
    input wire       watch
);

  logic rst = 1'b1;
  logic in_ready, out_valid;
  logic [1:0] out_data;
  logic [2:0] count;
  logic [$clog2(DEPTH+1)-1:0] count_port;

  assign count = 3'(count_port);

  always_ff @(posedge clk) rst <= 1'b0;

  nmaccel_fifo #(
      .WIDTH(2),
      .DEPTH(DEPTH),
      .BLOCK(BLOCK)
  ) dut (
      .clk,
      .rst,
      .in_valid,
      .in_ready,
      .in_data,
      .out_valid,
      .out_ready,
      .out_data,
      .count(count_port)
  );

  logic put, take;
  assign put = in_valid && in_ready;
  assign take = out_valid && out_ready;

  // ---- The entry that is watched, and how many are ahead of it.

  logic watching = 1'b0;
  logic [1:0] watched;
  logic [2:0] ahead;

  always_ff @(posedge clk) begin
    if (rst) begin
      watching <= 1'b0;
    end else if (watching) begin
      watching <= !(take && ahead == 3'd0);
      ahead <= ahead - 3'(take);
    end else if (put && watch) begin
      watching <= 1'b1;
      watched <= in_data;
      ahead <= count - 3'(take);
    end
  end

  // How long something was there, and nothing could be taken.
  logic [2:0] hidden = 3'd0;
  always_ff @(posedge clk) hidden <= rst || count == 3'd0 || out_valid ? 3'd0 : hidden + 3'd1;

  always_ff @(posedge clk) begin
    if (!rst) begin
      assert (count <= 3'(DEPTH));
      assert (in_ready == (count < 3'(DEPTH)));
      if (out_valid) assert (count != 3'd0);
      if (watching) assert (ahead < count);
      if (watching && out_valid && ahead == 3'd0) assert (out_data == watched);
      assert (hidden <= (BLOCK ? 3'd2 : 3'd0));
    end
  end

  // ---- The registers inside.

  (* hierconn *) wire [1:0] \dut.write_at ;
  (* hierconn *) wire [1:0] \dut.read_at ;
  (* hierconn *) wire [1:0] \dut.g_lut.memory[0] ;
  (* hierconn *) wire [1:0] \dut.g_lut.memory[1] ;
  (* hierconn *) wire [1:0] \dut.g_lut.memory[2] ;
  (* hierconn *) wire [1:0] \dut.g_lut.memory[3] ;
  (* hierconn *) wire [1:0] \dut.g_block.memory[0] ;
  (* hierconn *) wire [1:0] \dut.g_block.memory[1] ;
  (* hierconn *) wire [1:0] \dut.g_block.memory[2] ;
  (* hierconn *) wire [1:0] \dut.g_block.memory[3] ;
  (* hierconn *) wire [$clog2(DEPTH+1)-1:0] \dut.g_block.in_memory ;
  (* hierconn *) wire       \dut.g_block.fetched_valid ;
  (* hierconn *) wire [1:0] \dut.g_block.fetched ;

  logic [7:0] memory;
  logic [2:0] outside, in_memory;  // entries in registers, in the memory
  logic [1:0] place;               // of the watched entry in the memory

  assign memory = BLOCK ?
      {\dut.g_block.memory[3] , \dut.g_block.memory[2] , \dut.g_block.memory[1] ,
       \dut.g_block.memory[0] } :
      {\dut.g_lut.memory[3] , \dut.g_lut.memory[2] , \dut.g_lut.memory[1] ,
       \dut.g_lut.memory[0] };
  assign in_memory = BLOCK ? 3'(\dut.g_block.in_memory ) : count;
  assign outside = BLOCK ? 3'(out_valid) + 3'(\dut.g_block.fetched_valid ) : 3'd0;
  assign place = 2'(\dut.read_at + 2'(ahead) - 2'(outside));

  always_ff @(posedge clk) begin
    if (!rst) begin
      assert (count == in_memory + outside);
      assert (in_memory <= count);
      assert (2'(in_memory) == 2'(\dut.write_at - \dut.read_at ));
      if (watching && ahead >= outside) assert (memory[2*place+:2] == watched);
      if (BLOCK && watching && ahead < outside && ahead == 3'(out_valid))
        assert (\dut.g_block.fetched == watched);
      if (BLOCK && hidden == 3'd1) assert (out_valid || \dut.g_block.fetched_valid );
      if (BLOCK && hidden == 3'd2) assert (out_valid);
    end
  end

  // ---- It can be filled and emptied, and the last entry comes out.

  logic was_full = 1'b0;
  logic was_last = 1'b0;
  always_ff @(posedge clk) begin
    was_full <= !rst && (was_full || count == 3'(DEPTH));
    was_last <= !rst && (was_last || (watching && ahead == 3'(DEPTH - 1)));
    cover (was_full && was_last && !watching && count == 3'd0);
  end

endmodule
