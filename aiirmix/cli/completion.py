"""Shell completion: what the last word of a command line could become."""

from collections.abc import Sequence

from aiirmix.cli.main import command_names, load_command, parser_of

SCRIPTS = {
    # Readline replaces only what follows the last "=", which is one of bash's word breaks.
    "bash": """\
_aiirmix() {
    local line=${COMP_LINE:0:COMP_POINT} words word
    read -ra words <<< "$line"
    [[ $line == *[[:space:]] ]] && words+=("")
    word=${words[${#words[@]}-1]}
    local IFS=$'\\n'
    COMPREPLY=($("${words[0]}" completion bash -- "${words[@]:1}" 2> /dev/null))
    [[ $COMP_WORDBREAKS == *=* ]] && COMPREPLY=("${COMPREPLY[@]#"${word%"${word##*=}"}"}")
    [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *[=./] ]] && compopt -o nospace 2> /dev/null
}
complete -o default -F _aiirmix aiirmix""",
    "zsh": """\
_aiirmix() {
    local -a found
    found=(${(f)"$("${words[1]}" completion zsh -- "${(@)words[2,CURRENT]}" 2> /dev/null)"})
    (( $#found )) || { _files; return }
    compadd -S '' -- ${(M)found:#*[=./]}
    compadd -- ${found:#*[=./]}
}
compdef _aiirmix aiirmix""",
    "fish": """\
function __aiirmix
    set -l words (commandline -opc) (commandline -ct)
    $words[1] completion fish -- $words[2..-1] 2> /dev/null
end
complete -c aiirmix -a '(__aiirmix)'""",
}
"""What each shell evaluates: a function that asks `aiirmix completion SHELL -- WORDS` for every line typed."""


def completions(words: Sequence[str]) -> list[str]:
    """Return what the last of the words after `aiirmix` could become.

    Raises:
        ConfigError: the first word is not the name of a command.
    """
    command, *rest = words
    found = _of_command(command, rest) if rest else [*command_names(), "--help", "--version"]
    return [candidate for candidate in found if candidate.startswith(words[-1])]


def _of_command(command: str, words: Sequence[str]) -> list[str]:
    module = load_command(command)
    if hasattr(module, "complete"):
        return list(module.complete(words))
    return parser_of(command).completions(words)
