import json
import sys
from dataclasses import asdict

import pytest

from aiirmix import bench
from aiirmix.envs.skirmish.bench import Speed
from aiirmix.envs.skirmish.env import Skirmish
from aiirmix.errors import ConfigError

SPEED = Speed("8m", units=16, per_core=123456.7, check=0.025, memory=11639, scaling=1.75)
TRAINING = bench.Training("liir", "8m", 5000, 1.0, 2.0, 1.0, 1250.0, 2500.0)


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
        return asked[0], capsys.readouterr().out

    return command


def test_the_parts_of_training_make_up_the_whole():
    training = bench.measure_training("none", "2s3z", 5000)
    total = training.collect + training.learn + training.evaluate
    assert min(training.collect, training.learn, training.evaluate) > 0
    assert training.env_steps >= 5000
    assert training.env_steps_per_second == pytest.approx(training.env_steps / total)
    assert training.env_steps_per_cpu_second >= 0.9 * training.env_steps_per_second


def test_the_simulator_is_measured_on_every_map_that_is_asked_for():
    one, other = bench.measure_simulator(seconds=0.01, maps=("2s3z", "3m"))
    assert (one.map, one.units, other.map, other.units) == ("2s3z", 10, "3m", 6)
    assert min(one.per_core, other.per_core) > 1000
    assert 0.0 <= one.check < 0.5
    assert one.scaling > 0.0
    spec = Skirmish("2s3z").spec
    seen = 4 * (5 * spec.obs_dim + spec.state_dim) + 5 * spec.n_actions
    assert seen < one.memory < 2 * seen + 10 * 1000


def test_the_report_says_what_was_measured(measured):
    asked, report = measured()
    assert asked == ("aiir_mix", "2s3z", 50_000)
    assert "8m    16           123,457   2.5%       11,639     1.75×" in report
    assert "training liir on 8m, one thread, 5,000 environment steps" in report
    assert "  learn         2.0 s    50 %" in report
    assert "1,250 environment steps per second" in report


def test_json_says_the_same(measured):
    asked, report = measured("--json", "--model=liir", "--map=8m", "--steps=5000")
    assert asked == ("liir", "8m", 5000)
    read = json.loads(report)
    assert read["simulator"] == [asdict(SPEED)]
    assert read["training"]["env_steps_per_second"] == 1250.0
    assert read["machine"]["cores"] >= 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [(("lirr", "8m", 5000), "did you mean liir?"), (("liir", "8n", 5000), "did you mean 8m?")],
)
def test_impossible_wishes_are_refused(arguments, told):
    with pytest.raises(ConfigError, match=told.replace("?", r"\?")):
        bench.measure_training(*arguments)
