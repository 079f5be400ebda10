"""The folder that pysc2 takes for StarCraft II's, and the faults that can be requested in it."""

import os
import subprocess

import pytest

from aiirmix.cli.main import main
from aiirmix.common.errors import ConfigError
from aiirmix.envs.contract.maps import MAP_NAMES
from aiirmix.envs.contract.scenarios import EMPTY_MAP
from aiirmix.envs.sc2_server.faults import Fault, FaultFile, parse_fault
from aiirmix.envs.sc2_server.install import install, is_stand_in

PROGRAM = "Versions/Base75689/SC2_x64"


def test_one_command_creates_the_folder(tmp_path, capsys):
    folder = tmp_path / "a game"
    assert main(["stand-in", str(folder)]) == 0
    assert f"export SC2PATH='{folder}'" in capsys.readouterr().out
    assert {path.stem for path in (folder / "Maps/SMAC_Maps").iterdir()} == {*MAP_NAMES, EMPTY_MAP}
    assert os.access(folder / PROGRAM, os.X_OK)
    assert is_stand_in(folder / PROGRAM)


def test_a_stand_in_can_be_renewed_but_nothing_else_is_overwritten(tmp_path, capsys):
    install(tmp_path / "game")
    install(tmp_path / "game")
    (tmp_path / "other/Versions/Base75689").mkdir(parents=True)
    (tmp_path / "other" / PROGRAM).write_text("Blizzard's")
    assert not is_stand_in(tmp_path / "other" / PROGRAM)
    assert main(["stand-in", str(tmp_path / "other")]) == 2
    assert capsys.readouterr().err == (
        f"error: {tmp_path / 'other'} holds something else; name a folder that is empty or does not exist\n"
    )


def test_a_folder_that_cannot_be_written_is_refused_in_one_line(tmp_path, capsys):
    (tmp_path / "file").touch()
    assert main(["stand-in", str(tmp_path / "file" / "game")]) == 2
    assert capsys.readouterr().err == f"error: {tmp_path / 'file/game'} cannot be written: Not a directory\n"


def test_the_program_starts_from_anywhere_whatever_the_environment(tmp_path):
    install(tmp_path / "game")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONHOME": str(tmp_path)}
    found = subprocess.run(
        [tmp_path / "game" / PROGRAM, "--help"], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert "-listen HOST" in found.stdout


def test_a_fault_is_due_at_its_step_and_only_once(tmp_path):
    first, second = FaultFile(tmp_path), FaultFile(tmp_path)
    assert first.count_step() is None
    first.path.write_text("drop@3\n")
    assert [first.count_step() for _ in range(3)] == [None, Fault.DROP, None]
    assert [second.count_step() for _ in range(4)] == [None] * 4


@pytest.mark.parametrize(
    ("text", "message"),
    [("crush@3", "unknown fault crush; did you mean crash"), ("hang", "like hang@12"), ("", "unknown")],
)
def test_an_unknown_fault_is_refused(text, message):
    with pytest.raises(ConfigError, match=message):
        parse_fault(text)
