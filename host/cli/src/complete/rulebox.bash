# The words up to the cursor as they were typed: bash parts them at = and :, as in json=report.json.
_rulebox() {
    local IFS=$'\v'
    local rest=${COMP_LINE:0:COMP_POINT} word previous='' quote='' i
    local -a words=()
    for ((i = 0; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $rest == "$word"* && ($word == [=:]* || $previous == *[=:]) ]]; then
            words[${#words[@]} - 1]+=$word
        else
            words+=("$word")
        fi
        rest=${rest#*"$word"}
        previous=$word
    done
    if [[ ($rest == '' || $rest == [!$' \t']*) && ($rest == [=:]* || $previous == *[=:]) ]]; then
        words[${#words[@]} - 1]+=$rest
    else
        words+=("${rest#"${rest%%[!$' \t']*}"}")
    fi

    # What is quoted is looked for without its quotes, and keeps them.
    local last=$((${#words[@]} - 1))
    local current=${words[last]}
    if [[ $current == [\"\']* ]]; then
        quote=${current:0:1}
        current=${current:1}
    else
        current=${current//\\/}
    fi
    words[last]=$current

    # A name such as *.yaml is offered as it is.
    local globs=+f
    if [[ $- == *f* ]]; then
        globs=-f
    fi
    set -f
    COMPREPLY=($(
        _RULEBOX_COMPLETE=bash _CLAP_IFS=$IFS _CLAP_COMPLETE_INDEX=$last \
            rulebox -- "${words[@]}" 2>/dev/null
    ))
    set "$globs"

    # Bash replaces what follows the last = or :.
    local cut=''
    if [[ $COMP_WORDBREAKS == *=* && $current == *=* ]]; then
        cut=${current%=*}=
    fi
    if [[ $COMP_WORDBREAKS == *:* && ${current#"$cut"} == *:* ]]; then
        cut=${current%:*}:
    fi
    for i in "${!COMPREPLY[@]}"; do
        word=${COMPREPLY[i]#"$cut"}
        if [[ $quote == '' && $word == *[!A-Za-z0-9_./:=,@%+~-]* ]]; then
            printf -v word %q "$word"
        fi
        COMPREPLY[i]=$word
    done
    if [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *[/=] ]]; then
        compopt -o nospace 2>/dev/null
    fi
}
complete -o nosort -F _rulebox rulebox 2>/dev/null || complete -F _rulebox rulebox
