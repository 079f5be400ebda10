import json
import sys
from dataclasses import asdict

import pytest

from aiirmix.bench import training as bench
from aiirmix.bench.update import EPISODES, STEPS, UpdateCost, matmul_speed, measure_update, random_episodes
from aiirmix.common.errors import ConfigError
from aiirmix.envs.skirmish.env import Skirmish
from aiirmix.envs.skirmish.tools.bench import Speed
from tests.learners.models import make_learner
from tests.toys import small_spec

SPEED = Speed("8m", units=16, per_core=123456.7, check=0.025, memory=11639, threads=1.25, processes=1.75)
COST = UpdateCost(milliseconds=58.4, gigaflop=2.8, share_of_matmul=0.45)
TRAINING = bench.Training("liir", "8m", 5000, 1.0, 2.0, 1.0, 1250.0, 2500.0, COST)


@pytest.fixture
def measured(monkeypatch, capsys):
    """What the command prints when these were the measurements."""

    def command(*arguments):
        asked = []

        def measure(*of):
            asked.append(of)
            return TRAINING

        monkeypatch.setattr(sys, "argv", ["bench", *arguments])
        monkeypatch.setattr(bench, "measure_training", measure)
        monkeypatch.setattr(bench, "measure_simulator", lambda: [SPEED])
        bench.main()
        return asked, capsys.readouterr().out

    return command


def test_the_parts_of_training_make_up_the_whole():
    training = bench.measure_training("none", "2s3z", 5000)
    total = training.collect + training.learn + training.evaluate
    assert min(training.collect, training.learn, training.evaluate) > 0
    assert training.env_steps >= 5000
    assert training.env_steps_per_second == pytest.approx(training.env_steps / total)
    assert training.env_steps_per_cpu_second >= 0.9 * training.env_steps_per_second
    assert training.update.milliseconds > 0
    assert 0 < training.update.share_of_matmul < 1


def test_the_simulator_is_measured_on_every_map_that_is_asked_for():
    one, other = bench.measure_simulator(seconds=0.01, maps=("2s3z", "3m"))
    assert (one.map, one.units, other.map, other.units) == ("2s3z", 10, "3m", 6)
    assert min(one.per_core, other.per_core) > 1000
    assert 0.0 <= one.check < 0.5
    assert min(one.threads, one.processes) > 0.0
    spec = Skirmish("2s3z").spec
    seen = 4 * (5 * spec.obs_dim + spec.state_dim) + 5 * spec.n_actions
    assert seen < one.memory < 2 * seen + 10 * 1000


def test_the_report_says_what_was_measured(measured):
    asked, report = measured()
    assert asked == [(model, "2s3z", 5_000) for model in bench.MODELS]
    assert "8m    16           123,457   2.5%       11,639   1.25×     1.75×" in report
    assert "training on 8m, one thread, 5,000 environment steps" in report
    assert "32 episodes of 60 steps" in report
    assert report.count("  liir             1,250        2,500      25%      50%       25%      58 ms        45%") == 10


def test_json_says_the_same(measured):
    asked, report = measured("--json", "--model", "liir", "qmix", "--map=8m", "--steps=7000")
    assert asked == [("liir", "8m", 7000), ("qmix", "8m", 7000)]
    read = json.loads(report)
    assert read["simulator"] == [asdict(SPEED)]
    assert read["training"] == [asdict(TRAINING)] * 2
    assert read["machine"]["cores"] >= 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [(("lirr", "8m", 5000), "did you mean liir?"), (("liir", "8n", 5000), "did you mean 8m?")],
)
def test_impossible_wishes_are_refused(arguments, told):
    with pytest.raises(ConfigError, match=told.replace("?", r"\?")):
        bench.measure_training(*arguments)


def test_the_multiply_adds_of_an_update_are_those_of_its_layers():
    """Of `vdn`: live and target agents forward, and twice as much backward, but for the inputs' gradient."""
    spec, width = small_spec(), 7
    learner = make_learner("vdn", spec, width=width)
    encode, gate = width * (spec.obs_dim + spec.n_actions + spec.n_agents), 3 * width**2
    decode, moments = width * spec.n_actions, EPISODES * (STEPS + 1) * spec.n_agents
    forward = encode + 2 * gate + decode
    flop = 2 * moments * (2 * forward + encode + 2 * (2 * gate + decode))
    assert measure_update(learner).gigaflop == pytest.approx(flop / 1e9, rel=0.02)


def test_an_update_is_measured_without_the_diagnostics_of_an_interval(monkeypatch):
    learner = make_learner("aiir_mix", small_spec())
    monkeypatch.setattr(learner, "_diagnostics", lambda *_: pytest.fail("diagnosed"))
    measure_update(learner)


def test_episodes_to_measure_on_are_whole_and_legal():
    batch = random_episodes(small_spec(), episodes=3, steps=4)
    assert batch.lengths.tolist() == [4, 4, 4]
    assert batch.transitions.avail.gather(-1, batch.transitions.actions[..., None]).all()


def test_a_matrix_product_takes_time():
    assert 1e8 < matmul_speed(128) < 1e13
