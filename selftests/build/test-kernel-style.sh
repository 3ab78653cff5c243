#!/bin/sh
# SPDX-License-Identifier: MIT
# What of the kernel's style can be checked without a kernel: the document of the ioctls, its comments,
# and the rules for structures. selftests/driver-lint/lint.sh has the kernel's own judges.
set -u
. selftests/harness/tap.sh

header=uapi/drm/nmaccel_accel.h
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# Every struct and every ioctl of the header has its place in the document.
complete()
{
	docs/uapi-doc.sh "$header" >"$work/uapi.md" || return 1
	! {
		sed -n 's/^\(struct drm_nmaccel_[a-z_]*\) {$/## \1/p' "$header"
		# shellcheck disable=SC2016 # the quotes are Markdown's
		sed -n 's/^#define \(DRM_IOCTL_[A-Z_]*\).*/| `\1` |/p' "$header"
	} | while read -r line; do
		grep -qF "$line" "$work/uapi.md" || echo "missing: $line"
	done | grep .
}

# refuses WHAT SED_SCRIPT: without that comment there is no document.
refuses()
{
	sed "$2" "$header" >"$work/bad.h"
	! cmp -s "$header" "$work/bad.h" || { echo "the header has no $1 to take away"; return 1; }
	! docs/uapi-doc.sh "$work/bad.h" >/dev/null 2>"$work/errors" || return 1
	grep -q "$1 has no comment" "$work/errors" || { cat "$work/errors"; return 1; }
}

# The same layout for every ABI: no type whose size differs, no bit fields, no enum as a field.
fixed_types()
{
	! sed -n '/^struct .* {$/,/^};/p' uapi/drm/nmaccel_*.h |
		grep -vE '^(struct|\})|^[[:blank:]]*(/\*|\*)|^$' |
		grep -vE '^[[:blank:]]+((__u8|__u16|__u32|__u64|__s32|__s64) [a-z0-9_]+(\[[A-Z0-9a-z_]+\])?|struct [a-z_]+ [a-z0-9_]+(\[[0-9]+\])?);'
}

# A number that has been given to an ioctl stays its own.
numbers()
{
	sed -n '/^enum drm_nmaccel_ioctl_id/,/^}/s/^\t\(DRM_NMACCEL_[A-Z_]*\).*/\1/p' "$header" |
		awk '{ print NR - 1, $0 }' >"$work/numbers"
	diff -u - "$work/numbers" <<'END'
0 DRM_NMACCEL_DEV_QUERY
1 DRM_NMACCEL_BO_CREATE
2 DRM_NMACCEL_BO_MMAP_OFFSET
3 DRM_NMACCEL_BO_WAIT
4 DRM_NMACCEL_CTX_CREATE
5 DRM_NMACCEL_CTX_DESTROY
6 DRM_NMACCEL_CTX_QUERY
7 DRM_NMACCEL_SUBMIT
8 DRM_NMACCEL_RESULT
END
}

try "the document of the ioctls is complete" complete
try "a member without a comment is refused" refuses stride '/@stride:/d'
try "an enum value without a comment is refused" refuses DRM_NMACCEL_CTX_OK '/@DRM_NMACCEL_CTX_OK:/d'
try "a struct without a comment is refused" refuses "struct drm_nmaccel_sync" \
	'/^ \* struct drm_nmaccel_sync - /d'
try "structures have members of fixed sizes only" fixed_types
try "the ioctls have the numbers that they had" numbers
tap_end
