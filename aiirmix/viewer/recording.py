"""The recording of one battle and its file: gzipped JSON, a few kilobytes for a battle of 2s3z.

Letters in shapes: T environment steps, U units (agents first), N agents. Arrays [T + 1, …] hold the state at timesteps
0 … T, arrays [T, …] what happened in the step between two of them.
"""

import gzip
import json
import zlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from aiirmix.common.errors import ConfigError
from aiirmix.common.files import atomic_file
from aiirmix.envs.contract.maps import MAP_NAMES

FORMAT, FORMAT_VERSION = "aiirmix battle", 2
"""Head of a file. The version grows with every change that an older reader would misread."""

Outcome = Literal["won", "lost", "timed out"]
ORDERS = ("stop", "move", "attack", "heal")
"""Names of the numbers in `Recording.order`."""
GROUNDS = ("rock", "floor", "ramp", "plateau", "cliff")
"""Names of the numbers in `Recording.ground`. No unit can be on rock, and only colossi on cliffs."""


@dataclass(frozen=True)
class UnitInfo:
    """The constants of a unit."""

    kind: str
    hostile: bool
    """Whether it fights the agents."""
    health_max: float
    shield_max: float
    radius: float
    """In cells."""
    range: float
    """In cells, from edge to edge."""
    splash: float
    """Radius of the explosion in which the unit dies, in cells; 0 if it does not explode."""
    sweep: float
    """Half the length of the line that its beams sweep across a target, in cells; 0 if it has no beams."""


@dataclass(frozen=True, eq=False)
class Insight:
    """Rewards and attention that a trained model computed for a battle."""

    r_in: NDArray[Any]
    """[T, N]; intrinsic rewards."""
    r_total: NDArray[Any]
    """[T, N]; total rewards, mixed from intrinsic and extrinsic rewards."""
    attention: NDArray[Any] | None
    """[T, N, N]; attention of agent i to agent j. None if the intrinsic source has no attention."""


@dataclass(frozen=True, eq=False)
class Recording:
    """One battle: everything needed to show it, and to replay it exactly."""

    simulator_version: int
    """Of skirmish. With another version the same actions may lead to another battle."""
    settings: dict[str, Any]
    """The arguments of `Skirmish` that change the course of a battle, including the map."""
    seed: int
    actions: NDArray[Any]
    """[T, N]; with settings and seed, enough to replay the battle."""
    played_by: str
    """The model or policy, for titles."""
    outcome: Outcome

    ground: NDArray[Any]
    """[X, Y]; the kind of each cell, as an index of `GROUNDS`."""
    units: tuple[UnitInfo, ...]
    """Agents in agent order, then enemies."""

    x: NDArray[Any]
    """[T + 1, U]; in cells, growing to the east. Positions, health and shields are rounded to 0.01."""
    y: NDArray[Any]
    """[T + 1, U]; in cells, growing to the north."""
    health: NDArray[Any]
    """[T + 1, U]"""
    shield: NDArray[Any]
    """[T + 1, U]"""
    alive: NDArray[Any]
    """[T + 1, U], bool."""
    order: NDArray[Any]
    """[T, U]; each unit's order at the end of the step, as an index of `ORDERS`; for dead units, their last order."""
    target: NDArray[Any]
    """[T, U]; the target of the order, as an index of `units`, or -1."""
    fired_at: NDArray[Any]
    """[T, U]; the unit that it shot at or healed in this step, or -1."""
    reward: NDArray[Any]
    """[T]; the team's extrinsic reward."""
    insight: Insight | None
    """None unless a trained model with reward networks played."""

    @property
    def n_agents(self) -> int:
        """N."""
        return sum(not unit.hostile for unit in self.units)

    @property
    def map_name(self) -> str:
        """The name of the map; for a map file, without folder and suffix."""
        return Path(self.settings["map"]).stem

    @property
    def teams(self) -> tuple[str, str] | None:
        """The agents and the enemies by kind, as in "3 stalker, 2 zealot"; None on SMAC's maps, whose name tells it."""
        if self.map_name in MAP_NAMES:
            return None
        kinds = (Counter(unit.kind for unit in self.units if unit.hostile == hostile) for hostile in (False, True))
        agents, enemies = (", ".join(f"{count[kind]} {kind}" for kind in sorted(count)) for count in kinds)
        return agents, enemies

    @property
    def battle_name(self) -> str:
        """The name of the map and, unless it tells them, the teams."""
        return " against ".join(self.teams).join((f"{self.map_name} (", ")")) if self.teams else self.map_name

    @property
    def steps(self) -> int:
        """T."""
        return len(self.reward)

    @property
    def deaths(self) -> NDArray[np.float64]:
        """[U]; the first timestep at which each unit is dead, or infinity."""
        dead = ~self.alive
        return np.where(dead.any(0), dead.argmax(0), np.inf)

    def number(self, u: int) -> int:
        """Return the number of a unit on its own side, from 1."""
        return 1 + u - (self.n_agents if self.units[u].hostile else 0)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON types, format and version first."""
        plain: dict[str, Any] = _plain(asdict(self))
        return {"format": FORMAT, "format_version": FORMAT_VERSION, **plain}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """Build a recording from what `to_dict` returned.

        Raises:
            KeyError, TypeError, ValueError: `content` does not have the fields of a recording.
        """
        fields = {name: _array(value) for name, value in content.items() if name not in ("format", "format_version")}
        fields["units"] = tuple(UnitInfo(**unit) for unit in content["units"])
        if fields["insight"] is not None:
            fields["insight"] = Insight(**{name: _array(value) for name, value in fields["insight"].items()})
        return cls(**fields)

    def save(self, path: Path) -> None:
        """Write the file atomically."""
        text = json.dumps(self.to_dict(), separators=(",", ":"))
        with atomic_file(path) as temporary:
            temporary.write_bytes(gzip.compress(text.encode(), mtime=0))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a file that `save` wrote.

        Raises:
            ConfigError: there is no such file, it is not a recording, is damaged, or has another format version.
        """
        content = _read(path)
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            raise ConfigError(f"{path} is not a recorded battle")
        _require_version(path, content.get("format_version"))
        try:
            return cls.from_dict(content)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ConfigError(f"{path} is damaged: {error}") from error


def _require_version(path: Path, version: object) -> None:
    if isinstance(version, int) and version != FORMAT_VERSION:
        age, remedy = ("a newer", "update to read it") if version > FORMAT_VERSION else ("an older", "record it again")
        versions = f"version {version}, this one reads version {FORMAT_VERSION}"
        raise ConfigError(f"{path} was written by {age} aiirmix ({versions}); {remedy}")


def _read(path: Path) -> object:
    try:
        return json.loads(gzip.decompress(path.read_bytes()))
    except FileNotFoundError as error:
        raise ConfigError(f"there is no file {path}") from error
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise ConfigError(f"{path} is not a recorded battle: {error}") from error


def _plain(value: Any) -> Any:  # noqa: ANN401 - any value of a recording
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    return value.tolist() if isinstance(value, np.ndarray) else value


def _array(value: Any) -> Any:  # noqa: ANN401 - any value of a recording
    return np.array(value) if isinstance(value, list) else value
