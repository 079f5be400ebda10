"""The game behind the interface is skirmish (docs/smac_contract.md §7.7)."""

import numpy as np
import pytest

from aiirmix.envs.sc2_server.game import Game
from aiirmix.envs.skirmish.kernel.orders import EAST, FIRST_VIEW, NO_OP, NORTH, SOUTH, STOP
from aiirmix.envs.skirmish.views.raw import AGENT, ENEMY
from aiirmix.envs.skirmish.views.smac import StarCraft2Env
from tests.envs.skirmish.views.helpers import random_legal

MAPS = ("2s3z", "8m", "MMM", "corridor", "bane_vs_bane", "2m_vs_1z", "2s_vs_1sc")
STEP = 8


def order(game, units, actions):
    """Give SMAC's actions like a client, which knows the units' positions in single precision."""
    agents = sorted((u for u in units if u.owner == AGENT), key=lambda u: (u.unit_type, u.pos.x, u.pos.y))
    enemies = [unit for unit in units if unit.owner == ENEMY]
    directions = {NORTH: (0, 2), SOUTH: (0, -2), EAST: (2, 0), EAST + 1: (-2, 0)}
    living = {unit.tag: unit for unit in game.units()}
    for agent, action in zip(agents, actions, strict=True):
        if action == STOP:
            game.stop([agent.tag])
        elif action in directions:
            goal = np.array(living[agent.tag].pos, np.float32) + np.array(directions[action], np.float32)
            game.move([agent.tag], *goal.tolist())
        elif action >= FIRST_VIEW and agent.kind == "medivac":
            game.heal([agent.tag], agents[action - FIRST_VIEW].tag)
        elif action != NO_OP:
            game.attack([agent.tag], enemies[action - FIRST_VIEW].tag)


def visible(units):
    """Return the visible attributes of the living units, without their tags."""
    return np.array([[*u.pos, u.health, u.shield, u.energy, u.weapon_cooldown] for u in units if u.health > 0.0])


def play_both(game, view, rng):
    """Play a battle that has begun in both, with the same random actions, and end it; they must look the same."""
    at_start, over = game.units(), False
    while not over:
        np.testing.assert_allclose(visible(game.units()), visible(view._raw_units()), rtol=0, atol=1e-9)
        actions = random_legal(view.get_avail_actions(), rng)
        order(game, at_start, actions)
        game.advance(STEP)
        _, over, _ = view.step(actions)
    game.kill(unit.tag for unit in game.units())
    game.advance(2)


@pytest.mark.parametrize("name", MAPS)
def test_its_battles_equal_those_of_the_view_with_the_same_seed(name):
    game, view, rng = Game(name, 3), StarCraft2Env(name, seed=3), np.random.default_rng(0)
    for _ in range(2):
        view.reset()
        play_both(game, view, rng)


def test_the_number_of_loops_per_call_does_not_matter():
    together, apart = Game("8m", 1), Game("8m", 1)
    together.advance(64)
    for portion in (1, 2, 1, 8, 20, 32):
        apart.advance(portion)
    assert together.units() == apart.units()
    assert together.loop == apart.loop == 65


def test_the_next_units_appear_when_all_are_dead():
    game = Game("2s3z", 0)
    first = game.units()
    game.kill(unit.tag for unit in first)
    assert game.units() == []
    game.advance(1)
    assert game.units() == []
    game.advance(1)
    second = game.units()
    assert len(second) == len(first)
    assert not {unit.tag for unit in first} & {unit.tag for unit in second}
    assert all(unit.health == unit.health_max for unit in second)


def test_the_battle_after_a_draw_is_that_of_the_view():
    # In a draw all units die without the client's help. SMAC then kills nobody, and asks for two loops.
    game, view = Game("8m", 5), StarCraft2Env("8m", seed=5)
    game._units["health"] = 0.0
    game.advance(STEP)
    assert game.units() == []
    game.kill([])
    game.advance(2)
    view.reset()
    view.reset()
    np.testing.assert_allclose(visible(game.units()), visible(view._raw_units()), rtol=0, atol=1e-9)


def test_no_units_appear_while_one_is_alive():
    game = Game("2s3z", 0)
    spared, *others = game.units()
    game.kill(unit.tag for unit in others)
    game.advance(50)
    assert [unit.tag for unit in game.units()] == [spared.tag]


def test_only_agents_that_can_carry_out_an_order_accept_it():
    game = Game("MMM", 0)
    units = {unit.kind + str(unit.owner): unit.tag for unit in game.units()}
    marine, medivac, enemy = units["marine1"], units["medivac1"], units["marine2"]
    assert game.attack([marine], enemy)
    assert game.heal([medivac], marine)
    assert not game.attack([medivac], enemy)
    assert not game.attack([units["marauder1"]], units["medivac2"])  # which it cannot hit
    assert game.attack([units["marauder1"], marine], units["medivac2"])
    assert not game.heal([marine], medivac)
    assert not game.stop([enemy])
    assert not game.move([marine + 2**40], 9.0, 9.0)
    assert not game.attack([marine], 5)


def test_an_order_lasts_until_the_next_one():
    game = Game("8m", 0)
    tag = game.units()[0].tag
    game.move([tag], 9.0, 22.0)
    game.advance(24)
    walked = next(unit for unit in game.units() if unit.tag == tag)
    game.stop([tag])
    game.advance(24)
    stopped = next(unit for unit in game.units() if unit.tag == tag)
    assert walked.pos.y > 18.0
    assert stopped.pos == walked.pos


def test_an_unknown_map_is_refused_by_name():
    with pytest.raises(ValueError, match="unknown map 8n; did you mean"):
        Game("8n")


def test_without_a_seed_games_differ():
    one, other = Game("8m"), Game("8m")
    one.advance(200)
    other.advance(200)
    assert one.units() != other.units()
