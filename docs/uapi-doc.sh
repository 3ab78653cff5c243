#!/bin/sh
# SPDX-License-Identifier: MIT
# Print the reference of the ioctls, made of the kernel-doc comments in the header.
#
# usage: uapi-doc.sh HEADER; fails, naming the place, if a struct, a member or an enum value has none.
set -u

[ $# = 1 ] || { echo "usage: uapi-doc.sh HEADER" >&2; exit 2; }

exec awk '
function fail(why)
{
	print FILENAME ":" FNR ": " why >"/dev/stderr"
	failed = 1
}

# The text of a comment that begins on this line, without its stars.
function comment(    text, line)
{
	line = $0
	text = ""
	for (;;) {
		sub(/^[ \t]*(\/\*\*?|\*\/|\*)[ \t]?/, "", line)
		end = sub(/[ \t]*\*\/[ \t]*$/, "", line)
		text = text (text == "" ? "" : "\n") line
		if (end || $0 ~ /\*\//)
			return text
		if ((getline) <= 0)
			return text
		line = $0
	}
}

function one_line(text)
{
	gsub(/[ \t\n]+/, " ", text)
	gsub(/^ | $/, "", text)
	gsub(/\|/, "\\|", text)
	gsub(/@/, "", text)
	return text
}

# "struct drm_nmaccel_x - Brief.", an empty line, and the rest.
function head(text,    name, brief, rest, at)
{
	name = text
	sub(/ - .*/, "", name)
	at = index(text, " - ")
	brief = substr(text, at + 3)
	rest = ""
	if (at = index(brief, "\n\n")) {
		rest = substr(brief, at + 2)
		brief = substr(brief, 1, at - 1)
	}
	gsub(/@/, "", rest)
	sub(/\n+$/, "", rest)
	printf "\n## %s\n\n%s\n", name, one_line(brief)
	if (rest != "")
		printf "\n%s\n", rest
	kind = name
	sub(/ .*/, "", kind)
	described = name
}

BEGIN {
	print "<!-- SPDX-License-Identifier: MIT -->"
	print "# The ioctls of nmaccel.ko\n"
	print "Made of the comments in `drm/nmaccel_accel.h`; MBZ is \"must be zero\".\n"
}

FNR > 1 && !started && /^\/\*$/ {
	started = 1
	text = comment()
	gsub(/^\n|\n+$/, "", text)
	print "```\n" text "\n```"
	next
}

/^\/\*\*/ {
	text = comment()
	sub(/^\n/, "", text)
	head(text)
	next
}

/^(struct|enum) [a-z_]+ \{/ {
	if ($1 " " $2 != described)
		fail($1 " " $2 " has no comment")
	inside = $1
	member = ""
	print $1 == "enum" ? "\n| value | |\n|---|---|" : "\n| member | type | |\n|---|---|---|"
	next
}

inside && /^\};/ { inside = ""; next }

inside && /^[ \t]*\/\*\*/ {
	member = comment()
	sub(/^\n?@/, "", member)
	text = member
	sub(/:.*/, "", member)
	text = one_line(substr(text, length(member) + 2))
	next
}

inside && /^[ \t]*[A-Za-z_]/ {
	line = $0
	gsub(/^[ \t]+|[,;].*$/, "", line)
	name = line
	if (inside == "enum")
		sub(/ = .*/, "", name)
	else
		sub(/.*[ \t]/, "", name)
	if (name != member)
		fail(name " has no comment")
	if (inside == "enum")
		printf "| `%s` | %s |\n", line, text
	else
		printf "| `%s` | `%s` | %s |\n", name, substr(line, 1, length(line) - length(name) - 1), text
	member = ""
}

/^#define DRM_IOCTL_/ { ioctl = $2; next }

ioctl && /DRM_IO/ {
	argument = $0
	sub(/.*, /, "", argument)
	sub(/\)$/, "", argument)
	direction = $0 ~ /IOWR/ ? "in and out" : "in"
	ioctls = ioctls sprintf("| `%s` | `%s` | %s |\n", ioctl, argument, direction)
	ioctl = ""
}

END {
	if (ioctls == "")
		fail("no ioctl found")
	printf "\n## The calls\n\n| ioctl | argument | |\n|---|---|---|\n%s", ioctls
	exit failed
}' "$1"
