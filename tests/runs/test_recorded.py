"""Runs are read from their directories."""

import pytest

from aiirmix.common.errors import ConfigError
from aiirmix.runs.recorded import find_runs
from tests.report.fake_runs import fake_run


def test_a_run_is_identified_by_its_directory(tmp_path):
    directory = fake_run(tmp_path / "paper", [0.5, 0.75], model="liir", map_label="8m", seed=3)
    [run] = find_runs(tmp_path / "paper")
    assert run.directory.path == directory
    assert (run.name, run.model, run.map_label) == ("paper", "liir", "8m")
    assert run.env_steps.tolist() == [0, 100]
    assert run.column("test/win_rate").tolist() == [0.5, 0.75]


def test_a_run_is_complete_when_its_budget_is_used(tmp_path):
    fake_run(tmp_path, [0.5, 0.5], seed=0)
    fake_run(tmp_path, [0.5, 0.5], seed=1, budget=1200)
    fake_run(tmp_path, [], seed=2, budget=1200)
    complete, partial, started = find_runs(tmp_path)
    assert [run.is_complete for run in (complete, partial, started)] == [True, False, False]
    assert [run.progress for run in (partial, started)] == ["100 of 1,200 env steps", "0 of 1,200 env steps"]


def test_an_incomplete_last_line_is_not_read(tmp_path):
    directory = fake_run(tmp_path, [0.5, 0.75])
    with (directory / "metrics.csv").open("a") as file:
        file.write("200,1.0,0.")
    [run] = find_runs(tmp_path)
    assert run.column("test/win_rate").tolist() == [0.5, 0.75]


@pytest.mark.parametrize("content", [b"a: [", b"\xff\xfe"])
def test_an_unreadable_configuration_is_named(tmp_path, content):
    directory = fake_run(tmp_path, [0.5])
    (directory / "config.yaml").write_bytes(content)
    with pytest.raises(ConfigError, match=f"cannot read {directory}") as refused:
        find_runs(tmp_path)
    assert "\n" not in str(refused.value)
