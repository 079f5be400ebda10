"""SMAC's options, under SMAC's names and with SMAC's defaults (contract, section 2.1)."""

from dataclasses import dataclass


@dataclass(kw_only=True)
class Flags:
    """What SMAC lets its user choose about actions, observations, state and reward."""

    move_amount: float = 2.0
    """Cells from a unit to the goal of its move; masks test the terrain half as far ahead."""
    step_mul: int = 8
    """Loops of the game in an environment step."""
    heuristic_ai: bool = False
    """The scripted ally plays (section 8). Actions are seen as the last ones, and are otherwise ignored."""
    heuristic_rest: bool = False
    """The scripted ally keeps to the masks: it walks towards what it cannot attack yet."""

    obs_all_health: bool = True
    """Agents see the health and shield of others; implies `obs_own_health`."""
    obs_own_health: bool = True
    """Agents see their own health and shield."""
    obs_last_action: bool = False
    """Agents see the last actions of the allies they see."""
    obs_pathing_grid: bool = False
    """Agents see which of 8 cells around them can be walked on."""
    obs_terrain_height: bool = False
    """Agents see how high the ground is in these cells and their own."""
    obs_timestep_number: bool = False
    """Agents see the time, as a share of the episode limit."""
    obs_instead_of_state: bool = False
    """The state is all observations, one after another."""
    state_last_action: bool = True
    """The state has the last actions of all agents."""
    state_timestep_number: bool = False
    """The state has the time, as a share of the episode limit."""

    reward_sparse: bool = False
    """Reward only for the end: 1 for a win, -1 for a defeat, before scaling."""
    reward_only_positive: bool = True
    """Agents' own losses cost nothing, and the reward of a step is an absolute value."""
    reward_death_value: float = 10.0
    """Reward of a kill, before scaling."""
    reward_win: float = 200.0
    """Bonus of a win, before scaling."""
    reward_defeat: float = 0.0
    """Added on a defeat, before scaling."""
    reward_negative_scale: float = 0.5
    """Weight of own losses where they count."""
    reward_scale: bool = True
    """Rewards are scaled so that a win without enemy regeneration returns `reward_scale_rate`."""
    reward_scale_rate: float = 20.0
    """See `reward_scale`."""
