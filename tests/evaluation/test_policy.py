"""A trained model acts in other programs as it does in its own test episodes."""

import subprocess
import sys

import numpy as np
import pytest

from aiirmix import load_policy
from aiirmix.common.errors import ConfigError
from aiirmix.data.collector import Collector
from aiirmix.envs.skirmish.env import Skirmish
from aiirmix.envs.skirmish.views.smac import StarCraft2Env
from aiirmix.evaluation.trained_run import load_trained
from tests.training.toy_runs import train


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Train AIIR-MIX on 2s3z for a short time."""
    path = tmp_path_factory.mktemp("runs") / "name" / "aiir_mix" / "2s3z" / "seed=0"
    return train(path, "env.map=2s3z", "env_steps=100", env=None)


def test_a_policy_plays_batches_as_the_collector_does(run):
    seeds = np.array([3, 8, 21])
    episodes = Collector(Skirmish("2s3z")).collect(load_trained(run).learner.policy, seeds)
    policy, env = load_policy(run.path), Skirmish("2s3z")
    policy.reset(battles=3)
    frame, won, returns = env.reset(seeds), np.zeros(3, bool), np.zeros(3)
    over = np.zeros(3, bool)
    while not over.all():
        frame, outcome = env.step(policy.act(frame.obs, frame.avail | over[:, None, None]))
        won, returns = won | outcome.won, returns + np.where(over, 0, outcome.reward)
        over |= outcome.terminated | outcome.truncated
    assert sorted(returns) == pytest.approx(sorted(episodes.returns.tolist()), rel=1e-5)
    assert won.sum() == episodes.won.sum()


def test_a_policy_plays_through_smacs_own_class(run):
    game, policy = StarCraft2Env("2s3z", seed=4), load_policy(run.path)
    game.reset()
    policy.reset(battles=1)
    over, steps = False, 0
    while not over:
        [actions] = policy.act([game.get_obs()], [game.get_avail_actions()])
        _, over, _ = game.step(list(actions))
        steps += 1
    assert 1 < steps <= game.get_env_info()["episode_limit"]


def test_reset_clears_hidden_states(run):
    frame = Skirmish("2s3z").reset(np.array([1]))
    policy = load_policy(run.path)
    first = [policy.act(frame.obs, frame.avail) for _ in range(3)]
    policy.reset()
    np.testing.assert_array_equal(first, [policy.act(frame.obs, frame.avail) for _ in range(3)])


def test_wrong_shapes_are_refused(run):
    policy = load_policy(run.path)
    with pytest.raises(ValueError, match=r"obs must have shape \(1, 5, \d+\), not \(5, 3\)"):
        policy.act(np.zeros((5, 3)), np.ones((5, 11)))


def test_a_missing_run_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="there is no directory"):
        load_policy(tmp_path / "nothing")


def test_importing_the_package_does_not_import_torch_or_numpy():
    script = "import sys, aiirmix; sys.exit('torch' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
