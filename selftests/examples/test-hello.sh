#!/bin/sh
# SPDX-License-Identifier: MIT
# The small examples do what they say, on every backend that this machine has.
# Environment: WRAPPER, put in front of each program (make valgrind).
set -u
. selftests/harness/tap.sh

hello=${BUILD:?the build directory}/examples/hello/hello
layer=$BUILD/examples/hello/layer
data=/usr/share/datasets/fashion-mnist
plan=examples/fashion/models/mlp-8of128.plan
WRAPPER=${WRAPPER:-}

# shellcheck disable=SC2086 # a wrapper has arguments
layer_agrees()
{
	NMACCEL_BACKEND=$1 $WRAPPER "$layer"
}

# An IDX file of pictures has a header of 16 bytes, one of labels 8.
picture()
{
	gzip -dc "$data/t10k-images-idx3-ubyte.gz" 2>/dev/null | tail -c +17 | head -c 784
}

label()
{
	gzip -dc "$data/t10k-labels-idx1-ubyte.gz" 2>/dev/null | tail -c +9 | head -c 1 |
		od -An -tu1 | tr -d ' '
}

# shellcheck disable=SC2086
first_picture()
{
	answer=$(picture | NMACCEL_BACKEND=$1 $WRAPPER "$hello" "$plan") || return 1
	echo "answer: $answer; label: $(label)"
	[ "$answer" = "class $(label)" ]
}

# shellcheck disable=SC2086
refuses()
{
	head -c 784 /dev/zero | $WRAPPER "$hello" "$1"
	status=$?
	[ "$status" -eq "$2" ] || {
		echo "exit status $status, not $2"
		false
	}
}

for backend in soft model; do
	try "layer agrees with the plain loop on $backend" layer_agrees $backend
	if [ ! -d "$data" ]; then
		leave_out "hello on $backend" "dataset-fashion-mnist is not installed"
	else
		try "hello knows the first picture on $backend" first_picture $backend
	fi
done
try "hello says that a network is not there" refuses /nonexistent.plan 1
try "hello refuses a file that is no network" refuses Makefile 1
tap_end
