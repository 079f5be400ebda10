"""Difference rewards and Shapley values: games worked out by hand, and battles played again on copies."""

from itertools import permutations

import numpy as np
import pytest
from numpy.typing import NDArray

from aiirmix.envs.protocol import Outcome
from aiirmix.envs.skirmish.coalitions import Difference, Shapley
from aiirmix.envs.skirmish.env import Skirmish
from aiirmix.envs.skirmish.rules.policies import RandomPolicy
from tests.envs.skirmish.battle_setup import duel

SEEDS = np.arange(4)


def credit_of(coalitions, worth, seeds=SEEDS[:1]):
    """Return the credit in a game in which the coalition C, a set of agents, is worth `worth(C)`."""
    acting = coalitions.acting(seeds, step=3)
    rewards = np.array([[worth(set(np.flatnonzero(c))) for c in battle] for battle in acting], np.float32)
    return coalitions.credit(acting, rewards)


def shots(health):
    """Return the worth of two marines of damage 9 that shoot at one enemy, whose death is worth 10."""
    return lambda c: min(9 * len(c), health) + 10 * (9 * len(c) >= health)


@pytest.mark.parametrize(
    ("health", "difference", "shapley"),
    [(30, [9, 9], [9, 9]), (10, [11, 11], [10, 10]), (9, [0, 0], [9.5, 9.5])],
    ids=["both needed", "the second kills", "overkill"],
)
def test_two_marines_at_one_enemy(health, difference, shapley):
    assert credit_of(Difference(2), shots(health)).tolist() == [difference]
    assert credit_of(Shapley(2, 2), shots(health)).tolist() == [shapley]


def needs_the_first_and_another(c):
    return float(0 in c and len(c) >= 2)


def test_sampled_shapley_values_meet_the_exact_ones_and_not_banzhafs():
    """Shapley's are (2/3, 1/6, 1/6), Banzhaf's (3/4, 1/4, 1/4)."""
    found = credit_of(Shapley(3, 2000), needs_the_first_and_another, np.arange(20))
    assert found.mean(0) == pytest.approx([2 / 3, 1 / 6, 1 / 6], abs=0.01)
    assert found.sum(1) == pytest.approx(1.0)


def test_the_permutations_are_all_equally_likely_and_each_second_one_is_reversed():
    acting = Shapley(3, 2).acting(np.arange(6000), step=0).reshape(-1, 2, 4, 3)
    orders = [tuple(order) for order in acting[:, 0].sum(1).argsort(-1)[:, ::-1]]
    assert all(abs(orders.count(order) / 6000 - 1 / 6) < 0.03 for order in permutations(range(3)))
    ranks = 3 - acting.sum(2)
    assert (ranks[:, 0] + ranks[:, 1] == 2).all()


def test_permutations_depend_on_seed_and_timestep_alone():
    shapley = Shapley(5, 4)
    assert (shapley.acting(np.array([7, 8]), 3)[1] == shapley.acting(np.array([8]), 3)[0]).all()
    assert (shapley.acting(np.array([8]), 3) != shapley.acting(np.array([8]), 4)).any()


@pytest.mark.parametrize("permutations", [0, 1, 3, -2])
def test_an_odd_number_of_permutations_is_refused(permutations):
    with pytest.raises(ValueError, match=f"permutations must be even and at least 2, not {permutations}"):
        Shapley(3, permutations)


def test_an_unknown_word_is_refused():
    with pytest.raises(ValueError, match="unknown credited sung; it is one of difference, shapley"):
        Skirmish("3m", credited="sung")  # type: ignore[arg-type]


def played(steps=40, **settings):
    """Play battles of 2s3z with random actions; return all that can be seen of them, and the contributions."""
    env, policy = Skirmish("2s3z", **settings), RandomPolicy(SEEDS)
    frame, outcome = env.reset(SEEDS), Outcome.zeros(len(SEEDS))
    actions, seen, contributions = np.zeros((len(SEEDS), 5), np.int64), [], []
    for _ in range(steps):
        policy(frame.avail, actions)
        alive = frame.alive.copy()
        env.step(actions, (frame, outcome))
        seen += [*(array.tobytes() for array in frame), *(array.tobytes() for array in outcome)]
        contributions.append((alive, outcome.reward.copy(), env.contributions()))
    return seen, contributions


