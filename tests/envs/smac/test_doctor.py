"""`aiirmix doctor` checks one thing after another, and stops at the first that is missing with its remedy."""

import importlib.util
import socket
import sys

import numpy as np
import pytest

from aiirmix.cli.main import main
from aiirmix.common.errors import ConfigError
from aiirmix.envs.sc2_server.install import install
from aiirmix.envs.skirmish.env import Skirmish
from aiirmix.envs.smac.doctor import checks, examine, play_episode
from aiirmix.envs.smac.env import Smac
from tests.envs.smac.packages import needs_pysc2


def broken():
    raise ConfigError("it is gone:\nbuy another")


def test_it_stops_at_the_first_fault_with_its_remedy(capsys):
    assert examine([("leg", lambda: "two"), ("arm", broken), ("head", lambda: "one")], "smac") == 1
    assert capsys.readouterr().out.splitlines() == [
        "ok       leg      two",
        "missing  arm      it is gone: buy another",
    ]


def test_success_is_reported(capsys):
    assert examine([("leg", lambda: "two")], "smac") == 0
    assert capsys.readouterr().out.splitlines()[-1] == "env=smac is ready"


def test_everything_that_can_be_missing_is_checked():
    rest = ["pysc2", "SC2PATH", "version", "maps", "port", "a game"]
    assert [name for name, _ in checks("8m", None)] == ["smac", *rest]
    assert [name for name, _ in checks("zerg_10_vs_11", None)] == ["smacv2", *rest]


@needs_pysc2
def test_folder_version_and_maps_are_reported(tmp_path, monkeypatch):
    install(tmp_path / "game")
    monkeypatch.setenv("SC2PATH", str(tmp_path / "game"))
    found = dict(checks("8m", "4.6.2"))
    assert found["SC2PATH"]() == str(tmp_path / "game")
    assert "skirmish-" in found["version"]()
    assert "stands in for 4.6.2" in found["version"]()
    assert found["maps"]() == "23 of SMAC's 23"
    (tmp_path / "game/Maps/SMAC_Maps/MMM.SC2Map").unlink()
    assert found["maps"]() == "22 of SMAC's 23; not MMM"
    (tmp_path / "game/Maps/SMAC_Maps/8m.SC2Map").unlink()
    with pytest.raises(ConfigError, match=r"8m\.SC2Map is missing"):
        found["maps"]()
    smacv2s = dict(checks("terran_5_vs_5", None))["maps"]
    assert smacv2s() == str(tmp_path / "game/Maps/SMAC_Maps/32x32_flat.SC2Map")
    (tmp_path / "game/Maps/SMAC_Maps/32x32_flat.SC2Map").unlink()
    with pytest.raises(ConfigError, match=r"32x32_flat\.SC2Map is missing"):
        smacv2s()


def test_a_port_that_cannot_be_opened_is_a_fault(monkeypatch):
    def refuse(*_):
        raise PermissionError("not here")

    monkeypatch.setattr(socket, "create_server", refuse)
    with pytest.raises(ConfigError, match=r"no port can be opened \(not here\)"):
        dict(checks("8m", None))["port"]()


def test_an_episode_is_played_to_its_end():
    env = Skirmish("3m")
    rewards = list(play_episode(env, np.random.default_rng(0)))
    assert 10 < len(rewards) <= env.spec.episode_limit
    assert sum(rewards) > 0


@needs_pysc2
def test_a_game_that_cannot_be_made_is_reported_with_the_command_that_starts_it(tmp_path, monkeypatch):
    install(tmp_path / "game")
    monkeypatch.setenv("SC2PATH", str(tmp_path / "game"))

    def fail(*_, **__):
        raise RuntimeError("no game can be made: no memory")

    monkeypatch.setattr(Smac, "__post_init__", fail)
    with pytest.raises(ConfigError, match=r"no memory; .*SC2_x64 -listen 127.0.0.1 -port 5000 shows"):
        dict(checks("8m", None))["a game"]()


def test_the_command_exits_with_1_if_something_is_missing(tmp_path, monkeypatch, capsys):
    (tmp_path / "smac").mkdir()
    (tmp_path / "smac/__init__.py").touch()
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    assert main(["doctor"]) == 1
    found = capsys.readouterr().out
    assert found.startswith("missing  smac")
    assert "AutoML" in found


@pytest.mark.parametrize(("command", "code"), [(["doctor"], 1), (["doctor", "--map", "protoss_5_vs_5"], 1)])
def test_a_missing_smacv2_is_reported_with_the_command_that_installs_it(command, code, monkeypatch, capsys):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert main(command) == code
    assert "pip install --no-deps git+https://github.com/oxwhirl/smacv2" in capsys.readouterr().out.splitlines()[-1]


def test_an_unknown_map_is_refused(capsys):
    assert main(["doctor", "--map", "8n"]) == 2
    assert capsys.readouterr().err.startswith("error: unknown map 8n; did you mean 8m?")
