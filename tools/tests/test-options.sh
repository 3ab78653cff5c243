#!/bin/sh
# SPDX-License-Identifier: MIT
# --help, the man page and the completions of every verb name the same options; the pages and the
# completion scripts are sound. BUILD is where nmaccel is.
set -u
. selftests/harness/tap.sh

nmaccel=${BUILD:-build}/nmaccel
nmaccel=$(realpath "$nmaccel") || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
verbs=$("$nmaccel" __complete verbs | cut -f1)

# Long and short options of a verb, one a line, from each place that tells them.
options_of_help()
{
	"$nmaccel" "$1" --help | sed -n 's/^  \(-., \|    \)\(--[a-z-]*\).*/\1 \2/p' |
		tr -d ', ' | sed 's/^\(-[^-]\)\(--.*\)/\1\n\2/' | sort
}

options_of_man()
{
	sed -n 's/^\.It Fl \(. , Fl \)\{0,1\}-\([a-z-]*\).*/\1--\2/p' "tools/man/nmaccel-$1.1" |
		sed 's/^\(.\) , Fl \(--.*\)/-\1\n\2/' | sort
}

options_of_completion()
{
	"$nmaccel" __complete options "$1" | cut -f1 | tr -d = | sort
}

same_options()
{
	options_of_help "$1" >"$work/help"
	options_of_man "$1" >"$work/man"
	options_of_completion "$1" >"$work/completion"
	[ -s "$work/help" ] && diff "$work/help" "$work/man" &&
		diff "$work/help" "$work/completion"
}

# The page's one-line summary is what `nmaccel help` and the main page say, capitals apart.
same_summary()
{
	page=$(sed -n 's/^\.Nd //p' "tools/man/nmaccel-$1.1" | tr '[:upper:]' '[:lower:]')
	help=$("$nmaccel" "$1" --help | sed -n '3s/\.$//p' | tr '[:upper:]' '[:lower:]')
	[ -n "$page" ] || return 1
	grep -A1 "^\.It Xr nmaccel-$1 1" tools/man/nmaccel.1 | tr '[:upper:]' '[:lower:]' |
		grep -qxF "$page" || { echo "nmaccel.1 does not say: $page"; return 1; }
	[ "$page" = "$help" ] || { echo "help says: $help"; return 1; }
}

same_pages()
{
	for verb in $verbs; do
		echo "tools/man/nmaccel-$verb.1"
	done >"$work/want"
	echo tools/man/nmaccel.1 >>"$work/want"
	sort -o "$work/want" "$work/want"
	printf '%s\n' tools/man/*.1 | sort | diff - "$work/want"
}

complete_bash()
{
	bash --norc -c '
		. /usr/share/bash-completion/bash_completion
		. tools/completions/nmaccel.bash
		PATH=$(dirname "$1"):$PATH
		reply() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"
			COMP_POINT=${#COMP_LINE}; COMPREPLY=(); _nmaccel; echo "${COMPREPLY[@]}"; }
		reply nmaccel ch | grep -qw check || exit 1
		reply nmaccel check --pat | grep -q -- "--pattern=" || exit 2
		reply nmaccel check --layout o | grep -qw oihw || exit 3
		reply nmaccel help pa | grep -qw pack || exit 4
		cd tools && reply nmaccel pack -o to | grep -q tools.mk || exit 5
	' bash "$nmaccel" 2>"$work/err"
	code=$?
	[ "$code" -eq 0 ] || echo "step $code: $(cat "$work/err")"
	return "$code"
}

for verb in $verbs; do
	try "options of $verb" same_options "$verb"
	try "summary of $verb" same_summary "$verb"
done
try "a page for every verb, and no other" same_pages

if have mandoc; then
	try "mandoc finds nothing to warn of" mandoc -T lint -W warning tools/man/*.1
else
	leave_out "mandoc finds nothing to warn of" "mandoc is not installed"
fi
if have bash; then
	try "bash completion parses" bash -n tools/completions/nmaccel.bash
else
	leave_out "bash completion parses" "bash is not installed"
fi
if have bash && [ -r /usr/share/bash-completion/bash_completion ]; then
	try "bash completion completes" complete_bash
else
	leave_out "bash completion completes" "bash-completion is not installed"
fi
if have zsh; then
	try "zsh completion parses" zsh -n tools/completions/_nmaccel
else
	leave_out "zsh completion parses" "zsh is not installed"
fi
tap_end
