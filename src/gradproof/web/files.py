"""The files of the page, kept in memory: it asks for some of them before it can show anything."""

from __future__ import annotations

import hashlib
import mimetypes
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from gradproof.optional import needed
from gradproof.web.linked import page_files

TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".woff2": "font/woff2", ".svg": "image/svg+xml", ".css": "text/css", ".html": "text/html"}  # fmt: skip


class Held(NamedTuple):
    """A file: its bytes, and what is said of them."""

    data: bytes
    headers: dict[str, str]


class Files:
    """What lies in a folder, under the paths of an address. Nothing else can be asked for."""

    def __init__(self, folder: Path):
        self.responses = needed("starlette.responses")
        read = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
        self.held = {path: _held(path, data) for path, data in {**read, **page_files(folder)}.items()}
        self.held[""] = self.held["index.html"]

    def get(self, request: Any) -> Any:
        """The response to a request of a path; None where there is no such file."""
        found = self.held.get(request.path_params["path"])
        if found is None:
            return None
        if request.headers.get("if-none-match") == found.headers["etag"]:
            return self.responses.Response(status_code=304, headers=found.headers)
        return self.responses.Response(found.data, headers=found.headers)


def _held(path: str, data: bytes) -> Held:
    kind = TYPES.get(PurePosixPath(path).suffix) or mimetypes.guess_type(path)[0] or "application/octet-stream"
    if kind.startswith("text/"):
        kind += "; charset=utf-8"
    return Held(data, {"content-type": kind, "etag": f'"{hashlib.sha256(data).hexdigest()[:24]}"', "cache-control": "no-cache"})  # fmt: skip
