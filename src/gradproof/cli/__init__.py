"""The command line."""

import gc

COLLECTED = gc.isenabled()
gc.disable()  # nothing that is loaded for a command is garbage: `main` turns it on again when all is there
