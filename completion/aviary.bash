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

# The names that `aviary COMMAND --help TOPIC` lists, and the words of an option that takes a few;
# `file:PATH` is completed as far as the colon.
_aviary_names()
{
    "$1" "${3:-run}" --help "$2" 2> /dev/null < /dev/null |
        sed -n 's/^  \([a-z][a-z0-9-]*:\{0,1\}\).*/\1/p'
}

# What a workload begins with.
_aviary_workloads()
{
    _aviary_names "$1" workloads | sed 'p; s/$/:/'
}

# The topics themselves.
_aviary_topics()
{
    "$1" run --help 2> /dev/null < /dev/null | sed -n '/TOPIC is one of/{n;p;}'
}

_aviary()
{
    local program=${COMP_WORDS[0]} current=${COMP_WORDS[COMP_CWORD]}
    local previous=${COMP_WORDS[COMP_CWORD - 1]} words='' word
    COMPREPLY=()
    if [ "$COMP_CWORD" = 1 ]; then
        words="$(_aviary_commands "$program") --help --version"
    elif [[ ${COMP_WORDS[1]} == @(trace|mq) ]] && [ "$COMP_CWORD" = 2 ]; then
        words="$(_aviary_commands "$program" "${COMP_WORDS[1]}") --help"
    elif [ "${COMP_WORDS[1]} $previous" = "trace import" ] && [[ $current != -* ]]; then
        words="interactions edges recorded objects csv"
    else
        case $previous in
        -s | --scheme) words=$(_aviary_names "$program" schemes) ;;
        -w | --workload) words=$(_aviary_workloads "$program") ;;
        -p | --placement) words=$(_aviary_names "$program" placements) ;;
        --planning | --strategy) words=$(_aviary_names "$program" planning) ;;
        --multicast) words=$(_aviary_names "$program" multicasts) ;;
        --transport) words=$(_aviary_names "$program" transports) ;;
        --plant) words="none $(_aviary_names "$program" bugs)" ;;
        --help) words=$(_aviary_topics "$program") ;;
        -m | --model) words="cluster-2014 ec2-2019 rdma-r320 rdma-xl170 softroce" ;;
        --value-cache | --signals | --location-cache | --target | --return | --transfer | \
            --check | --waiting)
            words=$(_aviary_names "$program" "${previous#--}" "${COMP_WORDS[1]}")
            ;;
        --hints | --plan-every | --plan-changes) words="off" ;;
        --rate) words="trace" ;;
        --warmup) words="mser-5 tenth" ;;
        --faults) words="swarm" ;;
        --separator | --list) words="comma semicolon tab space blanks" ;;
        --time) words="keep drop scale=" ;;
        --only) words="latency rate" ;;
        --programs)
            words="none ib_write_lat ib_write_bw ib_send_lat ib_send_bw rstream ucx_perftest"
            ;;
        *)
            if [[ $current == -* ]]; then
                local command=("$program" "${COMP_WORDS[1]}")
                [[ ${COMP_WORDS[1]} == @(trace|mq) ]] && command+=("${COMP_WORDS[2]}")
                words=$(_aviary_options "${command[@]}")
            elif [[ $previous == @(info|generate) ]]; then
                words=$(_aviary_workloads "$program")
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
