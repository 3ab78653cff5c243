#!/bin/bash
# SPDX-License-Identifier: MIT
# In the guest: programs of user space, then kselftests through the kernel's own runner; KTAP. How
# long each took goes to /nmaccel/out/times, and what leaked, where the kernel can tell, to leaks.
#
# usage: tests.sh [PROGRAM...] [-- 'NAME: COMMAND'...]

BASE_DIR=/nmaccel/build/kselftests
export BASE_DIR

# program_of COMMAND: its first word that assigns nothing to a variable.
program_of()
{
	local words word
	read -ra words <<<"${1//\$BUILD/$BUILD}"
	for word in "${words[@]}"; do
		case $word in
		[A-Z]*=*) ;;
		*)
			echo "$word"
			return
			;;
		esac
	done
}

# timed NAME COMMAND...
timed()
{
	local begin=${EPOCHREALTIME/./} name=$1
	shift
	"$@"
	echo "$(((${EPOCHREALTIME/./} - begin) / 1000)) $name" >>/nmaccel/out/times
}

# run_user NUMBER NAME COMMAND
run_user()
{
	local number=$1 name=$2 command=$3 program status
	echo "# user: $name"
	program=$(program_of "$command")
	if ! command -v "$program" >/dev/null; then
		echo "not ok $number user: $name # there is no $program"
		return
	fi
	timeout 600 bash -c "$command" 2>&1 | sed -u 's/^/# /'
	status=${PIPESTATUS[0]}
	case $status in
	0) echo "ok $number user: $name" ;;
	4) echo "ok $number user: $name # SKIP" ;;
	*) echo "not ok $number user: $name # exit=$status" ;;
	esac
}

# run_users 'NAME: COMMAND'...
run_users()
{
	local number=0 line
	export CMOCKA_MESSAGE_OUTPUT=TAP NMACCEL_BACKEND=drm BUILD=/nmaccel/build
	cd /nmaccel/src || exit 1
	# Only tests of the driver know which jobs hang; others must not fail where the card is slow.
	modprobe -r nmaccel
	modprobe nmaccel hang_ms=120000
	echo "TAP version 13"
	echo "1..$#"
	for line; do
		number=$((number + 1))
		timed "${line%%:*}" run_user $number "${line%%:*}" "${line#*:}"
	done
	modprobe -r nmaccel
	modprobe nmaccel
}

# run_kselftests PROGRAM...
run_kselftests()
{
	# shellcheck source=/dev/null
	. $BASE_DIR/kselftest/runner.sh
	# The runner's own writes each character by itself, and each is a message to the host.
	tap_prefix()
	{
		sed -u 's/^/# /'
	}
	eval "runner_$(declare -f run_one)"
	run_one()
	{
		timed "$2" runner_run_one "$@"
	}
	cd $BASE_DIR/driver || exit 1
	# Here nothing is skipped for want of one.
	export NMACCEL_REQUIRE_CARD=1
	run_many "$@"
}

# The checker takes for a leak what two scans have seen unchanged and some seconds old; it says so in
# the kernel's log.
find_leaks()
{
	local report=/sys/kernel/debug/kmemleak
	echo scan >$report
	sleep 6
	echo scan >$report
	cat $report >/nmaccel/out/leaks
}

kselftests=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do
	kselftests+=("$1")
	shift
done
[ $# = 0 ] || shift

# In processes of their own: the one's environment and directory are not the other's. kselftests may
# leave a card that is good for nothing more.
[ $# = 0 ] || (run_users "$@")
[ ${#kselftests[@]} = 0 ] || (run_kselftests "${kselftests[@]}")
[ ! -e /sys/kernel/debug/kmemleak ] || find_leaks
exit 0
