"""Makes the rules of an environment from its map, its options and the tuned parameters."""

from typing import Literal

import numpy as np

from aiirmix.envs.contract.map_spec import MapSpec
from aiirmix.envs.contract.smacv2_flags import ScenarioFlags
from aiirmix.envs.skirmish.catalog.tuning import Tuning
from aiirmix.envs.skirmish.kernel.orders import FIRST_VIEW
from aiirmix.envs.skirmish.kernel.state import Records, Rules, fill, record
from aiirmix.envs.skirmish.rules.divisor import reward_divisor
from aiirmix.envs.skirmish.rules.layout import fill_widths

EnemyOrder = Literal["created", "shuffled", "sorted"]


def has_unit_ranges(spec: MapSpec, flags: ScenarioFlags) -> bool:
    """Return whether the ranges of agents depend on their kind."""
    return spec.smacv2 if flags.use_unit_ranges is None else flags.use_unit_ranges


def make_rules(spec: MapSpec, flags: ScenarioFlags, tuning: Tuning, units: Records, enemy_order: EnemyOrder) -> Records:
    """Return the rules, as an array [1], which is the cheapest argument of compiled functions.

    The units are those of the map's `Roster`.
    """
    rules = np.zeros(1, record(Rules))
    fill(rules[0], flags)
    fill(rules[0], tuning)
    rules["obs_own_health"] |= flags.obs_all_health
    rules["obs_own_pos"] = spec.smacv2 if flags.obs_own_pos is None else flags.obs_own_pos
    rules["use_unit_ranges"] = has_unit_ranges(spec, flags)
    rules["shuffle_enemies"], rules["sort_enemies"] = enemy_order == "shuffled", enemy_order == "sorted"
    for name, bounds in (("attack", flags.attack), ("health", flags.health)):
        rules[f"draws_{name}"] = bounds is not None
        rules[f"{name}_low"], rules[f"{name}_high"] = bounds or (0.0, 0.0)
    rules["spots"] = flags.prob_obs_enemy < 1 or flags.obs_blanking
    _fill_map(rules, spec)
    _fill_units(rules, spec, units)
    rules["reward_divisor"] = reward_divisor(flags, spec.draft, units)
    fill_widths(rules)
    return rules


def _fill_map(rules: Records, spec: MapSpec) -> None:
    """Set what the rules [1] take from the map."""
    for name in ("episode_limit", "medivac_rules", "agents_are_goal", "enemies_hunt", "smacv2"):
        rules[name] = getattr(spec, name)
    rules["ally_bits"], rules["enemy_bits"] = len(spec.ally_bits), len(spec.enemy_bits)
    if spec.enemy_goal:
        rules["goal_spread_x"], rules["goal_spread_y"] = np.subtract(spec.enemy_goal[1], spec.enemy_goal[0])
    if spec.draft:
        rules["surrounded"] = spec.draft.surrounded


def _fill_units(rules: Records, spec: MapSpec, units: Records) -> None:
    """Set what the rules [1] take from the units, and from their number."""
    hostile, has_shield = units["hostile"], units["shield_max"] > 0.0
    rules["n_agents"], rules["n_enemies"] = (~hostile).sum(), hostile.sum()
    rules["ally_shields"], rules["enemy_shields"] = has_shield[~hostile].any(), has_shield[hostile].any()
    if spec.draft:
        rules["n_agents"], rules["n_enemies"] = spec.draft.allies, spec.draft.enemies
        rules["ally_shields"] = rules["enemy_shields"] = has_shield.any()
    rules["n_views"] = rules["num_fov_actions"] * rules["conic_fov"]
    rules["first_target"] = FIRST_VIEW + rules["n_views"]
    # SMACv2 makes room for all agents as a healer's targets, SMAC for as many as there are enemies.
    heals = spec.smacv2 and spec.medivac_rules
    targets = np.maximum(rules["n_enemies"], rules["n_agents"]) if heals else rules["n_enemies"]
    rules["n_actions"] = rules["first_target"] + targets
