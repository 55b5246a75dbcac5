#include "cli/completion_scripts.hpp"

#include "base/error.hpp"

namespace skiff::cli {
namespace {

// The scripts know nothing about our commands: they send the words to the program, which answers one candidate per line
// and then ":N", N being the sum of 2 (no space behind the word), 4 (no file names) and 16 (directories only).

constexpr std::string_view bash = R"script(# bash completion for @PROGRAM@

_@PROGRAM@_complete()
{
    local cur words cword
    if declare -F _get_comp_words_by_ref >/dev/null; then
        _get_comp_words_by_ref -n "=:" cur words cword
    else
        words=("${COMP_WORDS[@]}")
        cword=$COMP_CWORD
        cur=${words[cword]}
    fi

    local answer directive line
    answer=$("${words[0]}" __completeNoDesc "${words[@]:1:cword}" 2>/dev/null) || return
    directive=${answer##*:}
    [[ $directive =~ ^[0-9]+$ ]] || return
    answer=${answer%:*}

    # Bash sees the part behind the last "=" or ":" as the word to replace.
    local value=$cur prefix=
    if [[ $cur == --*=* ]]; then
        value=${cur#*=}
    fi
    if [[ $value == *:* && $COMP_WORDBREAKS == *:* ]]; then
        prefix=${value%"${value##*:}"}
    fi
    COMPREPLY=()
    while IFS= read -r line; do
        if [[ -n $line ]]; then
            COMPREPLY+=("${line#"$prefix"}")
        fi
    done <<<"$answer"

    if ((directive & 2)); then
        compopt -o nospace
    fi
    if ((directive & 16)); then
        compopt -o filenames
        mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -d -- "$value")
    elif ! ((directive & 4)); then
        compopt -o filenames
        mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$value")
    fi
}

complete -F _@PROGRAM@_complete @PROGRAM@
)script";

constexpr std::string_view zsh = R"script(#compdef @PROGRAM@
# zsh completion for @PROGRAM@

_@PROGRAM@()
{
    local -a lines candidates
    local directive line word help current=${words[CURRENT]}
    lines=("${(@f)$(${words[1]} @COMMAND@ "${(@)words[2,CURRENT]}" 2>/dev/null)}")
    directive=${lines[-1]#:}
    [[ $directive == <-> ]] || return 1
    for line in "${(@)lines[1,-2]}"; do
        [[ -n $line ]] || continue
        word=${line%%$'\t'*}
        help=
        [[ $line == *$'\t'* ]] && help=${line#*$'\t'}
        candidates+=("${word//:/\\:}${help:+:$help}")
    done

    local -a flags
    ((directive & 2)) && flags+=(-S '')
    if [[ $current == --*=* ]]; then
        compset -P '*='
    fi
    (($#candidates)) && _describe -V '@PROGRAM@' candidates "${flags[@]}"
    if ((directive & 16)); then
        _files -/
    elif ! ((directive & 4)); then
        _files
    fi
}

if [[ $funcstack[1] == _@PROGRAM@ ]]; then
    _@PROGRAM@ "$@"
else
    compdef _@PROGRAM@ @PROGRAM@
fi
)script";

constexpr std::string_view fish = R"script(# fish completion for @PROGRAM@

function __@PROGRAM@_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l lines ($words[1] @COMMAND@ $words[2..-1] "$current" 2>/dev/null)
    set -l directive (string replace -r '^:' '' -- $lines[-1])
    string match -qr '^[0-9]+$' -- $directive; or return
    set -l prefix ''
    if string match -qr '^--[^=]*=' -- $current
        set prefix (string replace -r '=.*' '=' -- $current)
    end
    for line in $lines[1..-2]
        test -n "$line"; and echo $prefix$line
    end
    if test (math "bitand($directive, 16)") -ne 0
        __fish_complete_directories (string replace -- "$prefix" '' "$current")
    else if test (math "bitand($directive, 4)") -eq 0
        __fish_complete_path (string replace -- "$prefix" '' "$current")
    end
end

complete -c @PROGRAM@ -f -a '(__@PROGRAM@_complete)'
)script";

std::string replace_all(std::string_view text, std::string_view from, std::string_view to)
{
    std::string out;
    while (true) {
        const std::size_t at = text.find(from);
        out += text.substr(0, at);
        if (at == std::string_view::npos)
            return out;
        out += to;
        text.remove_prefix(at + from.size());
    }
}

} // namespace

std::string make_completion_script(std::string_view shell, std::string_view program, bool descriptions)
{
    std::string_view script;
    if (shell == "bash")
        script = bash;
    else if (shell == "zsh")
        script = zsh;
    else if (shell == "fish")
        script = fish;
    else
        throw Error{ErrorKind::Usage,
                    cat("shell ", quoted(shell), " is not supported: there are scripts for bash, zsh and fish")};
    return replace_all(replace_all(script, "@PROGRAM@", program), "@COMMAND@",
                       descriptions ? "__complete" : "__completeNoDesc");
}

} // namespace skiff::cli
