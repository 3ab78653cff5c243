#!/bin/bash
# SPDX-License-Identifier: MIT
# In the guest: the demo of examples/fashion on the card, with these arguments.
#
# Tests want a hang to be found soon. Here it must not be taken for one that an emulated engine is
# slow, on a machine that may be busy.
set -e
modprobe -r nmaccel
modprobe nmaccel hang_ms=120000
exec /nmaccel/build/examples/fashion/demo --models /nmaccel/src/examples/fashion/models \
	--backend drm --against soft "$@"
