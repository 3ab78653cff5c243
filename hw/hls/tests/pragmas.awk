# SPDX-License-Identifier: MIT
#
# Where pragmas and loops stand, by the rules of UG1399 that a reader can check: prints each breach.
#
# - interface and array_partition: in the top function's body, in front of its first statement.
# - pipeline, unroll: in the body of a loop, in front of its first statement; unroll of Bambu
#   (ENGINE_UNROLL_NEXT) directly in front of the loop that has ENGINE_UNROLL inside.
# - all loops inside a pipelined one are unrolled, so their bounds are constants.
# - no pragma but those.

function breach(what)
{
	print FILENAME ":" FNR ": " what
}

# Is the bound in the head of a loop a constant of the build? Then it has no word in lower case.
function is_constant(head, bound)
{
	bound = head
	return sub(/^[^;]*;[^;<]*< */, "", bound) && sub(/;.*/, "", bound) && bound !~ /[a-z]/
}

FNR == 1 {
	depth = 0
	loops = 0
	next_unroll = 0
	head = ""
	in_top = 0
	statement = 0
}

{
	line = $0
	sub(/\/\*.*\*\//, "", line)
}

line ~ /^[ \t]*#pragma HLS / {
	word = line
	sub(/^[ \t]*#pragma HLS /, "", word)
	sub(/ .*/, "", word)
	if (word == "interface" || word == "array_partition") {
		if (!in_top)
			breach(word " outside the top function")
		else if (statement)
			breach(word " behind a statement")
	} else {
		breach("unknown pragma " word)
	}
}

line ~ /^#/ { next }
line ~ /^[ \t]*$/ || line ~ /^[ \t]*[A-Z][A-Z0-9_]*:$/ || line ~ /^[ \t]*(\/\*| \*)/ { next }

# A loop without braces has one statement, which is the loop inside or the end.
line ~ /^[ \t]*(for|while) \(/ {
	constant = line ~ /^[ \t]*for/ && is_constant(line)
	for (i = 1; i <= loops; i++)
		if (pipelined[i] && !constant)
			breach("a loop of variable length in a pipelined one")
	loops++
	start[loops] = depth
	braces[loops] = line ~ /\{$/
	fresh[loops] = 1
	pipelined[loops] = 0
	next_here[loops] = next_unroll
	unrolled[loops] = 0
	next_unroll = 0
	if (braces[loops])
		depth++
	next
}

line ~ /^[ \t]*ENGINE_UNROLL_NEXT$/ { next_unroll = 1; next }
next_unroll { breach("ENGINE_UNROLL_NEXT is not in front of a loop"); next_unroll = 0 }

line ~ /^[ \t]*ENGINE_(PIPELINE|UNROLL)$/ {
	if (!loops || !fresh[loops] || depth != start[loops] + 1)
		breach("not in front of the first statement of a loop")
	else if (line ~ /PIPELINE/)
		pipelined[loops] = 1
	else
		unrolled[loops] = 1
	next
}

# Declarations may stand in front of a pragma.
function is_declaration(text)
{
	return text ~ /^[ \t]*(const |static |struct |u?int[0-9]+_t |bool |float )/ || text ~ /^[ \t]+[^;]*[^{};]$/
}

{
	if (loops && !is_declaration(line))
		fresh[loops] = 0
	if (in_top && depth == 1 && !is_declaration(line))
		statement = 1
	opens = gsub(/\{/, "{", line)
	closes = gsub(/\}/, "}", line)
	if (depth == 0 && opens && FILENAME ~ /nmaccel_engine\.c$/)
		in_top = 1
	depth += opens - closes
	if (depth == 0)
		in_top = 0
	while (loops && ((braces[loops] && depth <= start[loops]) || (!braces[loops] && line ~ /;[ \t]*$/))) {
		if (unrolled[loops] != next_here[loops])
			breach("ENGINE_UNROLL and ENGINE_UNROLL_NEXT of the loop that ends here do not agree")
		loops--
		if (loops && braces[loops] && depth > start[loops])
			break
	}
}
