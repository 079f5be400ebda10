"""The public members of SMAC's class, and a comparison of their values with those of the view."""

import numpy as np

from aiirmix.envs.skirmish.views.smac import Direction


def names(text):
    """Return the names in the text."""
    return text.split()


METHODS = names("""
can_move check_bounds close distance full_restart get_agent_action get_agent_action_heuristic get_ally_num_attributes
get_avail_actions get_avail_agent_actions get_enemy_num_attributes get_env_info get_obs get_obs_agent
get_obs_ally_feats_size get_obs_enemy_feats_size get_obs_move_feats_size get_obs_own_feats_size get_obs_size get_state
get_state_dict get_state_size get_stats get_surrounding_height get_surrounding_pathing get_surrounding_points
get_total_actions get_unit_by_id get_unit_type_id get_unit_types get_visibility_matrix init_units only_medivac_left
render reset reward_battle save_replay seed step unit_max_cooldown unit_max_shield unit_shoot_range unit_sight_range
update_units
""")
CONSTANTS = names("""
ally_state_attr_names baneling_id colossus_id continuing_episode debug difficulty enemy_state_attr_names episode_limit
game_version heuristic_ai heuristic_rest hydralisk_id map_name map_type map_x map_y marauder_id marine_id
max_distance_x max_distance_y max_reward medivac_id n_actions n_actions_move n_actions_no_attack n_agents n_enemies
n_obs_height n_obs_pathing obs_all_health obs_instead_of_state obs_last_action obs_own_health obs_pathing_grid
obs_terrain_height obs_timestep_number pathing_grid renderer replay_dir replay_prefix reward_death_value reward_defeat
reward_negative_scale reward_only_positive reward_scale reward_scale_rate reward_sparse reward_win shield_bits_ally
shield_bits_enemy stalker_id state_last_action state_timestep_number terrain_height unit_type_bits window_size zealot_id
zergling_id
""")
COUNTS = names("""
battles_game battles_won death_tracker_ally death_tracker_enemy defeat_counted force_restarts last_action last_stats
timeouts win_counted
""")
OTHERS = names("agents enemies heuristic_targets previous_ally_units previous_enemy_units reward")
SIZES = names("""
get_ally_num_attributes get_enemy_num_attributes get_obs_ally_feats_size get_obs_enemy_feats_size
get_obs_move_feats_size get_obs_own_feats_size get_obs_size get_state_size get_total_actions
""")


def assert_same_members(real, view):
    """Compare the members of SMAC's class in a battle with those of the view."""
    for name in CONSTANTS + COUNTS + ["heuristic_targets"] * view.heuristic_ai:
        np.testing.assert_array_equal(getattr(real, name), getattr(view, name), err_msg=name)
    for name in SIZES:
        assert getattr(real, name)() == getattr(view, name)(), name
    assert [real.only_medivac_left(ally) for ally in (True, False)] == [
        view.only_medivac_left(ally) for ally in (True, False)
    ]
    units = zip(
        [*real.agents.values(), *real.enemies.values()], [*view.agents.values(), *view.enemies.values()], strict=True
    )
    for mine, theirs in units:
        if theirs.health > 0:
            assert_same_unit(real, view, mine, theirs)
    if view.previous_ally_units is not None:
        before = [(unit.health, unit.shield) for unit in real.previous_enemy_units.values() if unit.health > 0]
        expected = [(unit.health, unit.shield) for unit in view.previous_enemy_units.values() if unit.health > 0]
        np.testing.assert_allclose(before, expected, rtol=1e-6)


def assert_same_unit(real, view, mine, theirs):
    """Compare what SMAC's methods say of a living unit."""
    assert mine.unit_type == theirs.unit_type
    assert real.unit_max_cooldown(mine) == view.unit_max_cooldown(theirs)
    assert real.unit_max_shield(mine) == view.unit_max_shield(theirs)
    if real.unit_type_bits:
        assert real.get_unit_type_id(mine, mine.owner == 1) == view.get_unit_type_id(theirs, theirs.owner == 1)
    for direction in Direction:
        assert real.can_move(mine, direction) == view.can_move(theirs, direction)
    if view.move_amount == int(view.move_amount):
        assert real.get_surrounding_points(mine, True) == view.get_surrounding_points(theirs, True)
        assert real.get_surrounding_pathing(mine) == view.get_surrounding_pathing(theirs)
        assert real.get_surrounding_height(mine) == view.get_surrounding_height(theirs)
