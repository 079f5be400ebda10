"""The doctor looks at one thing after another, and stops with the cure of the first that is missing."""

import socket
import subprocess
import sys

import numpy as np
import pytest

from aiirmix.common.errors import ConfigError
from aiirmix.envs.sc2_server.install import install
from aiirmix.envs.skirmish.env import Skirmish
from aiirmix.envs.smac import doctor
from aiirmix.envs.smac.doctor import checks, episode, examine


def broken():
    raise ConfigError("it is gone:\nbuy another")


def test_it_stops_at_the_first_fault_with_its_cure(capsys):
    assert examine([("leg", lambda: "two"), ("arm", broken), ("head", lambda: "one")]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "ok       leg      two",
        "missing  arm      it is gone: buy another",
    ]


def test_all_well_is_said(capsys):
    assert examine([("leg", lambda: "two")]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "env=smac is ready"


def test_everything_that_can_be_missing_is_looked_at():
    names = [name for name, _ in checks("8m", None)]
    assert names == ["smac", "pysc2", "SC2PATH", "version", "maps", "port", "a game"]


def test_folder_version_and_maps_are_told(tmp_path, monkeypatch):
    install(tmp_path / "game")
    monkeypatch.setenv("SC2PATH", str(tmp_path / "game"))
    looks = dict(checks("8m", "4.6.2"))
    assert looks["SC2PATH"]() == str(tmp_path / "game")
    assert "skirmish-" in looks["version"]()
    assert "stands in for 4.6.2" in looks["version"]()
    assert looks["maps"]() == "23 of SMAC's 23"
    (tmp_path / "game/Maps/SMAC_Maps/MMM.SC2Map").unlink()
    assert looks["maps"]() == "22 of SMAC's 23; not MMM"
    (tmp_path / "game/Maps/SMAC_Maps/8m.SC2Map").unlink()
    with pytest.raises(ConfigError, match=r"8m\.SC2Map is missing"):
        looks["maps"]()


def test_a_port_that_cannot_be_had_is_a_fault(monkeypatch):
    def refuse(*_):
        raise PermissionError("not here")

    monkeypatch.setattr(socket, "create_server", refuse)
    with pytest.raises(ConfigError, match=r"no port can be listened on \(not here\)"):
        dict(checks("8m", None))["port"]()


def test_an_episode_is_played_to_its_end():
    env = Skirmish("3m")
    rewards = list(episode(env, np.random.default_rng(0)))
    assert 10 < len(rewards) <= env.spec.episode_limit
    assert sum(rewards) > 0


def test_a_game_that_cannot_be_made_comes_with_the_way_to_look_at_it(tmp_path, monkeypatch):
    install(tmp_path / "game")
    monkeypatch.setenv("SC2PATH", str(tmp_path / "game"))

    def fail(*_, **__):
        raise RuntimeError("no game can be made: it is too dark")

    monkeypatch.setattr(doctor, "Smac", fail)
    with pytest.raises(ConfigError, match=r"too dark; .*SC2_x64 -listen 127.0.0.1 -port 5000 shows"):
        dict(checks("8m", None))["a game"]()


def test_the_command_leaves_with_an_exit_code(tmp_path):
    (tmp_path / "smac").mkdir()
    (tmp_path / "smac/__init__.py").touch()
    code = "import runpy; runpy.run_module('aiirmix.envs.smac.doctor', run_name='__main__')"
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r}); sys.argv[1:] = []; {code}"]
    found = subprocess.run(command, capture_output=True, text=True)
    assert found.returncode == 1
    assert found.stdout.startswith("missing  smac")
    assert "AutoML" in found.stdout
