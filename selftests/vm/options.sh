# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2154 # the other files use or set these
# The lab's command line.

usage()
{
	cat <<'END'
usage: lab root                           build or refresh the cached root file system
       lab check KERNEL [OPTION...]       every test in every cell of the matrix
       lab run KERNEL [OPTION...] -- COMMAND...
                                          boot, run COMMAND in the guest, exit as it exits
       lab shell KERNEL [OPTION...]       a shell in a guest with a card, on this terminal
       lab lint                           checkpatch, sparse, W=1 and kernel-doc on the driver
       lab help

KERNEL is 6.12, 7.3 or debug. Needs root; see docs/vm-lab.md.

  --cards N       1 or 2 cards (1)
  --engines N     engines of each card, 1 to 15 (2)
  --engine KIND   the card's engines: model, or rtl, those in SystemVerilog, which are slow: check
                  then has four cells of the matrix, and less effort (model)
  --iommu         with a guest IOMMU
  --msi           cards with one MSI vector instead of MSI-X
  --memory MB     the guest's memory (1024)
  --timeout S     end a guest that runs for longer (1800; debug 7200)
  --jobs N        check: guests at once (number of processors, at most 2)
  --tests PATTERN check: only programs whose name has PATTERN in it
  --out DIR       where logs go (a temporary directory, removed after success)
  --keep          keep logs after success too
  --driver DIR    the driver of another tree
  --no-build      run, shell: take the programs as the last run has left them
  --build NAME    objects of this name in the cache (one for each tree)

Exit status: 0 success; 1 a test failed; 2 wrong usage; 4 this machine permits no mounts;
124 a guest was ended by --timeout; 125 the lab failed. `run` gives that of COMMAND.

NMACCEL_CACHE=DIR (~/.cache/nmaccel): root file system and objects.
END
}

note()
{
	printf 'lab: %s\n' "$*" >&2
}

die()
{
	note "$*"
	exit 125
}

skip()
{
	note "skipped: $*"
	exit 4
}

wrong()
{
	note "$*; see: lab help"
	exit 2
}

# number OPTION VALUE LOWEST HIGHEST
number()
{
	case $2 in
	'' | *[!0-9]* | ??????*) wrong "$1 is a number, not '$2'" ;;
	esac
	[ "$2" -ge "$3" ] && [ "$2" -le "$4" ] || wrong "$1 is from $3 to $4, not $2"
}

parse_options()
{
	verb=${1:-}
	kernel=
	cards=1
	engines=2
	engine=model
	iommu=off
	msi=msix
	memory=1024
	timeout=
	jobs=$(nproc)
	[ "$jobs" -le 2 ] || jobs=2
	tests=
	out=${out:-}
	keep=
	driver=$tree
	no_build=
	build_name=$(printf '%s' "$tree" | cksum | tr ' ' -)
	command=()
	case $verb in
	root | lint) [ $# = 1 ] || wrong "$verb takes no arguments" ;;
	check | run | shell)
		[ $# -ge 2 ] || wrong "$verb needs a KERNEL: 6.12, 7.3 or debug"
		kernel=$2
		shift 2
		parse_settings "$@"
		;;
	help | -h | --help) verb=help ;;
	'') wrong "no command" ;;
	*) wrong "no such command: $verb" ;;
	esac
}

parse_settings()
{
	case $kernel in
	6.12 | 7.3) timeout=1800 ;;
	debug) timeout=7200 ;;
	*) wrong "KERNEL is 6.12, 7.3 or debug, not '$kernel'" ;;
	esac
	while [ $# -gt 0 ]; do
		case $1 in
		--iommu) iommu=on ;;
		--msi) msi=msi ;;
		--keep) keep=1 ;;
		--no-build)
			[ "$verb" != check ] || wrong "check builds what it checks"
			no_build=1
			;;
		--)
			shift
			command=("$@")
			break
			;;
		--cards | --engines | --engine | --memory | --timeout | --jobs | --tests | --out | --build | --driver)
			[ $# -ge 2 ] || wrong "$1 needs a value"
			setting "$1" "$2"
			shift
			;;
		*) wrong "no such option: $1" ;;
		esac
		shift
	done
	[ "$kernel:$engine" != debug:rtl ] ||
		wrong "the debug kernel and --engine rtl are too slow together"
	case $verb:${#command[@]} in
	run:0) wrong "run needs a command after --" ;;
	run:*) ;;
	*:0) ;;
	*) wrong "$verb takes no command" ;;
	esac
}

setting()
{
	case $1 in
	--cards) number "$1" "$2" 1 2 && cards=$2 ;;
	--engines) number "$1" "$2" 1 15 && engines=$2 ;;
	--engine)
		case $2 in
		model) engine=model ;;
		rtl) engine=rtl ;;
		*) wrong "--engine is model or rtl, not '$2'" ;;
		esac
		;;
	--memory) number "$1" "$2" 256 65536 && memory=$2 ;;
	--timeout) number "$1" "$2" 10 86400 && timeout=$2 ;;
	--jobs) number "$1" "$2" 1 64 && jobs=$2 ;;
	--tests) tests=$2 ;;
	--out) [ -n "${own_out+set}" ] || out=$2 ;;
	--driver)
		driver=$(realpath -- "$2")
		[ -e "$driver/dkms.conf" ] || wrong "there is no driver in $2"
		;;
	--build)
		case $2 in
		'' | *[!A-Za-z0-9_.-]* | .*) wrong "--build is a name of letters and digits, not '$2'" ;;
		esac
		build_name=$2
		;;
	esac
}
