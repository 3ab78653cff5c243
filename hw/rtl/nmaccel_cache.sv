// SPDX-License-Identifier: MIT
// Which input tiles lie in the halo memory. Takes passes in order, has what they read and is not
// there yet fetched, and hands them on with the number of fetches that must have come in before.
//
// A line of the memory holds one channel group of one tile. Where it lies follows from its tile and
// group, and it may be overwritten when no pass that reads it is still to come: so the fetches run
// ahead of the passes as far as there are lines.
module nmaccel_cache #(
    parameter int BLOCK_ROWS = 256,
    parameter int DEPTH      = 2048,
    parameter int LINES      = 32,
    localparam int DEPTH_BITS = $clog2(DEPTH),
    localparam int LINE_BITS = $clog2(LINES),
    localparam int PASS_BITS = 6
) (
    input wire clk,
    input wire rst,

    input wire                   start,
    // verilator lint_off UNUSEDSIGNAL
    input wire nmaccel_pkg::desc_t desc,
    // verilator lint_on UNUSEDSIGNAL

    // The descriptor's input is in memory: before that no fetch and no pass goes on.
    input wire                   may_fetch,

    input  wire                                pass_valid,
    output logic                               pass_ready,
    input  wire  [2:0]                         pass_tiles,
    input  wire  [31:0]                        pass_tile,
    input  wire                                pass_second,
    input  wire  [16:0]                        pass_group,
    input  wire  [8:0]                         pass_channels,

    // The same pass with where to read it; taken when pass_ready.
    output logic                  out_valid,
    input  wire                   out_ready,
    output logic [2:0][DEPTH_BITS-1:0] out_rows, // where the lines of its tiles begin
    output logic [7:0]            out_fetches, // so many must be in, modulo 256
    // A pass has been carried out, in order.
    input  wire                   pass_over,

    output logic                  fetch_valid,
    input  wire                   fetch_ready,
    output logic                  fetch_second,
    output logic [31:0]           fetch_tile,
    output logic [16:0]           fetch_group,
    output logic [8:0]            fetch_channels,
    output logic [DEPTH_BITS-1:0] fetch_to
);

  typedef enum logic [1:0] { LOOK, CHECK, FETCH, OFFER } state_t;
  state_t state;

  // Lines are powers of two of rows, as long as a group.
  wire is_add = desc.op == nmaccel_contract::OP_ADD[2:0];
  logic [3:0] line_shift;
  logic [LINE_BITS-1:0] line_mask;
  wire [8:0] block_rows = (BLOCK_ROWS == 256 && desc.block256) ? 9'd256 : 9'd128;
  wire [8:0] group_rows = is_add ? block_rows >> 1 : block_rows;
  wire [8:0] most = (desc.in_ch < 17'(group_rows)) ? desc.in_ch[8:0] : group_rows;
  logic [3:0] most_shift;
  always_comb begin
    most_shift = 4'd0;
    for (int i = 0; i < 8; i++) if (most > 9'(1 << i)) most_shift = 4'(i + 1);
  end
  wire [LINE_BITS-1:0] most_lines = LINE_BITS'(32'(LINES) - 32'd1)
      & LINE_BITS'((32'(DEPTH) >> most_shift) - 32'd1);

  // What a line holds.
  logic [49:0] tags[LINES];
  logic [LINES-1:0] held;

  // Consecutive groups of a tile, which come after each other, lie apart; so do the two inputs. The
  // tiles of a pass are in consecutive lines.
  logic [2:0][LINE_BITS-1:0] line;
  logic [2:0][49:0] tag;
  logic [2:0] absent;
  wire [3:0] group_shift = (BLOCK_ROWS == 256 && desc.block256 ? 4'd8 : 4'd7) - 4'(is_add);
  wire [16:0] group_number = pass_group >> group_shift;
  wire [LINE_BITS-1:0] hash = LINE_BITS'(pass_tile) + LINE_BITS'(group_number * 17'd5)
      + (pass_second ? LINE_BITS'(LINES / 4) : '0);
  for (genvar i = 0; i < 3; i++) begin : gen_tile
    assign absent[i] = pass_tiles[i] && !(held[line[i]] && tags[line[i]] == tag[i]);
    assign out_rows[i] = DEPTH_BITS'(line[i]) << line_shift;
  end

  // A line that passes still read is in use, until the last of them is over.
  logic [PASS_BITS-1:0] pass_number, over_number;
  logic [LINES-1:0] used;
  logic [LINES-1:0][PASS_BITS-1:0] used_by;
  wire accepted = out_valid && out_ready;

  assign pass_ready = accepted;
  assign out_valid = state == OFFER && may_fetch;

  logic [2:0] to_fetch;
  wire [1:0] which = to_fetch[0] ? 2'd0 : to_fetch[1] ? 2'd1 : 2'd2;
  wire [LINE_BITS-1:0] fetch_line = line[which];
  assign fetch_tile = tag[which][31:0];
  assign fetch_second = pass_second;
  assign fetch_group = pass_group;
  assign fetch_channels = pass_channels;
  assign fetch_to = out_rows[which];
  assign fetch_valid = state == FETCH && !used[fetch_line] && may_fetch;
  wire fetching = fetch_valid && fetch_ready;
  wire [2:0] left_to_fetch = to_fetch & (to_fetch - 3'd1);

  always_ff @(posedge clk) begin
    case (state)
      LOOK:
      if (pass_valid) begin
        state <= CHECK;
        for (int i = 0; i < 3; i++) begin
          line[i] <= (hash + LINE_BITS'(i)) & line_mask;
          tag[i] <= {pass_second, pass_group, pass_tile + 32'(i)};
        end
      end
      CHECK: begin
        to_fetch <= absent;
        state <= (absent != 3'd0) ? FETCH : OFFER;
      end
      FETCH:
      if (fetching) begin
        to_fetch <= left_to_fetch;
        if (left_to_fetch == 3'd0) state <= OFFER;
      end
      default: if (accepted) state <= LOOK;
    endcase
    if (rst) state <= LOOK;
  end

  always_ff @(posedge clk) begin
    if (fetching) begin
      tags[fetch_line] <= tag[which];
      held[fetch_line] <= 1'b1;
      out_fetches <= out_fetches + 8'd1;
    end
    if (start) begin
      held <= '0;
      line_shift <= most_shift;
      line_mask <= most_lines;
    end
    if (rst) out_fetches <= 8'd0;
  end

  always_ff @(posedge clk) begin
    for (int i = 0; i < LINES; i++)
      if (pass_over && used_by[i] == over_number) used[i] <= 1'b0;
    if (pass_over) over_number <= over_number + 1'b1;
    if (accepted) begin
      pass_number <= pass_number + 1'b1;
      for (int i = 0; i < 3; i++)
        if (pass_tiles[i]) begin
          used[line[i]] <= 1'b1;
          used_by[line[i]] <= pass_number;
        end
    end
    if (rst) begin
      used <= '0;
      pass_number <= '0;
      over_number <= '0;
    end
  end

endmodule
