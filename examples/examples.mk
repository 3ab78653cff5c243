# SPDX-License-Identifier: MIT
# Each example has a fragment of its own.

include $(wildcard examples/*/*.mk)
