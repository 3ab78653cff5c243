#!/bin/bash
# SPDX-License-Identifier: MIT
# The guest's process 1: file systems, the module, the command, and the end.

out=/nmaccel/out

mount_all()
{
	mount -t tmpfs -o mode=1777 tmpfs /tmp
	mount -t tmpfs -o mode=755 tmpfs /run
	mkdir -p /dev/pts /dev/shm
	mount -t devpts devpts /dev/pts
	mount -t tmpfs -o mode=1777 tmpfs /dev/shm
	mount -t debugfs debugfs /sys/kernel/debug
	mount -t tracefs tracefs /sys/kernel/tracing 2>/dev/null
	ln -sf /proc/self/fd /dev/fd
	ln -sf /proc/self/fd/0 /dev/stdin
	ln -sf /proc/self/fd/1 /dev/stdout
	ln -sf /proc/self/fd/2 /dev/stderr
}

# A terminal that echoed would send the card its own answers. The settings last for as long as
# somebody has it open, so this process does.
find_controls()
{
	local port fd
	NMACCEL_CARD_CONTROL=
	for port in /dev/ttyS1 /dev/ttyS2; do
		stty -F "$port" raw -echo -echoe -echok 115200 2>/dev/null || continue
		exec {fd}<>"$port"
		stty raw -echo <&"$fd"
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
mount_all
find_controls
echo nmaccel-lab >/proc/sys/kernel/hostname
echo 1 >/proc/sys/kernel/sysrq
if ! modprobe nmaccel >$out/modprobe.log 2>&1; then
	echo "lab: modprobe nmaccel failed:" >>$out/output
	cat $out/modprobe.log >>$out/output
fi
cut -d ' ' -f 1 /proc/uptime >$out/up
if grep -q nmaccel_lab=shell /proc/cmdline; then
	run_shell
	status=0
else
	bash $out/command >>$out/output 2>&1 </dev/null
	status=$?
fi
dmesg -r >$out/dmesg
echo $status >$out/status
power_off
