"""The command line."""

import gc

gc.disable()  # nothing that is loaded for a command is garbage: `main` turns it on again when all is there
