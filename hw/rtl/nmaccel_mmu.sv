// SPDX-License-Identifier: MIT
// From a buffer's offset to a device address, for three requesters: 0 stream, 1 loader, 2 store.
// The answer's words are the first that lie together: never across a page, up to MAX_BURST. Or
// there is a fault: BOUNDS (the store writes whole words inside the size; a read may end inside the
// last one), BUS for a page list that cannot be read, BUFFER for a page that is no multiple of its
// size.
//
// A requester keeps req until req_ready; the answer follows one clock later, 5 clocks after req if
// its page is known. The requesters share this: one answer in 5 clocks, in turn.
//
// Page lists are read in lines of 8 entries, less at a list's end, by list_*. A requester keeps two
// lines, an even and an odd one, of each of the two buffers that it used last; when it begins to
// use one, the line after it is read ahead. A line that was refused is of no use, but an entry of
// it may be: that one is then read alone, for each use.
//
// flush forgets all lines; lists that are being read then are not taken. rst must not come while
// any is being read.
module nmaccel_mmu #(
    parameter int DATA_BYTES = 16,
    localparam int REQUESTERS = 3,
    localparam int WORDS = DATA_BYTES / 16,
    localparam int WORDS_BITS = $clog2(WORDS + 1),
    // of a nmaccel_pkg::port_t, and xlat_req_t
    localparam int PORT_BITS = 64 + 64 + 1 + 5 + 8,
    localparam int REQ_BITS = PORT_BITS + 64 + 7
) (
    input  wire                            clk,
    input  wire                            rst,
    input  wire                            flush,
    input  wire  [REQUESTERS-1:0]          req_valid,
    output logic [REQUESTERS-1:0]          req_ready,
    input  wire  [REQUESTERS*REQ_BITS-1:0] req,        // nmaccel_pkg::xlat_req_t of each
    output logic [REQUESTERS-1:0]          rsp_valid,
    output nmaccel_pkg::xlat_rsp_t         rsp,
    // To nmaccel_read.
    output logic                           list_valid,
    input  wire                            list_ready,
    // verilator lint_off SYMRSVDWORD
    output nmaccel_pkg::mem_req_t          list,
    // verilator lint_on SYMRSVDWORD
    input  wire                            list_rsp_valid,
    input  wire  [8*DATA_BYTES-1:0]        list_rsp_data,
    // verilator lint_off UNUSEDSIGNAL
    input  wire  [WORDS_BITS-1:0]          list_rsp_words, // known from the request
    // verilator lint_on UNUSEDSIGNAL
    input  wire                            list_rsp_last,
    input  wire                            list_rsp_error
);

  localparam int SLOTS = 16;  // {requester, way: of the buffer, parity of the line}
  localparam int PAGE_BITS = 52;
  localparam int LINE_BITS = PAGE_BITS - 3;
  localparam int TAG_BITS = 8 + LINE_BITS;
  localparam int LINE_WORDS = 4;
  localparam int LINE_BEATS = LINE_WORDS / WORDS;

  typedef enum logic [3:0] {
    PICK,    // whose turn is it
    SUM,     // arithmetic of the request
    CHECK,   // tags, bounds
    LOOK,    // what to do
    ANSWER,
    LAST,    // the list's last page
    ALLOC,   // a line for a slot
    SINGLE,  // an entry alone
    ISSUE,   // until the request is taken
    NEXT     // the line that follows
  } state_t;

  state_t state;

  // ---- The request that is looked at.

  logic [1:0] who, turn, choice;
  logic [REQUESTERS-1:0] waiting;  // for a line
  logic [REQUESTERS-1:0] wanting;
  nmaccel_pkg::port_t now_port;
  logic [63:0] now_offset;
  logic [6:0] now_words;

  assign wanting = req_valid & ~waiting & ~req_ready;

  // Whose turn it is, or the next who wants.
  always_comb begin
    case (turn)
      2'd0: choice = wanting[0] ? 2'd0 : wanting[1] ? 2'd1 : 2'd2;
      2'd1: choice = wanting[1] ? 2'd1 : wanting[2] ? 2'd2 : 2'd0;
      default: choice = wanting[2] ? 2'd2 : wanting[0] ? 2'd0 : 2'd1;
    endcase
  end

  always_ff @(posedge clk) begin
    if (rst) begin
      turn <= 2'd0;
    end else if (state == PICK && wanting != '0) begin
      turn <= choice == 2'd2 ? 2'd0 : choice + 2'd1;
    end
  end

  always_ff @(posedge clk) begin
    if (state == PICK) begin
      who <= choice;
      case (choice)
        2'd0: {now_port, now_offset, now_words} <= req[0*REQ_BITS+:REQ_BITS];
        2'd1: {now_port, now_offset, now_words} <= req[1*REQ_BITS+:REQ_BITS];
        default: {now_port, now_offset, now_words} <= req[2*REQ_BITS+:REQ_BITS];
      endcase
    end
  end

  // ---- Arithmetic, one step of it a clock.

  logic [63:0] linear, size_last;
  logic [60:0] end_word;
  logic outside;
  logic [LINE_BITS-1:0] line, last_line;
  logic [2:0] place;       // of the entry in its line
  logic [1:0] last_place;  // of the list's last word in its last line
  logic rounded;           // the word in which the buffer ends counts

  assign rounded = who != 2'd2 && now_port.size[3:0] != '0;

  function automatic [PAGE_BITS-1:0] page_of(input [63:0] bytes, input [4:0] shift);
    page_of = PAGE_BITS'(bytes >> shift);
  endfunction

  logic [PAGE_BITS-1:0] page;
  assign page = page_of(state == LAST ? size_last : now_offset, now_port.page_shift);

  always_ff @(posedge clk) begin
    if (state == SUM) begin
      linear <= now_port.addr + now_offset;
      size_last <= now_port.size - 64'd1;
      // With a limit of size / 16 rounded up, one word less is asked for instead.
      end_word <= {1'b0, now_offset[63:4]} + 61'(now_words) - 61'(rounded);
      {line, place} <= page;
    end
    if (state == NEXT) line <= line + 1'b1;
    if (state == LAST) {last_line, last_place} <= page[PAGE_BITS-1:1];
    outside <= end_word > {1'b0, now_port.size[63:4]};
  end

  // ---- Slots: lines of page lists, and what is known of them.

  logic [SLOTS-1:0] valid, filled, failed, used;
  logic [1:0] hit;     // ways that have the line
  logic [1:0] owned;   // ways that the buffer has
  logic [3:0] recent;  // of a requester, the way that it used last
  logic way;           // where the line is, or goes
  logic [3:0] slot, hit_slot;
  logic hit_failed;
  logic [TAG_BITS-1:0] tag;
  logic allocate, alone;

  assign tag = {now_port.index, line};

  generate
    for (genvar i = 0; i < 2; i++) begin : g_ways
      (* ram_style = "distributed" *) logic [TAG_BITS-1:0] tags [8];
      (* ram_style = "distributed" *) logic [7:0] owners [4];

      always_ff @(posedge clk) begin
        if (allocate && way == i[0]) begin
          tags[{who, line[0]}] <= tag;
          owners[who] <= now_port.index;
        end
      end

      always_ff @(posedge clk) begin
        hit[i] <= tags[{who, line[0]}] == tag && valid[{who, i[0], line[0]}];
        owned[i] <= owners[who] == now_port.index;
      end
    end
  endgenerate

  assign slot = {who, way, line[0]};
  assign hit_slot = {who, hit[1], line[0]};
  assign hit_failed = failed[hit_slot];

  // What a flush or a reset leaves of owners only makes the choice a worse one.
  always_ff @(posedge clk) begin
    if (state == LOOK && !ahead) begin
      if (hit != '0) way <= hit[1];
      else way <= owned == 2'b00 ? !recent[who] : owned[1];
    end
    if ((state == ANSWER && now_port.paged) || allocate) recent[who] <= way;
  end

  // ---- What is being read: answers come in order.

  logic fetch_valid, fetch_take, fetch_single, fetch_stale;
  logic [1:0] fetch_who;
  logic [3:0] fetch_slot;
  logic [4:0] fetches, stale;
  logic [1:0] fill_beat;

  assign fetch_take = list_rsp_valid && list_rsp_last && fetch_valid;
  assign fetch_who = fetch_slot[3:2];
  assign fetch_stale = stale != '0;

  nmaccel_fifo #(
      .WIDTH(5),
      .DEPTH(16)
  ) i_fetches (
      .clk,
      .rst,
      .in_valid(allocate || alone),
      // verilator lint_off PINCONNECTEMPTY
      .in_ready(),  // a slot has one at most, a requester one of SINGLE instead
      // verilator lint_on PINCONNECTEMPTY
      .in_data({alone, slot}),
      .out_valid(fetch_valid),
      .out_ready(fetch_take),
      .out_data({fetch_single, fetch_slot}),
      .count(fetches)
  );

  always_ff @(posedge clk) begin
    if (rst) stale <= '0;
    else if (flush) stale <= fetches - 5'(fetch_take);
    else if (fetch_take && fetch_stale) stale <= stale - 5'd1;
  end

  always_ff @(posedge clk) begin
    if (rst) fill_beat <= '0;
    else if (list_rsp_valid) fill_beat <= list_rsp_last ? '0 : fill_beat + 2'd1;
  end

  // ---- The entries, a memory as wide as a beat.

  localparam int ENTRY_ADDR_BITS = 4 + $clog2(LINE_BEATS);
  (* ram_style = "distributed" *) logic [8*DATA_BYTES-1:0] entries [SLOTS*LINE_BEATS];
  logic [ENTRY_ADDR_BITS-1:0] fill_at, entry_at;
  logic [8*DATA_BYTES-1:0] entry_beat;
  logic [63:0] entry;
  logic [1:0] entry_word;
  logic entry_failed;

  assign fill_at = ENTRY_ADDR_BITS'(fetch_slot) * ENTRY_ADDR_BITS'(LINE_BEATS) +
      ENTRY_ADDR_BITS'(fill_beat);
  // A single entry's word is the first of its slot.
  assign entry_word = hit_failed ? 2'd0 : place[2:1];
  assign entry_at = ENTRY_ADDR_BITS'(hit_slot) * ENTRY_ADDR_BITS'(LINE_BEATS) +
      ENTRY_ADDR_BITS'(entry_word) / ENTRY_ADDR_BITS'(WORDS);
  assign entry_beat = entries[entry_at];

  always_ff @(posedge clk) begin
    if (list_rsp_valid && fetch_valid && !fetch_stale) entries[fill_at] <= list_rsp_data;
  end

  always_ff @(posedge clk) begin
    entry <= entry_beat[64*(2*(32'(entry_word)%WORDS)+32'(place[0]))+:64];
  end

  // ---- What to do.

  logic ahead;  // not for a request, but for the line after its
  logic [REQUESTERS-1:0] single_asked, single_there, single_failed;
  logic hit_any, hit_filled, answerable, blocked;

  assign hit_any = hit != '0;
  assign hit_filled = filled[hit_slot];
  assign answerable = outside || !now_port.paged ||
      (hit_any && hit_filled && (!hit_failed || single_there[who]));
  assign blocked = valid[slot] && !filled[slot];
  assign allocate = state == ALLOC && !blocked && !flush;

  assign alone = state == SINGLE && !flush;

  // Where LOOK leads.
  function automatic state_t looked(input logic for_line, input logic found, input logic can_answer,
                                    input logic refused);
    if (for_line) looked = found ? PICK : ALLOC;
    else if (can_answer) looked = ANSWER;
    else if (!found) looked = LAST;
    else looked = refused ? SINGLE : PICK;
  endfunction

  logic first_use;
  assign first_use = now_port.paged && !outside && !used[slot] && !entry_failed;

  always_ff @(posedge clk) begin
    case (state)
      PICK: if (wanting != '0) state <= SUM;
      SUM: state <= CHECK;
      CHECK: state <= LOOK;
      LOOK: state <= looked(ahead, hit_any || (ahead && line == last_line + 1'b1), answerable,
                                            hit_filled && !single_asked[who]);
      ANSWER: state <= first_use ? LAST : PICK;
      LAST: state <= ahead ? NEXT : ALLOC;
      ALLOC: state <= blocked ? PICK : ISSUE;
      SINGLE: state <= ISSUE;
      ISSUE: if (list_ready) state <= ahead ? PICK : NEXT;
      NEXT: state <= CHECK;
      default: state <= PICK;
    endcase
    // What is begun for a request is begun again; what is asked for must be taken.
    if (flush && (state != ISSUE || list_ready)) state <= PICK;
    if (rst) state <= PICK;
  end

  always_ff @(posedge clk) begin
    if (state == PICK) ahead <= 1'b0;
    else if (state == ANSWER || state == SINGLE || state == NEXT || flush) ahead <= 1'b1;
  end

  always_ff @(posedge clk) begin
    if (allocate) begin
      valid[slot] <= 1'b1;
      filled[slot] <= 1'b0;
      used[slot] <= 1'b0;
    end
    if (fetch_take && !fetch_single && !fetch_stale) begin
      filled[fetch_slot] <= 1'b1;
      failed[fetch_slot] <= list_rsp_error;
    end
    if (state == ANSWER && first_use) used[slot] <= 1'b1;
    if (rst || flush) valid <= '0;
  end

  // An answer of a list lets a requester look again, even if that decides to wait in this clock.
  always_ff @(posedge clk) begin
    if (state == ALLOC && !ahead) waiting[who] <= 1'b1;
    if (alone) waiting[who] <= 1'b1;
    if (state == LOOK && !ahead && !answerable && hit_any && (!hit_filled || single_asked[who]))
      waiting[who] <= 1'b1;
    if (fetch_take) waiting[fetch_who] <= 1'b0;
    if (rst || flush) waiting <= '0;
  end

  always_ff @(posedge clk) begin
    if (state == ANSWER) single_there[who] <= 1'b0;
    if (alone) single_asked[who] <= 1'b1;
    if (fetch_take && fetch_single && !fetch_stale) begin
      single_asked[fetch_who] <= 1'b0;
      single_there[fetch_who] <= 1'b1;
      single_failed[fetch_who] <= list_rsp_error;
    end
    if (rst || flush) begin
      single_asked <= '0;
      single_there <= '0;
    end
  end

  // ---- Lists.

  assign list_valid = state == ISSUE;

  always_ff @(posedge clk) begin
    if (state == ALLOC) begin
      list.addr <= now_port.addr + {{(64 - LINE_BITS - 6) {1'b0}}, line, 6'd0};
      list.words <= line == last_line ? 7'(last_place) + 7'd1 : 7'(LINE_WORDS);
    end
    if (state == SINGLE) begin
      list.addr <= now_port.addr + {{(64 - LINE_BITS - 6) {1'b0}}, line, place[2:1], 4'd0};
      list.words <= 7'd1;
    end
  end

  // ---- The answer.

  logic [29:0] inside_mask;
  logic [6:0] together;
  logic [8:0] page_end;
  logic crosses;

  always_comb begin
    for (int i = 0; i < 30; i++) inside_mask[i] = i < 32'(now_port.page_shift);
  end

  assign together = now_words > 7'(nmaccel_pkg::MAX_BURST) ? 7'(nmaccel_pkg::MAX_BURST) : now_words;
  assign page_end = {1'b0, now_offset[11:4]} + {2'b0, together};
  assign crosses = page_end > 9'd256 && (now_offset[29:12] | ~inside_mask[29:12]) == '1;

  always_ff @(posedge clk) begin
    rsp.addr <= now_port.paged ? entry | {34'd0, now_offset[29:0] & inside_mask} : linear;
    rsp.words <=
        now_port.paged && crosses ? 7'(9'd256 - {1'b0, now_offset[11:4]}) : together;
    rsp.fault <= nmaccel_contract::FAULT_NONE[3:0];
    if (outside) rsp.fault <= nmaccel_contract::FAULT_BOUNDS[3:0];
    else if (now_port.paged && entry_failed && single_failed[who])
      rsp.fault <= nmaccel_contract::FAULT_BUS[3:0];
    else if (now_port.paged && (entry[29:0] & inside_mask) != '0)
      rsp.fault <= nmaccel_contract::FAULT_BUFFER[3:0];
  end

  always_ff @(posedge clk) begin
    entry_failed <= hit_failed;
    req_ready <= '0;
    rsp_valid <= '0;
    if (state == LOOK && !ahead && answerable && !flush) req_ready[who] <= 1'b1;
    if (state == ANSWER) rsp_valid[who] <= 1'b1;
    if (rst) begin
      req_ready <= '0;
      rsp_valid <= '0;
    end
  end

endmodule
