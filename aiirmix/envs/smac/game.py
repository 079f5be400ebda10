"""One game behind SMAC's class, as a worker runs it."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from aiirmix.envs.protocol import EnvSpec
from aiirmix.envs.smac.shared_row import map_row

NO_OP = 0
SIZES = ("n_agents", "n_actions", "obs_shape", "state_shape", "episode_limit")


class SmacGame(Protocol):
    """The part of SMAC's `StarCraft2Env` that is used (docs/smac_contract.md §2.8), with `continuing_episode`."""

    def get_env_info(self) -> dict[str, Any]:
        """Return `SIZES` and more."""

    def reset(self) -> object:
        """Start the next battle."""

    def step(self, actions: list[int]) -> tuple[float, bool, dict[str, Any]]:
        """Play a joint action [N]; return the reward, whether the battle is over, and the info.

        The info is empty if the game failed. It has `episode_limit` if the battle was truncated.
        """

    def get_obs(self) -> list[Any]:
        """Return all observations [N][O]."""

    def get_state(self) -> Any:  # noqa: ANN401 - an array
        """Return the state [S]."""

    def get_avail_actions(self) -> list[list[int]]:
        """Return all masks [N][A]."""

    def close(self) -> None:
        """End the game."""


MakeGame = Callable[[int], SmacGame]
"""Makes a game from a seed."""
MakeSmacGame = Callable[..., SmacGame]
"""Makes a game from a seed, the name of a map and options of SMAC's class."""


class GameError(RuntimeError):
    """A game failed; the message says how that was noticed."""


class GameRunner:
    """Plays battle after battle in one game, and writes each timestep into the shared row.

    Args:
        make_game: makes the game.
        relaunch: make a new game for every battle. Otherwise only the seed of a game's first battle has an effect.
        row_file: the file of the shared row.
    """

    def __init__(self, make_game: MakeGame, relaunch: bool, row_file: Path) -> None:
        self.make_game, self.relaunch, self.row_file = make_game, relaunch, row_file
        self._game: SmacGame | None = None
        self._finished_one = False

    def sizes(self) -> dict[str, int]:
        """Return the `SIZES` of the environment."""
        with closing(self.make_game(0)) as game:
            info = game.get_env_info()
        return {name: int(info[name]) for name in SIZES}

    def open_row(self, spec: EnvSpec) -> None:
        """Open the row that the parent has created."""
        self.row = map_row(self.row_file, spec, "r+")

    def reset(self, seed: int) -> None:
        """Start the next battle, in a new game if the first battle of this one is unfinished: SMAC cannot leave it."""
        if self.relaunch or not self._finished_one:
            self.close()
            self._game = self.make_game(seed)
        self._running_game.reset()
        self._write_timestep()

    def step(self, actions: list[int]) -> None:
        """Play a joint action [N].

        Raises:
            GameError: the game failed, which SMAC reports by an empty info.
        """
        reward, over, info = self._running_game.step(actions)
        if not info:
            raise GameError("StarCraft II broke the connection")
        truncated = bool(info.get("episode_limit", False))
        self.row["reward"], self.row["won"] = reward, info["battle_won"]
        self.row["terminated"], self.row["truncated"] = over and not truncated, truncated
        self._finished_one |= over
        self._write_timestep()

    def close(self) -> None:
        """End the game, if there is one."""
        if self._game is not None:
            self._game.close()
        self._game, self._finished_one = None, False

    @property
    def _running_game(self) -> SmacGame:
        if self._game is None:
            raise GameError("no battle was started")
        return self._game

    def _write_timestep(self) -> None:
        """Write the fields of `Frame`. An agent is dead if it may do nothing (docs/smac_contract.md §2.5)."""
        game = self._running_game
        self.row["obs"], self.row["state"] = game.get_obs(), game.get_state()
        self.row["avail"] = game.get_avail_actions()
        self.row["alive"] = ~self.row["avail"][..., NO_OP]


def make_starcraft(seed: int, **options: Any) -> SmacGame:
    """Make SMAC's `StarCraft2Env` with these options of its constructor; call it in a worker only.

    With `obs_timestep_number`, SMAC's observations have an unused feature before the time, so that they are longer than
    `get_env_info` says. It is removed.
    """
    from smac.env import StarCraft2Env

    class CorrectlySized(StarCraft2Env):  # type: ignore[misc]  # untyped
        def get_obs_agent(self, agent_id: int) -> NDArray[Any]:
            obs = super().get_obs_agent(agent_id)
            return np.delete(obs, -2) if self.obs_timestep_number else obs

    game: SmacGame = CorrectlySized(seed=seed % 2**32, continuing_episode=True, **options)
    return game
