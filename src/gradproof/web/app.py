"""The server as an ASGI application: addresses, limits of requests, headers, logs."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradproof as gp
from gradproof.optional import needed
from gradproof.say import say
from gradproof.service import COMMANDS, SCHEMA_VERSION, decoded, encoded, failure, language_of, plain, schema
from gradproof.service.failure import BAD_INPUT, BUSY, STOPPING, TOO_LARGE
from gradproof.web.files import Files
from gradproof.web.gallery import examples
from gradproof.web.pool import Pool
from gradproof.web.rules import rules

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

STATIC = Path(__file__).parent / "static"
LARGEST = 2**16  # bytes of a request
HEAD = 2**14  # bytes of its head
WAIT = 10.0  # seconds in which it has to be there
RETRY = 1  # seconds
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; connect-src 'self'; manifest-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
LOG = logging.getLogger("gradproof.serve")

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Served:
    """What the addresses answer."""

    def __init__(self, pool: Pool, formulas: bool = False):
        self.pool, self.formulas = pool, formulas
        self.responses, self.files = needed("starlette.responses"), Files(STATIC)
        self.examples = encoded({"schema_version": SCHEMA_VERSION, "examples": examples()})
        self.schema = encoded(schema())
        self.rules = encoded({"schema_version": SCHEMA_VERSION, "rules": rules()})

    def json(self, status: int, body: bytes, **headers: str) -> Any:
        """A response of JSON."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.responses.Response(body, status, {"cache-control": "no-store", **named}, "application/json")

    def error(self, status: int, code: str, message: str, hint: str = "") -> Any:
        """A response that holds an error object."""
        later = {"retry_after": str(RETRY)} if status in (BUSY, STOPPING) else {}
        return self.json(status, encoded(plain(code, message, hint)), **later)

    async def api(self, request: Any) -> Any:
        """`POST /api/COMMAND`."""
        command, begun = request.path_params["command"], time.monotonic()
        if command not in COMMANDS:
            return self.error(404, "error", "there is no such command", f"commands are {', '.join(COMMANDS)}")
        if not request.headers.get("content-type", "").lower().startswith("application/json"):
            return self.error(BAD_INPUT, "parse", "a request is JSON", "send content-type: application/json")
        try:
            data = await asyncio.wait_for(_body(request), WAIT)
        except TimeoutError:
            return self.error(BAD_INPUT, "parse", f"the request did not arrive whole in {WAIT:g} seconds")
        if data is None:
            return self.error(TOO_LARGE, "too-large", f"a request has at most {LARGEST} bytes")
        try:
            asked = _object(data)
            normal = encoded(asked)
        except gp.ParseError as error:
            return self.json(BAD_INPUT, encoded(failure(error)))
        status, body, known = await self.pool.ask(command, normal, language_of(asked))
        if status != 200 and "id" in asked and not body.startswith(b'{"id"'):  # it is not from a worker
            body = encoded({"id": asked["id"], **json.loads(body)})
        took = round(1000 * (time.monotonic() - begun), 1)
        more = {"request": normal.decode()} if self.formulas else {}
        LOG.info("%s", json.dumps({"command": command, "status": status, "ms": took, "cached": known, "bytes": len(data), **more}))  # fmt: skip
        if request.query_params.get("status") == "body" and status not in (BUSY, STOPPING):
            status, body = 200, _with_status(status, body)
        return self.json(status, body, **({"retry_after": str(RETRY)} if status in (BUSY, STOPPING) else {}))

    async def health(self, request: Any) -> Any:
        """`GET /health`."""
        status = STOPPING if self.pool.stopping else 200
        state = {"status": "stopping" if self.pool.stopping else "ok", "version": gp.__version__, **vars(self.pool.counts)}  # fmt: skip
        return self.json(status, encoded(state))

    async def get_schema(self, request: Any) -> Any:
        """`GET /api/schema`."""
        return self.json(200, self.schema)

    async def get_examples(self, request: Any) -> Any:
        """`GET /api/examples`."""
        return self.json(200, self.examples)

    async def get_rules(self, request: Any) -> Any:
        """`GET /api/rules`."""
        return self.json(200, self.rules)

    async def file(self, request: Any) -> Any:
        """A file of the page."""
        return self.files.get(request) or self.error(404, "error", "Not Found")

    async def wrong(self, request: Any, error: Any) -> Any:
        """What has no address, or another method."""
        return self.error(error.status_code, "error", str(error.detail))

    async def defect(self, request: Any, error: Exception) -> Any:
        """What should not happen."""
        LOG.error("%s", json.dumps({"defect": type(error).__name__}))
        return self.error(500, "defect", "a defect of gradproof", "please report what you asked")


def _with_status(status: int, body: bytes) -> bytes:
    """An answer that holds its own status: browsers write every other one into their console, and a formula that is being typed is no fault."""
    return b'{"status":%d,' % status + body[1:]


def _object(data: bytes) -> dict[str, Any]:
    found = decoded(data)
    if not isinstance(found, dict):
        raise gp.ParseError(say("a request is a JSON object"), hint=say("""{"expression": "x'*A*x", "wrt": "x"}"""))
    return found


async def _body(request: Any) -> bytes | None:
    """The body of a request; None where it is too large, of which nothing is kept."""
    data = b""
    async for chunk in request.stream():
        data += chunk
        if len(data) > LARGEST:
            return None
    return data


def application(pool: Pool, formulas: bool = False) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    """The application. `formulas`: whether they are logged. Raises UnsupportedError where Starlette is not installed."""
    starlette, routing = (needed(f"starlette.{m}") for m in ("applications", "routing"))
    wrong = needed("starlette.exceptions").HTTPException
    served = Served(pool, formulas)

    @asynccontextmanager
    async def life(app: Any) -> AsyncIterator[None]:
        await pool.start()
        yield
        await pool.stop()

    routes = [
        routing.Route("/health", served.health),
        routing.Route("/api/schema", served.get_schema),
        routing.Route("/api/examples", served.get_examples),
        routing.Route("/examples.json", served.get_examples),
        routing.Route("/api/rules", served.get_rules),
        routing.Route("/rules.json", served.get_rules),
        routing.Route("/api/{command}", served.api, methods=["POST"]),
        routing.Route("/{path:path}", served.file),
    ]
    handlers = {wrong: served.wrong, Exception: served.defect}
    return _with_headers(starlette.Starlette(routes=routes, lifespan=life, exception_handlers=handlers))


def _with_headers(inner: Any) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    """The same application, with the headers of security on every response."""
    extra = [(name.encode(), value.encode()) for name, value in HEADERS.items()]

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        async def sent(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", []), *extra]}
            await send(message)

        if sum(len(name) + len(value) for name, value in scope.get("headers", ())) > HEAD:
            body = encoded(plain("too-large", f"the head of a request has at most {HEAD} bytes"))
            await sent(
                {"type": "http.response.start", "status": 431, "headers": [(b"content-type", b"application/json")]}
            )
            await sent({"type": "http.response.body", "body": body})
            return
        await inner(scope, receive, sent)

    return app
