#!/bin/sh
# SPDX-License-Identifier: MIT
# gcc -fanalyzer has nothing to say about the engine: each build of the model, and the top function.
# `make -C hw csim` runs it, `make check` does not.
set -u
. selftests/harness/tap.sh

analyze()
{
	gcc -std=c11 -O2 -ffp-contract=off -fanalyzer -Wall -Wextra -Werror -Wno-unused-label \
		-Wno-unknown-pragmas -Iuapi -c -o /dev/null "$1"
}

for source in hw/hls/src/*.c hw/hls/*.c; do
	if have gcc; then
		try "gcc -fanalyzer $source" analyze "$source"
	else
		leave_out "gcc -fanalyzer $source" "there is no gcc"
	fi
done
tap_end
