"""What `env=smac` lacks is reported in one line with the remedy, before anything starts."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from aiirmix.common.errors import ConfigError
from aiirmix.envs.contract.version import SKIRMISH_VERSION
from aiirmix.envs.sc2_server.install import install
from aiirmix.envs.smac import requirements

SETTINGS = {"map": "8m", "game_version": None, "difficulty": 7}
NEWEST = "Versions/Base75689/SC2_x64"


def folder_of(path, *files):
    """Return the folder with these empty, executable files."""
    for file in files:
        (path / file).parent.mkdir(parents=True, exist_ok=True)
        (path / file).touch(mode=0o755)
    return path


@pytest.fixture
def packages(tmp_path, monkeypatch):
    """A folder in which packages are found before those that are installed."""
    monkeypatch.setattr(sys, "path", [str(tmp_path / "packages"), *sys.path])
    return tmp_path / "packages"


@pytest.fixture
def smac(packages):
    """The part of SMAC's package that is checked; it cannot be imported."""
    folder_of(packages / "smac/env", "starcraft2/starcraft2.py")
    (packages / "smac/__init__.py").write_text("raise ImportError('this must not be imported')")
    return packages / "smac"


@pytest.fixture
def game(tmp_path, monkeypatch):
    """The folder of a stand-in."""
    install(tmp_path / "game")
    monkeypatch.setenv("SC2PATH", str(tmp_path / "game"))
    return tmp_path / "game"


def refusal(**settings):
    """Return the message that refuses these settings."""
    with pytest.raises(ConfigError) as caught:
        requirements.check(SETTINGS | settings)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_complete_installation_passes(smac, game):
    requirements.check(SETTINGS)
    requirements.check(SETTINGS | {"game_version": "4.6.2", "difficulty": "A"})


def test_a_missing_smac_is_reported(packages, monkeypatch, game):
    monkeypatch.setattr(sys, "path", [path for path in sys.path if not Path(path, "smac").exists()])
    assert "make sc2" in refusal()


def test_the_other_project_named_smac_is_recognised(packages, game):
    folder_of(packages / "smac", "__init__.py", "facade/__init__.py")
    assert "AutoML" in refusal()
    assert "pip uninstall smac" in refusal()


def test_a_missing_pysc2_is_reported(smac, game, monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "pysc2" else find(name))
    assert "pip install --no-deps pysc2" in refusal()


def test_a_missing_game_is_reported(smac, tmp_path, monkeypatch):
    monkeypatch.setenv("SC2PATH", str(tmp_path / "nowhere"))
    assert str(tmp_path / "nowhere") in refusal()
    assert "set SC2PATH" in refusal()
    monkeypatch.delenv("SC2PATH")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert str(tmp_path / "StarCraftII") in refusal()


def test_a_missing_version_is_reported_with_those_that_are_installed(smac, game, tmp_path, monkeypatch):
    assert "StarCraft II 4.7.1 is not in" in refusal(game_version="4.7.1")
    assert "installed: 4.1.4, 4.6.2, 4.10" in refusal(game_version="4.7.1")
    monkeypatch.setenv("SC2PATH", str(folder_of(tmp_path / "empty", "Versions/Shaders")))
    assert "installed: none" in refusal()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"game_version": 4.1}, "write the version in full, e.g. 4.10.0"),
        ({"game_version": "4.10.9"}, "unknown game_version 4.10.9; pysc2 knows versions from 3.13.0 to 5.0.9"),
        ({"difficulty": "B"}, "unknown difficulty B"),
        ({"map": "8n"}, "8n.SC2Map is missing"),
    ],
)
def test_an_unknown_setting_is_refused(smac, game, settings, message):
    assert message in refusal(**settings)


def test_a_program_that_is_not_executable_is_reported(smac, game):
    (game / NEWEST).chmod(0o644)
    assert "chmod +x" in refusal()


@pytest.mark.parametrize(
    ("asked", "played"), [(None, "4.10"), ("4.10.0", "4.10"), ("4.10", "4.10"), ("4.6.2", "4.6.2")]
)
def test_the_record_names_the_version_that_is_played(smac, game, tmp_path, monkeypatch, asked, played):
    assert requirements.version_played(asked) == f"skirmish-{SKIRMISH_VERSION}"
    blizzards = folder_of(tmp_path / "real", NEWEST, "Versions/Base69232/SC2_x64")
    monkeypatch.setenv("SC2PATH", str(blizzards))
    assert requirements.version_played(asked) == played


def test_an_unknown_version_is_named_by_its_build(smac, tmp_path, monkeypatch):
    monkeypatch.setenv("SC2PATH", str(folder_of(tmp_path, "Versions/Base99999/SC2_x64")))
    assert requirements.version_played(None) == "B99999"


def test_a_run_is_refused_before_anything_starts(tmp_path):
    environment = {**os.environ, "SC2PATH": str(tmp_path), "PYTHONPATH": f"{tmp_path / 'packages'}:{Path.cwd()}"}
    folder_of(tmp_path / "packages/smac", "__init__.py")
    root = Path(__file__).parents[3]
    command = [sys.executable, str(root / "run.py"), "env=smac"]
    found = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert found.returncode == 2
    assert found.stderr.startswith("error: the package smac in")
    assert not (tmp_path / "runs").exists()
