"""What a target is: one record in the file that spells it, `TARGETS = (PythonTarget("cupy", CupySpelling),)`. `codegen` finds it there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from gradproof.records import dataclass, field

if TYPE_CHECKING:
    from gradproof.codegen.headers import Task
    from gradproof.codegen.targets.python_target import PythonSpelling


@dataclass(frozen=True)
class PythonTarget:
    """A library of Python that code is written for, and called here.

    spelling     makes what writes its expressions
    batch        whether a function may do many problems in one call
    compressed   whether a result may be given in its parts
    autograd     how a function is made that the library differentiates, by the word that asks for it: "True", "vjp", "jvp"; each is a `Framework` of
                 `codegen.autograd`, which stands above this
    """

    name: str
    spelling: Callable[[], PythonSpelling]
    batch: bool = False
    compressed: bool = False
    autograd: Mapping[str, Callable[[], Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class SourceTarget:
    """A language that code is written in, and not run here; `write` gives the text, planned for sizes."""

    name: str
    write: Callable[[Task, Mapping[str, int]], str]
