"""Finds out why `env=smac` does not run here: make doctor, or python -m aiirmix.envs.smac.doctor --help."""

import argparse
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from importlib.metadata import version
from typing import get_args

import numpy as np

from aiirmix.common.errors import ConfigError
from aiirmix.envs.contract.maps import MapName
from aiirmix.envs.protocol import BatchEnv, Outcome
from aiirmix.envs.sc2_server.install import MAP_FOLDER, is_stand_in
from aiirmix.envs.smac import needs
from aiirmix.envs.smac.env import Smac

Check = tuple[str, Callable[[], str]]
"""What is looked at, and the look at it, which returns what was found or raises a `ConfigError` with the cure."""

START_BY_HAND = "{program} -listen 127.0.0.1 -port 5000 shows what the game itself says"


def main() -> None:
    """Looks at everything and leaves with exit code 1 if something is wrong."""
    parser = argparse.ArgumentParser(prog="python -m aiirmix.envs.smac.doctor", description=__doc__)
    parser.add_argument("--map", default="8m", choices=get_args(MapName), metavar="MAP", help="to play on")
    parser.add_argument("--game-version", metavar="V", help="to play, e.g. 4.10.0; else the newest that is installed")
    options = parser.parse_args()
    sys.exit(examine(checks(options.map, options.game_version)))


def checks(map_name: MapName, game_version: str | None) -> list[Check]:
    """All checks, each of which makes sense only if those before it have passed."""
    return [
        ("smac", lambda: str(needs.find_smac())),
        ("pysc2", find_pysc2),
        ("SC2PATH", lambda: str(needs.game_folder())),
        ("version", lambda: find_version(game_version)),
        ("maps", lambda: find_maps(map_name)),
        ("port", find_port),
        ("a game", lambda: play(map_name, game_version)),
    ]


def examine(all_checks: Sequence[Check]) -> int:
    """Prints what each check finds, up to the first that fails; returns the exit code."""
    for name, look in all_checks:
        try:
            print(f"ok       {name:8} {look()}", flush=True)
        except (ConfigError, RuntimeError, OSError) as error:
            print(f"missing  {name:8} {' '.join(str(error).split())}", flush=True)
            return 1
    print("env=smac is ready")
    return 0


def find_pysc2() -> str:
    """Folder and version of pysc2."""
    folder = needs.find_pysc2()
    return f"{version('pysc2')} in {folder}"


def find_version(game_version: str | None) -> str:
    """The version that will be played, and by which program."""
    name, program = needs.find_program(game_version)
    played = needs.version_played(game_version)
    return f"{played} stands in for {name}: {program}" if is_stand_in(program) else f"{name}: {program}"


def find_maps(map_name: MapName) -> str:
    """How many of SMAC's maps are there; the one that will be played must be."""
    needs.find_map_file(map_name)
    folder = needs.game_folder() / MAP_FOLDER
    absent = [name for name in get_args(MapName) if not (folder / f"{name}.SC2Map").is_file()]
    found = f"{len(get_args(MapName)) - len(absent)} of SMAC's {len(get_args(MapName))}"
    return f"{found}; not {', '.join(absent)}" if absent else found


def find_port() -> str:
    """A port on which a game can listen."""
    try:
        with socket.create_server(("127.0.0.1", 0)) as server:
            return f"127.0.0.1:{server.getsockname()[1]} is free"
    except OSError as error:
        raise ConfigError(f"no port can be listened on ({error}): allow that for 127.0.0.1") from error


def play(map_name: MapName, game_version: str | None) -> str:
    """One game is started, and one episode of random actions played."""
    started = time.monotonic()
    try:
        with closing(Smac(map_name, game_version=game_version)) as env:
            rewards = list(episode(env, np.random.default_rng(0)))
    except RuntimeError as error:
        by_hand = START_BY_HAND.format(program=needs.find_program(game_version)[1])
        raise ConfigError(f"{error}; {by_hand}") from error
    seconds = time.monotonic() - started
    return f"{env.spec.name}: {len(rewards)} random steps in {seconds:.0f} s, return {sum(rewards):.2f}"


def episode(env: BatchEnv, random: np.random.Generator) -> Iterator[float]:
    """The rewards of a battle in which all available actions are equally likely."""
    frame, outcome = env.reset(np.zeros(1, np.int64)), Outcome.zeros(1)
    while not (outcome.terminated | outcome.truncated | outcome.aborted).any():
        actions = (random.random(frame.avail.shape) * frame.avail).argmax(-1)
        env.step(actions, (frame, outcome))
        yield float(outcome.reward[0])
    if outcome.aborted.any():
        raise RuntimeError("the game failed in the middle of an episode")


if __name__ == "__main__":
    main()
