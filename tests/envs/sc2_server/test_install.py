"""The folder that pysc2 takes for StarCraft II's, and the faults that can be asked for in it."""

import os
import subprocess
import sys

import pytest

from aiirmix.common.errors import ConfigError
from aiirmix.envs.contract.maps import MAP_NAMES
from aiirmix.envs.sc2_server.faults import Fault, FaultFile, read_fault
from aiirmix.envs.sc2_server.install import install, is_stand_in

PROGRAM = "Versions/Base75689/SC2_x64"


def installed(*arguments):
    command = [sys.executable, "-m", "aiirmix.envs.sc2_server.install", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True)


def test_one_command_makes_the_folder(tmp_path):
    folder = tmp_path / "a game"
    done = installed(folder)
    assert done.returncode == 0
    assert f"export SC2PATH='{folder}'" in done.stdout
    assert {path.stem for path in (folder / "Maps/SMAC_Maps").iterdir()} == set(MAP_NAMES)
    assert os.access(folder / PROGRAM, os.X_OK)
    assert is_stand_in(folder / PROGRAM)


def test_it_can_be_made_again_but_nothing_else_is_overwritten(tmp_path):
    install(tmp_path / "game")
    install(tmp_path / "game")
    (tmp_path / "other/Versions/Base75689").mkdir(parents=True)
    (tmp_path / "other" / PROGRAM).write_text("Blizzard's")
    assert not is_stand_in(tmp_path / "other" / PROGRAM)
    refused = installed(tmp_path / "other")
    assert refused.returncode == 1
    assert refused.stderr == (
        f"error: {tmp_path / 'other'} holds something else; name a folder that is empty or does not exist\n"
    )


def test_the_program_starts_from_anywhere_whatever_the_environment(tmp_path):
    install(tmp_path / "game")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONHOME": str(tmp_path)}
    found = subprocess.run(
        [tmp_path / "game" / PROGRAM, "--help"], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert "-listen HOST" in found.stdout


def test_a_fault_is_due_at_its_step_and_only_once(tmp_path):
    first, second = FaultFile(tmp_path), FaultFile(tmp_path)
    assert first.strike() is None
    first.path.write_text("drop@3\n")
    assert [first.strike() for _ in range(3)] == [None, Fault.DROP, None]
    assert [second.strike() for _ in range(4)] == [None] * 4


@pytest.mark.parametrize(
    ("text", "says"),
    [("crush@3", "unknown fault crush; did you mean crash"), ("hang", "like hang@12"), ("", "unknown")],
)
def test_a_fault_that_is_none_is_refused(text, says):
    with pytest.raises(ConfigError, match=says):
        read_fault(text)
