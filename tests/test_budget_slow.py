"""Short inputs that are much work: answered or refused within the budget, in little memory; each in a process of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.long

SECONDS, MEMORY = 10, 3 << 30
SLACK = 4  # for a machine that does other things too: times are those of the process

SLOW = {
    "a power in code": "gp.derive('X^20', 'X').compile()",
    "a trace of a power in code": "gp.derive('tr(X^50)', 'X').compile()",
    "a trace of 13 factors": "gp.derive('tr(' + 'A*X*'*6 + 'A)', 'X', where='A: matrix n n; X: matrix n n').compile()",
    "an inverse four times": "gp.derive('inv(X)', ['X']*4).verify()",
    "kron of nine": "gp.derive('kron('*8 + 'A1,' + ','.join(f'A{k})' for k in range(2, 10)), 'A1').verify()",
    "a matrix of 10^12 ones": "gp.derive('ones(1000000,1000000)*x', 'x').verify()",
    "tan 20 times": "gp.derive('tan(x)', ['x']*20, where='x: scalar').result",
    "1/x 300 times": "gp.derive('1/x', ['x']*300, where='x: scalar').verify()",
    "the derivation of a fourth derivative": "gp.derive('sum(tanh(A*tanh(A*tanh(A*tanh(A*x)))))', ['x']*4).derivation()",
}

PROGRAM = """
import resource, time, warnings
resource.setrlimit(resource.RLIMIT_AS, ({memory}, {memory}))
import gradproof as gp
warnings.simplefilter("ignore")
try:
    {call}
except gp.GradproofError as error:
    print(type(error).__name__, error)
assert time.process_time() < {seconds}, time.process_time()
"""


@pytest.mark.parametrize("name", SLOW)
def test_a_slow_input_is_answered_or_refused(name: str) -> None:
    code = PROGRAM.format(memory=MEMORY, seconds=SECONDS, call=SLOW[name])
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=SLACK * 10 * SECONDS
    )
    assert done.returncode == 0, done.stderr[-2000:]
