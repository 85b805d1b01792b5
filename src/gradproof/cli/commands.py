"""The commands, in the order in which the help names them. A new command is one file, and its line here."""

from __future__ import annotations

from gradproof.cli import batch, check, code, completion, convexity, derive, exercise, mcp, minimize, schema, serve

COMMANDS = (
    derive.COMMAND,
    check.COMMAND,
    code.COMMAND,
    batch.COMMAND,
    convexity.COMMAND,
    minimize.COMMAND,
    exercise.COMMAND,
    schema.COMMAND,
    mcp.COMMAND,
    serve.COMMAND,
    completion.COMMAND,
)
