"""Properties that every `BatchEnv` must have. To check another environment, add it to ENVIRONMENTS."""

from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aiirmix.bench.simulator import CORES
from aiirmix.envs.contract.maps import MAP_NAMES
from aiirmix.envs.credit import CreditTask
from aiirmix.envs.matrix_game import MatrixGame
from aiirmix.envs.pettingzoo.env import PettingZoo
from aiirmix.envs.protocol import Frame, KnowsContributions, Outcome
from aiirmix.envs.skirmish.delayed import DelayedSkirmish
from aiirmix.envs.skirmish.env import Skirmish
from aiirmix.envs.smac.batch import GameBatch
from tests.envs.smac.games import ToyGame, describe
from tests.envs.smax.helpers import make_smax

MIXED = Path(__file__).parent / "skirmish" / "maps" / "mixed.yaml"
ENVIRONMENTS = {
    "matrix game": lambda: MatrixGame([[8, -12, 1], [-11, 0, 2]]),
    "credit": lambda: CreditTask(3, 5, 4, 6, "contexts", "common", "each_step", 0.2, task_seed=0),
    "credit, delayed walk to own goals": lambda: CreditTask(4, 7, 3, 5, "walk", "own", "at_end", 0.2, task_seed=1),
    "skirmish 2s3z": lambda: Skirmish("2s3z"),
    "skirmish 2s3z, paid at the end": lambda: DelayedSkirmish("2s3z"),
    "skirmish 3s5z": lambda: Skirmish("3s5z"),
    "skirmish 8m": lambda: Skirmish("8m"),
    "skirmish MMM": lambda: Skirmish("MMM"),
    "skirmish, a map file": lambda: Skirmish(str(MIXED)),
    "skirmish bane_vs_bane": lambda: Skirmish("bane_vs_bane"),
    "skirmish 2c_vs_64zg": lambda: Skirmish("2c_vs_64zg"),
    "skirmish 8m, other flags": lambda: Skirmish(
        "8m", obs_last_action=True, obs_timestep_number=True, obs_instead_of_state=True, enemy_order="shuffled"
    ),
    "skirmish corridor, other flags": lambda: Skirmish(
        "corridor", obs_pathing_grid=True, obs_terrain_height=True, step_mul=5, move_amount=3.0, enemy_order="sorted"
    ),
    "pettingzoo": lambda: PettingZoo("tests.envs.pettingzoo.games", {"runners": 6}, 12, "mean", "reached"),
    "pettingzoo, simple_spread": lambda: PettingZoo("mpe2.simple_spread_v3", {"max_cycles": 9}, 9, "sum", None),
    "smax 3m": lambda: make_smax("3m", {}),
    # One instance for all tests, as its processes take time to start.
    "games in processes": cache(lambda: GameBatch(ToyGame, describe, relaunch=True)),
}
MORE = {f"skirmish {name}": partial(Skirmish, name) for name in MAP_NAMES if f"skirmish {name}" not in ENVIRONMENTS}
MORE["skirmish 2s3z, difference rewards"] = partial(Skirmish, "2s3z", credited="difference")
MORE["skirmish 2s3z, Shapley values"] = partial(Skirmish, "2s3z", credited="shapley")
MORE["skirmish 3m, two threads"] = partial(Skirmish, "3m", threads=min(2, CORES))
"""Environments of the slow tests."""
SEEDS = np.array([5, 17, 3, 2**62, 17])


@pytest.fixture(params=[*ENVIRONMENTS, *(pytest.param(name, marks=pytest.mark.slow) for name in MORE)])
def make(request):
    return {**ENVIRONMENTS, **MORE}[request.param]


def choose(avail, random):
    """Draw an available action for every agent; those of battle b do not depend on the other battles."""
    return np.stack([(random[b].random(mask.shape) * mask).argmax(-1) for b, mask in enumerate(avail)])


def play(env, seeds, steps=10**6):
    """Play random battles; return every frame and outcome, with zeros in the rows of battles that are over."""
    random = [np.random.default_rng(seed) for seed in seeds]
    frame = env.reset(np.array(seeds))
    over = np.zeros(len(seeds), bool)
    history: list[tuple[Any, Any]] = [(frame, None)]
    while not over.all() and len(history) <= steps:
        fresh = Frame.zeros(env.spec, len(seeds)), Outcome.zeros(len(seeds))
        frame, outcome = env.step(choose(frame.avail | over[:, None, None], random), fresh)
        over |= outcome.terminated | outcome.truncated | outcome.aborted
        history.append((frame, outcome))
    return history


