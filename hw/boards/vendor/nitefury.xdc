# SPDX-License-Identifier: MIT
create_clock -period 10.0 [get_ports pcie_clock_clk_p]
set_property PACKAGE_PIN F6 [get_ports pcie_clock_clk_p]
set_property PACKAGE_PIN E6 [get_ports pcie_clock_clk_n]
set_property -dict {PACKAGE_PIN J1 IOSTANDARD LVCMOS33 PULLUP true} [get_ports pcie_reset_n]
set_property PACKAGE_PIN B10 [get_ports {pcie_rxp[0]}]
set_property PACKAGE_PIN B8 [get_ports {pcie_rxp[1]}]
set_property PACKAGE_PIN D11 [get_ports {pcie_rxp[2]}]
set_property PACKAGE_PIN D9 [get_ports {pcie_rxp[3]}]
