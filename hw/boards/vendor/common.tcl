# SPDX-License-Identifier: MIT
# What the boards' scripts have in common. NOT RUN HERE: written from the product guides of the bridges
# (PG055, PG195), never tried in Vivado. docs/boards.md says what to look at first.
#
# `make -C hw/boards vendor-sources` has put all sources into the directory that is the first argument.

set sources [file normalize [lindex $argv 0]]
set here [file dirname [file normalize [info script]]]

# Start a project with the card in an empty block design.
proc nmaccel_project {name part} {
  global sources here
  create_project -force $name $sources/$name -part $part
  add_files [glob $sources/*.sv] $here/pcie_card.v
  # The control unit's program is read by $readmemb.
  add_files [glob $sources/*.mem]
  create_bd_design shell
}

# The card, on the clock and reset of a bridge; config is a list of its parameters.
proc nmaccel_card {clock reset config} {
  set card [create_bd_cell -type module -reference pcie_card card]
  set_property -dict $config $card
  connect_bd_net [get_bd_pins $clock] [get_bd_pins card/aclk]
  connect_bd_net [get_bd_pins $reset] [get_bd_pins card/aresetn]
}

# A bridge's master to BAR0, and the engine to the bridge's slave.
proc nmaccel_connect {master slave clock reset} {
  foreach {name from to} [list to_bar $master card/s_axil to_host card/m_axi $slave] {
    create_bd_cell -type ip -vlnv xilinx.com:ip:smartconnect $name
    set_property CONFIG.NUM_SI 1 [get_bd_cells $name]
    connect_bd_net [get_bd_pins $clock] [get_bd_pins $name/aclk]
    connect_bd_net [get_bd_pins $reset] [get_bd_pins $name/aresetn]
    connect_bd_intf_net [get_bd_intf_pins $from] [get_bd_intf_pins $name/S00_AXI]
    connect_bd_intf_net [get_bd_intf_pins $name/M00_AXI] [get_bd_intf_pins $to]
  }
}

# Messages: pins of the bridge in the order request, vector, grant, enable, width.
proc nmaccel_messages {pins} {
  foreach pin $pins port {msi_request msi_vector msi_grant msi_enable msi_width} {
    connect_bd_net [get_bd_pins $pin] [get_bd_pins card/$port]
  }
}

# Synthesis, place and route, bit file, reports.
proc nmaccel_build {name} {
  global sources
  validate_bd_design
  save_bd_design
  make_wrapper -files [get_files shell.bd] -top -import
  set_property top shell_wrapper [current_fileset]
  launch_runs impl_1 -to_step write_bitstream -jobs 4
  wait_on_run impl_1
  open_run impl_1
  report_timing_summary -file $sources/$name-timing.txt
  report_utilization -hierarchical -file $sources/$name-area.txt
}
