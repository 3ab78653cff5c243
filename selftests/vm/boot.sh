# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # the other files set these
# One guest: its own overlay, its cards, QEMU, and a watch over all of them.

# boot BOX CARDS ENGINES IOMMU MSI MODE
#
# BOX is a directory on the host that the guest sees as /nmaccel/out. It holds a file `command`,
# which bash runs in the guest, and gets output, status, dmesg, console.log, qemu.log, cardN.log.
# MODE is stream (output also goes to stdout), quiet, or shell. The result is the command's.
boot()
{
	local box=$1 vm status=0
	vm=$work/vm-$(basename "$box")
	guest_root "$vm" "$box"
	start_cards "$vm" "$box" "$2" "$3" "$5" || status=125
	[ "$status" != 0 ] || run_guest "$vm" "$box" "$2" "$4" "$6" || status=$?
	stop_cards "$box" "$status" || status=125
	umount -l "$vm/root"
	rm -rf "$vm"
	return "$status"
}

guest_root()
{
	local at=$1/root
	overlay "$at" "$1/layer" "$work/stage/up" "$root"
	bind "$2" "$at/nmaccel/out"
	bind /dev "$at/dev"
	# QEMU creates files by way of /proc/self/fd.
	mount -t proc proc "$at/proc"
	[ "$kernel" != debug ] || bind "$debug_dir" "$at/nmaccel/kernel" ro
}

in_guest_root()
{
	local at=$1/root
	shift
	exec chroot "$at" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

# start_cards VM BOX CARDS ENGINES MSI: processes in card_pids, listening.
start_cards()
{
	local i tries flags=()
	[ "$5" != msi ] || flags=(--msi-only)
	[ "$engine" != rtl ] || flags+=(--engine=rtl --lanes 4 --block-rows 128 --columns 16)
	card_pids=()
	for ((i = 0; i < $3; i++)); do
		# The second can do less, in limits that buffers of some KiB reach.
		[ "$i" = 0 ] || flags+=(--no-add --max-pixels 4096 --max-rows 64)
		in_guest_root "$1" /nmaccel/build/hw/card/nmaccel-card --once \
			--socket "/nmaccel/run/card$i" --control "/nmaccel/run/control$i" \
			--engines "$4" --serial $((1000 + i)) --temp-mc 45000 --power-mw 12000 \
			"${flags[@]}" >"$2/card$i.log" 2>&1 </dev/null &
		card_pids+=($!)
	done
	for ((i = 0; i < $3; i++)); do
		for ((tries = 100; tries; tries--)); do
			[ ! -S "$1/root/nmaccel/run/control$i" ] || break
			sleep 0.1
		done
		if [ "$tries" = 0 ]; then
			cat "$2/card$i.log" >&2
			note "card $i did not start"
			return 1
		fi
	done
}

# A card that was told to die exits with 3; one that QEMU has left, with 0.
stop_cards()
{
	local i status failed=0
	for i in "${!card_pids[@]}"; do
		for _ in {1..50}; do
			kill -0 "${card_pids[i]}" 2>/dev/null || break
			sleep 0.1
		done
		kill "${card_pids[i]}" 2>/dev/null || true
		status=0
		wait "${card_pids[i]}" || status=$?
		case $status in
		0 | 3) ;;
		*)
			[ "$2" = 125 ] || note "card $i ended with status $status; $1/card$i.log ends:"
			tail -n 20 "$1/card$i.log" >&2
			failed=1
			;;
		esac
	done
	return $failed
}

# Real KVM only: others start, and then the kernel does not.
accelerator()
{
	if { [ -d /sys/module/kvm_intel ] || [ -d /sys/module/kvm_amd ]; } && [ -w /dev/kvm ]; then
		echo "-accel kvm -cpu host"
	else
		echo "-accel tcg -cpu max"
	fi
}

