"""What a run directory keeps, refuses and never loses."""

import errno
import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from omegaconf import OmegaConf

from aiirmix.common.errors import ConfigError
from aiirmix.common.files import atomic_write, require_space
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


def test_opening_writes_the_resolved_configuration_and_nothing_else(directory):
    opened(directory, model={"width": "${seed}"})
    assert OmegaConf.load(directory.config_file).model.width == 1
    assert [path.name for path in directory.path.iterdir() if path.is_file()] == ["config.yaml"]
    assert directory.checkpoints.is_dir()


def test_the_same_configuration_may_come_again(directory):
    opened(directory)
    before = files(directory.path)
    opened(directory)
    assert files(directory.path) == before


def test_another_configuration_is_refused_and_nothing_is_changed(directory):
    opened(directory)
    before = files(directory.path)
    with pytest.raises(ConfigError) as error:
        opened(directory, env_steps=20, model={"gamma": 0.9, "hidden": [64, 64]})
    assert "env_steps is 10 there, 20 here; model.gamma is 0.99 there, 0.9 here" in str(error.value)
    assert "name=" in str(error.value)
    assert files(directory.path) == before


def test_what_has_no_effect_on_the_results_may_change(directory):
    opened(directory, trainer={"enable_progress_bar": True})
    opened(directory, trainer={"enable_progress_bar": False}, logger={"wandb": {"mode": "offline"}})


def test_a_configuration_that_cannot_be_read_is_an_error_of_one_line(directory):
    opened(directory)
    directory.config_file.write_text("a: [1\nb: 2")
    with pytest.raises(ConfigError, match=r"^cannot read .*config.yaml: [^\n]*$"):
        opened(directory)


def test_a_run_is_done_when_it_is_finished(directory):
    opened(directory)
    assert not directory.is_done
    directory.finish()
    assert directory.is_done


def test_a_failure_is_kept_until_it_is_forgiven(directory):
    opened(directory).fail("no luck")
    assert opened(directory).failure == "no luck"
    directory.forgive()
    assert directory.failure is None


def test_halves_of_files_are_tidied_away(directory):
    opened(directory)
    (directory.checkpoints / "last.replay").mkdir()
    kept = [
        directory.config_file,
        directory.checkpoints / "last.ckpt",
        directory.checkpoints / "last.replay" / "0-9.pt",
    ]
    halves = [file.with_name(f"{file.name}.4711") for file in kept]
    for file in [*kept[1:], *halves]:
        file.write_text("")
    directory.tidy()
    assert sorted(path for path in directory.path.rglob("*") if path.is_file()) == sorted(kept)


def test_a_directory_that_was_made_anew_has_another_stamp(directory):
    before = opened(directory).stamp
    shutil.rmtree(directory.path)
    assert directory.stamp is None
    assert opened(directory).stamp != before


@given(CONFIGS)
def test_a_stored_configuration_comes_back_as_it_was(config):
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


def test_a_write_that_breaks_off_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    path = tmp_path / "DONE"
    atomic_write(path, "old")

    def break_off(source, target):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", break_off)
    with pytest.raises(KeyboardInterrupt):
        atomic_write(path, "new")
    assert files(tmp_path) == {Path("DONE"): b"old"}


def test_a_full_disk_is_an_error_of_one_line(tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(ConfigError, match=r"^no disk space to write .*DONE$"):
        atomic_write(tmp_path / "DONE", "")


def test_space_is_asked_for_where_the_path_would_be(tmp_path, monkeypatch):
    free = {tmp_path: SimpleNamespace(free=5 * 10**6)}
    monkeypatch.setattr(shutil, "disk_usage", free.__getitem__)
    with pytest.raises(ConfigError, match=r"^no disk space: this needs 6 MB free in .*, there are 5 MB$"):
        require_space(tmp_path / "a" / "b", 6)
    require_space(tmp_path / "a" / "b", 5)


def test_a_file_in_the_way_is_an_error_of_one_line(tmp_path):
    (tmp_path / "runs").touch()
    with pytest.raises(ConfigError, match="not a folder"):
        require_space(tmp_path / "runs" / "x", 1)
