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

# says TEXT COMMAND...: with exit code 0.
says()
{
	text=$1
	shift
	"$nmaccel" "$@" >"$root/out" 2>&1 || {
		cat "$root/out"
		return 1
	}
	grep -qF "$text" "$root/out" || {
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
	"$nmaccel" info --json --backend drm >"$root/out" || return 1
	grep -q '"usable": *false' "$root/out" &&
		grep -qF "\"notice\":\"$cause\"" "$root/out" ||
		grep -qF "\"notice\": \"$cause\"" "$root/out" || {
		cat "$root/out"
		return 1
	}
}

make_machine || exit 1
try "info lists the card last, with cause and cure" last_in_list
try "info --json tells the same" json_tells
try "info knows the card by its address" says "$cause" info --backend drm:0000:01:00.0
try "what asks for the card is refused with the cause" refuses 5 "$cause" validate drm
try "what asks for nothing runs on the CPU, and says so" \
	says "note: soft: opened in place of a device of backend drm: $cause" \
	bench --shape 4x4 --pattern dense --columns 1 --repeat 1
rm -r "$root/sys"
try "without a card there is nothing to say" refuses 5 'there are: soft, model' validate drm
tap_end
