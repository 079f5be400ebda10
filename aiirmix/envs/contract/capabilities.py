"""What agents of SMACv2 can differ in beyond their kind, anew in each battle (docs/smacv2.md)."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiirmix.common.errors import ConfigError, shown


@dataclass(kw_only=True)
class Capabilities:
    """The parts of SMACv2's `capability_config` that no standard configuration has, under SMACv2's names."""

    attack: Sequence[float] | None = None
    """Bounds of each agent's probability of sending the order to attack or heal that it chose. None: it is 1."""
    health: Sequence[float] | None = None
    """Bounds of the fraction of its health below which each agent dies. None: it is 0."""
    enemy_mask: float = 0.0
    """Probability that health and kind of an enemy are hidden from an agent throughout a battle."""
    observe_capabilities: bool = True
    """Agents observe hit probabilities and levels of health of the others, too."""


def check_capabilities(settings: Capabilities, step_mul: int, kill_unit_step_mul: int) -> None:
    """Make sure that the capabilities can be drawn.

    Raises:
        ConfigError: they cannot.
    """
    if settings.attack is not None:
        _check_bounds("attack", settings.attack)
    if settings.health is not None:
        _check_bounds("health", settings.health)
        if settings.health[1] == 1:
            raise ConfigError("health must be less than 1: with 1, unhurt agents die")
        if not 0 < kill_unit_step_mul < step_mul:
            raise ConfigError(f"kill_unit_step_mul must be from 1 to {step_mul - 1}, not {kill_unit_step_mul}")
    if not 0 <= settings.enemy_mask <= 1:
        raise ConfigError(f"enemy_mask must be from 0 to 1, not {settings.enemy_mask}")


def _check_bounds(name: str, bounds: object) -> None:
    match bounds:
        case [int() | float() as low, int() | float() as high] if 0 <= low <= high <= 1:
            return
    raise ConfigError(f"{name} must be two numbers from 0 to 1, the lower first, not {shown(bounds)}")
