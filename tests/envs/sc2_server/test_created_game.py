"""SMACv2's map on the stand-in: the client creates the units, and the battle is skirmish's with such units."""

import numpy as np
import pytest

from aiirmix.common.errors import ConfigError
from aiirmix.envs.sc2_server.created_game import CreatedGame
from aiirmix.envs.sc2_server.game import Creation, Game
from aiirmix.envs.skirmish.views.raw import AGENT, ENEMY
from aiirmix.envs.skirmish.views.smac import StarCraft2Env
from tests.envs.sc2_server.test_game import play_both

AGENTS = {"stalker": 1976, "zealot": 1977, "colossus": 1971, "marine": 1974, "zergling": 1978}
"""The last nine types of the game are those of SMACv2's map, in alphabetical order."""
ENEMIES = {"stalker": 74, "zealot": 73, "colossus": 4, "marine": 48}
TEAM = ["zealot", "stalker", "zealot", "colossus", "stalker"]
PLACES = np.array([[16.0, 16.0]] * 5 + [[1.25, 0.5], [1.25, 0.5], [28.0, 28.0], [16.5, 31.0], [31.5, 12.0]])


def create(game, kinds=TEAM + TEAM, places=PLACES, agents=5):
    """Create units, the first of which are agents."""
    for number, (kind, (x, y)) in enumerate(zip(kinds, places, strict=True)):
        owner, types = (AGENT, AGENTS) if number < agents else (ENEMY, ENEMIES)
        game.create(Creation(owner, types[kind], x, y))


def test_its_battles_are_skirmishs_with_the_same_seed_and_units():
    game, view, rng = CreatedGame(3), StarCraft2Env("protoss_5_vs_5", seed=3), np.random.default_rng(0)
    view.battle.engine.world.place(TEAM + TEAM, PLACES)
    for _ in range(2):
        create(game)
        game.advance(1)
        view.reset()
        assert [unit.kind for unit in game.units()] == sorted(TEAM) + TEAM
        play_both(game, view, rng)


def test_it_is_empty_until_both_sides_have_units():
    game = CreatedGame(0)
    game.advance(10)
    assert (game.units(), game.loop) == ([], 11)
    create(game, ["marine"], [(8.0, 16.0)], agents=1)
    game.advance(3)
    assert game.units() == []
    create(game, ["marine"] * 2, [(24.0, 16.0)] * 2, agents=0)
    assert game.units() == []
    game.advance(1)
    assert [(unit.kind, unit.owner) for unit in game.units()] == [("marine", 1), ("marine", 2), ("marine", 2)]
    first = {unit.tag for unit in game.units()}
    game.kill(first)
    game.advance(8)
    assert game.units() == []
    create(game, ["marine"] * 2, [(8.0, 16.0), (24.0, 16.0)], agents=1)
    game.advance(1)
    assert not first & {unit.tag for unit in game.units()}


def test_units_off_the_map_appear_at_its_border_and_apart():
    game = CreatedGame(0)
    create(game, ["stalker"] * 6, [(16.0, 16.0)] * 5 + [(-3.0, 40.0)], agents=5)
    game.advance(1)
    *agents, enemy = [np.array(unit.pos) for unit in game.units()]
    assert enemy == pytest.approx([2, 30], abs=0.2)
    apart = [np.hypot(*(agents[i] - agents[j])) for i in range(5) for j in range(i)]
    assert min(apart) > 1.2, "stalkers have a radius of 0.625"


@pytest.mark.parametrize(
    ("unit", "message"),
    [
        (Creation(AGENT, 48, 8, 8), "no unit of type 48 can be created for player 1"),
        (Creation(ENEMY, 1974, 8, 8), "no unit of type 1974 can be created for player 2"),
        (Creation(3, 48, 8, 8), "no unit of type 48 can be created for player 3"),
        (Creation(AGENT, AGENTS["zergling"], 8, 8), "no scenario of SMACv2 has marine and zergling"),
    ],
)
def test_units_that_cannot_be_created_are_refused(unit, message):
    game = CreatedGame(0)
    create(game, ["marine"], [(8.0, 16.0)], agents=1)
    with pytest.raises(ConfigError, match=message):
        game.create(unit)
    create(game, ["marine"], [(24.0, 16.0)], agents=0)
    game.advance(1)
    assert len(game.units()) == 2, "the game goes on without it"


def test_units_are_created_only_when_there_are_none_and_only_on_the_empty_map():
    game = CreatedGame(0)
    create(game)
    game.advance(1)
    with pytest.raises(ConfigError, match="kill those that there are first"):
        create(game)
    with pytest.raises(ConfigError, match="the map 8m has its own units; on 32x32_flat units can be created"):
        create(Game("8m"))
