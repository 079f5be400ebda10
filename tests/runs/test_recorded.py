import pytest

from aiirmix.common.errors import ConfigError
from aiirmix.runs.recorded import find_runs
from tests.report.fake_runs import fake_run


def test_a_run_is_told_by_its_directory(tmp_path):
    directory = fake_run(tmp_path / "paper", [0.5, 0.75], model="liir", map_label="8m", seed=3)
    [run] = find_runs(tmp_path / "paper")
    assert run.directory.path == directory
    assert (run.name, run.model, run.world) == ("paper", "liir", "8m")
    assert run.env_steps.tolist() == [0, 100]
    assert run.column("test/win_rate").tolist() == [0.5, 0.75]


def test_a_run_is_complete_when_its_budget_is_used(tmp_path):
    fake_run(tmp_path, [0.5, 0.5], seed=0)
    fake_run(tmp_path, [0.5, 0.5], seed=1, budget=1200)
    fake_run(tmp_path, [], seed=2, budget=1200)
    complete, going_on, begun = find_runs(tmp_path)
    assert [run.is_complete for run in (complete, going_on, begun)] == [True, False, False]
    assert [run.progress for run in (going_on, begun)] == ["100 of 1,200 env steps", "0 of 1,200 env steps"]


def test_a_torn_last_line_is_not_read(tmp_path):
    directory = fake_run(tmp_path, [0.5, 0.75])
    with (directory / "metrics.csv").open("a") as file:
        file.write("200,1.0,0.")
    [run] = find_runs(tmp_path)
    assert run.column("test/win_rate").tolist() == [0.5, 0.75]


def test_the_directory_may_be_a_run(tmp_path):
    directory = fake_run(tmp_path / "paper", [0.5])
    [run] = find_runs(directory)
    assert run.name == "paper"


def test_files_of_other_tools_are_not_runs(tmp_path):
    """W&B keeps a config.yaml of its own inside of a run."""
    files = fake_run(tmp_path, [0.5]) / "wandb" / "run-1" / "files"
    files.mkdir(parents=True)
    (files / "config.yaml").write_text("wandb_version: 1")
    assert len(find_runs(tmp_path)) == 1


def test_a_missing_directory_is_named_with_its_neighbours(tmp_path):
    for name in ("paper", "quick"):
        (tmp_path / name).mkdir()
    with pytest.raises(ConfigError) as refused:
        find_runs(tmp_path / "papr")
    assert str(refused.value) == f"there is no directory {tmp_path}/papr; {tmp_path} has paper, quick"


def test_a_missing_directory_may_have_no_neighbours(tmp_path):
    with pytest.raises(ConfigError) as refused:
        find_runs(tmp_path / "runs" / "paper")
    assert str(refused.value) == f"there is no directory {tmp_path}/runs/paper"


def test_an_empty_directory_says_where_runs_would_be(tmp_path):
    with pytest.raises(ConfigError, match="holds no run: those are in <model>/<map>/seed=<n>/"):
        find_runs(tmp_path)


@pytest.mark.parametrize("content", [b"a: [", b"\xff\xfe"])
def test_a_configuration_that_cannot_be_read_is_named(tmp_path, content):
    directory = fake_run(tmp_path, [0.5])
    (directory / "config.yaml").write_bytes(content)
    with pytest.raises(ConfigError, match=f"cannot read {directory}") as refused:
        find_runs(tmp_path)
    assert "\n" not in str(refused.value)
