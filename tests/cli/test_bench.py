"""What `aiirmix bench` measures and prints."""

import json
from dataclasses import asdict

import pytest

from aiirmix.bench import credit, simulator, training
from aiirmix.bench.credit import CreditCost
from aiirmix.bench.simulator import Speed
from aiirmix.bench.training import MODELS, Training
from aiirmix.bench.update import UpdateCost
from aiirmix.cli.main import main
from aiirmix.envs.contract.maps import MAP_NAMES
from aiirmix.envs.contract.scenarios import SCENARIO_NAMES
from aiirmix.runs.timing import Timing

SPEED = Speed("8m", units=16, per_core=123456.7, check=0.025, memory=11639, threads=1.25, processes=1.75)
CREDIT = CreditCost("8m", 90000.0, {"difference": 9000.0, "shapley": 1200.0})
COST = UpdateCost(milliseconds=58.4, gigaflop=2.8, fraction_of_matmul=0.45)
TRAINING = Training("liir", "8m", Timing(5000, 5000, 4.0, 1.0, 1.0, 2.0), COST)


@pytest.fixture
def bench(monkeypatch, capsys):
    """Run the command with these measurements; return what was asked for, and what was printed."""

    def run(*arguments):
        asked = []

        def measured(result):
            def measure(*of):
                asked.append(of)
                return result

            return measure

        monkeypatch.setattr(training, "measure_training", measured(TRAINING))
        monkeypatch.setattr(simulator, "measure_simulator", measured([SPEED]))
        monkeypatch.setattr(credit, "measure_credit", measured(CREDIT))
        assert main(["bench", *arguments]) == 0
        return asked, capsys.readouterr().out

    return run


def test_everything_is_measured_by_default(bench):
    (*trained, simulated, credited), report = bench()
    assert trained == [(model, "2s3z", 5_000, []) for model in MODELS]
    assert simulated == ([*MAP_NAMES, *SCENARIO_NAMES], 0.5)
    assert "8m    16           123,457     31.6   2.5%       11,639   1.25×     1.75×" in report
    assert credited == ("2s3z", 0.5)
    assert f"{'difference':>16}             9,000 steps/s, 10.0 times the time of a step" in report
    assert f"{'shapley':>16}             1,200 steps/s, 75.0 times the time of a step" in report
    assert "training on 8m, one thread, 5,000 environment steps" in report
    assert "32 episodes of 60 steps" in report
    trained_line = f"  {'liir':30}     1,250        2,500      25%      50%       25%      58 ms        45%"
    assert report.count(trained_line) == len(MODELS)


def test_json_holds_the_same_numbers(bench):
    asked, report = bench("--json", "--model", "liir", "qmix", "--map=8m", "--steps=7000")
    assert asked[:2] == [("liir", "8m", 7000, []), ("qmix", "8m", 7000, [])]
    read = json.loads(report)
    assert read["simulator"] == [asdict(SPEED)]
    assert read["credit"] == asdict(CREDIT)
    parts = {"collect": 1.0, "learn": 2.0, "evaluate": 1.0}
    speeds = {"env_steps_per_second": 1250.0, "env_steps_per_cpu_second": 2500.0}
    expected = {"model": "liir", "map": "8m", "env_steps": 5000, **parts, **speeds, "update": asdict(COST)}
    assert read["training"] == [expected] * 2
    assert read["machine"]["cores"] >= 1


def test_the_simulator_can_be_measured_alone(bench):
    asked, report = bench("--simulator-only", "3m", "8m", "--seconds", "2")
    assert asked == [(["8m", "3m"], 2.0), ("2s3z", 2.0)]
    assert "123,457" in report
    assert "training" not in report
