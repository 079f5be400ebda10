"""What is kept of one battle, and the file that keeps it: gzipped JSON, a few kilobytes for a minute of 2s3z.

Letters in shapes: T environment steps, U units (agents first), N agents. A moment is before, between or after steps,
so there are T + 1 of them.
"""

import gzip
import json
import os
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from aiirmix.common.errors import ConfigError

FORMAT, FORMAT_VERSION = "aiirmix battle", 2
"""What a file says of itself; the version is raised whenever a reader of the former one would go wrong."""

Outcome = Literal["won", "lost", "timed out"]
ORDERS = ("stop", "move", "attack", "heal")
"""What the numbers in `Recording.order` mean."""
GROUNDS = ("rock", "floor", "ramp", "plateau", "cliff")
"""What the numbers in `Recording.ground` mean. Nobody can be on rock, and only colossi on cliffs."""


@dataclass(frozen=True)
class UnitInfo:
    """What never changes about a unit."""

    kind: str
    hostile: bool
    """It fights the agents."""
    health_max: float
    shield_max: float
    radius: float
    """In cells."""
    range: float
    """In cells, from edge to edge."""
    splash: float
    """Radius of the explosion in which the unit dies; 0: it has none."""
    sweep: float
    """Half the length of the line that its beams sweep across a target; 0: it has none."""


@dataclass(frozen=True, eq=False)
class Insight:
    """What the reward networks of a trained model made of a battle."""

    r_in: NDArray[Any]
    """[T, N]; what the intrinsic source gave each agent."""
    r_total: NDArray[Any]
    """[T, N]; what the mixer made of that and of the extrinsic reward."""
    attention: NDArray[Any] | None
    """[T, N, N]; how much agent i attends to agent j. None: the intrinsic source has no attention."""


@dataclass(frozen=True, eq=False)
class Recording:
    """One battle, from which it can be shown, and played again with the very same course."""

    simulator_version: int
    """Of skirmish. Another version may give the same actions another course."""
    settings: dict[str, Any]
    """The arguments of `Skirmish` that shape a battle, the map among them."""
    seed: int
    actions: NDArray[Any]
    """[T, N]; with settings and seed, all that it takes to play the battle again."""
    played_by: str
    """The model or policy, for a title."""
    outcome: Outcome

    ground: NDArray[Any]
    """[X, Y]; what each cell is, as an index of `GROUNDS`."""
    units: tuple[UnitInfo, ...]
    """Agents in agent order, then enemies."""

    x: NDArray[Any]
    """[T + 1, U], in cells, as all numbers here to a hundredth; x grows to the east."""
    y: NDArray[Any]
    """[T + 1, U], in cells; y grows to the north."""
    health: NDArray[Any]
    """[T + 1, U]"""
    shield: NDArray[Any]
    """[T + 1, U]"""
    alive: NDArray[Any]
    """[T + 1, U], bool."""
    order: NDArray[Any]
    """[T, U]; what each unit was told when the step ended, as an index of `ORDERS`. Of the dead: their last order."""
    target: NDArray[Any]
    """[T, U]; whom the order is about, as an index of `units`, or -1."""
    fired_at: NDArray[Any]
    """[T, U]; whom the unit shot at or healed in this step, or -1."""
    reward: NDArray[Any]
    """[T]; the team's extrinsic reward."""
    insight: Insight | None
    """None: no trained model played."""

    @property
    def n_agents(self) -> int:
        """How many of the units the policy commands."""
        return sum(not unit.hostile for unit in self.units)

    @property
    def steps(self) -> int:
        """T."""
        return len(self.reward)

    def as_plain(self) -> dict[str, Any]:
        """Everything as what JSON knows, format and version first."""
        plain: dict[str, Any] = _plain(asdict(self))
        return {"format": FORMAT, "format_version": FORMAT_VERSION, **plain}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Self:
        """The inverse of `as_plain`.

        Raises:
            KeyError, TypeError, ValueError: these are not the fields of a recording.
        """
        fields = {name: _array(value) for name, value in plain.items() if name not in ("format", "format_version")}
        fields["units"] = tuple(UnitInfo(**unit) for unit in plain["units"])
        if fields["insight"] is not None:
            fields["insight"] = Insight(**{name: _array(value) for name, value in fields["insight"].items()})
        return cls(**fields)

    def save(self, path: Path) -> None:
        """Writes a whole file or none of it."""
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        text = json.dumps(self.as_plain(), separators=(",", ":"))
        try:
            temporary.write_bytes(gzip.compress(text.encode(), mtime=0))
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Reads what `save` wrote.

        Raises:
            ConfigError: there is no such file, it is no recording, is damaged, or of another version than this reads.
        """
        plain = _read(path)
        if not isinstance(plain, dict) or plain.get("format") != FORMAT:
            raise ConfigError(f"{path} is no recorded battle")
        _require_version(path, plain.get("format_version"))
        try:
            return cls.from_plain(plain)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ConfigError(f"{path} is damaged: {error}") from error


def _require_version(path: Path, version: object) -> None:
    if isinstance(version, int) and version != FORMAT_VERSION:
        age, remedy = ("a newer", "update to read it") if version > FORMAT_VERSION else ("an older", "record it anew")
        versions = f"version {version}, this one reads version {FORMAT_VERSION}"
        raise ConfigError(f"{path} was written by {age} aiirmix ({versions}); {remedy}")


def _read(path: Path) -> object:
    try:
        return json.loads(gzip.decompress(path.read_bytes()))
    except FileNotFoundError as error:
        raise ConfigError(f"there is no {path}") from error
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise ConfigError(f"{path} is no recorded battle: {error}") from error


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever a recording holds
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    return value.tolist() if isinstance(value, np.ndarray) else value


def _array(value: Any) -> Any:  # noqa: ANN401 - whatever a recording holds
    return np.array(value) if isinstance(value, list) else value
