"""Train: `python run.py …` is `aiirmix train …`; see python run.py --help."""

import sys

from aiirmix.cli.main import main

if __name__ == "__main__":
    sys.exit(main(["train", *sys.argv[1:]]))