PLAYED = {name: played(credited=name) for name in ("difference", "shapley")}


@pytest.mark.parametrize("credited", PLAYED)
def test_the_battle_does_not_notice(credited):
    assert PLAYED[credited][0] == played()[0]


@pytest.mark.parametrize("credited", PLAYED)
def test_the_dead_have_no_credit(credited):
    assert any(not alive.all() for alive, _, _ in PLAYED[credited][1])
    assert not any(contributions[~alive].any() for alive, _, contributions in PLAYED[credited][1])


@pytest.mark.parametrize("credited", PLAYED)
def test_some_agents_have_credit(credited):
    assert any(contributions.any() for _, _, contributions in PLAYED[credited][1])


def test_shapley_values_add_up_to_what_the_team_did_better_than_stopping():
    env = Skirmish("8m", credited="shapley")
    env.reset(SEEDS)
    east = np.full((len(SEEDS), 8), 4)
    for _ in range(6):
        env.step(east)
    frame = env.step(east)[0]
    target = np.where(
        frame.avail[..., 6:].any(-1), 6 + frame.avail[..., 6:].argmax(-1), frame.avail[..., :2].argmax(-1)
    )
    acting = np.stack([np.ones((4, 8), bool), np.zeros((4, 8), bool)], axis=1)
    everyone, nobody = env.world.coalition_rewards(acting, target).T
    outcome = env.step(target)[1]
    assert outcome.reward == pytest.approx(everyone, rel=1e-6)
    assert env.contributions().sum(1) == pytest.approx(everyone - nobody, abs=1e-6)
    assert np.ptp(everyone - nobody) > 0


def test_a_shot_in_a_duel_is_credited_to_the_shooter():
    env, world = duel(
        "3m", u0={"x": 10.0, "y": 10.0}, u1={"x": 10.0, "y": 14.0}, u3={"x": 13.0, "y": 10.0, "cooldown": 99.0}
    )
    damage = []
    for credited in ("difference", "shapley"):
        clone = Skirmish("3m", credited=credited)
        clone.reset(np.array([7]))
        clone.world.units[:], clone.world.battles[:] = env.world.units, env.world.battles
        clone.world.rules[:] = env.world.rules
        _, outcome = clone.step(np.array([[6, 1, 0]]))
        contributions = clone.contributions()[0]
        assert contributions.tolist() == pytest.approx([outcome.reward.item(), 0.0, 0.0])
        damage.append(contributions[0])
    assert damage[0] == pytest.approx(damage[1])
    assert damage[0] > 0
    del world


def test_the_scripted_ally_takes_no_actions_that_could_be_played_again():
    with pytest.raises(
        ValueError, match="credited=difference plays the agents' actions again, and heuristic_ai ignores"
    ):
        Skirmish("3m", credited="difference", heuristic_ai=True)


def test_threads_change_nothing():
    assert all(
        np.array_equal(one[2], other[2])
        for one, other in zip(PLAYED["difference"][1], played(credited="difference", threads=2)[1], strict=True)
    )


def test_difference_rewards_are_those_of_battles_played_anew_from_their_beginning():
    """Each battle is begun again, and played up to a timestep at which one agent stops instead."""
    env, policy = Skirmish("2s3z", credited="difference"), RandomPolicy(SEEDS)
    history: list[NDArray[np.int64]] = []
    frame = env.reset(SEEDS)
    found = False
    for t in range(18):
        actions = np.zeros((len(SEEDS), 5), np.int64)
        policy(frame.avail, actions)
        if t < 8:
            actions[frame.avail[..., 4]] = 4
        alive, history = frame.alive, [*history, actions]
        frame, outcome = env.step(actions)
        for agent in range(5) if t >= 12 else ():
            stopped = np.where((np.arange(5) == agent) & alive, 1, actions)
            again = Skirmish("2s3z")
            again.reset(SEEDS)
            rewards = [again.step(joint)[1].reward for joint in [*history[:-1], stopped]]
            assert env.contributions()[:, agent] == pytest.approx(outcome.reward - rewards[-1], abs=1e-6)
            found |= bool(env.contributions()[:, agent].any())
    assert found
