#!/bin/sh
# SPDX-License-Identifier: MIT
# Prove the properties of this directory's *.sv, as the list in the file proofs says, JOBS at a time.
#
# usage: prove.sh [--quick | NAME...]    (all if none is named; --quick: those of the method always)
#        prove.sh --tools                 (say what is missing)
#
# Yosys makes a circuit of the design and its properties. Of the methods
#
#   always     ABC's property-directed reachability: in every state that can be reached, in any time
#   N clocks   ABC's bounded model checking: whatever comes in, in the first N clocks after reset
#   constant   yosys-smtbmc and Z3, by induction: for all values of inputs that do not change
#   reached N  ABC: each cover statement, in some run of N clocks, so that no proof is about nothing
#
# the first and the third are complete, and the second is not.
#
# Environment: JOBS; SRC, the directory whose *.sv are proved, by default ../ of this one; CONTRACT, the
# package that contract.c makes; V=1 shows what the tools say; YOSYS; LIMIT, seconds for one proof.
set -u

here=$(cd "$(dirname "$0")" && pwd) || exit 1
JOBS=${JOBS:-1}
SRC=${SRC:-$here/..}
YOSYS=${YOSYS:-yosys}
LIMIT=${LIMIT:-120}
CONTRACT=${CONTRACT:?the package that contract.c makes}
export JOBS SRC YOSYS LIMIT CONTRACT

# Registers that reset does not set begin with any value.
prepare()
{
	printf 'read_verilog -sv -formal %s/nmaccel_pkg.sv %s' "$SRC" "$CONTRACT"
	for file in $3 "formal/$1.sv"; do
		printf ' %s/%s' "$SRC" "$file"
	done
	echo
	[ -z "$2" ] || echo "chparam $2 $1"
	echo "hierarchy -check -top $1; proc; memory_collect; memory_map; flatten; opt_clean"
	echo "setundef -undriven -anyseq"
}

# circuit FILE: for ABC
circuit()
{
	echo "opt -full; async2sync; techmap; opt -fast; dffunmap; simplemap; aigmap; opt_clean"
	echo "write_aiger -zinit $1"
}

# abc COMMAND: on the circuit, its assumptions folded into what is to be proved
abc()
{
	"$YOSYS-abc" -c "read_aiger $dir/proof.aig; fold; strash; $1"
}

by_reachability()
{
	{
		prepare "$top" "$parameters" "$files"
		echo "chformal -cover -remove"
		circuit "$dir/proof.aig"
	} >"$dir/script" && "$YOSYS" -q -s "$dir/script" && abc "orpos; pdr -T $LIMIT" &&
		grep -q '^Property proved' "$dir/log"
}

# by_clocks N
by_clocks()
{
	{
		prepare "$top" "$parameters" "$files"
		echo "chformal -cover -remove"
		circuit "$dir/proof.aig"
	} >"$dir/script" && "$YOSYS" -q -s "$dir/script" && abc "orpos; bmc3 -F $1 -T $LIMIT" &&
		grep -q "^No output asserted in $1 frames. Resource limit reached (conf" "$dir/log"
}

by_values()
{
	{
		prepare "$top" "$parameters" "$files"
		echo "async2sync; dffunmap; opt_expr; opt_clean; write_smt2 -wires $dir/proof.smt2"
	} >"$dir/script" && "$YOSYS" -q -s "$dir/script" &&
		yosys-smtbmc --noprogress -s z3 --presat -t 5 "$dir/proof.smt2" &&
		yosys-smtbmc --noprogress -s z3 -i -t 5 "$dir/proof.smt2"
}

# by_run N
by_run()
{
	{
		prepare "$top" "$parameters" "$files"
		echo "chformal -assert -remove; opt_clean"
		echo "tee -q -o $dir/covers select -list t:\$cover"
		echo "techmap -map $here/covers.v"
		circuit "$dir/proof.aig"
	} >"$dir/script" && "$YOSYS" -q -s "$dir/script" && abc "bmc3 -a -F $1 -T $LIMIT" || return
	covers=$(grep -c . "$dir/covers")
	reached=$(grep -c '^Output .* was asserted' "$dir/log")
	echo "$reached of $covers reached"
	[ "$covers" -ne 0 ] && [ "$reached" -eq "$covers" ]
}

# prove_one NAME: report and status in a directory of its own; status 0 proved, 1 refuted or undecided
prove_one()
{
	dir=$work/$1
	mkdir -p "$dir"
	IFS='|' read -r name method top parameters files claim <<-END
	$(grep "^$1|" "$SRC/formal/proofs")
	END
	begin=$(date +%s)
	{
		case $method in
		always) by_reachability ;;
		constant) by_values ;;
		'reached '*) by_run "${method#reached }" ;;
		*' clocks') by_clocks "${method% clocks}" ;;
		*) false ;;
		esac
	} >"$dir/log" 2>&1 </dev/null
	status=$?
	{
		if [ "$status" -eq 0 ]; then
			printf 'ok    %-16s %4d s  %-10s  %s\n' "$name" $(($(date +%s) - begin)) "$method" \
				"$claim"
		else
			printf 'FAIL  %-16s %4d s  %-10s  %s\n' "$1" $(($(date +%s) - begin)) "$method" \
				"$claim"
			tail -n 8 "$dir/log" | sed 's/^/    /'
		fi
		[ -z "${V:-}" ] || sed 's/^/    /' "$dir/log"
	} >"$dir/report"
	flock "$work/lock" cat "$dir/report"
	echo "$status" >"$dir/status"
}

if [ "${1:-}" = --one ]; then
	work=$2
	prove_one "$3"
	exit 0
fi

missing=
smt='yosys-smtbmc z3'
[ "${1:-}" != --quick ] || smt=
for tool in "$YOSYS" "$YOSYS-abc" $smt; do
	command -v "$tool" >/dev/null || missing="$missing $tool"
done
[ -z "$missing" ] || echo "skipped: there is no$missing"
[ "${1:-}" != --tools ] || exit 0
if [ -n "$missing" ]; then
	echo "0 passed, 0 failed, 1 skipped"
	exit 0
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/nmaccel-formal.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
if [ "${1:-}" = --quick ]; then
	# shellcheck disable=SC2046 # a list
	set -- $(sed -n 's/^\([a-z0-9-]*\)|always|.*/\1/p' "$SRC/formal/proofs")
elif [ $# -eq 0 ]; then
	# shellcheck disable=SC2046
	set -- $(sed -n 's/^\([a-z0-9-]*\)|.*/\1/p' "$SRC/formal/proofs")
fi
for name; do
	grep -q "^$name|" "$SRC/formal/proofs" || {
		echo "prove.sh: there is no proof $name" >&2
		exit 2
	}
done
printf '%s\0' "$@" | xargs -0 -n 1 -P "$JOBS" "$0" --one "$work"
passed=$(cat "$work"/*/status 2>/dev/null | grep -cx 0)
echo "$passed passed, $(($# - passed)) failed"
[ "$passed" -eq $# ]
