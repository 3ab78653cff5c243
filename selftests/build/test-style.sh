#!/bin/sh
# SPDX-License-Identifier: MIT
# Style that a program can check: licence lines, white space, shell scripts, clang-format, manuals.
set -u
. selftests/harness/tap.sh

# Files of the repository; in an unpacked archive, where git knows nothing, all that is not made.
if git ls-files --error-unmatch Makefile >/dev/null 2>&1; then
	list=$(git ls-files)
else
	list=$(find . -path ./build -prune -o -path ./.git -prune -o -type f -print | sed 's|^\./||')
fi

# files [REGEX]: those that are there and match.
files()
{
	printf '%s\n' "$list" | grep -e "${1:-.}" | while read -r file; do
		[ ! -f "$file" ] || echo "$file"
	done
}

text_files()
{
	files | grep -v -e '^examples/fashion/models/' -e '/corpus/' -e '\.nmw$' -e '^LICENSES/'
}

# Formats that have no comments, and the licences, cannot carry the line.
licence_lines()
{
	! text_files | grep -v -e '\.json$' -e '\.plan$' -e '\.npy$' -e '\.npz$' -e '\.onnx$' \
		-e '\.safetensors$' | while read -r file; do
		head -n 5 "$file" | grep -q 'SPDX-License-Identifier: ' || echo "$file"
	done | grep .
}

# The driver is GPL-2.0, all else MIT.
right_licence()
{
	! text_files | while read -r file; do
		found=$(head -n 5 "$file" | sed -n 's/.*SPDX-License-Identifier: \([^ ]*\).*/\1/p')
		case $file:$found in
		driver/*.md:* | *:) ;;
		driver/*:GPL-2.0*) ;;
		driver/*) echo "$file: $found" ;;
		*:MIT) ;;
		*) echo "$file: $found" ;;
		esac
	done | grep .
}

white_space()
{
	! text_files | xargs grep -nI '[[:blank:]]$' &&
		! text_files | while read -r file; do
			[ -z "$(tail -c 1 "$file" | tr -d '\n')" ] || echo "$file: no newline at the end"
		done | grep .
}

no_old_work()
{
	! files '\.[ch]$' |
		xargs grep -nE '^[[:blank:]]*#if 0|\b(TODO|FIXME|XXX)\b'
}

long_files()
{
	! files '\.c$' | xargs wc -l | awk '$2 != "total" && $1 > 700' | grep .
}

shell_scripts()
{
	files | while read -r file; do
		case $file in
		*.sh | quickstart | .ci/run) echo "$file" ;;
		esac
	done | xargs shellcheck -x
}

formatted()
{
	files '\.[ch]$' | grep -v '^uapi/' |
		xargs clang-format --dry-run -Werror
}

manuals()
{
	! files '^tools/man/.*\.[1-9]$' | xargs -r mandoc -T lint -W warning 2>&1 | grep .
}

# The example in the README is the one that is built and tested.
readme_example()
{
	awk '/^```c$/ { on = 1; next } /^```$/ { on = 0 } on' README.md | diff -u examples/hello/hello.c -
}

# Every relative link of the documents leads to something.
links()
{
	! files '\.md$' | while read -r file; do
		grep -o '](\([^):#]*\))' "$file" | sed 's/^](//; s/)$//' | while read -r link; do
			[ -e "$(dirname "$file")/$link" ] || echo "$file: $link leads nowhere"
		done
	done | grep .
}

try "an SPDX line in every file" licence_lines
try "the right licence in every file" right_licence
try "no blanks at the end of a line" white_space
try "no TODO and no code switched off" no_old_work
try "no C file of more than 700 lines" long_files
try "the README shows examples/hello/hello.c" readme_example
try "links in documents lead somewhere" links
if have shellcheck; then
	try "shellcheck" shell_scripts
else
	leave_out "shellcheck" "there is no shellcheck"
fi
# Versions differ in what they make of one and the same file.
version=$(clang-format --version 2>/dev/null | sed -n 's/.*version \([0-9]*\).*/\1/p')
if [ "$version" = 14 ]; then
	try "clang-format" formatted
else
	leave_out "clang-format" "version 14 decides, and here is ${version:-none}"
fi
if have mandoc; then
	try "manual pages" manuals
else
	leave_out "manual pages" "there is no mandoc"
fi
tap_end
