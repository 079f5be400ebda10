"""Started like StarCraft II: -listen 127.0.0.1 -port 5000 -dataDir … -tempDir …; other arguments have no effect."""

import argparse
import os
from pathlib import Path


def main() -> None:
    """Serve one game."""
    parser = argparse.ArgumentParser(prog="SC2_x64", description="A stand-in for StarCraft II, with skirmish inside.")
    parser.add_argument("-listen", metavar="HOST", default="127.0.0.1", help="address to listen on")
    parser.add_argument("-port", metavar="N", type=int, required=True, help="port to listen on; 0: a free one")
    parser.add_argument("-dataDir", metavar="DIR", type=Path, default=Path(), help="the game's folder")
    options, _ = parser.parse_known_args()
    # The generated messages predate today's protobuf, whose compiled parsers refuse them.
    os.environ["PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION"] = "python"
    from aiirmix.envs.sc2_server.program import run

    run(options.listen, options.port, options.dataDir)


if __name__ == "__main__":
    main()
