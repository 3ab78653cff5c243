# SPDX-License-Identifier: MIT
# Read the KTAP of one guest: write counts to the file `counts`, and to standard output what failed.
#
# A program's own results are those of its tests. One that reports none counts as a test itself; one
# that stopped before its plan was done has failed once more, for all that it left out.

function end_of_program(line,    bad, name) {
	name = line
	sub(/^(not )?ok [0-9]+ (selftests: driver: |user: )?/, "", name)
	bad = line ~ /^not ok/
	if (sub_ok + sub_failed + sub_skipped == 0) {
		if (bad)
			failed++
		else if (line ~ /# SKIP/)
			skip(name)
		else
			passed++
	} else {
		if (planned > sub_ok + sub_failed + sub_skipped) {
			print "# " name ": ended after " sub_ok + sub_failed + sub_skipped " of " \
				planned " tests"
			bad = 1
			failed++
		} else if (bad && sub_failed == 0) {
			failed++
		}
		passed += sub_ok
		failed += sub_failed
	}
	if (bad) {
		print "---- " name
		printf "%s", block
		print line
	}
	block = ""
	sub_ok = sub_failed = sub_skipped = planned = 0
}

function skip(line,    reason) {
	skipped++
	reason = line
	if (!sub(/^.*# SKIP[ :]*/, "", reason) || reason == "")
		reason = line
	print reason >skips
}

{ sub(/\r$/, "") }

/^(not )?ok [0-9]+/ { ended++; end_of_program($0); next }

/^1\.\.[0-9]+/ { sub(/^1\.\./, ""); expected += $1; next }

/^# +(not )?ok [0-9]+/ {
	if ($0 ~ /^# +not ok/ && $0 !~ /# (TODO|XFAIL)/)
		sub_failed++
	else if ($0 ~ /# SKIP/) {
		sub_skipped++
		skip($0)
	} else
		sub_ok++
}

/^# +1\.\.[0-9]+/ { plan = $0; sub(/^# +1\.\./, "", plan); planned += plan }

{ block = block $0 "\n" }

END {
	if (ended < expected || expected == 0) {
		print "---- " ended + 0 " of " expected + 0 " programs ended; the output stops with:"
		printf "%s", block
		failed++
	}
	print passed + 0, failed + 0, skipped + 0 >counts
}
