"""gradproof schema: the JSON Schema of requests and answers."""

from __future__ import annotations

import argparse
import json

from gradproof.service import schema


def run(args: argparse.Namespace) -> int:
    """Prints the schema."""
    print(json.dumps(schema(), indent=2))
    return 0
