"""gradproof mcp: the Model Context Protocol on standard input and output."""

from __future__ import annotations

from gradproof.cli import common
from gradproof.cli.option import Args, Command
from gradproof.say import say


def run(args: Args) -> int:
    """Serves until standard input ends."""
    from gradproof import mcp  # loaded only where it is served

    mcp.main(args.lang)
    return common.FINE


COMMAND = Command(
    "mcp",
    say("tools for assistants: the Model Context Protocol on standard input and output"),
    run,
    (common.LANG,),
)
