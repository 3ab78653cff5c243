# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # the other files set these
# Every test in every cell of the matrix, and what came of it.

# lines FILE: without comments and empty lines.
lines()
{
	sed 's/[[:blank:]]*#.*//; /^[[:blank:]]*$/d' "$1"
}

# chosen: those lines of the input whose first word --tests lets through.
chosen()
{
	awk -F '[: \t]' -v pattern="$tests" 'pattern == "" || index($1, pattern)'
}

# What there is to run on this kernel, as lists.
find_tests()
{
	local kinds=stock
	[ "$kernel" != debug ] || kinds=debug
	mapfile -t final_tests < <(chosen <"$work/kselftests" | grep '^final_' || true)
	mapfile -t tests_once < <(chosen <"$work/kselftests" | grep -v '^final_' || true)
	mapfile -t user_tests < <(lines "$here/user-programs" | chosen |
		sed -nE "s/^([^ ]+) (all|$kinds): /\1: /p")
	[ $((${#tests_once[@]} + ${#final_tests[@]} + ${#user_tests[@]})) -gt 0 ] ||
		die "no test has '$tests' in its name"
}

# Cells of this kernel in `cells`; of each, what it runs: kselftests and programs of user space.
list_cells()
{
	local cards engines iommu msi kernels
	cells=() cell_tests=() cell_users=()
	while read -r cards engines iommu msi kernels; do
		[ "$kernel" != debug ] || [ "$kernels" = all ] || continue
		# A cell with two cards for each test that ends the life of one.
		[ "$engine" != rtl ] || [ "$cards $iommu" = '2 off' ] || continue
		cells+=("$cards $engines $iommu $msi")
		cell_tests+=('') cell_users+=('')
	done < <(lines "$here/matrix")
}

# in_turn CARDS: the next cell that has these, as an index in `turn`.
in_turn()
{
	while :; do
		turn=$(((turn + 1) % ${#cells[@]}))
		[ "${cells[turn]%% *}" -lt "$1" ] || return 0
	done
}

# place_test NAME: in a cell, or in all that have the cards.
place_test()
{
	local needs once i
	read -r needs once < <(lines "$here/matrix-programs" | awk -v name="$1" '
		$1 == name { found = $2 " " $3 } END { print found }')
	if [ -z "$needs" ] || [ -n "$once" ] || [ "$kernel" = debug ]; then
		in_turn "${needs:-1}"
		cell_tests[turn]+=" $1"
		return
	fi
	for i in "${!cells[@]}"; do
		[ "${cells[i]%% *}" -lt "$needs" ] || cell_tests[i]+=" $1"
	done
}

# What ends the life of a card comes last in a cell, and only once there. On each kernel the turns
# begin elsewhere, so that a program meets different settings.
place_tests()
{
	local turn=0 one
	[ "$kernel" != 7.3 ] || turn=6
	for one in "${tests_once[@]}"; do
		place_test "$one"
	done
	for one in "${final_tests[@]}"; do
		in_turn 2
		cell_tests[turn]+=" $one"
	done
	for one in "${user_tests[@]}"; do
		in_turn 1
		cell_users[turn]+=" $(printf %q "$one")"
	done
}

list_boots()
{
	local name cards engines iommu msi i
	list_cells
	place_tests
	boots=()
	for i in "${!cells[@]}"; do
		[ -n "${cell_tests[i]}${cell_users[i]}" ] || continue
		read -r cards engines iommu msi <<<"${cells[i]}"
		name=${cards}card-${engines}engine-$msi-iommu-$iommu
		mkdir -p "$out/$name"
		printf 'NMACCEL_KSFT_EFFORT=%d bash %s%s --%s\n' "$effort" \
			/nmaccel/src/selftests/vm/guest/tests.sh "${cell_tests[i]}" "${cell_users[i]}" \
			>"$out/$name/command"
		boots+=("$name $cards $engines $iommu $msi")
	done
}

# Messages of warning level and above, and what a kernel says of itself when something is wrong, all
# without those that dmesg-allowed explains.
bad_messages()
{
	awk '/^<[0-4]>/ || /BUG|WARNING|KASAN|UBSAN|KFENCE|Oops|INFO: task|possible .* (lock|deadlock)|kmemleak|leaked|refcount_t|Call Trace|DMA-API/' \
		"$1" | sed 's/^<[0-9]*>//; s/^\[ *[0-9.]*\] *//' |
		grep -vEf <(lines "$here/dmesg-allowed") || true
}

# dkms_leaves_out RELEASE CONFIG: a kernel that the driver cannot have. dkms must say so, build
# nothing, and not fail what wanted modules for it, which may be an installation of packages.
dkms_leaves_out()
{
	local log=$out/dkms-$1.log
	in_stage sh -c "mkdir -p /lib/modules/$1/build/include && echo '$2' >/lib/modules/$1/build/.config &&
		dkms autoinstall -k $1" >"$log" 2>&1 &&
		grep -q BUILD_EXCLUSIVE "$log" &&
		! in_stage sh -c "find /lib/modules/$1 /var/lib/dkms/nmaccel -name 'nmaccel.ko*' |
			grep -q '/$1/'"
}

check_dkms()
{
	local one
	dkms_passed=1 dkms_failed=0
	for one in "5.10.0-lab CONFIG_DRM_ACCEL=y" "$release-lab CONFIG_DRM=m"; do
		if dkms_leaves_out "${one% *}" "${one#* }"; then
			dkms_passed=$((dkms_passed + 1))
		else
			dkms_failed=$((dkms_failed + 1))
			sed 's/^/    /' "$out/dkms-${one% *}.log"
		fi
	done
	printf '%-40s %4d passed, %d failed\n' "dkms: builds, and leaves out" $dkms_passed $dkms_failed
}

# run_boot NAME CARDS ENGINES IOMMU MSI: one line, and a file with all that failed.
run_boot()
{
	local name=$1 box=$out/$1 begin=$SECONDS status=0 passed=0 failed=0 skipped=0 messages
	boot "$box" "$2" "$3" "$4" "$5" quiet 2>"$box/lab.log" || status=$?
	awk -v counts="$box/counts" -v skips="$box/skips" -f "$here/ktap.awk" "$box/output" \
		>"$box/failures"
	read -r passed failed skipped <"$box/counts"
	if [ "$status" != 0 ]; then
		failed=$((failed + 1))
		cat "$box/lab.log" >>"$box/failures"
	fi
	if [ -e "$box/dmesg" ]; then
		messages=$(bad_messages "$box/dmesg")
		if [ -n "$messages" ]; then
			failed=$((failed + 1))
			printf -- '---- kernel messages\n%s\n' "$messages" >>"$box/failures"
			cat "$box/leaks" >>"$box/failures" 2>/dev/null || true
		fi
	fi
	echo "$passed $failed $skipped" >"$box/counts"
	printf '%-40s %4d passed, %d failed, %d skipped, %d s\n' "$name" "$passed" "$failed" \
		"$skipped" $((SECONDS - begin))
	[ "$failed" = 0 ] || sed 's/^/    /' "$box/failures" | tail -n 200
}

run_boots()
{
	local one running=0
	for one in "${boots[@]}"; do
		if [ "$running" -ge "$jobs" ]; then
			wait -n || true
			running=$((running - 1))
		fi
		# shellcheck disable=SC2086 # words
		{ run_boot $one >"$out/${one%% *}/report" 2>&1 || true; cat "$out/${one%% *}/report"; } &
		running=$((running + 1))
	done
	wait
}

summary()
{
	local passed=$dkms_passed failed=$dkms_failed skipped=0 one p f s
	for one in "${boots[@]}"; do
		if read -r p f s 2>/dev/null <"$out/${one%% *}/counts"; then
			passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
		else
			failed=$((failed + 1))
		fi
	done
	{ cat "$out"/*/skips 2>/dev/null || true; } | sort | uniq -c | sed 's/^ *\([0-9]*\) /skipped: \1 x /'
	{ cat "$out"/*/times 2>/dev/null || true; } | sort -rn | head -n 8 |
		awk '{ list = list sprintf("%s %s %.0f s", NR > 1 ? "," : "", $2, $1 / 1000) }
			END { print "slowest:" list }'
	echo "kernel $release: ${#boots[@]} boots in $1 s"
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" = 0 ] || exit 1
}

do_check()
{
	local begin=$SECONDS
	build_stage
	find_tests
	list_boots
	run_boots
	summary $((SECONDS - begin))
}
