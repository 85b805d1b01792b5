"""make mutate: that its mutants are programs, that its problems are right, and that the mutants which once survived do no more."""

from __future__ import annotations

import os
import random
import subprocess
import sys

import pytest

from fuzz.faces import Comparison
from fuzz.truth import case
from mutation.points import mutants
from mutation.run import HERE, LEAN, PACKAGE, written

WRITTEN = written()


def test_there_are_mutants_of_every_room_and_they_are_programs():
    found = mutants(PACKAGE)
    assert len(found) > 1600
    assert {m.file.split("/")[0] for m in found} == {"engine", "lift", "ops", "rules", "codegen"}
    assert len({m.key for m in found}) == len(found)
    for m in random.Random(0).sample(found, 60):
        source = (PACKAGE / m.file).read_text()
        assert m.applied(source) != source
        compile(m.applied(source), m.file, "exec")


@pytest.mark.parametrize("p", WRITTEN, ids=[p.text[:40] for p in WRITTEN])
def test_problems_that_were_written_for_mutants_are_right(p):
    """Values by nested dual numbers."""
    found = case(p)
    assert found is not None
    seen = Comparison(found, random.Random(1), faces=LEAN).run()
    assert not seen.findings
    assert not seen.refused


@pytest.mark.long
@pytest.mark.parametrize(
    "line",
    [
        "len(found) == len(matrices)",
        "(t, tuple(range(t.order)), 1)]",
    ],
    ids=[
        "no matrix beside the chain",
        "axes exchanged",
    ],
)
def test_mutants_that_once_survived_are_killed(line):
    """They run in processes that have not imported gradproof yet."""
    path = os.pathsep.join([str(PACKAGE.parent), str(HERE.parent)])
    command = [sys.executable, "-m", "mutation", "--all", "--tests", "--only", line]
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False)
    assert " 0 tried" not in done.stdout, "the rule moved: look where it is now"
    assert "SURVIVED" not in done.stdout, done.stdout
    assert "killed" in done.stdout, done.stdout + done.stderr
