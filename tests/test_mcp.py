"""The Model Context Protocol: raw messages, and the official client where it is installed."""

from __future__ import annotations

import asyncio
import io
import json
import os
import subprocess
import sys
import time

import pytest

from gradproof import mcp
from gradproof.service import COMMANDS


def exchange(*lines: bytes) -> list[dict]:
    sink = io.BytesIO()
    mcp.serve(io.BytesIO(b"\n".join(lines)), sink)
    return [json.loads(line) for line in sink.getvalue().splitlines()]


def call(method: str, id: int = 1, **params: object) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": id, "method": method, "params": params}).encode()


def test_a_session() -> None:
    started, listed, called, pong = exchange(
        call("initialize", protocolVersion="2025-06-18", capabilities={}, clientInfo={"name": "t", "version": "0"}),
        b'{"jsonrpc": "2.0", "method": "notifications/initialized"}',
        call("tools/list", 2),
        call("tools/call", 3, name="derive", arguments={"expression": "norm2(A*x - b)^2", "wrt": "x"}),
        call("ping", 4),
    )
    assert started["result"]["protocolVersion"] == "2025-06-18"
    assert {t["name"] for t in listed["result"]["tools"]} == set(COMMANDS)
    assert called["id"] == 3
    assert called["result"]["isError"] is False
    assert called["result"]["structuredContent"]["result"]["ascii"] == "2*A'*(A*x - b)"
    assert called["result"]["content"][0]["text"].startswith("df/dx = 2*A'*(A*x - b)\n")
    assert pong["result"] == {}


def test_an_unknown_version_gets_ours() -> None:
    assert exchange(call("initialize", protocolVersion="1999-01-01"))[0]["result"]["protocolVersion"] == mcp.VERSIONS[0]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"not json", mcp.PARSE_ERROR),
        (b"[" * 100_000, mcp.PARSE_ERROR),
        (b"\xff\xfe", mcp.PARSE_ERROR),
        (b"3", mcp.INVALID),
        (b"[]", mcp.INVALID),
        (b'{"jsonrpc": "2.0", "id": 1}', mcp.INVALID),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "no/such"}', mcp.NO_METHOD),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": [1]}', mcp.BAD_PARAMS),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "rm"}}', mcp.BAD_PARAMS),
        (b"x" * (mcp.LONGEST + 10), mcp.INVALID),
    ],
)
def test_bad_messages_are_told_and_end_nothing(line: bytes, code: int) -> None:
    failed, pong = exchange(line, call("ping", 7))
    assert failed["error"]["code"] == code
    assert pong["id"] == 7


@pytest.mark.parametrize("arguments", [{}, {"expression": "x'*", "wrt": "x"}, {"expression": "svd(A)", "wrt": "A"}, [1], "x"])  # fmt: skip
def test_bad_formulas_are_results_that_say_so(arguments: object) -> None:
    (found,) = exchange(call("tools/call", name="derive", arguments=arguments))
    assert found["result"]["isError"] is True
    assert found["result"]["structuredContent"]["error"]["message"]


def test_the_official_client() -> None:
    client = pytest.importorskip("mcp", reason="the official client is not installed: pip install mcp")
    from mcp.client.stdio import stdio_client  # it comes with the client

    code = "from gradproof.cli.main import main; main(['mcp'])"
    server = client.StdioServerParameters(
        command=sys.executable, args=["-c", code], env={"PYTHONPATH": os.pathsep.join(sys.path)}
    )

    async def session() -> None:
        async with stdio_client(server) as (read, write), client.ClientSession(read, write) as talk:
            await talk.initialize()
            listed = await talk.list_tools()
            assert {t.name for t in listed.tools} == set(COMMANDS)
            right = await talk.call_tool("check", {"expression": "x'*x", "wrt": "x", "claim": "2*x"})
            content = right.model_dump(by_alias=True)["structuredContent"]
            assert content["verdict"] == "right"
            for name, more in (("steps", {}), ("code", {"target": "jax"}), ("read", {})):
                found = await talk.call_tool(name, {"expression": "x'*A*x", "wrt": "x", **more})
                assert not found.model_dump(by_alias=True)["isError"], found
            wrong = await talk.call_tool("derive", {"expression": "sofmax(x)", "wrt": "x"})
            assert wrong.model_dump(by_alias=True)["isError"]

    asyncio.run(asyncio.wait_for(session(), 60))


def test_what_is_cancelled_is_neither_computed_nor_answered() -> None:
    slow = {"expression": "exp(x'*A*x)*sin(x'*B*x)*cos(x'*C*x)*tanh(x'*D*x)*log(x'*F*x)", "wrt": ["x"] * 5}
    code = "from gradproof.cli.main import main; raise SystemExit(main(['mcp']))"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdin
        assert server.stdout
        server.stdin.write(call("tools/call", 1, name="derive", arguments=slow) + b"\n")
        server.stdin.flush()
        time.sleep(1.5)  # it computes by now
        begun = time.monotonic()
        for line in (
            b'{"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}}',
            call("ping", 2),
        ):
            server.stdin.write(line + b"\n")
        server.stdin.flush()
        assert json.loads(server.stdout.readline())["id"] == 2
        assert time.monotonic() - begun < 3  # its budget has more than three seconds left
        server.stdin.close()


def test_it_ends_with_its_input() -> None:
    code = "from gradproof.cli.main import main; raise SystemExit(main(['mcp']))"
    done = subprocess.run([sys.executable, "-c", code], input=call("ping"), capture_output=True, timeout=60, check=True)
    assert json.loads(done.stdout)["result"] == {}
