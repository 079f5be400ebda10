"""How long observations and states are (contract, section 1)."""

from aiirmix.envs.skirmish.kernel.state import Rules

MOVE_FEATURES = 4
"""In an observation: which directions are free."""
PATHING_FEATURES, HEIGHT_FEATURES = 8, 9
"""In an observation: cells around, and with the agent's own."""
PLACE_FEATURES = 4
"""In an observation, of each other unit: seen or attackable, distance, x, y."""


def obs_size(rules: Rules) -> int:
    """Features of one agent's observation."""
    enemy = PLACE_FEATURES + rules.obs_all_health * (1 + rules.enemy_shields) + rules.enemy_bits
    ally = PLACE_FEATURES + rules.obs_all_health * (1 + rules.ally_shields) + rules.ally_bits
    ally += rules.obs_last_action * rules.n_actions
    own = rules.obs_own_health * (1 + rules.ally_shields) + rules.ally_bits
    around = rules.obs_pathing_grid * PATHING_FEATURES + rules.obs_terrain_height * HEIGHT_FEATURES
    others = rules.n_enemies * enemy + (rules.n_agents - 1) * ally
    return int(MOVE_FEATURES + around + others + own + rules.obs_timestep_number)


def state_size(rules: Rules) -> int:
    """Features of the state."""
    if rules.obs_instead_of_state:
        return int(rules.n_agents * obs_size(rules))
    ally = 4 + rules.ally_shields + rules.ally_bits
    enemy = 3 + rules.enemy_shields + rules.enemy_bits
    last_actions = rules.state_last_action * rules.n_agents * rules.n_actions
    return int(rules.n_agents * ally + rules.n_enemies * enemy + last_actions + rules.state_timestep_number)
