"""What a run directory records, refuses and never loses."""

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from omegaconf import OmegaConf

from aiirmix.common.errors import ConfigError
from aiirmix.common.files import atomic_file
from aiirmix.runs.config import differences, plain_config
from aiirmix.runs.directory import RunDirectory

CONFIG = {"seed": 1, "env_steps": 10, "model": {"gamma": 0.99, "hidden": [64, 64]}, "logger": {}, "trainer": {}}
NAMES = st.sampled_from(["a", "b", "c"])
VALUES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text("xyz") | st.lists(st.integers())
)
NESTED = st.recursive(VALUES, lambda inner: st.dictionaries(NAMES, inner, min_size=1), max_leaves=6)
CONFIGS = st.dictionaries(NAMES, NESTED)


@pytest.fixture
def directory(tmp_path):
    return RunDirectory(tmp_path / "runs" / "x" / "seed=1")


def opened(directory, **changes):
    directory.open(OmegaConf.create({**CONFIG, **changes}))
    return directory


def files(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_opening_writes_only_the_resolved_configuration_and_the_identity(directory):
    opened(directory, model={"width": "${seed}"})
    assert OmegaConf.load(directory.config_file).model.width == 1
    written = {path.name for path in directory.path.iterdir() if path.is_file()}
    assert written == {"config.yaml", "identity.json"}
    assert directory.checkpoints.is_dir()


def test_the_same_configuration_may_open_the_directory_again(directory):
    opened(directory)
    before = files(directory.path)
    opened(directory)
    assert files(directory.path) == before


def test_another_configuration_is_refused_and_changes_nothing(directory):
    opened(directory)
    before = files(directory.path)
    with pytest.raises(ConfigError) as error:
        opened(directory, env_steps=20, model={"gamma": 0.9, "hidden": [64, 64]})
    assert "env_steps is 10 there, 20 here; model.gamma is 0.99 there, 0.9 here" in str(error.value)
    assert "name=" in str(error.value)
    assert files(directory.path) == before


def test_settings_without_effect_on_the_results_may_change(directory):
    opened(directory, trainer={"enable_progress_bar": True})
    opened(directory, trainer={"enable_progress_bar": False}, logger={"wandb": {"mode": "offline"}})


def test_a_damaged_configuration_is_restored_by_the_command_that_began_the_run(directory):
    whole = opened(directory).config_file.read_bytes()
    for content in [b"", b"a: [1\nb: 2", b"\xff\xfe", b"one word", b"seed: ${lost}\n", whole[:20], b"seed: 1\n"]:
        directory.config_file.write_bytes(content)
        with pytest.raises(
            ConfigError, match=rf"{directory.config_file}[^\n]*the command that began the run restores it$"
        ):
            directory.config()
        with pytest.raises(ConfigError, match=f"{directory.config_file}"):
            opened(directory, env_steps=20)
        assert opened(directory).config_file.read_bytes() == whole


def test_an_unreadable_configuration_without_identity_is_reported_in_one_line(directory):
    (opened(directory).path / "identity.json").unlink()
    directory.config_file.write_text("a: [1\nb: 2")
    with pytest.raises(ConfigError, match=r"^cannot read .*config.yaml: [^\n]*$"):
        opened(directory)


def test_a_run_is_done_when_it_is_marked(directory):
    opened(directory)
    assert not directory.is_done
    directory.mark_done()
    assert directory.is_done


def test_a_failure_is_kept_until_it_is_cleared(directory):
    opened(directory).mark_failed("no luck")
    assert opened(directory).failure == "no luck"
    directory.clear_failure()
    assert directory.failure is None


def temporary_of(file):
    with atomic_file(file) as temporary:
        temporary.touch()
    return temporary


def test_partial_files_of_a_killed_process_are_removed(directory):
    opened(directory)
    (directory.checkpoints / "last.replay").mkdir()
    kept = [
        directory.config_file,
        directory.path / "identity.json",
        directory.checkpoints / "last.ckpt",
        directory.checkpoints / "last.replay" / "0-9.pt",
    ]
    partial = [temporary_of(file) for file in kept]
    for file in [*kept, *partial]:
        file.write_text("")
    directory.remove_partial_files()
    assert sorted(path for path in directory.path.rglob("*") if path.is_file()) == sorted(kept)


def test_a_directory_that_was_created_again_has_another_token(directory):
    before = opened(directory).token
    shutil.rmtree(directory.path)
    assert directory.token is None
    assert opened(directory).token not in (before, None)


def test_the_token_outlives_touching_copying_and_opening(directory, tmp_path):
    before = opened(directory).token
    for file in directory.path.iterdir():
        os.utime(file, (0, 0))
    shutil.copytree(directory.path, tmp_path / "copy")
    assert opened(directory).token == RunDirectory(tmp_path / "copy").token == before


@pytest.mark.parametrize("content", ["", "[]", "{", '{"token": 1, "settings": "", "labels": {}}'])
def test_a_damaged_identity_is_written_again(directory, content):
    (opened(directory).path / "identity.json").write_text(content)
    assert directory.token is None
    assert opened(directory).token


@pytest.mark.parametrize("begun", [True, False], ids=["begun", "planned"])
def test_the_path_names_experiment_model_map_and_seed(tmp_path, begun):
    run = RunDirectory(tmp_path / "runs/paper/liir,gamma=0.9/smac-8m/seed=12")
    if begun:
        opened(run, name="paper", seed=12)
    assert run.labels == ("paper", "liir,gamma=0.9", "smac-8m", "12")


def test_a_run_that_was_moved_keeps_its_labels(tmp_path):
    run = opened(RunDirectory(tmp_path / "runs/paper/liir,gamma=0.9/smac-8m/seed=12"), name="paper", seed=12)
    moved = RunDirectory(tmp_path / "the best one")
    run.path.rename(moved.path)
    assert moved.labels == ("paper", "liir,gamma=0.9", "smac-8m", "12")


def test_a_folder_without_labels_is_called_by_its_name():
    assert RunDirectory(Path("/best")).labels.model == "best"


@given(CONFIGS)
def test_a_stored_configuration_is_read_back_unchanged(config):
    again = plain_config(OmegaConf.create(OmegaConf.to_yaml(OmegaConf.create(config))))
    assert list(differences(again, config)) == []


@given(CONFIGS, CONFIGS)
def test_differences_are_symmetric_and_complete(one, two):
    there = {(key, old, new) for key, old, new in map(hashable, differences(one, two))}
    back = {(key, new, old) for key, old, new in map(hashable, differences(two, one))}
    assert there == back
    assert bool(there) == (one != two)


def hashable(difference):
    return tuple(map(repr, difference))
