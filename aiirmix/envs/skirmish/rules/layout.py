"""The layout of observations and state: their features in order, and so their sizes (docs/smac_contract.md §2.2, §2.4).

`rules/features.py` writes the numbers. State features have the names that SMAC gives them.
"""

import numpy as np

from aiirmix.envs.skirmish.kernel.state import Records, Rules

MOVE_FEATURES = ("move_north", "move_south", "move_east", "move_west")
PATHING_FEATURES, HEIGHT_FEATURES = 8, 9
"""Cells around an agent, without and with its own."""


def optional(wanted: bool, *features: str) -> list[str]:
    """Return the features if they are wanted."""
    return list(features) if wanted else []


def types(bits: int) -> list[str]:
    """Return the features of a unit's type."""
    return [f"type_{bit}" for bit in range(bits)]


def capabilities(rules: Rules) -> list[str]:
    """Return the features of an agent's capabilities that are drawn, without its type."""
    return [*optional(rules.draws_attack, "attack_probability"), *optional(rules.draws_health, "total_health")]


def obs_enemy(rules: Rules) -> list[str]:
    """Return the features of an enemy in an observation."""
    health = optional(rules.obs_all_health, "health", *optional(rules.enemy_shields, "shield"))
    return ["available", "distance", "rel_x", "rel_y", *health, *types(rules.enemy_bits)]


def obs_ally(rules: Rules) -> list[str]:
    """Return the features of another agent in an observation, without its last action."""
    health = optional(rules.obs_all_health, "health", *optional(rules.ally_shields, "shield"))
    return ["visible", "distance", "rel_x", "rel_y", *health, *capabilities(rules), *types(rules.ally_bits)]


def obs_own(rules: Rules) -> list[str]:
    """Return an agent's features of itself."""
    health = optional(rules.obs_own_health, "health", *optional(rules.ally_shields, "shield"))
    position, view = optional(rules.obs_own_pos, "own_x", "own_y"), optional(rules.n_views > 0, "fov_x", "fov_y")
    return [*health, *capabilities(rules), *position, *view, *types(rules.ally_bits)]


def state_ally(rules: Rules) -> list[str]:
    """Return the features of an agent in the state."""
    shield, view = optional(rules.ally_shields, "shield"), optional(rules.n_views > 0, "fov_x", "fov_y")
    place = ["health", "energy/cooldown", "rel_x", "rel_y"]
    return [*place, *shield, *capabilities(rules), *view, *types(rules.ally_bits)]


def state_enemy(rules: Rules) -> list[str]:
    """Return the features of an enemy in the state."""
    return ["health", "rel_x", "rel_y", *optional(rules.enemy_shields, "shield"), *types(rules.enemy_bits)]


def fill_widths(rules: Records) -> None:
    """Set the widths of units in the rules [1], from their flags, shields and bits."""
    row: Rules = rules.view(np.recarray)[0]
    row.obs_enemy_width = len(obs_enemy(row))
    row.obs_ally_width = len(obs_ally(row)) + row.obs_last_action * row.n_actions
    row.state_ally_width, row.state_enemy_width = len(state_ally(row)), len(state_enemy(row))


def obs_size(rules: Rules) -> int:
    """Return the number of features of one agent's observation."""
    if not rules.obs_starcraft:
        return int(rules.obs_timestep_number)
    ground = rules.obs_pathing_grid * PATHING_FEATURES + rules.obs_terrain_height * HEIGHT_FEATURES
    others = rules.n_enemies * rules.obs_enemy_width + (rules.n_agents - 1) * rules.obs_ally_width
    return int(len(MOVE_FEATURES) + ground + others + len(obs_own(rules)) + rules.obs_timestep_number)


def state_size(rules: Rules) -> int:
    """Return the number of features of the state."""
    if rules.obs_instead_of_state:
        return int(rules.n_agents * obs_size(rules))
    units = rules.n_agents * rules.state_ally_width + rules.n_enemies * rules.state_enemy_width
    last_actions = rules.state_last_action * rules.n_agents * rules.n_actions
    return int(units + last_actions + rules.state_timestep_number)
