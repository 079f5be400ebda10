"""Run directories are found below any folder, and a folder without runs is reported in one line."""

import pytest

from aiirmix.common.errors import ConfigError
from aiirmix.runs.lookup import find_directories


def make_run(folder):
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text("")
    return folder


def found(folder):
    return [directory.path for directory in find_directories(folder)]


def test_runs_are_sorted_by_path(tmp_path):
    runs = [make_run(tmp_path / "paper" / model / "8m" / f"seed={seed}") for model in ("b", "a") for seed in (1, 0)]
    assert found(tmp_path) == sorted(runs)
    assert found(tmp_path / "paper" / "a") == sorted(runs[2:])


def test_the_folder_may_be_a_run(tmp_path):
    run = make_run(tmp_path / "paper/liir/8m/seed=3")
    assert found(run) == [run]


def test_files_of_other_tools_are_not_runs(tmp_path):
    """W&B keeps a config.yaml of its own inside a run."""
    run = make_run(tmp_path / "paper/liir/8m/seed=3")
    make_run(run / "wandb" / "run-1" / "files")
    assert found(tmp_path) == [run]


def test_a_missing_folder_is_reported_with_its_neighbours(tmp_path):
    for name in ("paper", "quick"):
        (tmp_path / name).mkdir()
    with pytest.raises(ConfigError) as refused:
        find_directories(tmp_path / "papr")
    assert str(refused.value) == f"there is no directory {tmp_path}/papr; {tmp_path} has paper, quick"


def test_a_missing_folder_may_have_no_neighbours(tmp_path):
    with pytest.raises(ConfigError) as refused:
        find_directories(tmp_path / "runs" / "paper")
    assert str(refused.value) == f"there is no directory {tmp_path}/runs/paper"


def test_an_empty_folder_is_reported_with_the_place_of_runs(tmp_path):
    with pytest.raises(ConfigError, match=r"holds no run: those are in runs/<name>/<model>/<map>/seed=<n>/$"):
        find_directories(tmp_path)
