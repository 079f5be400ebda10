"""Run the command line with `python -m aiirmix`."""

import sys

from aiirmix.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
