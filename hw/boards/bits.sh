#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# From NAME.fasm in DIRECTORY to NAME.bit, and back: the bits that bitread finds in the bit file must
# be those of the frames, no more and no less.
#
# usage: bits.sh PROGRAMS DIRECTORY NAME PART (PROGRAMS: where fasm2frames and framebits are)
set -eu -o pipefail

here=$(cd "$(dirname "$0")" && pwd)
programs=$1 directory=$2 name=$3 part=$4

root=$("$here/tools.sh" root)
database=/usr/share/prjxray/database/artix7
"$programs/fasm2frames" "$root$database" "$part" "$directory/$name".{fasm,frames}

run()
{
	"$here/tools.sh" run "$directory" "$@" >"$directory/$name.bits.log" 2>&1 ||
		{ cat "$directory/$name.bits.log" >&2; exit 1; }
}
run xc7frames2bit --part_file "$database/$part/part.yaml" --part_name "$part" \
	--frm_file "$name.frames" --output_file "$name.bit"
run bitread --part_file "$database/$part/part.yaml" -o "$name.bits" -z -y "$name.bit"

"$programs/framebits" "$directory/$name.frames" | cmp - "$directory/$name.bits" ||
	{ echo "boards: $name.bit does not hold the frames that it was made of" >&2; exit 1; }
echo "$directory/$name.bit: $(wc -l <"$directory/$name.bits") bits set, read back and compared"
