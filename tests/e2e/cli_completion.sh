#!/usr/bin/env bash
# Completion as bash would ask for it: the words typed so far, and what is offered.
set -u
bad=0
eval "$("$REBOUND" --completion bash)"
offers() { # EXPECTED WORD...: all of EXPECTED among what is offered for the last word
    local want=$1 w; shift
    COMP_WORDS=(rebound "$@"); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); COMPREPLY=()
    _rebound
    for w in $want; do
        case " ${COMPREPLY[*]-} " in *" $w "*) ;; *) echo "FAIL: 'rebound $*' offers '${COMPREPLY[*]-}' without $w"; bad=1 ;; esac
    done
    [ -n "$want" ] || [ -z "${COMPREPLY[*]-}" ] || { echo "FAIL: 'rebound $*' offers '${COMPREPLY[*]}'"; bad=1; }
}
offers 'classify db doctor formats parse trace version' ''
offers 'classify' cl
offers 'init start stop status upgrade' db ''
offers '--format --quiet' db status --
offers 'text json' db status --format ''
offers 'json' db status --format = j
offers '--json --text' --config x classify --
offers 'init' --config = x db ''
offers 'bash zsh fish' --completion ''
offers '' classify '' # file names
offers '' --config ''
for shell in zsh fish; do "$REBOUND" --completion $shell >/dev/null || { echo "FAIL: $shell"; bad=1; }; done
if command -v fish >/dev/null; then "$REBOUND" --completion fish | fish --no-execute || { echo "FAIL: no fish"; bad=1; }; fi
[ $bad = 0 ] && echo "completion: fine"
exit $bad
