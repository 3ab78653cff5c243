# SPDX-License-Identifier: MIT
# bash completion for nmaccel. The command itself tells its verbs, options and values.

_nmaccel()
{
	local cur prev words cword split option values
	_init_completion -s || return

	local nmaccel=${words[0]}
	if ((cword == 1)); then
		mapfile -t COMPREPLY < <(compgen -W \
			"$("$nmaccel" __complete verbs 2>/dev/null | cut -f1) help --help --version" -- "$cur")
		return
	fi
	if [[ ${words[1]} == help ]]; then
		mapfile -t COMPREPLY < <(compgen -W \
			"$("$nmaccel" __complete verbs 2>/dev/null | cut -f1)" -- "$cur")
		return
	fi
	if [[ $prev == -* ]]; then
		values=$("$nmaccel" __complete values "${words[1]}" "$prev" 2>/dev/null)
		case $values in
		"<file>")
			_filedir
			return
			;;
		"<text>")
			return
			;;
		?*)
			mapfile -t COMPREPLY < <(compgen -W "$values" -- "$cur")
			# 2:4 is one word of ours, and three of bash's.
			declare -F __ltrim_colon_completions >/dev/null && __ltrim_colon_completions "$cur"
			return
			;;
		esac
	fi
	$split && return
	if [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W \
			"$("$nmaccel" __complete options "${words[1]}" 2>/dev/null | cut -f1)" -- "$cur")
		[[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace
		return
	fi
	_filedir
} &&
	complete -F _nmaccel nmaccel
