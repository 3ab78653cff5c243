#!/bin/sh
# SPDX-License-Identifier: MIT
# Run a program on the first emulated card of real XRT, in a session of its own, as XRT kills the whole
# process group when the card's process dies.
#
# usage: on-xrt.sh PROGRAM ARG...
# Environment: BUILD, where `make xrt-emu` has put everything; LIMIT, in seconds; NMACCEL_BACKEND and
# NMACCEL_XCLBIN if they are to be others.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
tree=$(cd "$here/../.." && pwd)
BUILD=${BUILD:-$tree/build}
NMACCEL_BACKEND=${NMACCEL_BACKEND:-xrt}
NMACCEL_XCLBIN=${NMACCEL_XCLBIN:-$BUILD/hw/xrt/nmaccel_engine.emu.xclbin}
# What XRT leaves goes with us: its sockets are in /tmp/USER.
dir=$(mktemp -d "/tmp/nmaccel-xrt.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
USER=${dir##*/}
SDACCEL_EM_RUN_DIR=$dir/run
export BUILD NMACCEL_BACKEND NMACCEL_XCLBIN USER SDACCEL_EM_RUN_DIR
status=0
LD_PRELOAD=$BUILD/hw/xrt/brisk.so setsid --wait timeout -s KILL "${LIMIT:-600}" \
	"$tree/hw/xrt/tools.sh" run "$@" || status=$?
exit "$status"
