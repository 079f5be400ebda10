"""Value-based learners in the QTRAN paper's one-step game, played uniformly: the answers are known."""

from itertools import pairwise

import pytest
import torch

from aiirmix.data.collector import Collector, episode_seeds
from aiirmix.envs.matrix_game import MatrixGame
from aiirmix.maths.q_values import values_of
from tests.learners.models import make_learner
from tests.marks import slow

PAYOFF = torch.tensor([[8.0, -12.0, -12.0], [-12.0, 0.0, 0.0], [-12.0, 0.0, 0.0]])
ROW_MEANS = PAYOFF.mean(1)
SETTINGS = (
    "model.epsilon={start: 1.0, end: 1.0}",
    "model.target_update_every=1",
    "model.episodes_per_batch=90",
    "model.batch_size=90",
    "model.replay.capacity=90",
    "model.updates_per_episode=1.5",
    "model.optimizers.values.lr=0.01",
    "model.lambda_=0.0",
    "model.lr_schedules.values={start: 1.0, end: 0.01, steps: 540}",
)
JOINT = torch.cartesian_prod(torch.arange(3), torch.arange(3))


def every_joint_action(outputs, avail, epsilon, generator):
    """Explore uniformly without noise: all joint actions equally often."""
    return JOINT.repeat(len(outputs) // len(JOINT), 1)


def taught(model, *overrides, seed=0):
    """Return a learner after several hundred gradient updates, and the game played greedily."""
    env = MatrixGame(PAYOFF.tolist())
    learner, collector = make_learner(model, env.spec, *SETTINGS, *overrides, seed=seed, width=32), Collector(env)
    for _ in range(6):
        seeds = episode_seeds(seed, "train", int(learner.episodes), learner.episodes_per_batch)
        learner.update(collector.collect(learner.policy, seeds, 1.0, torch.Generator(), every_joint_action))
    return learner, collector.collect(learner.policy, episode_seeds(seed, "test", 0, 1))


def utilities(learner, batch):
    """Return the utilities, [N, A]."""
    return learner.policy(batch.transitions)[0].detach()


def table(learner, batch):
    """Return Q_tot of all joint actions, [3, 3]."""
    q = utilities(learner, batch).expand(9, -1, -1)
    state = batch.transitions.state.expand(9, -1)
    return learner.value_mixer(values_of(q, JOINT), state).detach().view(3, 3)


@pytest.mark.slow
def test_independent_learners_find_their_row_means():
    learner, batch = taught("iql")
    torch.testing.assert_close(utilities(learner, batch), ROW_MEANS.expand(2, 3), rtol=0, atol=0.05)
    assert batch.returns.item() == 0.0


@pytest.mark.slow
def test_vdn_finds_its_least_squares_table():
    learner, batch = taught("vdn")
    expected = ROW_MEANS[:, None] + ROW_MEANS - PAYOFF.mean()
    torch.testing.assert_close(table(learner, batch), expected, rtol=0, atol=0.05)
    assert batch.returns.item() == 0.0


@pytest.mark.slow
def test_qmix_finds_an_ordered_projection():
    """The best monotonic tables with action 0 last or first in both agents' orders: −8 and 0, or 8 and −6."""
    learner, batch = taught("qmix")
    found, q = table(learner, batch), utilities(learner, batch)
    for agent, x in enumerate((found, found.T)):
        ordered = x[q[agent].argsort()]
        assert all((low <= high + 1e-5).all() for low, high in pairwise(ordered))
    last, first = torch.full((3, 3), -8.0), torch.full((3, 3), -6.0)
    last[1:, 1:], first[0, 0] = 0.0, 8.0
    assert min((found - x).abs().max().item() for x in (last, first)) < 0.5


def played_by_qtran(model, seed):
    """Return the payoff after 600 updates on all joint actions with the experiment's settings, and the last losses."""
    env = MatrixGame(PAYOFF.tolist())
    learner, collector = make_learner(model, env.spec, "experiment=matrix_game", seed=seed, width=64), Collector(env)
    seeds = episode_seeds(seed, "train", 0, len(JOINT))
    batch = collector.collect(learner.policy, seeds, 1.0, torch.Generator(), every_joint_action)
    for _ in range(600):
        losses = learner.learn(batch)
    return collector.collect(learner.policy, episode_seeds(seed, "test", 0, 1)).returns.item(), losses


@pytest.mark.parametrize("model", slow(["qtran", "qtran_alt"]))
def test_qtran_plays_the_action_that_pays_8(model):
    payoff, losses = played_by_qtran(model, seed=0)
    assert payoff == 8.0
    assert losses["values/loss_td"] < 0.1


@pytest.mark.slow
@pytest.mark.parametrize("model", ["qtran", "qtran_alt"])
def test_qtran_does_so_from_nearly_every_start(model):
    assert sum(played_by_qtran(model, seed)[0] == 8.0 for seed in range(10)) >= 9
