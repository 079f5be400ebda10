"""SMAC's class on skirmish, so that code written for SMAC runs without StarCraft II (docs/smac_contract.md §2.8)."""

import json
from collections.abc import MutableSequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aiirmix.envs.contract.maps import MapName
from aiirmix.envs.contract.version import SKIRMISH_VERSION
from aiirmix.envs.skirmish.views.commands import Commands
from aiirmix.envs.skirmish.views.geometry import Direction, Geometry
from aiirmix.envs.skirmish.views.getters import Features
from aiirmix.envs.skirmish.views.kinds import Kinds
from aiirmix.envs.skirmish.views.multiagentenv import MultiAgentEnv
from aiirmix.envs.skirmish.views.progress import Progress
from aiirmix.envs.skirmish.views.single_battle import StepResult

__all__ = ["Direction", "MultiAgentEnv", "StarCraft2Env"]


class StarCraft2Env(Commands, Geometry, Kinds, Progress):
    """A replacement for `smac.env.StarCraft2Env` with the same options; see `Options`.

    Args:
        map_name: One of SMAC's maps, or the path of a map file.
        seed: The seed of the series of battles; None: a different series each time.
        options: SMAC's other options.

    Raises:
        ValueError: there is no such map, or skirmish does not support the value of an option.
    """

    def __init__(self, map_name: MapName | str = "8m", *, seed: int | None = None, **options: Any) -> None:
        super().__init__(map_name, seed, options)
        self._start_counting()
        self._played: list[list[int]] = []

    def reset(self) -> tuple[list[Features], Features]:
        """Start the next battle; return all observations and the state."""
        self.battle.reset()
        self._start_battle()
        self._played = []
        return self.get_obs(), self.get_state()

    def step(self, actions: MutableSequence[Any]) -> tuple[float, bool, dict[str, Any]]:
        """Play the actions [N]; return the reward, whether the battle is over, and the info.

        Each action can be anything that `int` accepts. A time-out ends a battle like a defeat (docs/smac_contract.md
        §3.3). With `heuristic_ai`, the script's actions replace those in the sequence.

        Raises:
            AssertionError: an action is not available, or there is not one per agent.
            RuntimeError: no battle is in progress.
        """
        numbers = [int(action) for action in actions]
        result = self._play(numbers)
        if self.heuristic_ai:
            for agent, action in enumerate(self.battle.engine.scripted[0].tolist()):
                actions[agent] = action
        self._played.append(numbers)
        self._count(result)
        info = self.battle.info(result.won)
        if result.truncated and self.continuing_episode:
            info["episode_limit"] = True
        return result.reward, result.terminated or result.truncated, info

    def get_stats(self) -> dict[str, float]:
        """Return counts of battles; `battles_draw` counts time-outs.

        The win rate before the first battle has ended is 0, where SMAC divides by 0.
        """
        return {
            "battles_won": self.battles_won,
            "battles_game": self.battles_game,
            "battles_draw": self.timeouts,
            "win_rate": self.battles_won / max(self.battles_game, 1),
            "timeouts": self.timeouts,
            "restarts": self.force_restarts,
        }

    def seed(self) -> int | None:
        """Return the option `seed`."""
        return self._seed

    def save_replay(self) -> Path:
        """Write a JSON file in `replay_dir` from which the battle can be played again; return its path.

        `StarCraft2Env(replay["map_name"], **replay["options"])` starts it; `replay["actions"]` are its steps.
        """
        name = f"{self.replay_prefix or Path(self.map_name).stem}_{self.battle.battle_seed}.json"
        path = Path(self.replay_dir) / name
        options = {**asdict(self), "seed": self.battle.battle_seed}
        replay = {"version": SKIRMISH_VERSION, "map_name": self.map_name, "options": options, "actions": self._played}
        path.write_text(json.dumps(replay), encoding="utf-8")
        return path

    def render(self, mode: str = "rgb_array") -> NDArray[np.uint8]:
        """Return a picture [rows, columns, RGB] of the battle.

        Raises:
            ValueError: the mode is not `rgb_array`.
        """
        if mode != "rgb_array":
            raise ValueError(f"the render mode can only be rgb_array, not {mode}")
        return self.battle.draw()

    def close(self) -> None:
        """Release what the engine holds."""
        self.battle.engine.close()

    def _play(self, numbers: list[int]) -> StepResult:
        """Play the actions [N]; raise what SMAC raises if they are wrong."""
        before = self.battle.units.copy()
        try:
            result = self.battle.step(numbers)
        except ValueError as error:
            raise AssertionError(str(error)) from error
        self._remember(before, numbers)
        return result
