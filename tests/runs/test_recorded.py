"""Runs are read from their directories."""

import pytest

from aiirmix.common.errors import ConfigError
from aiirmix.runs.recorded import find_runs, read_runs
from tests.report.fake_runs import fake_run


def test_a_run_is_identified_by_its_directory(tmp_path):
    directory = fake_run(tmp_path / "paper", [0.5, 0.75], model="liir", map_label="8m", seed=3)
    [run] = find_runs(tmp_path / "paper")
    assert run.directory.path == directory
    assert (run.experiment, run.model, run.map_label) == ("paper", "liir", "8m")
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


DAMAGES = {
    "config.yaml": [b"a: [", b"\xff\xfe", b"", b"a word"],
    "metrics.csv": [b"\xff\n", b"\0\n", b"", b"a\n1\n", b"env_steps,test/return,test/win_rate\n0,1,2\n"],
    "provenance.yaml": [b"a: [", b"", b"\xff", b"a word", b"environment: skirmish-2/2s"],
    "absolute.csv": [b"", b"env_steps,return,steps,won\n100,1,1,1\n"],
}


@pytest.mark.parametrize(("name", "content"), [(name, content) for name in DAMAGES for content in DAMAGES[name]])
def test_a_damaged_run_is_listed_and_the_others_are_read(tmp_path, name, content, caplog):
    damaged = fake_run(tmp_path, [0.5, 0.5], evaluation__final_episodes=2)
    sound = fake_run(tmp_path, [0.5, 0.5], seed=1)
    (damaged / name).write_bytes(content)
    [run], [unreadable] = read_runs(tmp_path)
    assert (run.directory.path, unreadable.directory.path) == (sound, damaged)
    assert str(damaged / name) in unreadable.reason
    assert "\n" not in unreadable.reason
    assert find_runs(tmp_path) == [run]
    assert caplog.messages == [f"unreadable run {damaged}: {unreadable.reason}"]


def test_a_folder_whose_runs_are_all_damaged_is_refused(tmp_path):
    (fake_run(tmp_path, [0.5]) / "config.yaml").write_bytes(b"a: [")
    with pytest.raises(ConfigError, match=r"config.yaml"):
        find_runs(tmp_path)


def test_a_word_among_the_numbers_is_named_with_a_remedy(tmp_path):
    directory = fake_run(tmp_path, [0.5, 0.75])
    table = directory / "metrics.csv"
    table.write_text(table.read_text().replace("0.75", "high"))
    with pytest.raises(ConfigError, match=r"win_rate is not a number; restore it from a copy, or move the run away"):
        find_runs(tmp_path)
