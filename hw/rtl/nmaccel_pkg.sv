// SPDX-License-Identifier: MIT
// What the units of the engine pass to each other. All multi-bit fields are unsigned unless said.
package nmaccel_pkg;

  // Memory is moved in words of 16 bytes, in bursts of up to MAX_BURST of them.
  localparam int MAX_BURST = 64;

  // A read or write of memory: a device address, a multiple of 16, and 1 .. MAX_BURST words.
  typedef struct packed {
    logic [63:0] addr;
    logic [6:0]  words;
  } mem_req_t;

  // A buffer of the job's table, checked when the table was read.
  typedef struct packed {
    logic [63:0] addr;        // of the data, or of the page list
    logic [63:0] size;        // bytes
    logic        paged;
    logic [4:0]  page_shift;
    logic [7:0]  index;       // in the table
  } port_t;

  // An access of a buffer, to be translated: offset is a multiple of 16.
  typedef struct packed {
    port_t       port;
    logic [63:0] offset;
    logic [6:0]  words;
  } xlat_req_t;

  // Its answer: the first words of it lie together at addr; or a fault, 0 for none.
  typedef struct packed {
    logic [63:0] addr;
    logic [6:0]  words;
    logic [3:0]  fault;
  } xlat_rsp_t;

  // What goes into the record about a fault; code 0 is none.
  typedef struct packed {
    logic [3:0]  code;
    logic [31:0] buffer;
    logic [31:0] detail;
    logic [63:0] offset;
  } fault_t;

  // A column of a tensor, or a distance between two, in base C: floor(column / C), modulo 2^32, and
  // the rest, which is never negative.
  typedef struct packed {
    logic [31:0] tile;
    logic [9:0]  place;
  } position_t;

  // A descriptor that has been checked whole, with all that follows from its fields alone.
  typedef struct packed {
    logic [2:0]  op;              // NMACCEL_OP_*
    logic        wide;            // 32-bit results
    logic        count_valid;
    logic        block256;        // 256 block rows, else 128; of pools and additions: M of the build
    port_t       in;
    port_t       in2;
    port_t       out;
    port_t       weights;
    port_t       params;
    logic [63:0] in_base;         // offset in the buffer of channel ch0 of column tile 0
    logic [63:0] in2_base;
    logic [63:0] out_base;
    logic [31:0] in_step;         // bytes from one column tile to the next
    logic [31:0] in2_step;
    logic [31:0] out_step;
    logic [16:0] in_ch;
    logic [16:0] out_ch;
    logic [63:0] weights_offset;
    logic [63:0] weights_end;
    logic [63:0] params_offset;
    logic [30:0] tiles;           // column tiles of the output
    logic [10:0] last_columns;    // columns of the last of them, 1 .. C
    logic [30:0] in_h;
    logic [30:0] in_w;
    logic [30:0] out_h;
    logic [30:0] out_w;
    logic [7:0]  kernel_h;
    logic [7:0]  kernel_w;
    logic [7:0]  stride_h;
    logic [7:0]  stride_w;
    logic [7:0]  pad_top;
    logic [7:0]  pad_left;
    logic [7:0]  dilation_h;
    logic [7:0]  dilation_w;
    logic [7:0]  in_zero;         // signed, as the next two
    logic [7:0]  in2_zero;
    logic [7:0]  out_zero;
    logic [31:0] act_min;         // signed
    logic [31:0] act_max;
    logic [31:0] scale;           // fp32 bits
    logic [31:0] scale2;
    // Input column of the window's corner, and how it moves:
    position_t   corner;          // at output pixel (0, 0) of image 0: -(pad_top * in_w + pad_left)
    position_t   next_x;          // to the next pixel of a row: stride_w
    position_t   next_y;          // from the last pixel of a row to the next row's first:
                                  // stride_h * in_w - (out_w - 1) * stride_w
    position_t   next_image;      // from an image's last pixel to the next one's first: in_h * in_w
                                  // - (out_h - 1) * stride_h * in_w - (out_w - 1) * stride_w
    position_t   tap_x;           // from a tap to the next in its row: dilation_w
    position_t   tap_y;           // from a row's last tap to the next row's first:
                                  // dilation_h * in_w - (kernel_w - 1) * dilation_w
  } desc_t;

  // Its width, for ports that carry two of them side by side: yosys has no arrays of structs.
  localparam int DESC_BITS = 1864;

  // Results that are complete in one accumulator bank: channels [first, first + rows) of one column
  // tile. An empty one (rows 0) only carries what is said at its end.
  typedef struct packed {
    logic        desc;            // which of the two descriptor contexts
    logic        bank;            // of the accumulators
    logic [16:0] first;
    logic [9:0]  rows;
    logic [30:0] tile;
    logic [10:0] columns;         // that exist in the tile
    logic        tile_end;        // the tile's last
    logic        desc_end;        // the descriptor's last
    logic [63:0] steps;           // of the job so far
    logic [63:0] loads;
    fault_t      fault;           // found after what was before; then nothing follows
  } result_t;

endpackage
