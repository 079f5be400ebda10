"""What each agent did for the team: damage dealt and absorbed, health restored."""

from typing import Any

import numpy as np
import pytest

from aiirmix.envs.protocol import KnowsContributions
from aiirmix.envs.skirmish.env import Skirmish

SEEDS = np.arange(6)


def played(map_name, credited, seeds=SEEDS, **settings):
    """Play whole battles with the scripted ally; return the environment, contributions and rewards, [T, B, ...]."""
    env = Skirmish(map_name, credited=credited, heuristic_ai=True, **settings)
    env.reset(seeds)
    nothing, running = np.zeros((len(seeds), env.spec.n_agents), np.int64), np.ones(len(seeds), bool)
    contributions, rewards, won = [], [], np.zeros(len(seeds), bool)
    while running.any():
        _, outcome = env.step(nothing)
        contributions.append(env.contributions() * running[:, None])
        rewards.append(outcome.reward * running)
        won |= outcome.won & running
        running &= ~(outcome.terminated | outcome.truncated)
    return env, np.stack(contributions), np.stack(rewards), won


def test_the_environment_says_that_it_knows():
    env = Skirmish("3m")
    assert env.spec.knows_contributions
    assert isinstance(env, KnowsContributions)


def test_an_unknown_deed_is_refused():
    deeds: list[Any] = ["dealt", "sung"]
    with pytest.raises(ValueError, match="unknown credited sung; it is one of dealt, healed, absorbed"):
        Skirmish("3m", credited=deeds)


def test_what_marines_deal_adds_up_to_the_reward_of_each_step():
    """Marines neither heal nor regenerate, so every point of reward but the bonus for a win was dealt by an agent."""
    _, contributions, rewards, won = played("8m", ["dealt"], reward_win=0)
    assert won.any()
    np.testing.assert_allclose(contributions.sum(-1), rewards, rtol=1e-5, atol=1e-6)
    assert (np.ptp(contributions.sum(0), axis=1) > 0).all()


def test_a_kill_is_credited_to_its_killer():
    totals = []
    for value in (0, 1000):
        env, contributions, _, _ = played("3m", ["dealt"], reward_death_value=value, reward_scale=False)
        totals.append(contributions.sum((0, 2)))
    kills = (env.world.units["health"][:, env.spec.n_agents :] == 0).sum(1)
    np.testing.assert_allclose(totals[1] - totals[0], 1000 * kills)


@pytest.mark.parametrize("map_name", ["MMM", "3s5z"])
def test_agents_that_absorb_more_than_they_lost_were_healed_or_have_shields(map_name):
    env, absorbed, _, _ = played(map_name, ["absorbed"], reward_scale=False)
    _, healed, _, _ = played(map_name, ["healed"], reward_scale=False)
    agents = env.world.units[:, : env.spec.n_agents]
    full = (env.world.initial_units["health"] + env.world.initial_units["shield"])[: env.spec.n_agents]
    lost = (full - agents["health"] - agents["shield"]).sum(1)
    regained = absorbed.sum((0, 2)) - lost
    if map_name == "MMM":
        np.testing.assert_allclose(regained, healed.sum((0, 2)), rtol=1e-4)
        healers = np.array([kind == "medivac" for kind in env.spec.agent_types])
        assert healed[..., healers].sum() > 0
        assert not healed[..., ~healers].any()
    else:
        assert not healed.any()
        assert (regained >= -1e-3).all()


def test_the_credited_deeds_are_summed():
    parts = [played("MMM", [deed])[1] for deed in ("dealt", "healed", "absorbed")]
    np.testing.assert_allclose(played("MMM", ["dealt", "healed", "absorbed"])[1], sum(parts), rtol=1e-5, atol=1e-7)


def test_a_step_counts_from_zero():
    env = Skirmish("3m")
    env.reset(SEEDS)
    env.world.units["dealt"] = 99.0
    env.step(np.ones((len(SEEDS), 3), np.int64))
    assert not env.contributions().any()
