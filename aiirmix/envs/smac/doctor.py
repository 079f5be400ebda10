"""The checks of `aiirmix doctor`, which finds out why `env=smac` or `env=smacv2` does not run on this machine."""

import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from importlib.metadata import version

import numpy as np

from aiirmix.common.errors import ConfigError, in_a_line
from aiirmix.envs.contract.maps import MAP_NAMES
from aiirmix.envs.contract.scenarios import EMPTY_MAP, SCENARIO_NAMES
from aiirmix.envs.protocol import BatchEnv, Outcome
from aiirmix.envs.sc2_server.install import MAP_FOLDER, is_stand_in
from aiirmix.envs.smac import requirements
from aiirmix.envs.smac.env import Smac
from aiirmix.envs.smacv2.env import Smacv2
from aiirmix.envs.smacv2.requirements import find_smacv2

Check = tuple[str, Callable[[], str]]
"""What is checked, and a function that returns what it found or raises a `ConfigError` with the remedy."""

START_BY_HAND = "{program} -listen 127.0.0.1 -port 5000 shows the game's own output"


def environment(map_name: str) -> type[Smac]:
    """Return the environment that plays the map."""
    return Smacv2 if map_name in SCENARIO_NAMES else Smac


def checks(map_name: str, game_version: str | None) -> list[Check]:
    """Return all checks. Each makes sense only if those before it have passed."""
    find_package = find_smacv2 if map_name in SCENARIO_NAMES else requirements.find_smac
    return [
        (environment(map_name).package, lambda: str(find_package())),
        ("pysc2", find_pysc2),
        ("SC2PATH", lambda: str(requirements.game_folder())),
        ("version", lambda: find_version(game_version)),
        ("maps", lambda: find_maps(map_name)),
        ("port", find_port),
        ("a game", lambda: play(map_name, game_version)),
    ]


def examine(all_checks: Sequence[Check], package: str) -> int:
    """Print the result of each check, up to the first that fails; return the exit code."""
    for name, check in all_checks:
        try:
            print(f"ok       {name:8} {check()}", flush=True)
        except (ConfigError, RuntimeError, OSError) as error:
            print(f"missing  {name:8} {in_a_line(error)}", flush=True)
            return 1
    print(f"env={package} is ready")
    return 0


def mention_smacv2() -> None:
    """Print whether SMACv2's package is installed, which `env=smac` does not need."""
    try:
        print(f"SMACv2's package is in {find_smacv2()}: aiirmix doctor --map {Smacv2.map} checks env=smacv2")
    except ConfigError as error:
        print(error)


def find_pysc2() -> str:
    """Return the version and the folder of pysc2."""
    folder = requirements.find_pysc2()
    return f"{version('pysc2')} in {folder}"


def find_version(game_version: str | None) -> str:
    """Return the version that will be played, and its executable."""
    name, program = requirements.find_program(game_version)
    played = requirements.version_played(game_version)
    return f"{played} stands in for {name}: {program}" if is_stand_in(program) else f"{name}: {program}"


def find_maps(map_name: str) -> str:
    """Return how many of SMAC's maps are installed, or SMACv2's one; that which will be played must be."""
    if map_name in SCENARIO_NAMES:
        return str(requirements.find_map_file(EMPTY_MAP))
    requirements.find_map_file(map_name)
    folder = requirements.game_folder() / MAP_FOLDER
    absent = [name for name in MAP_NAMES if not (folder / f"{name}.SC2Map").is_file()]
    count = f"{len(MAP_NAMES) - len(absent)} of SMAC's {len(MAP_NAMES)}"
    return f"{count}; not {', '.join(absent)}" if absent else count


def find_port() -> str:
    """Return a port on which a game can listen."""
    try:
        with socket.create_server(("127.0.0.1", 0)) as server:
            return f"127.0.0.1:{server.getsockname()[1]} is free"
    except OSError as error:
        raise ConfigError(f"no port can be opened ({error}): allow programs to listen on 127.0.0.1") from error


def play(map_name: str, game_version: str | None) -> str:
    """Start a game and play an episode of random actions."""
    started = time.monotonic()
    try:
        with closing(environment(map_name)(map_name, game_version=game_version)) as env:
            rewards = list(play_episode(env, np.random.default_rng(0)))
    except RuntimeError as error:
        by_hand = START_BY_HAND.format(program=requirements.find_program(game_version)[1])
        raise ConfigError(f"{error}; {by_hand}") from error
    seconds = time.monotonic() - started
    return f"{env.spec.name}: {len(rewards)} random steps in {seconds:.0f} s, return {sum(rewards):.2f}"


def play_episode(env: BatchEnv, rng: np.random.Generator) -> Iterator[float]:
    """Play a battle of uniformly random available actions and yield its rewards."""
    frame, outcome = env.reset(np.zeros(1, np.int64)), Outcome.zeros(1)
    while not (outcome.terminated | outcome.truncated | outcome.aborted).any():
        actions = (rng.random(frame.avail.shape) * frame.avail).argmax(-1)
        env.step(actions, (frame, outcome))
        yield float(outcome.reward[0])
    if outcome.aborted.any():
        raise RuntimeError("the game failed in the middle of an episode")
