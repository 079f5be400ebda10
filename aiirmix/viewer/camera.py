"""Records a battle of skirmish while a policy plays it."""

from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aiirmix.envs.contract.maps import find_map
from aiirmix.envs.contract.version import SKIRMISH_VERSION
from aiirmix.envs.protocol import EnvSpec, Frame
from aiirmix.envs.protocol import Outcome as StepOutcome
from aiirmix.envs.skirmish.catalog.units import UNIT_TYPES, UnitType
from aiirmix.envs.skirmish.env import Skirmish
from aiirmix.envs.skirmish.kernel.state import NOBODY, Records
from aiirmix.runs.config import OURS, matters
from aiirmix.viewer.ground import ground_of
from aiirmix.viewer.recording import Insight, Outcome, Recording, UnitInfo


class Camera:
    """A `BatchEnv` of one battle that wraps `Skirmish`, changes nothing and records the battle."""

    def __init__(self, env: Skirmish) -> None:
        self.env = env

    @property
    def spec(self) -> EnvSpec:
        """Sizes and names of the environment."""
        return self.env.spec

    @property
    def outcome(self) -> Outcome | None:
        """How the battle ended; None while it lasts."""
        return self._outcome

    def contributions(self) -> NDArray[np.float32]:
        """Return what each agent did in the last step; see `KnowsContributions`."""
        return self.env.contributions()

    def reset(self, seeds: NDArray[np.int64], out: Frame | None = None) -> Frame:
        """Start the battle and its recording; see `BatchEnv`.

        Raises:
            ValueError: there is more than one seed.
        """
        [self._seed] = seeds.tolist()
        frame = self.env.reset(seeds, out)
        self._states = [self._units.copy()]
        self._actions: list[NDArray[np.int64]] = []
        self._rewards: list[float] = []
        self._outcome: Outcome | None = None
        return frame

    def step(
        self, actions: NDArray[np.int64], out: tuple[Frame, StepOutcome] | None = None
    ) -> tuple[Frame, StepOutcome]:
        """Play and record the joint action [1, N]; see `BatchEnv`."""
        self._units["fired_at"] = NOBODY
        frame, outcome = self.env.step(actions, out)
        self._states.append(self._units.copy())
        self._actions.append(actions[0].copy())
        self._rewards.append(float(outcome.reward[0]))
        self._outcome = _outcome(outcome)
        return frame, outcome

    def close(self) -> None:
        """Close the environment."""
        self.env.close()

    def recording(self, played_by: str, insight: Insight | None = None) -> Recording:
        """Return the recording of a battle that is over."""
        assert self._outcome is not None
        states = np.stack(self._states)
        return Recording(
            simulator_version=SKIRMISH_VERSION,
            settings=_settings(self.env),
            seed=self._seed,
            actions=np.stack(self._actions),
            played_by=played_by,
            outcome=self._outcome,
            ground=ground_of(find_map(self.env.map)),
            units=tuple(_unit_info(unit) for unit in states[0]),
            alive=states["health"] > 0.0,
            reward=np.round(self._rewards, 4),
            insight=insight,
            **{name: states[name].round(2) for name in ("x", "y", "health", "shield")},
            **{name: states[name][1:] for name in ("order", "target", "fired_at")},
        )

    @property
    def _units(self) -> Records:
        """[U]; the current units of the battle."""
        units: Records = self.env.world.units[0]
        return units


def _settings(env: Skirmish) -> dict[str, Any]:
    """Return the arguments that change the course of a battle."""
    return {field.name: getattr(env, field.name) for field in fields(env) if matters(f"env.{field.name}", OURS)}


def _outcome(step: StepOutcome) -> Outcome | None:
    """Return how the battle ended with this step, or None."""
    if step.won[0]:
        return "won"
    if step.truncated[0]:
        return "timed out"
    return "lost" if step.terminated[0] else None


def _unit_info(unit: np.void) -> UnitInfo:
    traits = {field.name: unit[field.name].item() for field in fields(UnitInfo) if field.name != "kind"}
    return UnitInfo(kind=_kind(unit), **traits)


def _kind(unit: np.void) -> str:
    """Return the name of the unit's type: a record holds only the numbers of its type."""
    constants = [field.name for field in fields(UnitType)]
    return next(
        name for name, kind in UNIT_TYPES.items() if all(unit[field] == getattr(kind, field) for field in constants)
    )
