"""SMACv2's options beyond SMAC's, under SMACv2's names (docs/smacv2.md)."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from aiirmix.common.errors import ConfigError
from aiirmix.envs.contract.capabilities import Capabilities, check_capabilities
from aiirmix.envs.contract.flags import Flags


@dataclass(kw_only=True)
class Smacv2Flags(Flags):
    """SMACv2's further options for actions, observations and reward. They work on SMAC's maps too."""

    min_attack_range: float = 2.0
    """Least range of targets in cells, with `use_unit_ranges`: weapons of melee units are shorter."""
    kill_unit_step_mul: int = 2
    """Game loops before the end of a step in which agents below their level of health die; see `Capabilities`."""
    conic_fov: bool = False
    """Each agent looks in one direction, sees and targets what is in a cone around it, and has actions to turn."""
    num_fov_actions: int = 12
    """Directions with `conic_fov`, and so the number of actions to turn; a cone is as wide as the angle between two."""
    prob_obs_enemy: float = 1.0
    """Probability that an agent which was not the first to see an enemy may ever see it."""
    action_mask: bool = True
    """Only targets in range are available. Otherwise all living ones are, and one out of range changes no order."""
    fully_observable: bool = False
    """Agents observe all living units at any distance."""
    obs_starcraft: bool = True
    """Agents observe the battle; otherwise nothing but the time, with `obs_timestep_number`."""


@dataclass(kw_only=True)
class ScenarioFlags(Smacv2Flags, Capabilities):
    """All options: those whose default depends on the scenario, and whether SMACv2's oddities are repeated."""

    obs_own_pos: bool | None = None
    """Agents observe their own position. None: in SMACv2's scenarios only."""
    use_unit_ranges: bool | None = None
    """Ranges of sight and of targets depend on the agent's kind. None: in SMACv2's scenarios only."""

    obs_blanking: bool = False
    """SMACv2's mistake since June 2023: an enemy that an agent may not see blanks all enemies before it in its view."""
    reward_scale_first: bool = False
    """Scale rewards by the enemies of the first battle that is played, as SMACv2 does, instead of expected ones."""


def check_settings(settings: Mapping[str, Any]) -> None:
    """Make sure that battles can be played with the options among these settings of `env`.

    Raises:
        ConfigError: they cannot.
    """
    known = {option.name for option in fields(ScenarioFlags)} & settings.keys()
    try:
        check_flags(ScenarioFlags(**{name: settings[name] for name in known}))
    except ConfigError as error:
        raise ConfigError(f"env.{error}") from error


def check_flags(flags: ScenarioFlags) -> None:
    """Make sure that battles can be played with these options.

    Raises:
        ConfigError: they cannot; the message begins with the name of an option.
    """
    if flags.step_mul < 1:
        raise ConfigError(f"step_mul must be at least 1, not {flags.step_mul}")
    if flags.move_amount <= 0:
        raise ConfigError(f"move_amount must be more than 0, not {flags.move_amount}")
    if flags.conic_fov and flags.num_fov_actions < 2:
        raise ConfigError(f"num_fov_actions must be at least 2, not {flags.num_fov_actions}")
    if not 0 <= flags.prob_obs_enemy <= 1:
        raise ConfigError(f"prob_obs_enemy must be from 0 to 1, not {flags.prob_obs_enemy}")
    if not (flags.obs_starcraft or flags.obs_timestep_number):
        raise ConfigError("obs_starcraft=false needs obs_timestep_number=true: agents would observe nothing")
    check_capabilities(flags, flags.step_mul, flags.kill_unit_step_mul)