# qemu_arguments CARDS IOMMU MODE: in qemu.
qemu_arguments()
{
	local i append="console=ttyS0 panic=-1 quiet mitigations=off nokaslr no_timer_check"
	append+=" cryptomgr.notests log_buf_len=4M nmaccel_lab=$3"
	[ "$2" != on ] || append+=" intel_iommu=on"
	# What the kernel does not know of goes to the environment of the guest's process 1.
	[ "$3" != shell ] || append+=" lab_term=${TERM:-vt100}"
	# shellcheck disable=SC2046,SC2207 # words
	qemu=(qemu-system-x86_64 -M q35 $(accelerator) -smp 2 -m "$memory" -nodefaults
		-no-user-config -nographic -no-reboot
		-object "memory-backend-memfd,id=ram,size=${memory}M,share=on"
		-machine memory-backend=ram
		-kernel "$image" -initrd /nmaccel/initramfs.gz -append "$append")
	[ "$2" != on ] || qemu+=(-device "intel-iommu,intremap=off,caching-mode=on")
	if [ "$3" = shell ]; then
		qemu+=(-chardev "stdio,id=console,signal=off,logfile=/nmaccel/out/console.log")
	else
		qemu+=(-chardev "file,id=console,path=/nmaccel/out/console.log")
	fi
	qemu+=(-serial chardev:console)
	for ((i = 0; i < $1; i++)); do
		qemu+=(-chardev "socket,id=control$i,path=/nmaccel/run/control$i"
			-serial "chardev:control$i"
			-device "pcie-root-port,id=port$i,bus=pcie.0,chassis=$((i + 1))"
			-device "{\"driver\":\"vfio-user-pci\",\"bus\":\"port$i\",\"id\":\"card$i\",
				\"socket\":{\"type\":\"unix\",\"path\":\"/nmaccel/run/card$i\"}}")
	done
	share root / 8
	share out /nmaccel/out 9
}

# share TAG PATH CHASSIS: over 9p, as part of qemu. The kernel's driver does not know how to come back from
# sleep, so the device must not forget anything in it, which it can only promise behind a port.
share()
{
	qemu+=(-fsdev "local,id=$1,path=$2,security_model=none,multidevs=remap"
		-device "pcie-root-port,id=port-$1,bus=pcie.0,chassis=$3"
		-device "virtio-9p-pci,bus=port-$1,fsdev=$1,mount_tag=$1,disable-legacy=on,x-pcie-pm-no-soft-reset=on")
}

# QEMU leaves the host's terminal its CR for each LF, which the guest's sends already.
raw_terminal()
{
	for _ in {1..100}; do
		[ ! -s "$1/console.log" ] || break
		sleep 0.1
	done
	stty -opost
}

# run_guest VM BOX CARDS IOMMU MODE
run_guest()
{
	local vm=$1 box=$2 mode=$5 pid tail_pid='' begin=$SECONDS status=0 qemu
	qemu_arguments "$3" "$4" "$mode"
	rm -f "$box"/{status,up,dmesg,output}
	: >"$box/output"
	if [ "$mode" = shell ]; then
		stty size 2>/dev/null >"$box/size" || rm -f "$box/size"
		in_guest_root "$vm" "${qemu[@]}" 2>"$box/qemu.log" <&0 &
		pid=$!
		raw_terminal "$box"
	else
		in_guest_root "$vm" timeout -k 5 "$timeout" "${qemu[@]}" >"$box/qemu.log" 2>&1 </dev/null &
		pid=$!
	fi
	if [ "$mode" = stream ]; then
		tail -s 0.1 -f -n +1 --pid "$pid" "$box/output" &
		tail_pid=$!
	fi
	wait "$pid" || status=$?
	[ "$mode" != shell ] || stty sane
	[ -z "$tail_pid" ] || wait "$tail_pid"
	guest_status "$box" "$status" $((SECONDS - begin))
}

# What the guest wrote says how its command ended; if it wrote nothing, it did not get there.
guest_status()
{
	local box=$1 qemu_status=$2 seconds=$3 why
	if [ -s "$box/status" ]; then
		return "$(cat "$box/status")"
	fi
	# QEMU that somebody else has killed exits as if its time were over.
	[ "$qemu_status" != 137 ] || [ "$seconds" -lt "$timeout" ] || qemu_status=124
	case $qemu_status in
	0) why="the guest ended early (a panic, or a reset)" ;;
	124) why="the guest was ended after $seconds s; --timeout gives it more" ;;
	*) why="QEMU ended with status $qemu_status" ;;
	esac
	[ -e "$box/up" ] || why+="; it had not come up"
	note "$why. The console ends:"
	tail -n 30 "$box/console.log" 2>/dev/null | tr -d '\r' >&2 || true
	tail -n 10 "$box/qemu.log" >&2
	[ "$qemu_status" != 124 ] || return 124
	return 125
}
