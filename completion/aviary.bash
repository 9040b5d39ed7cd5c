# Bash completion for aviary(1). Commands and options are asked of the program itself, so that
# this file never lags behind; only the values stand here.

# The long options that the help of a command names.
_aviary_options()
{
    "$@" --help 2> /dev/null < /dev/null | grep -oE -e '--[a-z][a-z-]+'
}

# The names that a help lists under "commands:".
_aviary_commands()
{
    "$@" --help 2> /dev/null < /dev/null | sed -n '/^commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'
}

# The strategies that the help of `aviary partition` lists.
_aviary_partitioners()
{
    "$1" partition --help 2> /dev/null < /dev/null |
        sed -n '/^strategies/,/^$/s/^  \([a-z-]*\) .*/\1/p'
}

_aviary()
{
    local program=${COMP_WORDS[0]} current=${COMP_WORDS[COMP_CWORD]}
    local previous=${COMP_WORDS[COMP_CWORD - 1]} words='' word
    COMPREPLY=()
    if [ "$COMP_CWORD" = 1 ]; then
        words="$(_aviary_commands "$program") --help --version"
    elif [ "${COMP_WORDS[1]}" = trace ] && [ "$COMP_CWORD" = 2 ]; then
        words="$(_aviary_commands "$program" trace) --help"
    else
        case $previous in
        -s | --scheme) words="smr ssmr" ;;
        -w | --workload) words="chirper chirper: interactions:file=" ;;
        -p | --placement) words="hash random range file: $(_aviary_partitioners "$program")" ;;
        --strategy) words=$(_aviary_partitioners "$program") ;;
        -m | --model) words="cluster-2014 rdma-xl170" ;;
        --faults) words="swarm" ;;
        --check) words="on off" ;;
        *)
            if [[ $current == -* ]]; then
                local command=("$program" "${COMP_WORDS[1]}")
                [ "${COMP_WORDS[1]}" = trace ] && command+=("${COMP_WORDS[2]}")
                words=$(_aviary_options "${command[@]}")
            fi
            ;;
        esac
    fi
    # What is not listed may be a file: traces, models, databases. COMPREPLY takes one per line.
    while IFS= read -r word; do
        COMPREPLY+=("$word")
    done < <(compgen -W "$words" -- "$current"; [ -n "$words" ] || compgen -f -- "$current")
}

complete -o filenames -o bashdefault -F _aviary aviary
