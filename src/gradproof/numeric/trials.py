"""Points that are tried one after another, until enough of them could tell."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gradproof.errors import BudgetError, GradproofError
from gradproof.numeric.plans import TooLarge
from gradproof.numeric.report import Report
from gradproof.say import say


class Trials:
    """`errors`: of the points that agreed; `doubt`: why the last other one could not tell."""

    def __init__(self) -> None:
        self.errors: list[float] = []
        self.doubt = say("no point was tried")

    def refuted(self, attempts: Iterable[Callable[[], Report | None]]) -> Report | None:
        """The first report that something is wrong; None where there is none. Raises BudgetError."""
        for attempt in attempts:
            try:
                found = attempt()
            except TooLarge as error:
                self.doubt = error.message
                return None
            except BudgetError:
                raise
            except GradproofError as error:
                self.doubt = say("no point was found inside the domain: {failed}", failed=error.message)
                continue
            if found is not None:
                return found
        return None
