"""SMAC's options, under SMAC's names and with SMAC's defaults (docs/smac_contract.md §2.1)."""

from dataclasses import dataclass

from aiirmix.common.limits import Positive


@dataclass(kw_only=True)
class Flags:
    """SMAC's options for actions, observations, state and reward."""

    move_amount: Positive = 2.0
    """Cells from a unit to the goal of its move; action masks test the terrain half as far ahead."""
    step_mul: int = 8
    """Game loops in an environment step; a data second has 16."""
    heuristic_ai: bool = False
    """SMAC's scripted ally plays (docs/smac_contract.md §8); actions are shown as the last ones, otherwise ignored."""
    heuristic_rest: bool = False
    """The scripted ally obeys the action masks: it walks towards targets out of range."""

    obs_all_health: bool = True
    """Agents observe the health and shield of other units; implies `obs_own_health`."""
    obs_own_health: bool = True
    """Agents observe their own health and shield."""
    obs_last_action: bool = False
    """Agents observe the last actions of the allies in sight."""
    obs_pathing_grid: bool = False
    """Agents observe which of 8 cells around them are walkable."""
    obs_terrain_height: bool = False
    """Agents observe the height of the ground in these cells and their own."""
    obs_timestep_number: bool = False
    """Agents observe the timestep, as a fraction of the episode limit."""
    obs_instead_of_state: bool = False
    """The state is the concatenation of all observations."""
    state_last_action: bool = True
    """The state includes the last actions of all agents."""
    state_timestep_number: bool = False
    """The state includes the timestep, as a fraction of the episode limit."""

    reward_sparse: bool = False
    """Reward the end only: 1 for a win, -1 for a defeat, before scaling."""
    reward_only_positive: bool = True
    """Own losses cost nothing, and the reward of a step is an absolute value."""
    reward_death_value: float = 10.0
    """Reward for a kill, before scaling."""
    reward_win: float = 200.0
    """Bonus for a win, before scaling."""
    reward_defeat: float = 0.0
    """Reward for a defeat, before scaling."""
    reward_negative_scale: float = 0.5
    """Weight of own losses, unless `reward_only_positive`."""
    reward_scale: bool = True
    """Scale rewards so that a win without enemy regeneration has the return `reward_scale_rate`."""
    reward_scale_rate: Positive = 20.0
    """See `reward_scale`."""
