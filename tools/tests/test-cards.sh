#!/bin/sh
# SPDX-License-Identifier: MIT
# What the command says of cards that cannot be used: a machine in a directory (NMACCEL_SYSROOT),
# whose card has no driver. BUILD is where nmaccel is.
set -u
. selftests/harness/tap.sh

nmaccel=${BUILD:-build}/nmaccel
root=$(mktemp -d "${TMPDIR:-/tmp}/nmaccel-cards.XXXXXX") || exit 1
trap 'rm -rf "$root"' EXIT
export NMACCEL_SYSROOT="$root"
unset NMACCEL_BACKEND
card=$root/sys/bus/pci/devices/0000:01:00.0
cause='card 0000:01:00.0: its driver is not loaded; load it: modprobe nmaccel'

make_machine()
{
	mkdir -p "$card" "$root/lib/modules/$(uname -r)" &&
		echo 0x10ee >"$card/vendor" &&
		echo 0x4e4d >"$card/device" &&
		echo 0x120000 >"$card/class" &&
		echo 11 >"$card/irq" &&
		: >"$card/config" &&
		yes '0x0000000000000000 0x0000000000000000 0x0000000000000000' | head -n 13 \
			>"$card/resource" &&
		echo 'updates/dkms/nmaccel.ko.xz:' >"$root/lib/modules/$(uname -r)/modules.dep"
}

# says CODE TEXT COMMAND...
says()
{
	code=$1 text=$2
	shift 2
	"$nmaccel" "$@" >"$root/out" 2>&1
	status=$?
	[ "$status" -eq "$code" ] && grep -qF "$text" "$root/out" || {
		echo "exit code $status"
		cat "$root/out"
		return 1
	}
}

# refuses CODE TEXT COMMAND...: nothing on stdout.
refuses()
{
	code=$1 text=$2
	shift 2
	"$nmaccel" "$@" >"$root/out" 2>"$root/err"
	status=$?
	[ "$status" -eq "$code" ] && [ ! -s "$root/out" ] && grep -qF "$text" "$root/err" || {
		echo "exit code $status"
		cat "$root/out" "$root/err"
		return 1
	}
}

last_in_list()
{
	"$nmaccel" info | sed -n '/^Devices/,/^$/p' | tail -n 3 | grep -qF "$cause"
}

json_tells()
{
	"$nmaccel" info --json --backend drm >"$root/out"
	status=$?
	[ "$status" -eq 5 ] || return 1
	grep -q '"usable": *false' "$root/out" &&
		grep -qF "\"notice\":\"$cause\"" "$root/out" ||
		grep -qF "\"notice\": \"$cause\"" "$root/out" || {
		cat "$root/out"
		return 1
	}
}

# The device that is tested passes all its checks; that it is not the card is the one that fails.
best_is_broken()
{
	says 3 "fail  best card                      opened in place of a device of backend drm: $1" \
		validate --memory 1 || return 1
	grep -q ' passed, 1 failed, ' "$root/out" || {
		cat "$root/out"
		return 1
	}
}

make_machine || exit 1
try "info lists the card last, with cause and cure" last_in_list
try "info --json tells the same" json_tells
try "info lists all there is, and that is no failure" says 0 "$cause" info
try "info knows the card by its address, and fails as none can be used" \
	says 5 "$cause" info --backend drm:0000:01:00.0
try "what asks for the card is refused with the cause" refuses 5 "$cause" validate drm
try "what asks for nothing runs on the CPU, and says so" \
	says 0 "note: soft: opened in place of a device of backend drm: $cause" \
	bench --shape 4x4 --pattern dense --columns 1 --repeat 1
try "validate fails where the best card cannot be used" best_is_broken "$cause"
rm -r "$root/sys/bus/pci/devices"
bus='the PCI bus cannot be read'
try "info tells that it cannot look for cards" says 0 "$bus" info
try "info fails if it was asked for cards" says 5 "$bus" info --backend drm
try "another device does not need the bus" says 0 'soft' info --backend soft
try "nor does what runs on it" says 0 ' 0 failed, ' validate soft --memory 1
rm -r "$root/sys"
try "without a card validate has nothing to fail" says 0 ' 0 failed, ' validate --memory 1
try "without a card there is nothing to say" refuses 5 'there are: soft, model' validate drm
tap_end