def rows(history, battle):
    """Return all arrays of one battle until it is over, as bytes."""
    recorded = []
    for frame, outcome in history:
        recorded.append([array[battle].tobytes() for array in (*frame, *(outcome or ()))])
        if outcome and (outcome[1][battle] or outcome[2][battle]):
            break
    return recorded


def test_frames_have_the_sizes_of_the_spec(make):
    env = make()
    frame = env.reset(SEEDS)
    for array, blank in zip(frame, Frame.zeros(env.spec, len(SEEDS)), strict=True):
        assert (array.shape, array.dtype) == (blank.shape, blank.dtype)
    assert len(env.spec.agent_types) == env.spec.n_agents
    assert frame.alive.all()


def test_battles_are_consistent_from_start_to_end(make):
    env = make()
    history = play(env, SEEDS)
    over = np.zeros(len(SEEDS), bool)
    for (obs, state, avail, _), outcome in history:
        going = ~over
        assert np.isfinite(obs).all()
        assert np.isfinite(state).all()
        assert avail[going].any(-1).all()
        if outcome:
            reward, terminated, truncated, won, aborted = outcome
            assert np.isfinite(reward).all()
            assert not aborted.any()
            assert not (terminated & truncated).any()
            assert not (won & ~(terminated | truncated)).any()
            over |= terminated | truncated
    assert over.all()
    assert len(history) - 1 <= env.spec.episode_limit


def test_the_same_seeds_and_actions_give_the_same_battles(make):
    once, again = play(make(), SEEDS), play(make(), SEEDS)
    assert all(rows(once, b) == rows(again, b) for b in range(len(SEEDS)))


def test_battles_do_not_depend_on_earlier_ones(make):
    env = make()
    play(env, [1, 2], steps=7)
    once = play(env, SEEDS, steps=12)
    again = play(make(), SEEDS, steps=12)
    assert all(rows(once, b) == rows(again, b) for b in range(len(SEEDS)))


def test_a_battle_of_a_batch_is_the_same_battle_alone(make):
    together = play(make(), SEEDS)
    for b, seed in enumerate(SEEDS):
        assert rows(together, b) == rows(play(make(), [seed]), 0)
    assert rows(together, 1) == rows(together, 4)
    assert rows(together, 0) != rows(together, 1)


def test_rows_of_battles_that_are_over_keep_their_values(make):
    env = make()
    random = [np.random.default_rng(seed) for seed in SEEDS]
    frame, outcome = env.reset(SEEDS), Outcome.zeros(len(SEEDS))
    over = np.zeros(len(SEEDS), bool)
    untouched = 0
    while not over.all():
        for array in (*frame, *outcome):
            array[over] = 1
        actions = choose(frame.avail, random)
        actions[over] = -7
        env.step(actions, (frame, outcome))
        for array in (*frame, *outcome):
            assert (array[over] == 1).all()
        untouched += over.sum()
        ended = outcome.terminated | outcome.truncated
        all_at_once = ended.all()
        over |= ended
    assert untouched > 0 or all_at_once


def test_unavailable_actions_are_refused_by_name(make):
    env = make()
    frame = env.reset(SEEDS)
    for _ in range(min(6, env.spec.episode_limit)):
        actions = frame.avail.argmax(-1)
        battle, agent = 3, env.spec.n_agents - 1
        for bad in np.flatnonzero(~frame.avail[battle, agent]):
            wrong = actions.copy()
            wrong[battle, agent] = bad
            legal = ", ".join(map(str, np.flatnonzero(frame.avail[battle, agent])))
            with pytest.raises(ValueError, match=rf"battle {battle}.* agent {agent}.* {bad} .*{legal}"):
                env.step(wrong)
        frame, _ = env.step(actions)


def test_closing_twice_is_no_error(make):
    env = make()
    env.reset(SEEDS)
    env.close()
    env.close()


def test_the_spec_says_whether_contributions_are_known(make):
    env = make()
    assert env.spec.knows_contributions == isinstance(env, KnowsContributions)


def test_contributions_have_an_entry_for_each_agent_and_belong_to_the_battle(make):
    env = make()
    if not env.spec.knows_contributions:
        pytest.skip("this environment knows no contributions")
    alone = make()
    frame, single = env.reset(SEEDS), alone.reset(SEEDS[2:3])
    actions = frame.avail.argmax(-1)
    env.step(actions)
    alone.step(single.avail.argmax(-1))
    contributions = env.contributions()
    assert contributions.shape == (len(SEEDS), env.spec.n_agents)
    assert contributions.dtype == np.float32
    assert contributions[2].tobytes() == alone.contributions()[0].tobytes()
