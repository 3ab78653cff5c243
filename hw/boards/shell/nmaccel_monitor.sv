// SPDX-License-Identifier: MIT
// Text commands over a serial line, one a line, numbers in hexadecimal:
//
//   r ADDRESS         read a register of BAR0          -> its value, 8 digits
//   w ADDRESS VALUE   write one                        -> ok
//   m ADDRESS         read a word of memory            -> its value
//   s ADDRESS VALUE   store one                        -> ok
//   t                 run the self-test                -> its report
//   anything else                                      -> ?
//
// The report of the self-test after reset comes by itself:
//
//   nmaccel pass cycles=0000a1b2 bad=00000000 first=00000000
//
// with fail or hung in place of pass. Lines end with CR, LF or both. While a command runs, 16
// characters may wait.
module nmaccel_monitor (
    input  wire         clk,
    input  wire         rst,
    input  wire         rx_valid,
    input  wire  [7:0]  rx_data,
    output logic        tx_valid,
    input  wire         tx_ready,
    output logic [7:0]  tx_data,
    output logic        test_start,
    input  wire         test_busy,
    input  wire  [1:0]  test_verdict,
    input  wire  [31:0] test_cycles,
    input  wire  [31:0] test_bad,
    input  wire  [31:0] test_first,
    output logic        access_memory,    // else a register
    output logic        access_valid,     // until done
    output logic        access_write,
    output logic [31:0] access_addr,
    output logic [31:0] access_wdata,
    input  wire         access_done,
    input  wire  [31:0] access_rdata
);

  localparam logic [7:0] CR = 8'h0d;
  localparam logic [7:0] LF = 8'h0a;

  // ---- texts: $ is the verdict, @ the next number; each ends with a line feed

  localparam int TEXT_BYTES = 44;
  localparam logic [8*TEXT_BYTES-1:0] TEXT = {
    "nmaccel $ cycles=@ bad=@ first=@", CR, LF, "@", CR, LF, "ok", CR, LF, "?", CR, LF
  };
  localparam logic [5:0] REPORT = 6'd0;
  localparam logic [5:0] VALUE = 6'd34;
  localparam logic [5:0] OK = 6'd37;
  localparam logic [5:0] WHAT = 6'd41;

  logic [31:0] verdict_text;
  always_comb begin
    case (test_verdict)
      2'd1: verdict_text = "pass";
      2'd2: verdict_text = "fail";
      2'd3: verdict_text = "hung";
      default: verdict_text = "none";
    endcase
  end

  // ---- reading commands

  logic queue_valid, queue_take;
  logic [7:0] char;
  // verilator lint_off UNUSEDSIGNAL
  logic queue_ready;
  logic [4:0] queue_count;
  // verilator lint_on UNUSEDSIGNAL
  nmaccel_fifo #(
      .WIDTH(8),
      .DEPTH(16)
  ) queue (
      .clk(clk),
      .rst(rst),
      .in_valid(rx_valid),
      .in_ready(queue_ready),
      .in_data(rx_data),
      .out_valid(queue_valid),
      .out_ready(queue_take),
      .out_data(char),
      .count(queue_count)
  );

  typedef enum logic [2:0] {
    READ,
    EXECUTE,
    TEST,
    PRINT,
    DIGITS
  } state_t;

  state_t state;
  logic [7:0] command;
  logic [1:0] fields;  // that have begun, of the line; 0 is the command
  logic wrong;
  wire is_digit = char >= "0" && char <= "9";
  wire is_letter = (char >= "a" && char <= "f") || (char >= "A" && char <= "F");
  wire [3:0] digit = is_digit ? char[3:0] : char[3:0] + 4'd9;
  wire [1:0] wanted = command == "t" ? 2'd0 : command == "r" || command == "m" ? 2'd1 : 2'd2;
  wire known = command == "r" || command == "w" || command == "m" || command == "s" ||
      command == "t";

  assign queue_take = state == READ;
  assign access_memory = command == "m" || command == "s";
  assign access_write = command == "w" || command == "s";
  assign access_valid = state == EXECUTE && !access_done;

  // ---- printing

  logic [5:0] text_at;
  logic [7:0] letter;
  logic [31:0] value, shown;
  logic [1:0] number;
  logic [3:0] digits_left;
  logic as_hex;
  logic [7:0] nibble_char;

  assign letter = TEXT[8*(TEXT_BYTES-1-32'(text_at))+:8];
  assign nibble_char =
      shown[31:28] < 4'd10 ? 8'h30 + 8'(shown[31:28]) : 8'h57 + 8'(shown[31:28]);
  assign tx_valid = (state == PRINT && letter != "@" && letter != "$") || state == DIGITS;
  always_comb begin
    tx_data = letter;
    if (state == DIGITS) tx_data = as_hex ? nibble_char : shown[31:24];
  end

  always_ff @(posedge clk) begin
    test_start <= 1'b0;
    if (rst) begin
      // As after the command t.
      state <= TEST;
      test_start <= 1'b1;
      command <= '0;
      fields <= '0;
      wrong <= 1'b0;
    end else begin
      case (state)
        READ:
        if (queue_valid) begin
          if (char == CR || char == LF) begin
            number <= '0;
            fields <= '0;
            wrong <= 1'b0;
            if (command != '0 || wrong) begin
              state <= PRINT;
              text_at <= WHAT;
              if (known && !wrong && fields == wanted) begin
                state <= command == "t" ? TEST : EXECUTE;
                test_start <= command == "t";
              end
            end
          end else if (char == " ") begin
            fields <= fields + 1'b1;
            if (command == '0 || fields == 2'd2) wrong <= 1'b1;
          end else if (fields == '0) begin
            command <= char;
            access_addr <= '0;
            access_wdata <= '0;
            if (command != '0) wrong <= 1'b1;
          end else begin
            if (fields == 2'd1) access_addr <= {access_addr[27:0], digit};
            else access_wdata <= {access_wdata[27:0], digit};
            if (!is_digit && !is_letter) wrong <= 1'b1;
          end
        end
        EXECUTE:
        if (access_done) begin
          value <= access_rdata;
          text_at <= access_write ? OK : VALUE;
          state <= PRINT;
        end
        TEST:
        if (!test_start && !test_busy) begin
          text_at <= REPORT;
          value <= test_cycles;
          number <= '0;
          state <= PRINT;
        end
        PRINT: begin
          if (letter == "@" || letter == "$") begin
            state <= DIGITS;
            as_hex <= letter == "@";
            digits_left <= letter == "@" ? 4'd8 : 4'd4;
            shown <= letter == "$" ? verdict_text :
                number == 2'd0 ? value : number == 2'd1 ? test_bad : test_first;
            number <= number + 2'(letter == "@");
          end else if (tx_ready) begin
            text_at <= text_at + 1'b1;
            if (letter == LF) begin
              state <= READ;
              command <= '0;
            end
          end
        end
        default:  // DIGITS
        if (tx_ready) begin
          shown <= as_hex ? shown << 4 : shown << 8;
          digits_left <= digits_left - 1'b1;
          if (digits_left == 4'd1) begin
            state <= PRINT;
            text_at <= text_at + 1'b1;
          end
        end
      endcase
    end
  end

endmodule
