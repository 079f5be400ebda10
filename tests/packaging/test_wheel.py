"""The wheel, installed in an environment of its own, works from an empty folder without the repository."""

import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest

from aiirmix import __version__
from aiirmix.cli.main import command_names

pytestmark = pytest.mark.wheel

ROOT = Path(__file__).parents[2]
SHORT = ("env_steps=20", "evaluation.every=10", "evaluation.episodes=2")
GAME = ("env=matrix_game", "model=iql", *SHORT)
RUN = Path("runs/default/iql/matrix_game/seed=0")
MY_GAME = """
from aiirmix.envs.matrix_game import MatrixGame


class MyGame(MatrixGame):
    pass
"""


class Installed(NamedTuple):
    """An environment that holds the wheel."""

    folder: Path
    scripts: Path

    def run(self, program: str, *arguments: object) -> str:
        """Run a program of the environment in the current folder; return what it prints."""
        command = [str(self.scripts / program), *map(str, arguments)]
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return done.stdout


def python(*arguments: object) -> None:
    """Run this Python in the repository."""
    done = subprocess.run([sys.executable, *map(str, arguments)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


def build_wheel(source: Path, folder: Path) -> Path:
    python("-m", "pip", "wheel", source, "--no-deps", "--no-build-isolation", "--quiet", "--wheel-dir", folder)
    [wheel] = folder.glob("*.whl")
    return wheel


def files_below(folder: Path) -> list[str]:
    paths = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return [path.as_posix() for path in paths if "__pycache__" not in path.parts]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return build_wheel(ROOT, tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """The wheel alone; what it requires comes from the running environment, whose .pth files are not read there."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, symlinks=True)
    there = sysconfig.get_paths("venv", vars={"base": str(folder), "platbase": str(folder)})
    Path(there["purelib"], "requirements.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    python("-m", "pip", "--python", folder, "install", "--no-deps", "--quiet", wheel)
    return Installed(folder, Path(there["scripts"]))


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_wheel_holds_the_package_and_its_data(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder, inside in (("aiirmix", "aiirmix"), ("conf", "aiirmix/conf"), ("experiments", "aiirmix/experiments")):
        assert {f"{inside}/{name}" for name in files_below(ROOT / folder)} <= names
    assert {name.partition("/")[0] for name in names} == {"aiirmix", f"aiirmix-{__version__}.dist-info"}


def test_the_source_distribution_makes_the_same_wheel(wheel, tmp_path):
    python("-m", "hatchling", "build", "--target", "sdist", "--directory", tmp_path)
    [source] = tmp_path.glob("*.tar.gz")
    with tarfile.open(source) as archive:
        assert f"aiirmix-{__version__}/LICENSE" in archive.getnames()
    other = build_wheel(source, tmp_path / "dist")
    assert sorted(zipfile.ZipFile(other).namelist()) == sorted(zipfile.ZipFile(wheel).namelist())


def test_nothing_comes_from_the_repository(installed):
    found = installed.run("python", "-c", "import aiirmix; print(aiirmix.__file__, aiirmix.__version__)").split()
    assert Path(found[0]).is_relative_to(installed.folder)
    assert found[1] == __version__


@pytest.mark.parametrize("command", command_names())
def test_every_command_has_help(installed, command):
    assert "aiirmix" in installed.run("aiirmix", command, "--help")


def test_a_run_is_trained_evaluated_and_reported(installed, empty_folder):
    listed = installed.run("aiirmix", "--help")
    assert all(f"  {name} " in listed for name in command_names())
    installed.run("aiirmix", "train", *GAME)
    assert (RUN / "DONE").exists()
    assert f"commit: v{__version__}" in (RUN / "provenance.yaml").read_text()
    for command, *arguments in (
        ("evaluate", RUN, "--episodes", 2),
        ("summary", "runs/default"),
        ("report", "runs/default"),
    ):
        if command in command_names():
            installed.run("aiirmix", command, *arguments)
    assert not (empty_folder / "conf").exists()


@pytest.mark.slow
def test_components_in_the_current_folder_are_found_by_the_workers_of_a_sweep(installed, empty_folder):
    (empty_folder / "my_game.py").write_text(MY_GAME)
    settings = (ROOT / "conf" / "env" / "matrix_game.yaml").read_text()
    (empty_folder / "my_conf" / "env").mkdir(parents=True)
    changed = settings.replace("aiirmix.envs.matrix_game.MatrixGame", "my_game.MyGame")
    (empty_folder / "my_conf" / "env" / "my_game.yaml").write_text(changed)
    sweep = ("-m", "--config-dir", "my_conf", "hydra/launcher=joblib")
    installed.run("aiirmix", "train", *sweep, *GAME, "env=my_game")
    assert Path("runs/default/iql/my_game/seed=0/DONE").exists()
