#!/bin/sh
# SPDX-License-Identifier: MIT
# Prints a document with its tables as they are now: below each heading that the tables' file has, too.
#
# usage: paste-tables.sh build/figures/tables.md docs/performance.md >new.md
set -u

awk 'FNR == NR {
	if (/^### /)
		title = $0
	else if (/^\|/)
		table[title] = table[title] $0 "\n"
	next
}
FNR == 1 {
	title = ""
}
/^##/ {
	title = $0
	pasted = 0
}
/^\|/ && title in table {
	if (!pasted)
		printf "%s", table[title]
	pasted = 1
	next
}
{
	print
}' "${1:?the tables}" "${2:?the document}"
