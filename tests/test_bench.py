import json
import sys
from typing import get_args

import pytest

from aiirmix import bench
from aiirmix.envs.skirmish.maps import MapName
from aiirmix.errors import ConfigError

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
        monkeypatch.setattr(bench, "measure_simulator", lambda: {"8m": 123456.7})
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


def test_every_map_has_a_speed():
    speeds = bench.measure_simulator(seconds=0.001)
    assert list(speeds) == list(get_args(MapName))
    assert min(speeds.values()) > 1000


def test_the_report_says_what_was_measured(measured):
    asked, report = measured()
    assert asked == ("aiir_mix", "2s3z", 50_000)
    assert "  8m          123,457" in report
    assert "training liir on 8m, one thread, 5,000 environment steps" in report
    assert "  learn         2.0 s    50 %" in report
    assert "1,250 environment steps per second" in report


def test_json_says_the_same(measured):
    asked, report = measured("--json", "--model=liir", "--map=8m", "--steps=5000")
    assert asked == ("liir", "8m", 5000)
    read = json.loads(report)
    assert read["simulator"] == {"8m": 123456.7}
    assert read["training"]["env_steps_per_second"] == 1250.0
    assert read["machine"]["cores"] >= 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [(("lirr", "8m", 5000), "did you mean liir?"), (("liir", "8n", 5000), "did you mean 8m?")],
)
def test_impossible_wishes_are_refused(arguments, told):
    with pytest.raises(ConfigError, match=told.replace("?", r"\?")):
        bench.measure_training(*arguments)
