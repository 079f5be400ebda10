"""SMACv2's options beyond SMAC's, under SMACv2's names (docs/smacv2.md)."""

from dataclasses import dataclass

from aiirmix.envs.contract.capabilities import Capabilities
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
