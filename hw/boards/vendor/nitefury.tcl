# SPDX-License-Identifier: MIT
# NiteFury, Acorn CLE-215(+): the card behind the 7-series bridge of PG055, which has 32-bit addresses
# and MSI. NOT RUN HERE: needs Vivado.
#
# usage: vivado -mode batch -source hw/boards/vendor/nitefury.tcl -tclargs SOURCES

source [file join [file dirname [file normalize [info script]]] common.tcl]
nmaccel_project nitefury xc7a200tfbg484-2
add_files -fileset constrs_1 $here/nitefury.xdc

create_bd_intf_port -mode Slave -vlnv xilinx.com:interface:diff_clock_rtl:1.0 pcie_clock
create_bd_intf_port -mode Master -vlnv xilinx.com:interface:pcie_7x_mgt_rtl:1.0 pcie
create_bd_port -dir I -type rst pcie_reset_n
create_bd_cell -type ip -vlnv xilinx.com:ip:util_ds_buf clock_buffer
set_property CONFIG.C_BUF_TYPE IBUFDSGTE [get_bd_cells clock_buffer]
connect_bd_intf_net [get_bd_intf_ports pcie_clock] [get_bd_intf_pins clock_buffer/CLK_IN_D]

# 4 GiB of host memory from address 0 in two windows, as a window's size is a power of two.
create_bd_cell -type ip -vlnv xilinx.com:ip:axi_pcie bridge
set_property -dict [list \
  CONFIG.VENDOR_ID {0x10EE} CONFIG.DEVICE_ID {0x4E4D} CONFIG.CLASS_CODE {0x120000} \
  CONFIG.NO_OF_LANES {X4} CONFIG.MAX_LINK_SPEED {5.0_GT/s} \
  CONFIG.BAR0_SCALE {Kilobytes} CONFIG.BAR0_SIZE {64} CONFIG.PCIEBAR2AXIBAR_0 {0x00000000} \
  CONFIG.AXIBAR_NUM {2} \
  CONFIG.AXIBAR_0 {0x00000000} CONFIG.AXIBAR_HIGHADDR_0 {0x7FFFFFFF} \
  CONFIG.AXIBAR2PCIEBAR_0 {0x00000000} \
  CONFIG.AXIBAR_1 {0x80000000} CONFIG.AXIBAR_HIGHADDR_1 {0xFFFFFFFF} \
  CONFIG.AXIBAR2PCIEBAR_1 {0x80000000} \
  CONFIG.S_AXI_DATA_WIDTH {128} CONFIG.M_AXI_DATA_WIDTH {128} CONFIG.NUM_MSI_REQ {1} \
] [get_bd_cells bridge]
connect_bd_net [get_bd_pins clock_buffer/IBUF_OUT] [get_bd_pins bridge/REFCLK]
connect_bd_net [get_bd_ports pcie_reset_n] [get_bd_pins bridge/axi_aresetn]
connect_bd_intf_net [get_bd_intf_pins bridge/pcie_7x_mgt] [get_bd_intf_ports pcie]

# The bridge's clock is 125 MHz; the engine runs on it.
nmaccel_card bridge/axi_aclk_out bridge/mmcm_lock [list \
  CONFIG.LANES 8 CONFIG.BLOCK_ROWS 256 CONFIG.COLUMNS 64 CONFIG.DATA_BYTES 16 \
  CONFIG.CLOCK_KHZ 125000 CONFIG.BOARD 2 CONFIG.DMA_BITS 32]
nmaccel_connect bridge/M_AXI bridge/S_AXI bridge/axi_aclk_out bridge/mmcm_lock
nmaccel_messages {bridge/INTX_MSI_Request bridge/MSI_Vector_Num bridge/INTX_MSI_Grant \
  bridge/MSI_enable bridge/MSI_Vector_Width}
assign_bd_address -offset 0x0 -range 64K [get_bd_addr_segs card/s_axil/reg0]
assign_bd_address
nmaccel_build nitefury
