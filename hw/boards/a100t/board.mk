# SPDX-License-Identifier: MIT
# Digilent Arty A7-100: xc7a100t, 100 MHz of which a PLL makes CLOCK_MHZ, serial line over its USB.
PART := xc7a100tcsg324-1
CLOCK_MHZ := 50
LANES := 8
BLOCK_ROWS := 128
COLUMNS := 16
DATA_BYTES := 16
MEMORY_BYTES := 65536
