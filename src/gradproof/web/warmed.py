"""Loaded by the process that workers are forked from, before the first of them: what it has loaded and remembered, they have."""

from __future__ import annotations

import gc

from gradproof.web.warm import warm

warm()
gc.freeze()  # nothing of it is looked at again, so that its memory stays shared
