"""Short inputs that are much work: answered or refused within the budget, in little memory; each in a process of its own.

PYTHONPATH=src python tests/test_budget_slow.py prints them as a table, with seconds of the processor and the largest memory.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.long

SECONDS, MEMORY = 10, 3 << 30
SLACK = 4  # for a machine that does other things too: times are those of the process

FACTORS = "'tr(Y*M*Y*M*M*Y*M*M*Y*M*Y*M*M*Y)'"
SQUARE = "'M: matrix n n; Y: matrix n n'"
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
    "a trace of 14 factors three times": f"gp.derive({FACTORS}, ['M']*3, {SQUARE}).result",
    "a trace of 14 factors in index notation": f"gp.derive({FACTORS}, ['M']*3, {SQUARE}).index",
    "a trace of 14 factors three times in code": f"gp.derive({FACTORS}, ['M']*3, {SQUARE}).compile()",
    "a trace of 14 factors three times, explained": f"gp.derive({FACTORS}, ['M']*3, {SQUARE}).derivation().text()",
    "a wrong claim about 14 factors": f"gp.check({FACTORS}, 'M', 'Y', {SQUARE})",
    "a power of 30 twice": "gp.derive(\"x'*X^30*x\", ['X']*2).result",
    "a product of 40 three times": "gp.derive('*'.join(f'sin({k}*x)' for k in range(1, 41)), ['x']*3, 'x: scalar').result",
    "sin 40 times, three times": "gp.derive('sin('*40 + 'x' + ')'*40, ['x']*3, 'x: scalar').result",
    "quotients in quotients": "gp.derive('x/(1+'*12 + 'x' + ')'*12, ['x']*3, 'x: scalar').result",
    "300 terms three times": "gp.derive('+'.join(f'sin({k}*x)*exp({k % 5}*x)' for k in range(300)), ['x']*3, 'x: scalar').result",
    "softmax in softmax": "gp.derive('sum(softmax(A*softmax(A*softmax(A*softmax(A*x)))).^2)', ['x']*3, 'A: matrix n n').result",
    "an identity of 10^10 entries in code": "gp.derive(\"x'*eye(100000)*x\", 'x', 'x: vector 100000').compile()",
    "a tower of 30 powers in check": "gp.check('x' + '^x'*30, 'x', '1', 'x: scalar positive')",
    "a tower of 200 powers in check": "gp.check('x' + '^x'*200, 'x', 'x', 'x: scalar positive')",
    "a tower to the right in check": "gp.check('x^('*12 + 'x' + ')'*12, 'x', '1', 'x: scalar positive')",
    "a claim of 100,000 characters": "gp.check('norm2(A*x - b)^2', 'x', ' + '.join(f\"2*A'*(A*x-b)*{k}\" for k in range(1, 5000)))",
    "a claim with 50,000 factors": "gp.check(\"x'*x\", 'x', '2*x' + '*1'*50000)",
    "far kinks": "gp.check('sum(relu(A*x-500*b).^2)+norm1(x-1000*c)', 'x', \"2*A'*relu(A*x-500*b)\")",
    "far kinks in a product": "gp.check('sum(abs(x-1e4).*relu(y-1e5))', 'x', 'relu(y-1e5)', 'x: vector n; y: vector n')",
    "twelve kinks": "gp.check('+'.join(f'relu(x-{97*k})' for k in range(12)), 'x', '12', 'x: scalar')",
    "a number of 10^10 digits": "gp.derive('10^(10^(10^10))*x', 'x', 'x: scalar').result",
}

PROGRAM = """
import resource, time, warnings
resource.setrlimit(resource.RLIMIT_AS, ({memory}, {memory}))
import gradproof as gp
warnings.simplefilter("ignore")
answer = "answered"
try:
    {call}
except gp.GradproofError as error:
    answer = type(error).__name__ + ": " + str(error).splitlines()[0]
used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
print(f"{{time.process_time():6.1f}} s {{used:5d}} MiB  {{answer}}")
assert time.process_time() < {seconds}
"""


def ran(name: str) -> subprocess.CompletedProcess[str]:
    """The call in a process of its own; it prints one line."""
    code = PROGRAM.format(memory=MEMORY, seconds=SECONDS, call=SLOW[name])
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=SLACK * 10 * SECONDS
    )


@pytest.mark.parametrize("name", SLOW)
def test_a_slow_input_is_answered_or_refused(name: str) -> None:
    done = ran(name)
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]


if __name__ == "__main__":
    for name in SLOW:
        done = ran(name)
        print(f"{name:45s} {done.stdout.strip() or done.stderr[-200:]}", flush=True)
