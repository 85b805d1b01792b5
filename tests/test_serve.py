"""`gradproof serve`: addresses, status codes, limits, headers, budgets, and a short load."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import cast, get_args

import pytest

from gradproof.choices import Target
from gradproof.service import COMMANDS
from gradproof.web import app
from gradproof.web.lane import Lane
from gradproof.web.linked import linked
from gradproof.web.pool import Pool, Settings
from gradproof.web.process import Worker
from load import load
from odd_requests import odd_request
from serving import JSON, connection, get, memory, post, processes, server

pytest.importorskip("starlette", reason='the extra "web" is not installed')
pytest.importorskip("uvicorn", reason='the extra "web" is not installed')

LEAST = {"expression": "norm2(A*x - b)^2", "wrt": "x"}
DEEP = "sum(tanh(A*tanh(A*tanh(A*tanh(A*tanh(A*x))))))"
SLOW = {"expression": "exp(x'*A*x)*sin(x'*B*x)*cos(x'*C*x)*tanh(x'*D*x)*log(x'*F*x)", "wrt": ["x"] * 5}


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    with server("--workers", "2", "--seconds", "1") as found:
        yield found


@pytest.fixture(scope="module")
def url(running: tuple[str, subprocess.Popen[bytes]]) -> str:
    return running[0]


def test_answers(url: str) -> None:
    status, _, data = post(url, "derive", {**LEAST, "id": 7})
    found = json.loads(data)
    assert (status, found["result"]["ascii"], found["id"]) == (200, "2*A'*(A*x - b)", 7)
    assert json.loads(post(url, "check", {**LEAST, "claim": "A'*(A*x-b)"})[2])["verdict"] == "wrong"
    assert json.loads(post(url, "steps", LEAST)[2])["count"] > 1
    assert "def gradient" in json.loads(post(url, "code", LEAST)[2])["source"]
    assert json.loads(post(url, "read", {"expression": "x'*A*x"})[2])["wrt"] == "x"


def test_a_port_that_is_taken_is_told_in_one_line(url: str) -> None:
    taken = url.rpartition(":")[2]
    done = subprocess.run(
        [sys.executable, "-m", "gradproof", "serve", "--port", taken], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"error: cannot listen at 127.0.0.1, port {taken}: address already in use\n"


def test_addresses(url: str) -> None:
    assert json.loads(get(url, "/health")[2])["status"] == "ok"
    assert set(json.loads(get(url, "/api/schema")[2])["$defs"]) >= {f"{c}-request" for c in COMMANDS}
    assert len(json.loads(get(url, "/api/examples")[2])["examples"]) >= 60
    rules = json.loads(get(url, "/api/rules")[2])["rules"]
    assert set(rules) == {"en", "zh", "fr"}
    assert all(rule["says"] for told in rules.values() for rule in told)
    status, headers, page = get(url, "/")
    assert status == 200
    assert headers["content-type"].startswith("text/html")
    assert b"<script" in page
    for name in ("/..%2f..%2fapp.py", "/../app.py", "/nothing", "/%00"):
        assert get(url, name)[0] in (400, 404)


def test_the_page_is_few_files_and_they_are_kept(url: str) -> None:
    page = get(url, "/")[2].decode()
    asked = re.findall(r'(?:src|href)="([^"#]+\.\w+)"', page)
    assert len(asked) < 14  # each costs a turn of six connections
    assert all(get(url, f"/{name}")[0] == 200 for name in asked)
    _, headers, data = get(url, "/js/page.js")
    assert headers["content-type"].startswith("text/javascript")
    with closing(connection(url)) as link:
        link.request("GET", "/js/page.js", headers={"if-none-match": headers["etag"]})
        again = link.getresponse()
        assert (again.status, again.read(), len(data) > 100) == (304, b"", True)


def test_every_module_is_linked_once_and_after_those_that_it_imports() -> None:
    folder = Path(app.STATIC)
    late = {"js/engine.js", "js/pyworker.js", "js/first.js"}  # of the static site alone, and no module
    modules = {p.relative_to(folder).as_posix() for part in ("js", "i18n") for p in (folder / part).glob("*.js")} - late
    text = linked(folder)
    order = re.findall(r"^// ((?:js|i18n)/\w+\.js)$", text, re.MULTILINE)
    assert sorted(order) == sorted(modules)
    for path in order:
        for other in re.findall(r'^import .* from "([^"]+)";$', (folder / path).read_text("utf-8"), re.MULTILINE):
            there = other.replace("./", "js/") if other.startswith("./") else other.removeprefix("../")
            assert order.index(there) < order.index(path)
    assert not re.search(r"^\s*(import \{|export (?!\{))", text, re.MULTILINE)


def test_the_page_offers_every_target() -> None:
    text = (Path(app.STATIC) / "js" / "tabs.js").read_text("utf-8")
    (line,) = re.findall(r"^const TARGETS = .*", text, re.MULTILINE)
    listed = re.findall(r'\["([a-z-]+)", "[A-Z]', line) + re.findall(r'"([a-z-]+)"', line.partition("...")[2])
    assert sorted(listed) == sorted(get_args(Target))


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node")
def test_the_page_is_a_module(tmp_path: Path) -> None:
    """The tests that drive a browser are long ones: what no browser could read is seen by these, too."""
    (tmp_path / "page.mjs").write_text(linked(Path(app.STATIC)), "utf-8")
    done = subprocess.run(["node", "--check", tmp_path / "page.mjs"], capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    assert "<<<<<<<" not in (Path(app.STATIC) / "index.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("main", "other", "fault"),
    [
        ('import { a } from "./other.js";\n', 'import { b } from "./main.js";\nexport const a = 1;\n', "each other"),
        ('import { a } from "./other.js";\n', "export let a = 1;\n", "export let a"),  # its changes would not be seen
        ('import * as a from "./other.js";\n', "export const a = 1;\n", "import * as a"),
    ],
)
def test_what_cannot_be_linked_is_refused(tmp_path: Path, main: str, other: str, fault: str) -> None:
    (tmp_path / "js").mkdir()
    (tmp_path / "js" / "main.js").write_text(main, "utf-8")
    (tmp_path / "js" / "other.js").write_text(other, "utf-8")
    with pytest.raises(ValueError, match=re.escape(fault)):
        linked(tmp_path)


def test_headers_on_everything(url: str) -> None:
    for _, headers, _ in (get(url, "/"), get(url, "/nothing"), post(url, "derive", LEAST), post(url, "derive", b"{")):
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert "server" not in headers


@pytest.mark.parametrize(
    ("command", "body", "status", "code"),
    [
        ("derive", b"not json", 400, "parse"),
        ("derive", b"[1]", 400, "parse"),
        ("derive", b"\xff\xfe", 400, "parse"),
        ("derive", b"[" * 50_000, 400, "parse"),
        ("derive", b'{"expression": NaN}', 400, "parse"),
        ("derive", {"expression": "x'*", "wrt": "x"}, 400, "parse"),
        ("derive", {"expression": "svd(A)", "wrt": "A"}, 422, "unsupported"),
        ("minimize", {"expression": "x'*x", "over": "x", "manifold": "sphere"}, 422, "unsupported"),
        (
            "steps",
            {"expression": "X'*X", "wrt": "X", "where": "z: complex scalar"},
            422,
            "unsupported",
        ),  # it was a defect
        ("derive", b" " * 100_000, 413, "too-large"),
        ("nothing", {}, 404, "error"),
        ("derive", {"expression": "<script>alert(1)</script>", "wrt": "<b>"}, 400, "parse"),
    ],
)
def test_errors_have_our_object_and_status(url: str, command: str, body: object, status: int, code: str) -> None:
    found, headers, data = post(url, command, body)
    assert (found, json.loads(data)["error"]["code"]) == (status, code)
    assert headers["content-type"] == "application/json"


def test_a_form_of_another_page_is_refused(url: str) -> None:
    assert post(url, "derive", LEAST, {"content-type": "text/plain"})[0] == 400


def test_a_request_that_does_not_arrive_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "WAIT", 0.05)
    sent: list[dict[str, object]] = []

    async def receive() -> dict[str, object]:
        if receives:
            await asyncio.sleep(60)
        receives.append(1)
        return {"type": "http.request", "body": b'{"expression": ', "more_body": True}

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    receives: list[int] = []
    scope = {"type": "http", "method": "POST", "path": "/api/derive", "query_string": b"", "headers": [(b"content-type", b"application/json")]}  # fmt: skip
    asyncio.run(asyncio.wait_for(app.application(Pool())(scope, receive, send), 20))
    assert [m.get("status") for m in sent if m["type"] == "http.response.start"] == [400]


def test_a_long_head_is_refused(url: str) -> None:
    with closing(connection(url)) as link:
        link.request("GET", "/health", headers={"x-long": "y" * 60_000})
        assert link.getresponse().status in (400, 431)


def test_ordinary_requests_do_not_wait_for_slow_ones() -> None:
    async def both() -> tuple[int, list[bool], int]:
        pool = Pool(Settings(workers=1))
        await pool.start()
        slow = [asyncio.ensure_future(pool.ask("derive", json.dumps({**SLOW, "id": k}).encode())) for k in range(3)]
        await asyncio.sleep(0.05)  # the first has the only worker, the others are before what comes now
        status, _, _ = await pool.ask("derive", json.dumps(LEAST).encode())
        done, late = [s.done() for s in slow], pool.counts.slow
        await pool.stop()
        await asyncio.gather(*slow, return_exceptions=True)
        return status, done, late

    assert asyncio.run(asyncio.wait_for(both(), 60)) == (200, [False] * 3, 3)


class Stub:
    """A process that has computed for so many seconds."""

    seconds, runs, killed, held = 5.0, True, False, 0

    def __init__(self, used: float):
        self.computed = used

    def holds(self) -> int:
        return self.held

    def used(self) -> float:
        return self.computed

    def late(self) -> bool:
        return self.computed > self.seconds + 1

    def run(self, now: bool) -> None:
        self.runs = now

    def kill(self) -> None:
        self.killed = True


def _lane(run: int, wait: int, *used: float) -> tuple[Lane, list[Stub]]:
    lane, stubs = Lane(run, wait, 2**30), [Stub(u) for u in used]
    for s in stubs:
        lane.enter(cast("Worker", s))
    return lane, stubs


def test_what_has_computed_least_comes_first() -> None:
    lane, stubs = _lane(2, 9, 2.45, 1.3, 0.4, 0.35)  # the last two are of one level, and came after
    assert [s.runs for s in stubs] == [False, False, True, True]
    stubs[2].computed = 1.4  # now it is of the level of the second, which came before it
    lane.look()
    assert [s.runs for s in stubs] == [False, True, False, True]
    lane.leave(cast("Worker", stubs[3]))
    assert [s.runs for s in stubs[:3]] == [False, True, True]


def test_a_slow_request_has_half_of_its_budget_while_others_wait() -> None:
    lane, stubs = _lane(2, 9, 2.6, 2.7)
    assert not any(s.killed for s in stubs)
    lane.enter(cast("Worker", Stub(0.3)))
    assert [s.killed for s in stubs] == [False, True]  # then none waits
    assert lane.leave(cast("Worker", stubs[1])) == (2.5, True)
    stubs[0].computed = 6.1
    lane.look()
    assert lane.leave(cast("Worker", stubs[0])) == (5.0, True)


def test_where_there_is_no_room_the_slowest_is_turned_away() -> None:
    lane, stubs = _lane(1, 1, 0.4, 1.9, 0.3)
    assert [s.killed for s in stubs] == [False, True, False]
    assert lane.leave(cast("Worker", stubs[1])) == (0.0, False)
    assert lane.full()


def test_slow_requests_together_hold_no_more_than_their_memory() -> None:
    lane, stubs = _lane(2, 9, 0.4, 0.5, 0.6)
    for stub, held in zip(stubs, (500, 700, 400), strict=True):
        stub.held = held * 2**20
    lane.look()
    assert [s.killed for s in stubs] == [False, True, False]  # 900 MiB are left
    assert lane.leave(cast("Worker", stubs[1])) == (5.0, True)
    stubs[0].held = 2**31  # its own limit is another's to see once it is alone
    lane.look()
    lane.leave(cast("Worker", stubs[0]))
    lane.look()
    assert not stubs[2].killed


def test_a_worker_that_has_grown_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    async def workers(most: int) -> list[Worker]:
        monkeypatch.setattr("gradproof.web.pool.GROWN", most)
        pool = Pool(Settings(workers=1))
        await pool.start()
        had = []
        for name in "xyz":
            (one,) = pool._all
            assert (await pool.ask("derive", json.dumps({**LEAST, "id": name}).encode()))[0] == 200
            had.append(one)
            while pool._idle.empty():
                await asyncio.sleep(0.01)
        await pool.stop()
        return had

    assert len(set(asyncio.run(asyncio.wait_for(workers(2**40), 60)))) == 1
    assert len(set(asyncio.run(asyncio.wait_for(workers(0), 60)))) == 3


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="this system does not tell")
def test_a_worker_tells_by_how_much_it_has_grown() -> None:
    one = Worker(5.0, 2**30)
    try:
        one.wait_ready()
        assert one.holds() < 2**22
        many = "+".join(f"norm2(A{k}*x - b)^2" for k in range(60))
        one.hand("derive", json.dumps({**LEAST, "expression": many}).encode())
        found = one.answer()
        assert found is not None
        assert found[0] == 200
        assert 2**18 < one.grown < 2**28
        assert abs(one.holds() - one.grown) < 2**23
    finally:
        one.end()


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="this system cannot stop a process for a while")
def test_a_process_that_is_stopped_computes_nothing_and_goes_on() -> None:
    one = Worker(5.0, 2**30)
    try:
        one.wait_ready()
        one.hand(
            "derive", json.dumps({**LEAST, "expression": "+".join(f"norm2(A{k}*x - b)^2" for k in range(20))}).encode()
        )
        one.run(now=False)
        assert not one.link.poll(1)
        assert one.used() < 1
        one.run(now=True)
        found = one.answer()
        assert found is not None
        assert found[0] == 200
    finally:
        one.end()


def test_what_takes_too_long_is_killed_and_replaced(url: str) -> None:
    status, _, data = post(url, "derive", SLOW)
    assert (status, json.loads(data)["error"]["code"]) == (422, "budget")
    assert post(url, "derive", LEAST)[0] == 200
    killed = json.loads(get(url, "/health")[2])["killed"]
    assert post(url, "derive", SLOW)[0] == 422  # refused at once: no worker is held again
    assert json.loads(get(url, "/health")[2])["killed"] == killed


def odd_answers(url: str, seeds: range) -> list[str]:
    """What is wrong with the answers to odd requests: no status but these, no defect, always our object, no worker that ends by itself, no answer after the budget."""
    found = []
    for seed in seeds:
        command, data = odd_request(seed)
        begun = time.monotonic()
        status, _, said = post(url, command, data)
        took, body = time.monotonic() - begun, json.loads(said)
        error = body.get("error") if status != 200 else None
        well = "schema_version" in body and (
            status == 200 or {"code", "message", "span", "hint", "repairs"} <= {*error}
        )
        if status not in (200, 400, 413, 422) or not well or took > 20:
            found.append(f"{seed}: {command} {status} after {took:.1f} s: {data[:200]!r}: {said[:200]!r}")
    health = json.loads(get(url, "/health")[2])
    return found if not health["died"] else [*found, f"{health}"]


def test_odd_json_gets_an_answer_or_our_error(url: str) -> None:
    assert not odd_answers(url, range(150))
    assert not odd_answers(
        url, range(280, 281)
    )  # a variable that is declared, not there, and cannot be sampled was a defect


@pytest.mark.long
def test_much_odd_json_gets_an_answer_or_our_error(url: str) -> None:
    assert not odd_answers(url, range(1000, 1600))


def test_an_error_of_the_server_itself_is_in_the_language_asked_for() -> None:
    async def full(lang: str) -> tuple[int, bytes, bool]:
        return await Pool(Settings(queue=0)).ask("derive", b"{}", lang)

    for lang, words, hint in (("zh", "等待的请求太多", "秒"), ("fr", "trop de demandes", "secondes")):
        status, body, _ = asyncio.run(full(lang))
        error = json.loads(body)["error"]
        assert (status, error["message"].startswith(words), hint in error["hint"]) == (429, True, True)


def test_an_error_of_the_server_itself_holds_the_id(url: str) -> None:
    assert json.loads(post(url, "derive", {**SLOW, "id": [1, "a"]})[2])["id"] == [1, "a"]


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="this system does not tell")
def test_memory_is_that_of_every_process(running: tuple[str, subprocess.Popen[bytes]]) -> None:
    assert len(processes(running[1].pid)) >= 4  # the server, the process that forks, two workers
    alone = int(Path(f"/proc/{running[1].pid}/statm").read_text().split()[1]) * 4096
    assert memory(running[1]) > alone


@pytest.mark.long
@pytest.mark.skipif(not os.environ.get("GRADPROOF_BROWSER"), reason="a load of minutes: make test-page")
def test_a_short_load(running: tuple[str, subprocess.Popen[bytes]]) -> None:
    url, process = running
    out = load(url, process, 5, 12)
    assert not out.wrong(40)
    assert out.lost == 0, out.broken
    assert len(out.ordinary) > 20
    assert 100 * 2**20 < max(out.held) < 3 * 2**30  # the server, what forks its workers, and the workers
    assert json.loads(get(url, "/health")[2])["status"] == "ok"


@pytest.mark.long
@pytest.mark.skipif(not os.environ.get("GRADPROOF_BROWSER"), reason="a load of minutes: make test-page")
def test_who_is_told_to_come_again_is_answered_then() -> None:
    with server("--workers", "2", "--queue", "2") as (url, process):
        out = load(url, process, 5, 12)
    assert out.busy > out.later > 0
    assert out.lost == 0, out.broken
    assert not out.wrong(20)


@pytest.mark.long
@pytest.mark.skipif(not os.environ.get("GRADPROOF_BROWSER"), reason="a load of minutes: make test-page")
def test_a_full_queue_says_when_to_come_again() -> None:
    with server("--workers", "1", "--seconds", "1", "--queue", "1") as (url, _):
        links = []
        for k in range(6):
            link = connection(url)
            link.request("POST", "/api/derive", json.dumps({**SLOW, "id": k}).encode(), JSON)
            links.append(link)
        found = [link.getresponse() for link in links]
        bodies = [f.read() for f in found]
        busy = [f for f in found if f.status == 429]
        assert busy
        assert all(f.getheader("retry-after") for f in busy)
        assert {f.status for f in found} == {422, 429}
        assert all(json.loads(b)["error"]["code"] in ("busy", "budget") for b in bodies)
        for link in links:
            link.close()


@pytest.mark.long
def test_it_stops_gracefully() -> None:
    with server("--workers", "1") as (url, process):
        with closing(connection(url)) as link:
            asked = {"expression": "tr(inv(X'*C*X)*A)", "wrt": "X"}
            link.request("POST", "/api/steps", json.dumps(asked).encode(), JSON)
            time.sleep(0.1)  # it is with a worker
            process.send_signal(signal.SIGTERM)
            assert link.getresponse().status == 200
        assert process.wait(20) is not None


def _state(pid: int) -> str:
    """The state of a process, as the system tells it: "T" is stopped; "" where there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


@pytest.mark.long
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no /proc")
def test_paused_workers_end_with_a_server_that_is_killed() -> None:
    """One that is stopped does not see its link close: the system ends it with the fork server, which ends with the server."""
    with server("--workers", "1") as (url, process):
        asked = [
            threading.Thread(
                target=_ask, args=(url, {"expression": DEEP.replace("x", f"x{k}"), "wrt": ["A"] * 3}), daemon=True
            )
            for k in range(8)
        ]
        for t in asked:
            t.start()
        until = time.monotonic() + 20
        while time.monotonic() < until and not any(_state(p) == "T" for p in processes(process.pid)):
            time.sleep(0.1)
        pids = processes(process.pid)
        assert any(_state(p) == "T" for p in pids)
        process.kill()
        process.wait()
        until = time.monotonic() + 10
        while time.monotonic() < until and any(_state(p) not in ("", "Z") for p in pids):
            time.sleep(0.1)
        assert [p for p in pids if _state(p) not in ("", "Z")] == []


def _ask(url: str, request: dict[str, object]) -> None:
    with contextlib.suppress(OSError, http.client.HTTPException):
        post(url, "derive", request)
