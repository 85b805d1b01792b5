"""Limits for the tests: machines that run them may be slow; what the limits themselves do is tested with small ones."""

from __future__ import annotations

import os

import gradproof as gp

gp.limits(seconds=120).default()

# JAX: hundreds of functions, each run a few times; to optimise them takes longer than to run them
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true")
