#!/bin/sh
# SPDX-License-Identifier: MIT
# The proofs must be able to fail: each of these errors in the engine is one that its proof finds.
set -u

here=$(cd "$(dirname "$0")" && pwd) || exit 1
"$here/tool.sh" >/dev/null || {
	echo 'skipped: there is no cbmc'
	echo '0 passed, 0 failed, 1 skipped'
	exit 0
}
work=$(mktemp -d "${TMPDIR:-/tmp}/nmaccel-mutants.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

# mutant PROOF FILE SED: the proof fails by a property, and not by a source that does not compile
mutant()
{
	rm -rf "$work/hls"
	mkdir "$work/hls"
	cp -r "$here/../src" "$here"/../*.h "$work/hls"
	# Harnesses name the source by ../src.
	cp -r "$here" "$work/hls/cbmc"
	sed -i "$3" "$work/hls/src/$2"
	if cmp -s "$here/../src/$2" "$work/hls/src/$2"; then
		echo "FAIL  $1, $2: '$3' changes nothing"
		failed=$((failed + 1))
	elif TOP=$here/../../.. JOBS=1 "$work/hls/cbmc/prove.sh" "$1" 2>&1 | grep -q ': FAILURE$'; then
		echo "ok    $1 finds '$3' in $2"
		passed=$((passed + 1))
	else
		echo "FAIL  $1 does not find '$3' in $2"
		failed=$((failed + 1))
	fi
}

mutant window window.h 's/x < desc->in_w/x <= desc->in_w/'
mutant window window.h 's/y >= 0 \&\& //'
mutant desc desc.h 's/tensor->ch <= tensor->channels - tensor->ch0/tensor->ch <= tensor->channels/'
mutant columns desc.h 's/image \* batch <= NMACCEL_MAX_PIXELS/image <= NMACCEL_MAX_PIXELS/'
mutant word word.h 's/word.hi >> (8u \* i)/word.hi >> (7u * i)/'
mutant fetch stream.h 's/if (left < bytes)/if (left + 16u < bytes)/'
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
