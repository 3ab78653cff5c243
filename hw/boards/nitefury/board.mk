# SPDX-License-Identifier: MIT
# RHS NiteFury, SQRL Acorn CLE-215(+): xc7a200t, 200 MHz of which a PLL makes CLOCK_MHZ, no serial line but pins of connector P2.
PART := xc7a200tfbg484-2
CLOCK_MHZ := 50
LANES := 8
BLOCK_ROWS := 256
COLUMNS := 64
DATA_BYTES := 16
MEMORY_BYTES := 65536
