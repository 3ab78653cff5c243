// SPDX-License-Identifier: MIT
// From descriptors and the ring's words to blocks: reads parameters and counts, finds where the
// stream ends too early or too late, and says for each block where its steps are. Of pools and
// additions it makes the blocks up.
//
// A convolution's block takes its count words (a clock each, when they are there) and 9 clocks; a
// made-up one 2 clocks. Parameters take 2 clocks for 2 rows. After a fault it stops.
module nmaccel_stream_parse #(
    parameter int LANES   = 8,
    parameter int COLUMNS = 64
) (
    input wire clk,
    input wire rst,

    // verilator lint_off UNUSEDSIGNAL
    input wire nmaccel_pkg::desc_t desc0,
    input wire nmaccel_pkg::desc_t desc1,
    // verilator lint_on UNUSEDSIGNAL
    input wire [1:0]               desc_count,  // published so far, modulo 4

    input  wire [nmaccel_stream_pkg::INDEX_BITS-1:0]  committed,
    input  wire                      broken,  // committed stays: the next word met broken_fault
    input wire nmaccel_pkg::fault_t  broken_fault,
    output logic                     count_read,
    input  wire                      count_ready,
    output logic [nmaccel_stream_pkg::INDEX_BITS-1:0] count_index,
    input  wire  [127:0]             count_data,

    output logic                     par_we,
    output logic [9:0]               par_addr,  // descriptor context, row
    output logic [63:0]              par_data,  // scale, bias

    output logic                     rows_valid,
    input  wire                      rows_room,  // for all that may come RING_LATENCY + 2 later
    output nmaccel_stream_pkg::rows_t rows,

    output logic                     steps_valid,
    input  wire                      steps_ready,
    output nmaccel_stream_pkg::steps_t steps,

    output logic                     block_valid,
    input  wire                      block_ready,
    output nmaccel_stream_pkg::block_t block,
    output logic                     block_faulty,  // the last one, with the fault
    output nmaccel_pkg::fault_t      fault
);

  localparam int IB = nmaccel_stream_pkg::INDEX_BITS;
  localparam int STEP_SHIFT = $clog2(2 * LANES);  // bytes of a step
  localparam int STEP_WORDS_SHIFT = STEP_SHIFT > 4 ? STEP_SHIFT - 4 : 0;

  typedef enum logic [3:0] {
    IDLE, PARAMS, TILE, BLOCK, COUNTS, TOTAL, HEADER, BLAME, TELL, STOP
  } state_t;
  typedef enum logic [2:0] {REFUSED, SHORT_COUNTS, PADDING, SHORT_STEPS, TRAILING} cause_t;
  state_t state;
  cause_t cause;

  // The descriptor under way.
  logic [1:0] parsed;
  logic [30:0] tiles_left;
  // verilator lint_off UNUSEDSIGNAL
  nmaccel_pkg::desc_t desc;
  logic [63:0] bytes;
  // verilator lint_on UNUSEDSIGNAL
  logic slot, convolution, add, last_tile;
  assign slot = parsed[0];
  assign desc = slot ? desc1 : desc0;
  assign bytes = desc.weights_end - desc.weights_offset;
  assign convolution = 32'(desc.op) == nmaccel_contract::OP_CONV;
  assign add = 32'(desc.op) == nmaccel_contract::OP_ADD;
  assign last_tile = tiles_left == 31'd1;

  // The block under way.
  logic blocks_start, blocks_idle, blocks_restart, group_start, group_end, tile_end, push;
  logic [8:0] positions, channels;
  logic [16:0] group_first;
  assign blocks_start = state == IDLE && parsed != desc_count;
  assign blocks_restart = state == TILE;
  nmaccel_stream_blocks blocks (
      .clk, .rst, .desc, .start(blocks_start), .idle(blocks_idle), .restart(blocks_restart),
      .next(push && !block_faulty), .positions, .first(group_first), .channels, .group_start,
      .group_end, .tile_end);

  // The place in the stream, in words: in the buffer, to its end, and in the ring.
  logic [59:0] at, words_left;
  logic [60:0] rest;
  logic [19:0] step_words;
  logic [IB-1:0] ahead;
  logic [3:0] tail;
  logic there, fits, trailing;
  logic [17:0] total, stream_total, made_total;
  assign tail = desc.weights_end[3:0];
  assign fits = !rest[60];
  assign trailing = rest[59:0] != '0 || tail != '0;
  assign ahead = committed - count_index;

  // Reading of parameters and counts.
  logic [8:0] reads_left;
  logic [5:0] count_words;
  logic reading, counted, halt, first_read, param_pause;
  assign count_words = 6'((desc.out_ch[9:0] + 10'd15) >> 4);
  assign reading = (state == PARAMS && !param_pause) || (state == COUNTS && rows_room);
  assign count_read = reading && reads_left != '0 && there;
  assign counted = count_read && count_ready;
  assign halt = (state == PARAMS || state == COUNTS) && reads_left != '0 && !there && broken;

  // The late signals come last: how much is there is counted from before this clock's read.
  always_ff @(posedge clk) begin
    there <= !ahead[IB-1] && (ahead[IB-1:1] != '0 || (ahead[0] && !counted));
    if (counted) count_index <= count_index + IB'(1);
    if (push && !block_faulty && convolution) begin
      count_index <= count_index + IB'(step_words);
      there <= 1'b0;
    end
    // Of the total in the clock before: when it is done that is early enough.
    step_words <= STEP_SHIFT < 4 ? 20'(19'(stream_total) + 19'd1 >> 1)
        : 20'(stream_total) << STEP_WORDS_SHIFT;
    param_pause <= counted && state == PARAMS;
    if (counted) reads_left <= reads_left - 9'd1;
    case (state)
      IDLE: begin
        tiles_left <= desc.tiles;
        reads_left <= 9'(desc.out_ch[9:1]) + 9'(desc.out_ch[0]);
        if (parsed != desc_count) state <= convolution ? PARAMS : TILE;
      end
      PARAMS: if (reads_left == '0) state <= TILE;
      TILE: begin
        at <= desc.weights_offset[63:4];
        words_left <= bytes[63:4];
        if (blocks_idle) state <= BLOCK;
      end
      BLOCK: begin
        reads_left <= 9'(count_words);
        first_read <= 1'b1;
        cause <= SHORT_COUNTS;
        if (!convolution) state <= HEADER;
        else if (words_left[59:6] == '0 && words_left[5:0] < count_words) state <= BLAME;
        else begin
          at <= at + 60'(count_words);
          words_left <= words_left - 60'(count_words);
          state <= COUNTS;
        end
      end
      COUNTS: begin
        if (counted) first_read <= 1'b0;
        if (counts_done) state <= TOTAL;
      end
      TOTAL: begin
        rest <= {1'b0, words_left} - 61'(step_words);
        cause <= PADDING;
        state <= padding != '0 ? BLAME : HEADER;
      end
      HEADER: begin
        cause <= fits ? TRAILING : SHORT_STEPS;
        if (convolution && !fits) state <= BLAME;
        if (push) begin
          at <= at + 60'(step_words);
          words_left <= rest[59:0];
          state <= BLOCK;
          if (tile_end) begin
            tiles_left <= tiles_left - 31'd1;
            state <= TILE;
            if (convolution && trailing) state <= BLAME;
            else if (last_tile) begin
              parsed <= parsed + 2'd1;
              state <= IDLE;
            end
          end
        end
      end
      BLAME: state <= TELL;
      TELL: if (push) state <= STOP;
      default: ;
    endcase
    if (halt) begin
      cause <= REFUSED;
      state <= BLAME;
    end
    if (rst) begin
      state <= IDLE;
      parsed <= 2'd0;
      count_index <= '0;
      there <= 1'b0;
    end
  end

  // What comes of the reads.
  logic [2:0] param_way, count_way, first_way, last_way;
  logic counts_done;
  logic [15:0] padding, last_rows;
  nmaccel_stream_pkg::rows_t count_rows;
  logic count_rows_valid;
  assign last_rows = desc.out_ch[3:0] == 4'd0 ? 16'hffff : ~(16'hffff << desc.out_ch[3:0]);
  always_ff @(posedge clk) begin
    param_way <= {param_way[1:0], counted && state == PARAMS};
    count_way <= {count_way[1:0], counted && state == COUNTS};
    first_way <= {first_way[1:0], first_read};
    last_way <= {last_way[1:0], reads_left == 9'd1};
    if (rst) begin
      param_way <= '0;
      count_way <= '0;
    end
  end
  nmaccel_stream_counts counts (
      .clk, .rst, .in_valid(count_way[2]), .in_first(first_way[2]), .in_last(last_way[2]),
      .in_data(count_data), .in_rows(last_rows), .rows_valid(count_rows_valid), .rows(count_rows),
      .done(counts_done), .total(stream_total), .padding);

  // Two rows of parameters a word, which come two clocks apart. Where the rows are an odd number
  // one more is written, which nobody reads.
  logic [8:0] par_row;
  logic [63:0] par_second;
  logic par_again;
  always_ff @(posedge clk) begin
    par_we <= param_way[2] || par_again;
    par_again <= param_way[2];
    par_second <= count_data[127:64];
    par_data <= par_again ? par_second : count_data[63:0];
    par_addr <= {slot, par_row};
    if (param_way[2] || par_again) par_row <= par_row + 9'd1;
    if (state == IDLE) par_row <= 9'd0;
    if (rst) begin
      par_we <= 1'b0;
      par_again <= 1'b0;
    end
  end

  // What is passed on.
  nmaccel_stream_pkg::walk_t walk;
  nmaccel_stream_pkg::rows_t made_rows;
  logic send, walk_valid;
  assign made_total = add ? 18'(positions[8:1]) : 18'(positions);
  assign total = convolution ? stream_total : made_total;
  assign send = state == HEADER && (!convolution || fits) && steps_ready && rows_room;
  assign push = block_valid && block_ready;
  assign block_valid = send || state == TELL;
  assign block_faulty = state == TELL;
  assign steps_valid = send && block_ready && total != '0;
  assign walk_valid = send && block_ready && !convolution;

  always_comb begin
    walk.restart = group_start;
    walk.channels = channels;
    walk.steps = made_total[8:0];
    made_rows = '0;
    made_rows.walk = 1'b1;
    made_rows.counts[18:0] = walk;
  end
  assign rows_valid = count_rows_valid || walk_valid;
  assign rows = count_rows_valid ? count_rows : made_rows;

  always_comb begin
    steps.kind = nmaccel_stream_pkg::KIND_STREAM;
    if (!convolution) steps.kind = nmaccel_stream_pkg::KIND_POOL;
    if (add) steps.kind = nmaccel_stream_pkg::KIND_ADD;
    steps.index = count_index;
    steps.at = at;
    steps.buffer = desc.weights.index;
    steps.total = total;
    steps.positions = positions;
  end

  // Whole steps in what is left of the stream, when that ends in the block: all of them when only
  // padding is missing.
  logic [17:0] whole;
  assign whole = 18'({words_left[19:0], tail} >> STEP_SHIFT);

  logic ends;
  assign ends = tile_end && (!convolution || !trailing);
  always_comb begin
    block.desc = slot;
    block.counted = convolution;
    block.block256 = desc.block256;
    block.largest = 32'(desc.op) == nmaccel_contract::OP_POOL_MAX;
    block.late = state == TELL && cause == SHORT_STEPS;
    block.truncated = block.late && whole != total;
    block.positions = positions;
    block.total = state == TELL ? whole : total;
    block.group_end = convolution ? ends : group_end;
    block.tile_end = ends;
    block.desc_end = ends && last_tile;
    block.first = convolution ? 17'd0 : group_first;
    block.rows = convolution ? desc.out_ch[9:0] : 10'(channels);
    block.columns = last_tile ? desc.last_columns : 11'(COLUMNS);
  end

  function automatic logic [3:0] lowest(input logic [15:0] mask);
    lowest = 4'd0;
    for (int i = 15; i >= 0; i = i - 1) begin
      if (mask[i]) lowest = 4'(i);
    end
  endfunction

  // The row whose count the stream ends before: at most 511 bytes are left then.
  logic [8:0] bytes_left, last_row;
  assign bytes_left = {words_left[4:0], tail};
  assign last_row = 9'(desc.out_ch[9:0] - 10'd1);

  always_ff @(posedge clk) begin
    if (state == BLAME) begin
      fault.buffer <= 32'(desc.weights.index);
      fault.detail <= 32'd0;
      fault.offset <= {at, 4'd0};
      case (cause)
        REFUSED: fault <= broken_fault;
        SHORT_COUNTS: begin
          fault.code <= nmaccel_contract::FAULT_TRUNCATED[3:0];
          fault.detail <= bytes_left < last_row ? 32'(bytes_left) : 32'(last_row);
          fault.offset <= desc.weights_end;
        end
        PADDING: begin
          fault.code <= nmaccel_contract::FAULT_PADDING[3:0];
          fault.offset <= {at - 60'd1, lowest(padding)};
        end
        SHORT_STEPS: begin
          fault.code <= nmaccel_contract::FAULT_TRUNCATED[3:0];
          fault.detail <= 32'(last_row);
          fault.offset <= desc.weights_end;
        end
        default: fault.code <= nmaccel_contract::FAULT_TRAILING[3:0];
      endcase
    end
  end

endmodule
