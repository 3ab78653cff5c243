// SPDX-License-Identifier: MIT
// What the units of the weight stream pass to each other and to the issue unit.
package nmaccel_stream_pkg;

  // Words of the ring of fetched words are counted modulo 2^INDEX_BITS: enough to tell which of
  // two comes first when they are a block's longest steps apart, 512 rows of 255 steps of 64
  // bytes.
  localparam int INDEX_BITS = 22;

  // From the clock in which the ring takes a read to the one in which its words are there.
  localparam int RING_LATENCY = 3;

  // Where a block's steps come from.
  localparam logic [1:0] KIND_STREAM = 2'd0;
  localparam logic [1:0] KIND_POOL   = 2'd1;  // step i: position i, once
  localparam logic [1:0] KIND_ADD    = 2'd2;  // step i: position i, 256 times, and position n + i

  // A block, in the order in which blocks are carried out.
  typedef struct packed {
    logic        desc;       // which of the two descriptor contexts
    logic        counted;    // its steps and loads count in the record
    logic        block256;   // it takes two units of the block memory, not one
    logic        largest;    // steps take the larger of accumulator and product, not the sum
    logic        late;       // the fault comes after its loads
    logic        truncated;  // and in the row that the stream ends in, after total whole steps
    logic [8:0]  positions;
    logic [17:0] total;      // steps
    logic        group_end;  // accumulators are complete after it
    logic        tile_end;   // as are all of the column tile
    logic        desc_end;   // and of the descriptor
    logic [16:0] first;      // channels of the accumulators: [first, first + rows)
    logic [9:0]  rows;
    logic [10:0] columns;    // that exist in the tile
  } block_t;
  localparam int BLOCK_BITS = 6 + 9 + 18 + 3 + 17 + 10 + 11;

  // Steps of one row of a block: rows without any have none.
  typedef struct packed {
    logic [8:0] row;
    logic [7:0] steps;  // 1 .. 255
  } run_t;
  localparam int RUN_BITS = 9 + 8;

  // A block's rows, as the scan of the counts passes them on: 16 rows that have steps, or a walk
  // through channels for steps that are not from the stream.
  typedef struct packed {
    logic         walk;
    logic [4:0]   base;    // first of the rows, a multiple of 16
    logic [15:0]  mask;    // which have steps
    logic [127:0] counts;  // of a walk: walk_t
  } rows_t;
  localparam int ROWS_BITS = 1 + 5 + 16 + 128;

  typedef struct packed {
    logic       restart;   // at row 0, else after the last walk's last row
    logic [8:0] channels;  // after row channels - 1 comes row 0
    logic [8:0] steps;     // one of each row met
  } walk_t;

  // Where a block's steps are.
  typedef struct packed {
    logic [1:0]            kind;
    logic [INDEX_BITS-1:0] index;      // of their first word in the ring
    logic [59:0]           at;         // and in the buffer
    logic [7:0]            buffer;
    logic [17:0]           total;      // 1 or more
    logic [8:0]            positions;
  } steps_t;
  localparam int STEPS_BITS = 2 + INDEX_BITS + 60 + 8 + 18 + 9;

endpackage
