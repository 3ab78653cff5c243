#!/bin/bash
# SPDX-License-Identifier: MIT
# The guest's process 1 after guest/init: the module, the command, and the end.

out=/nmaccel/out

# A terminal that echoed would send the card its own answers. The settings last for as long as
# somebody has it open, so this process does.
find_controls()
{
	local port fd
	NMACCEL_CARD_CONTROL=
	for port in /dev/ttyS1 /dev/ttyS2; do
		exec {fd}<>"$port"
		# Fails on a port that is not there.
		busybox stty raw -echo -echoe -echok 115200 <&"$fd" 2>/dev/null || continue
		NMACCEL_CARD_CONTROL+="${NMACCEL_CARD_CONTROL:+ }$port"
	done
	export NMACCEL_CARD_CONTROL
}

# Nothing may be executed any more when the devices are down, as the root comes from one of them.
power_off()
{
	sync
	echo o >/proc/sysrq-trigger
	while :; do :; done
}

run_shell()
{
	if [ -s $out/size ]; then
		read -r rows columns <$out/size
		stty -F /dev/ttyS0 rows "$rows" columns "$columns"
	fi
	TERM=${lab_term:-vt100} setsid --ctty --wait bash --rcfile /nmaccel/src/selftests/vm/guest/shell.rc \
		-i <>/dev/ttyS0 >&0 2>&1
}

export PATH=/nmaccel/build:/nmaccel/build/hw/card:/usr/sbin:/usr/bin:/sbin:/bin
export HOME=/root LC_ALL=C.UTF-8 LD_LIBRARY_PATH=/nmaccel/build
export KSFT=/usr/src/linux-source-6.12/tools/testing/selftests
find_controls
echo nmaccel-lab >/proc/sys/kernel/hostname
echo 1 >/proc/sys/kernel/sysrq
if ! modprobe nmaccel >$out/modprobe.log 2>&1; then
	echo "lab: modprobe nmaccel failed:" >>$out/output
	cat $out/modprobe.log >>$out/output
fi
read -r up _ </proc/uptime
echo "$up" >$out/up
if [[ $(</proc/cmdline) == *nmaccel_lab=shell* ]]; then
	run_shell
	status=0
else
	bash $out/command >>$out/output 2>&1 </dev/null
	status=$?
fi
dmesg -r >$out/dmesg
echo $status >$out/status
power_off
