"""`dataclass`, `field` and `replace` as the standard library has them, for what gradproof uses of them: frozen, eq, slots, kw_only, defaults, __post_init__.

`import gradproof` meets more than eighty records. The standard decorator compiles up to six functions for each, and imports `inspect`; here one is compiled,
`__init__`, with the first record that is made, and the others are shared. tests/test_records.py holds the two against each other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from types import MemberDescriptorType
from typing import Any, TypeVar, dataclass_transform, overload

T = TypeVar("T")


class _Missing:
    def __repr__(self) -> str:
        return "…"


MISSING: Any = _Missing()


class FrozenInstanceError(AttributeError):
    """An attribute of a frozen record that was to be changed."""


class Field:
    """A field: its name, its default, and where it counts. The names of the attributes are those of the standard library, whose `replace` takes records, too."""

    __slots__ = ("_field_type", "compare", "default", "default_factory", "init", "kw_only", "name", "repr")

    def __init__(self, default: Any, default_factory: Any, repr: bool, compare: bool, kw_only: bool):
        self.name, self.init, self._field_type = "", True, "field"
        self.default, self.default_factory = default, default_factory
        self.repr, self.compare, self.kw_only = repr, compare, kw_only


def field(
    *,
    default: Any = MISSING,
    default_factory: Any = MISSING,
    repr: bool = True,
    compare: bool = True,
    kw_only: bool = False,
) -> Any:
    """What is special about a field."""
    return Field(default, default_factory, repr, compare, kw_only)


@overload
def dataclass(cls: type[T], /) -> type[T]: ...
@overload
def dataclass(
    *, frozen: bool = False, eq: bool = True, slots: bool = False, kw_only: bool = False
) -> Callable[[type[T]], type[T]]: ...
@dataclass_transform(field_specifiers=(field,))
def dataclass(
    cls: type[T] | None = None, /, *, frozen: bool = False, eq: bool = True, slots: bool = False, kw_only: bool = False
) -> type[T] | Callable[[type[T]], type[T]]:
    """A class whose annotations are its fields."""
    if cls is None:
        return lambda c: _made(c, frozen, eq, slots, kw_only)
    return _made(cls, frozen, eq, slots, kw_only)


def replace(record: T, /, **changes: Any) -> T:
    """The same record with other values."""
    fields: Mapping[str, Field] = getattr(record, "__dataclass_fields__")  # noqa: B009  (type checkers know it not)
    return type(record)(**{name: changes.pop(name) if name in changes else getattr(record, name) for name in fields}, **changes)  # fmt: skip


def _made(cls: type[T], frozen: bool, eq: bool, slots: bool, kw_only: bool) -> type[T]:
    own = cls.__dict__
    fields: dict[str, Field] = {}
    for base in reversed(cls.__mro__[1:]):
        fields |= getattr(base, "__dataclass_fields__", {})
    for name, annotation in own.get("__annotations__", {}).items():
        if not str(annotation).startswith(("ClassVar", "typing.ClassVar")):
            fields[name] = _field(cls, name, kw_only)
    given: dict[str, Any] = {
        "__dataclass_fields__": fields,
        "__init__": _later(fields, frozen, hasattr(cls, "__post_init__")),
        "__repr__": _repr(fields),
        "__match_args__": tuple(f.name for f in fields.values() if not f.kw_only),
    }
    explicit = own.get("__hash__") is not None
    if eq:
        values = _values([f.name for f in fields.values() if f.compare])
        given["__eq__"] = _eq(values)
        if not explicit:
            given["__hash__"] = (lambda self: hash(values(self))) if frozen else None
    for name, value in given.items():
        if name not in own or name in ("__hash__", "__dataclass_fields__"):
            setattr(cls, name, value)
    if frozen:
        cls.__setattr__ = _refused  # type: ignore[assignment]
        cls.__delattr__ = _refused  # type: ignore[assignment]
    return _slotted(cls, fields, frozen) if slots else cls


def _field(cls: type, name: str, kw_only: bool) -> Field:
    """The field of an annotation; its default is left as an attribute of the class."""
    default = cls.__dict__.get(name, MISSING)
    if not isinstance(default, Field):
        found = Field(default, MISSING, True, True, kw_only)
    else:
        found = default
        found.kw_only = found.kw_only or kw_only
        if found.default is MISSING:
            delattr(cls, name)
        else:
            setattr(cls, name, found.default)
    found.name = name
    return found


FEW = 20  # records of a class before its __init__ is compiled, which takes as long as some fifty of them


def _later(fields: Mapping[str, Field], frozen: bool, after: bool) -> Callable[..., None]:
    """The __init__ of a class until some records of it are made: then the true one is compiled and put in its place."""
    count = 0
    places: list[str] = []
    defaults: dict[str, Any] = {}
    own = False  # whether the fields stand in the dictionary of a record

    def __init__(self: Any, *args: Any, **named: Any) -> None:
        nonlocal count, own
        count += 1
        if count == 1:
            places.extend([f.name for f in fields.values() if not f.kw_only])
            defaults.update({f.name: f.default for f in fields.values() if f.default is not MISSING})
            own = bool(fields) and not any(map(_slots(type(self)), fields))
        if count <= FEW and len(args) <= len(places) and named.keys().isdisjoint(places[: len(args)]):
            values = defaults | dict(zip(places, args, strict=False)) | named
            if len(values) < len(fields):
                values |= {f.name: f.default_factory() for f in fields.values() if f.name not in values and f.default_factory is not MISSING}  # fmt: skip
            if values.keys() == fields.keys():  # about arguments that do not fit the compiled function complains
                if own:
                    self.__dict__.update(values)
                else:
                    for name, value in values.items():
                        object.__setattr__(self, name, value)
                if after:
                    self.__post_init__()
                return
        made = _init(type(self), fields, frozen, after)
        for c in type(self).__mro__:
            if c.__dict__.get("__init__") is __init__:
                c.__init__ = made
        made(self, *args, **named)

    return __init__


def _init(cls: type, fields: Mapping[str, Field], frozen: bool, after: bool) -> Callable[..., None]:
    """The one function that is compiled. A frozen record is filled by its slots or its dictionary: `object.__setattr__` takes twice as long."""
    known: dict[str, Any] = {"_missing": MISSING}
    places, named, lines = [], [], ["_own = self.__dict__"] if frozen and not all(map(_slots(cls), fields)) else []
    for f in fields.values():
        parameter, value = f.name, f.name
        if f.default_factory is not MISSING:
            known[f"_make_{f.name}"] = f.default_factory
            parameter, value = f"{f.name}=_missing", f"_make_{f.name}() if {f.name} is _missing else {f.name}"
        elif f.default is not MISSING:
            known[f"_default_{f.name}"] = f.default
            parameter = f"{f.name}=_default_{f.name}"
        (named if f.kw_only else places).append(parameter)
        if not frozen:
            lines.append(f"self.{f.name} = {value}")
        elif _slots(cls)(f.name):
            known[f"_set_{f.name}"] = getattr(cls, f.name).__set__
            lines.append(f"_set_{f.name}(self, {value})")
        else:
            lines.append(f"_own[{f.name!r}] = {value}")
    if after:
        lines.append("self.__post_init__()")
    signature = ", ".join(["self", *places, *(["*", *named] if named else [])])
    exec(f"def __init__({signature}):\n " + "\n ".join(lines or ["pass"]), known)  # noqa: S102  (names of fields)
    return known["__init__"]


def _slots(cls: type) -> Callable[[str], bool]:
    """Whether a field of this name has a slot."""
    return lambda name: isinstance(getattr(cls, name, None), MemberDescriptorType)


def _values(names: list[str]) -> Callable[[Any], Any]:
    if len(names) > 1:
        return attrgetter(*names)
    return (lambda self: (getattr(self, names[0]),)) if names else (lambda self: ())


def _eq(values: Callable[[Any], Any]) -> Callable[[Any, object], Any]:
    def __eq__(self: Any, other: object) -> Any:
        if other.__class__ is self.__class__:
            return self is other or values(self) == values(other)
        return NotImplemented

    return __eq__


def _repr(fields: Mapping[str, Field]) -> Callable[[Any], str]:
    shown = [f.name for f in fields.values() if f.repr]

    def __repr__(self: Any) -> str:
        return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"

    return __repr__


def _refused(self: Any, name: str, value: object = None) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _slotted(cls: type[T], fields: Mapping[str, Field], frozen: bool) -> type[T]:
    """The class again, with slots."""
    inherited = {name for base in cls.__mro__[1:] for name in getattr(base, "__slots__", ())}
    space = {k: v for k, v in cls.__dict__.items() if k not in fields and k not in ("__dict__", "__weakref__")}
    space["__slots__"] = tuple(name for name in fields if name not in inherited)
    if frozen:
        names = tuple(fields)
        space.setdefault("__getstate__", lambda self: [getattr(self, n) for n in names])
        space.setdefault("__setstate__", lambda self, state: [object.__setattr__(self, n, v) for n, v in zip(names, state, strict=True)] and None)  # fmt: skip
    made = type(cls)(cls.__name__, cls.__bases__, space)
    made.__qualname__ = cls.__qualname__
    return made
