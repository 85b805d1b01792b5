"""For tests of refused input."""

from __future__ import annotations

import pytest

from gradproof.parse import parse


def refused(error, text, where=None, mention=()):
    with pytest.raises(error) as caught:
        parse(text, where, mention, "ascii")
    found = caught.value
    assert found.span is not None
    assert found.text is not None
    assert found.message
    return found


def under(error):
    """The characters that the caret points at."""
    return error.text[slice(*error.span)]
