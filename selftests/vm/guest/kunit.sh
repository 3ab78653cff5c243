#!/bin/bash
# SPDX-License-Identifier: MIT
# In the guest: the driver's KUnit tests, which run when their module is loaded; KTAP.
set -e
modprobe nmaccel_kunit
results=(/sys/kernel/debug/kunit/nmaccel*/results)
cat "${results[@]}"
modprobe -r nmaccel_kunit
