"""Train one run, or with -m as many runs as the settings spell: python run.py --help."""

import sys

from aiirmix.cli.main import main

if __name__ == "__main__":
    sys.exit(main(["train", *sys.argv[1:]]))
