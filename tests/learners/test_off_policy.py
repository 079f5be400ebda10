"""When off-policy learners update, and on which episodes."""

from math import floor

import pytest
import torch

from aiirmix.common.errors import ConfigError
from aiirmix.data.collector import Collector, episode_seeds
from tests.learners.models import make_learner, parameters_of
from tests.marks import slow
from tests.toys import CreditGame, random_batch, small_spec

SPEC = small_spec()


def make(*overrides, updates_per_episode=1.0, together=1):
    settings = (f"model.updates_per_episode={updates_per_episode}", f"model.episodes_per_batch={together}")
    return make_learner("vdn", SPEC, *settings, "model.batch_size=4", "model.replay.capacity=16", *overrides)


def played(learner, episodes):
    """Play this many episodes, `episodes_per_batch` at a time; return the number of updates after each batch."""
    updates = []
    for seed in range(episodes // learner.episodes_per_batch):
        learner.update(random_batch(SPEC, (3,) * learner.episodes_per_batch, seed=seed))
        updates.append(int(learner.updates))
    return updates


@pytest.mark.parametrize("updates_per_episode", [0.3, *slow([0.125, 1.0, 2.5])])
def test_updates_follow_from_episodes_however_many_are_played_together(updates_per_episode):
    alone = played(make(updates_per_episode=updates_per_episode), 48)
    together = played(make(updates_per_episode=updates_per_episode, together=8), 48)
    assert together == alone[7::8]
    assert alone == [floor(round(updates_per_episode * max(k - 4, 0), 9)) for k in range(1, 49)]


def test_fractions_add_up_exactly():
    # 0.29·100 is less than 29 in floating point.
    assert played(make(updates_per_episode=0.29), 104)[-1] == 29


def test_nothing_is_learnt_before_there_is_a_batch():
    learner = make(updates_per_episode=10.0)
    before = parameters_of(learner)
    assert played(learner, 4) == [0, 0, 0, 0]
    assert all(torch.equal(before[name], p) for name, p in parameters_of(learner).items())


def test_updates_missed_while_a_lost_buffer_fills_are_not_repeated():
    learner = make()
    learner.episodes += 100
    assert played(learner, 6) == [0, 0, 0, 1, 2, 3]


def test_every_update_draws_its_own_batch_and_a_resumed_run_the_same():
    learner, drawn = make(), []
    learn = learner.learn

    def watched(batch):
        drawn.append(batch.returns.sort().values)
        return learn(batch)

    learner.learn = watched
    played(learner, 12)
    assert len({tuple(x.tolist()) for x in drawn}) > 4
    learner.updates -= 1
    assert torch.equal(learner._draw().returns.sort().values, drawn[-1])


def test_a_replay_buffer_smaller_than_a_batch_is_refused():
    with pytest.raises(ConfigError, match=r"replay.capacity=16 must be at least batch_size=32"):
        make("model.batch_size=32")


def test_training_is_epsilon_greedy_and_tests_are_greedy():
    env = CreditGame()
    learner = make_learner("vdn", env.spec)
    seeds = episode_seeds(0, "train", 0, 50)
    greedy = Collector(env).collect(learner.policy, seeds)
    for epsilon, agree in ((0.0, 1.0), (1.0, 1 / 3)):
        generator = torch.Generator().manual_seed(0)
        batch = Collector(env).collect(learner.policy, seeds, epsilon, generator, learner.explore)
        fraction = (batch.actions[0] == greedy.actions[0]).float().mean().item()
        assert fraction == pytest.approx(agree, abs=0.12)
        assert batch.epsilon == epsilon
