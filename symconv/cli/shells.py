"""Completion scripts for shells, made from the parsers of the commands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from symconv.cli.parser import Parser, Words

Known = Mapping[str, tuple[str, Parser]]
"""What each command is for, and its parser."""


def _options(parser: Parser) -> dict[str, str]:
    """Every option with its help; a positional argument is none."""
    return {name: action.help or "" for action in parser.actions for name in action.option_strings}


def _values(parser: Parser) -> dict[str, tuple[str, ...]]:
    """The options whose values are words of a list, with the words."""
    return {
        name: action.words for action in parser.actions if isinstance(action, Words) for name in action.option_strings
    }


def bash(known: Known) -> str:
    """For bash: eval "$(symconv completion bash)"."""
    cases = []
    for command, (_, parser) in known.items():
        values = [
            f"        {name}) COMPREPLY=($(compgen -W '{' '.join(words)}' -- \"$word\")); return ;;"
            for name, words in _values(parser).items()
        ]
        options = " ".join(_options(parser))
        cases.append(
            "\n".join(
                [
                    f"    {command})",
                    *(['      case "$before" in', *values, "      esac"] if values else []),
                    f"      options='{options}' ;;",
                ]
            )
        )
    return f"""\
_symconv() {{
  local word="${{COMP_WORDS[COMP_CWORD]}}" before="${{COMP_WORDS[COMP_CWORD-1]}}" options=''
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W '{" ".join(known)} help --help --version' -- "$word"))
    return
  fi
  case "${{COMP_WORDS[1]}}" in
{chr(10).join(cases)}
    help) COMPREPLY=($(compgen -W '{" ".join(known)}' -- "$word")); return ;;
  esac
  if [[ "$word" == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$word"))
  fi
}}
complete -o default -F _symconv symconv"""


def zsh(known: Known) -> str:
    """For zsh: eval "$(symconv completion zsh)"."""
    cases = []
    for command, (_, parser) in known.items():
        values = _values(parser)
        specs = []
        for action in parser.actions:
            for name in action.option_strings:
                text = _zsh_escaped(action.help or "")
                value = "" if action.nargs == 0 else f":{(action.metavar or action.dest)!s}:"
                if value:
                    value += f"({' '.join(values[name])})" if name in values else "_files"
                specs.append(f"'*{name}[{text}]{value}'")
        cases.append(f"    {command}) _arguments {' '.join(specs)} '*:file:_files' ;;")
    names = " ".join(f"'{name}:{_zsh_escaped(purpose)}'" for name, (purpose, _) in known.items())
    return f"""\
#compdef symconv
_symconv() {{
  local -a commands=({names})
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=$words[2]
  words=($words[1] ${{words[3,-1]}})
  (( CURRENT-- ))
  case $command in
{chr(10).join(cases)}
  esac
}}
if [ "$funcstack[1]" = "_symconv" ]; then _symconv "$@"; else compdef _symconv symconv; fi"""


def _zsh_escaped(text: str) -> str:
    for special in "\\:[]":
        text = text.replace(special, f"\\{special}")
    return text.replace("'", "'\\''")


def fish(known: Known) -> str:
    """For fish: symconv completion fish | source."""
    lines = ["complete -c symconv -n __fish_use_subcommand -f"]
    lines += [_fish("__fish_use_subcommand", f"-a {name}", purpose) for name, (purpose, _) in known.items()]
    for command, (_, parser) in known.items():
        values = _values(parser)
        for name, words in _options(parser).items():
            option = f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}"
            if name in values:
                option += f" -xa '{' '.join(values[name])}'"
            elif _takes_value(parser, name):
                option += " -r"
            lines.append(_fish(f"__fish_seen_subcommand_from {command}", option, words))
    return "\n".join(lines)


def _takes_value(parser: Parser, name: str) -> bool:
    return any(name in action.option_strings and action.nargs != 0 for action in parser.actions)


def _fish(condition: str, what: str, words: str) -> str:
    escaped = words.replace("\\", "\\\\").replace("'", "\\'")
    return f"complete -c symconv -n '{condition}' {what} -d '{escaped}'"


def _names(shells: Iterable[Callable[[Known], str]]) -> dict[str, Callable[[Known], str]]:
    return {shell.__name__: shell for shell in shells}


SHELLS = _names((bash, zsh, fish))
"""Every shell, with the function that writes its script."""
