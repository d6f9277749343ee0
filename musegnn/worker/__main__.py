"""Do what the folder of a run asks for: `python -m musegnn.worker RUN_FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path

from musegnn.worker.perform import listen_to_signals, perform

if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.stderr.write("Expected the folder of a run as the only argument.\n")
        sys.exit(2)
    sys.exit(perform(Path(sys.argv[1]), listen=listen_to_signals))
