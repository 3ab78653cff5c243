# SPDX-License-Identifier: MIT
# Alveo U50, U55C, U280 without XRT: the card behind the bridge of PG195 in its mode AXI_Bridge. NOT RUN
# HERE: needs Vivado and the cards' board files. Under XRT the engine of hw/hls is used instead.
#
# usage: vivado -mode batch -source hw/boards/vendor/alveo.tcl -tclargs SOURCES u50|u55c|u280

source [file join [file dirname [file normalize [info script]]] common.tcl]
set name [lindex $argv 1]
set parts {u50 xcu50-fsvh2104-2-e u55c xcu55c-fsvh2892-2L-e u280 xcu280-fsvh2892-2L-e}
nmaccel_project $name [dict get $parts $name]
set_property board_part [lindex [lsort [get_board_parts *:a$name:*]] end] [current_project]

# Gen3 x16 on the card's own pins: 512 bits at 250 MHz; all 64 bits of host addresses.
create_bd_cell -type ip -vlnv xilinx.com:ip:xdma bridge
apply_board_connection -board_interface pci_express_x16 -ip_intf bridge/pcie_mgt -diagram shell
apply_board_connection -board_interface pcie_refclk -ip_intf bridge/CLK_IN_D -diagram shell
apply_board_connection -board_interface pcie_perstn -ip_intf bridge/RST.sys_rst_n -diagram shell
set_property -dict [list \
  CONFIG.functional_mode {AXI_Bridge} CONFIG.mode_selection {Advanced} \
  CONFIG.pl_link_cap_max_link_speed {8.0_GT/s} CONFIG.pl_link_cap_max_link_width {X16} \
  CONFIG.axi_data_width {512_bit} CONFIG.axisten_freq {250} \
  CONFIG.vendor_id {10EE} CONFIG.pf0_device_id {4E4D} CONFIG.pf0_class_code {120000} \
  CONFIG.pf0_bar0_enabled {true} CONFIG.pf0_bar0_scale {Kilobytes} CONFIG.pf0_bar0_size {64} \
  CONFIG.pciebar2axibar_0 {0x0000000000000000} \
  CONFIG.en_axi_slave_if {true} CONFIG.axibar_num {1} \
  CONFIG.axibar_0 {0x0000000000000000} CONFIG.axibar_highaddr_0 {0x0000FFFFFFFFFFFF} \
  CONFIG.axibar2pciebar_0 {0x0000000000000000} \
  CONFIG.pf0_msi_enabled {true} CONFIG.pf0_msi_cap_multimsgcap {2_vectors} \
] [get_bd_cells bridge]

nmaccel_card bridge/axi_aclk bridge/axi_aresetn [list \
  CONFIG.LANES 8 CONFIG.BLOCK_ROWS 256 CONFIG.COLUMNS 64 CONFIG.DATA_BYTES 64 \
  CONFIG.CLOCK_KHZ 250000 CONFIG.BOARD 3 CONFIG.DMA_BITS 48]
nmaccel_connect bridge/M_AXI_B bridge/S_AXI_B bridge/axi_aclk bridge/axi_aresetn
nmaccel_messages {bridge/intx_msi_request bridge/msi_vector_num bridge/intx_msi_grant \
  bridge/msi_enable bridge/msi_vector_width}
assign_bd_address -offset 0x0 -range 64K [get_bd_addr_segs card/s_axil/reg0]
assign_bd_address
nmaccel_build $name
