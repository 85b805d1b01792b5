"""Limits for the tests: machines that run them may be slow; what the limits themselves do is tested with small ones."""

from __future__ import annotations

import gradproof as gp

gp.limits(seconds=120).default()
