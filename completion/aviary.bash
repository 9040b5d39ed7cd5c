# Bash completion for aviary(1). Commands, options, what an option takes, and the keys of workloads
# and models are asked of the program itself, so that this file never lags behind.

# _aviary_ask PROGRAM WORD...: its output, without complaints.
_aviary_ask() { "$@" 2> /dev/null < /dev/null; }

# The lines of all options of a command.
_aviary_help() { _aviary_ask "$@" --help options; }

_aviary_options()
{
    _aviary_help "$@" | sed -n 's/^  \(-.,\|   \) \(--[a-z][a-z-]*\).*/\2/p'
}

# _aviary_takes OPTION PROGRAM COMMAND...: what stands after that option, such as FILE; nothing for
# a switch.
_aviary_takes()
{
    local option=$1
    shift
    _aviary_help "$@" | sed -nE "s/^  (-., )? *(--[a-z-]+) ([^ ]+)  .*/\1\2 \3/p" |
        awk -v option="$option" '$1 == option || $1 == option "," || $2 == option { print $NF }'
}

# The names that a help lists under "commands:".
_aviary_commands()
{
    _aviary_ask "$@" --help | sed -n '/^commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'
}

# _aviary_names TOPIC PROGRAM COMMAND...: the names that the topic lists, and the words of an option
# that takes a few; `file:PATH` is completed as far as the colon.
_aviary_names()
{
    local topic=$1
    shift
    _aviary_ask "$@" --help "$topic" | sed -n 's/^  \([a-z][a-z0-9-]*:\{0,1\}\).*/\1/p'
}

# _aviary_keys PROGRAM NAME: `key=` of a workload, or of any model.
_aviary_keys() { _aviary_ask "$1" run --help "$2" | grep -oE '(^| )[a-z][a-z._-]*=' | tr -d ' '; }

# The topics of a command, in the lines below "TOPIC is one of".
_aviary_topics()
{
    _aviary_ask "$@" --help | sed -n '/TOPIC is one of/,/^[^ ]*$/{/^  /p;}'
}

# _aviary_spec PROGRAM TOPIC: of `NAME:KEY=VALUE,KEY=`, a name of the topic or a file, or a key.
_aviary_spec()
{
    local program=$1 topic=$2 name=${current%%:*}
    if [[ $current != *:* ]]; then
        _aviary_names "$topic" "$program" run | sed 'p; s/$/:/'
        echo FILES
        return
    fi
    case ${current##*[:,]} in
    *=*) ;; # a value
    *)
        [ "$topic" = models ] && name=models
        local before=${current%"${current##*[:,]}"}
        _aviary_keys "$program" "$name" | sed "s|^|$before|"
        ;;
    esac
}

# Completes the last element of a list: each word of the input gets the elements before it.
_aviary_list()
{
    local before=''
    [[ $current == *,* ]] && before=${current%,*},
    tr ' ' '\n' | sed "s|^|$before|"
}

# _aviary_values PROGRAM COMMAND...: what the option before the present word takes: words, and FILES
# where a file is expected.
_aviary_values()
{
    local command=("$@")
    case $previous in
    -s | --scheme) _aviary_names schemes "${command[@]}" | _aviary_list ;;
    -w | --workload | --trace) _aviary_spec "$1" workloads ;;
    -m | --model) _aviary_spec "$1" models ;;
    -p | --placement)
        case $current in
        file:*) compgen -P file: -f -- "${current#file:}" ;;
        *) _aviary_names placements "${command[@]}" ;;
        esac
        ;;
    --planning) _aviary_names planning "${command[@]}" ;;
    --strategy) _aviary_names planning "${command[@]}" | _aviary_list ;;
    --multicast) _aviary_names multicasts "${command[@]}" ;;
    --transport)
        case $2 in
        calibrate) echo loop verbs ;;
        *) _aviary_names transports "${command[@]}" | _aviary_list ;;
        esac
        ;;
    --plant) echo none && _aviary_names bugs "${command[@]}" ;;
    --help | -h) _aviary_topics "${command[@]}" ;;
    --hints | --plan-every | --plan-changes) echo off ;;
    --rate) echo trace ;;
    --faults) echo swarm FILES ;;
    --separator | --list) echo comma semicolon tab space blanks ;;
    --time) echo keep drop scale= ;;
    --only) echo latency rate ;;
    --programs)
        echo none ib_write_lat ib_write_bw ib_send_lat ib_send_bw rstream ucx_perftest |
            _aviary_list
        ;;
    *)
        case $(_aviary_takes "$previous" "${command[@]}") in
        FILE | DIR) echo FILES ;;
        HOW | RULE) _aviary_names "${previous#--}" "${command[@]}" ;;
        LIST) _aviary_names "${previous#--}" "${command[@]}" | _aviary_list ;;
        esac
        ;;
    esac
}

# Operands of a command.
_aviary_operands()
{
    case $2${3:+ $3} in
    'trace info' | 'trace generate') _aviary_spec "$1" workloads ;;
    'trace import')
        if [ "$previous" = import ]; then
            echo interactions edges recorded objects csv
        else
            echo FILES
        fi
        ;;
    partition | check) echo FILES ;;
    esac
}

# _aviary_choice PROGRAM COMMAND...: what may stand in the place of the present word.
_aviary_choice()
{
    local takes=''
    [[ $previous == -* ]] && takes=$(_aviary_takes "$previous" "$@")
    if [ -z "$stem" ] && [[ $current == -* ]]; then
        _aviary_options "$@"
    elif [ -n "$takes" ] || [ "$previous" = --help ]; then
        _aviary_values "$@"
    else
        _aviary_operands "$@"
    fi
}

_aviary()
{
    # Words as a shell has them: those of COMP_WORDS are cut at the characters of COMP_WORDBREAKS.
    local line=${COMP_LINE:0:COMP_POINT} words current previous stem='' choice word
    read -ra words <<< "$line"
    [[ $line == *[[:space:]] ]] && words+=('')
    current=${words[-1]} previous=${words[-2]}
    # --option=value
    if [[ $current == --*=* ]]; then
        stem=${current%%=*}=
        previous=${stem%=} current=${current#*=}
    fi
    local command=("${words[@]:0:2}")
    [[ ${words[1]} == @(trace|mq) ]] && command+=("${words[2]}")
    if [ "${#words[@]}" = 2 ]; then
        choice="$(_aviary_commands "${words[0]}") --help --version"
    elif [ "${#words[@]}" = "${#command[@]}" ]; then
        choice="$(_aviary_commands "${words[@]:0:2}") --help"
    else
        choice=$(_aviary_choice "${command[@]}")
    fi
    # Readline replaces what stands after the last of these characters in the word.
    local kept=$stem$current
    [[ $COMP_WORDBREAKS == *:* ]] || kept=${kept//:/_}
    [[ $COMP_WORDBREAKS == *=* ]] || kept=${kept//=/_}
    kept=${kept%"${kept##*[:=]}"}
    COMPREPLY=()
    while IFS= read -r word; do
        word=$stem$word
        COMPREPLY+=("${word:${#kept}}")
    done < <(
        compgen -W "${choice//FILES/}" -- "$current"
        [[ $choice == *FILES* ]] && compgen -f -- "$current"
    )
    # More follows a key; only names of files are quoted, and directories go on.
    [[ ${COMPREPLY[0]} == *[:=] ]] && compopt -o nospace 2> /dev/null
    [[ $choice == *FILES* ]] && compopt -o filenames 2> /dev/null
}

complete -o bashdefault -F _aviary aviary
