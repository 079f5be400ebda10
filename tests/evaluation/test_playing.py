"""A trained model plays in other programs, and on fresh episodes, as it does in its own tests."""

import csv
import subprocess
import sys

import numpy as np
import pytest

from aiirmix import load_policy
from aiirmix.common.errors import ConfigError
from aiirmix.data.collector import Collector, episode_seeds
from aiirmix.envs.skirmish.env import Skirmish
from aiirmix.envs.skirmish.views.smac import StarCraft2Env
from aiirmix.evaluation.command import command
from aiirmix.evaluation.trained_run import load_trained
from tests.training.toy_runs import train


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A short run of AIIR-MIX on 2s3z."""
    path = tmp_path_factory.mktemp("runs") / "name" / "aiir_mix" / "2s3z" / "seed=0"
    return train(path, "env.map=2s3z", "env_steps=100", env=None)


@pytest.fixture(scope="module")
def credit(tmp_path_factory):
    """A short run of a value-based model where nothing is fought."""
    path = tmp_path_factory.mktemp("runs") / "name" / "qmix" / "credit" / "seed=0"
    return train(path, "model=qmix", "env_steps=100")


def test_it_plays_batches_as_the_collector_does(run):
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


def test_three_lines_play_through_smacs_own_class(run):
    game, policy = StarCraft2Env("2s3z", seed=4), load_policy(run.path)
    game.reset()
    policy.reset(battles=1)
    over, steps = False, 0
    while not over:
        [actions] = policy.act([game.get_obs()], [game.get_avail_actions()])
        _, over, _ = game.step(list(actions))
        steps += 1
    assert 1 < steps <= game.get_env_info()["episode_limit"]


def test_reset_forgets(run):
    frame = Skirmish("2s3z").reset(np.array([1]))
    policy = load_policy(run.path)
    first = [policy.act(frame.obs, frame.avail) for _ in range(3)]
    policy.reset()
    np.testing.assert_array_equal(first, [policy.act(frame.obs, frame.avail) for _ in range(3)])


def test_wrong_shapes_are_named(run):
    policy = load_policy(run.path)
    with pytest.raises(ValueError, match=r"obs must have shape \(1, 5, \d+\), not \(5, 3\)"):
        policy.act(np.zeros((5, 3)), np.ones((5, 11)))


def test_fresh_episodes_are_played_and_written(credit, tmp_path, capsys):
    out = tmp_path / "deep" / "episodes.csv"
    assert command([str(credit.path), "--episodes", "40", "--seed", "7", "--out", str(out)]) == 0
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    trained = load_trained(credit)
    expected = Collector(trained.env).collect(trained.learner.policy, episode_seeds(7, "fresh", 0, 40))
    assert sorted(float(row["return"]) for row in rows) == pytest.approx(sorted(expected.returns.tolist()))
    said = capsys.readouterr().out
    assert f"{expected.returns.mean():.3f}" in said
    assert "qmix on toy/credit after" in said
    assert said.split("agreement")[1].split()[0] == "1.000"
    low, high = said.split("return")[1].split("[")[1].split("]")[0].split(", ")
    assert float(low) < expected.returns.mean() < float(high)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "there is no directory nowhere"),
        (["."], "is no run"),
        ([".", "--episodes", "0"], "--episodes must be at least 1, not 0"),
        ([".", "--seed", "-1"], "--seed must be at least 0, not -1"),
        ([], "required: run; see --help"),
    ],
)
def test_wrong_commands_are_one_line(arguments, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert command(arguments) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.startswith("error: ")
    assert error.count("\n") == 1


def test_no_run_no_policy(tmp_path):
    with pytest.raises(ConfigError, match="there is no directory"):
        load_policy(tmp_path / "nothing")


def test_importing_the_package_is_cheap():
    script = "import sys, aiirmix; sys.exit('torch' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
