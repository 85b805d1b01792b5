"""gradproof completion: what a shell completes, made of the description of the commands."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gradproof.cli import commands, common
from gradproof.cli.option import Args, Command, Option, Usage
from gradproof.say import listed, say


def _quoted(text: object) -> str:
    import shlex  # needed only here

    return shlex.quote(str(text))


def _values(option: Option) -> tuple[str, ...]:
    return option.choices or option.suggests


def _bash(commands: Sequence[Command], lang: str = "en") -> str:
    cases = "\n".join(
        f"    {c.name}) options={_quoted(' '.join(n for o in c.options for n in o.names))} ;;" for c in commands
    )
    values = "\n".join(
        f"    {c.name}:{name}) words={_quoted(' '.join(_values(o)))} ;;"
        if _values(o)
        else f"    {c.name}:{name}) return ;;"
        for c in commands
        for o in c.options
        for name in o.names
        if (o.choices or o.takes) and not o.bare
    )
    names = " ".join(c.name for c in commands)
    return f"""_gradproof() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} options= words=
  [ "$current" = = ] && current=
  [ "$before" = = ] && before=${{COMP_WORDS[COMP_CWORD-2]}}
  COMPREPLY=()
  [ "$COMP_CWORD" = 1 ] && {{ COMPREPLY=($(compgen -W {_quoted(names)} -- "$current")); return; }}
  case ${{COMP_WORDS[1]}} in
{cases}
  esac
  case ${{COMP_WORDS[1]}}:$before in
    completion:completion) words={_quoted(" ".join(SHELLS))} ;;
{values}
  esac
  COMPREPLY=($(compgen -W "${{words:-$options}}" -- "$current"))
}}
complete -o default -F _gradproof gradproof
"""


def _zsh(commands: Sequence[Command], lang: str = "en") -> str:
    return "autoload -U +X bashcompinit && bashcompinit\n" + _bash(commands, lang)


def _fish(commands: Sequence[Command], lang: str = "en") -> str:
    lines = ["complete -c gradproof -f"]
    for c in commands:
        lines.append(f"complete -c gradproof -n __fish_use_subcommand -a {c.name} -d {_quoted(c.what.told(lang))}")
        for o in c.options:
            named = " ".join(f"-l {n.removeprefix('--')}" for n in o.names)
            value = f" -x -a {_quoted(' '.join(_values(o)))}" if _values(o) else " -r" if o.takes else ""
            seen = f"-n '__fish_seen_subcommand_from {c.name}'"
            lines.append(f"complete -c gradproof {seen} {named} -d {_quoted(o.what.told(lang))}{value}")
    shells = f"complete -c gradproof -n '__fish_seen_subcommand_from completion' -a {_quoted(' '.join(SHELLS))}"
    return "\n".join([*lines, shells, ""])


SHELLS: dict[str, Callable[[Sequence[Command], str], str]] = {"bash": _bash, "zsh": _zsh, "fish": _fish}


def run(args: Args) -> int:
    """Prints the completions for a shell."""
    if args.place not in SHELLS:
        raise Usage(say("{name} is {known}, not {value}", name="SHELL", known=listed(SHELLS, "or"), value=args.place))
    print(SHELLS[args.place](commands.every(), args.lang), end="")
    return common.FINE


SHELL = ("SHELL", say("bash, zsh or fish; for bash: source <(gradproof completion bash)"))
COMMAND = Command("completion", say("what a shell completes"), run, (common.LANG,), SHELL)
