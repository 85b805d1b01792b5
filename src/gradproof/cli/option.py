"""What a command takes, as data: the parser, the help and the completions are made of it. A new option is one entry in the file of its command."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace

from gradproof.patterns import pattern
from gradproof.records import dataclass
from gradproof.say import Said, listed, say

Args = SimpleNamespace  # the values of the options by their keys
_OPTION = pattern(r"-[a-zA-Z]|--[a-z][a-z-]+(=.*)?", re.DOTALL)


class Usage(Exception):
    """A command line that cannot be understood."""

    def __init__(self, why: Said):
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class Option:
    """An option: what it is called, what it does, what it takes ("" for a switch).

    many      it may be given several times; else twice the same is one too many
    bare      its value where it is given without one
    needs     it says nothing without one of these
    excludes  it cannot be obeyed together with these
    means     the option, and its value, that it is a short name of
    suggests  values that a shell completes, where others are understood, too
    """

    names: tuple[str, ...]
    what: Said
    takes: str = ""
    choices: tuple[str, ...] = ()
    read: Callable[[str], object] = str
    default: object = None
    many: bool = False
    required: bool = False
    bare: str = ""
    needs: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    means: tuple[str, str] | None = None
    suggests: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return self.names[0].lstrip("-").replace("-", "_")

    @property
    def shown(self) -> str:
        """As the help shows its value."""
        return "{" + ",".join(self.choices) + "}" if self.choices else self.takes


@dataclass(frozen=True)
class Command:
    """A command: its name, what it is for, its options, and what runs it. `place`: what its one argument is called, and what that is."""

    name: str
    what: Said
    run: Callable[[Args], int]
    options: tuple[Option, ...] = ()
    place: tuple[str, Said] | None = None
    one_of: tuple[str, ...] = ()  # exactly one of these has to be given

    def option(self, name: str) -> Option:
        """The option of a name. Raises Usage where there is none."""
        found = next((o for o in self.options if name in o.names), None)
        if found is None:
            from difflib import get_close_matches  # needed only here

            near = get_close_matches(name, [n for o in self.options for n in o.names], 1)
            raise Usage(
                say("there is no option {name}: did you mean {guess}?", name=name, guess=near[0])
                if near
                else say("there is no option {name}", name=name)
            )
        return found


def parsed(command: Command, argv: Sequence[str]) -> Args:
    """The values of a command's options. What looks like no option is its argument, so that a formula may begin with a minus. Raises Usage."""
    given: dict[Option, list[object]] = {}
    typed: dict[str, str] = {}  # by which of its names an option was asked for
    places: list[str] = []
    tokens = list(argv)
    while tokens:
        token = tokens.pop(0)
        if token == "--":
            places += tokens
            break
        if token[:1] != "-" or not _OPTION.fullmatch(token):
            places.append(token)
            continue
        name, joined, value = token.partition("=")
        option = command.option(name)
        found = _value(option, value if joined else None, tokens)
        if option.means is not None:
            option, found = command.option(option.means[0]), option.means[1]
        typed |= dict.fromkeys(option.names, name)
        given.setdefault(option, []).append(found)
    _fitting(command, given, typed)
    return Args(place=_place(command, places), **{o.key: _worth(o, given.get(o)) for o in command.options})


def _value(option: Option, joined: str | None, tokens: list[str]) -> object:
    """The value of an option; taken from what follows where it is not joined to it."""
    if not option.takes and not option.choices:
        if joined is not None:
            raise Usage(say("{name} takes no value", name=option.names[0]))
        return True
    if joined is not None:
        text = joined
    elif option.bare:
        text = tokens.pop(0) if tokens and _is_value(option, tokens[0]) else option.bare
    elif tokens:
        text = tokens.pop(0)
    else:
        raise Usage(say("{name} needs a value", name=option.names[0]))
    try:
        value = option.read(text)
    except ValueError:
        raise Usage(say("{name} cannot be {value}", name=option.names[0], value=text)) from None
    if option.choices and value not in option.choices and text != option.bare:
        known = listed(option.choices, "or")
        raise Usage(say("{name} is {known}, not {value}", name=option.names[0], known=known, value=text))
    return value


def _is_value(option: Option, token: str) -> bool:
    """Whether what follows an option that may stand alone is its value: one of its choices, or a number where it takes one."""
    return token in option.choices if option.choices else option.read is int and token.isdecimal()


def _worth(option: Option, values: Sequence[object] | None) -> object:
    if values is None:
        return option.default
    return list(values) if option.many else values[-1]


def _fitting(command: Command, given: Mapping[Option, Sequence[object]], typed: Mapping[str, str]) -> None:
    """Raises Usage where options are missing, or would be overridden or ignored."""
    names = {name for option in given for name in option.names}
    for option, values in given.items():
        first = typed[option.names[0]]
        if len({*values}) > 1 and not option.many:
            raise Usage(say("{name} is given twice", name=first))
        if option.needs and not names & {*option.needs}:
            raise Usage(say("{name} says nothing without {others}", name=first, others=listed(option.needs, "or")))
        if clash := [n for n in option.excludes if n in names]:
            raise Usage(say("{name} and {other} cannot both be obeyed", name=first, other=typed[clash[0]]))
    for option in command.options:
        if option.required and option not in given:
            raise Usage(say("{name} is missing", name=option.names[0]))
    if command.one_of and len(names & {*command.one_of}) != 1:
        raise Usage(say("exactly one of {names} has to be given", names=listed(command.one_of)))


def _place(command: Command, places: Sequence[str]) -> str:
    if command.place is None and places:
        raise Usage(say("'{text}' is one argument too many", text=places[0]))
    if command.place is not None and len(places) != 1:
        name = command.place[0]
        raise Usage(
            say("'{text}' is one argument too many", text=places[1]) if places else say("{name} is missing", name=name)
        )
    return places[0] if places else ""
