"""Write the report on an experiment: the same as `aiirmix report`."""

import sys

from aiirmix.cli.main import main

if __name__ == "__main__":
    sys.exit(main(["report", *sys.argv[1:]]))
