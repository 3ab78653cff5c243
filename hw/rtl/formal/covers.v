// SPDX-License-Identifier: MIT
// For yosys' techmap: what can be reached is what breaks the assertion that it is never there.
module \$cover (
    input A,
    input EN
);
  \$assert never (
      .A (!A),
      .EN(EN)
  );
endmodule
