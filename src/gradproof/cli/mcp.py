"""gradproof mcp: the Model Context Protocol on standard input and output."""

from __future__ import annotations

import argparse

from gradproof import mcp


def run(args: argparse.Namespace) -> int:
    """Serves until standard input ends."""
    mcp.main()
    return 0
