"""gradproof schema: the JSON Schema of requests and answers."""

from __future__ import annotations

from gradproof.cli import common
from gradproof.cli.option import Args, Command
from gradproof.say import say


def run(args: Args) -> int:
    """Prints the schema."""
    import json  # only where it is written

    from gradproof.service import schema  # loaded only where it is asked for

    print(json.dumps(schema(), indent=2))
    return common.FINE


COMMAND = Command("schema", say("the JSON Schema of requests and answers"), run)
