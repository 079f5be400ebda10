"""The command line as a whole: help, exit codes, errors in one line, and hints at what was meant."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import aiirmix
from aiirmix.cli import main as cli
from aiirmix.cli.parser import Parser
from aiirmix.common.errors import ConfigError

ROOT = Path(__file__).parents[2]


@pytest.fixture
def command(monkeypatch):
    """Put a command of these options and this function in place of `bench`."""

    def put(run=lambda options: None, *options):
        def add_arguments(parser):
            for option in options:
                parser.add_argument(option, nargs="?")

        module = SimpleNamespace(__doc__="Do it.", add_arguments=add_arguments, run=run)
        monkeypatch.setattr(cli, "load_command", lambda name: module)

    return put


def raises(error):
    def run(options):
        raise error

    return run


@pytest.mark.parametrize("arguments", [[], ["-h"], ["--help"]])
def test_help_lists_every_command(arguments, capsys):
    assert cli.main(arguments) == 0
    listed = [line.split()[0] for line in capsys.readouterr().out.splitlines() if line.startswith("  ")]
    assert listed == cli.command_names()
    assert {"bench", "completion", "train"} <= set(listed)


@pytest.mark.parametrize("name", cli.command_names())
def test_every_command_is_explained_in_a_sentence(name):
    documentation = cli.load_command(name).__doc__ or ""
    assert documentation.partition("\n")[0].endswith((".", ":"))


def test_the_version_is_that_of_the_package(capsys):
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"aiirmix {aiirmix.__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["trian"], "unknown command trian; did you mean train? (known: "),
        (["--versoin"], "unknown option --versoin; did you mean --version? (known: --help, --version)"),
        (["bench", "--modle", "liir"], "unknown option --modle; did you mean --model? (known: --help, --model"),
        (["bench", "--steps", "many"], "argument --steps: invalid int value: 'many'; see --help"),
        (["completion", "bsh"], "argument shell: invalid choice: 'bsh'"),
        (["train", "env.map=8n"], "did you mean 8m?"),
        (["train", "--mutlirun"], "unknown option --mutlirun; did you mean --multirun?"),
    ],
)
def test_a_wrong_command_line_is_answered_in_one_line(arguments, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert cli.main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: ")
    assert message in err
    assert err.count("\n") == 1


def test_options_may_be_abbreviated_and_given_values():
    parser = Parser("aiirmix it")
    parser.add_argument("--episodes", type=int)
    assert parser.parse(["--epi", "3"]).episodes == parser.parse(["--episodes=3"]).episodes == 3


def test_what_follows_two_dashes_is_no_option():
    parser = Parser("aiirmix it")
    parser.add_argument("words", nargs="*")
    assert parser.parse(["--", "--other"]).words == ["--other"]


@pytest.mark.parametrize(
    ("run", "code", "message"),
    [
        (lambda options: None, 0, ""),
        (lambda options: 1, 1, ""),
        (raises(ConfigError("this is\nwrong")), 2, "error: this is wrong\n"),
        (raises(KeyboardInterrupt()), 130, ""),
    ],
)
def test_what_a_command_does_decides_the_exit_code(command, capsys, run, code, message):
    command(run)
    assert cli.main(["bench"]) == code
    assert capsys.readouterr().err == message


def test_a_bug_shows_its_traceback(command):
    command(raises(ZeroDivisionError()))
    with pytest.raises(ZeroDivisionError):
        cli.main(["bench"])


def test_the_current_folder_is_searched_after_everything_installed(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", ["/somewhere"])
    monkeypatch.chdir(tmp_path)
    cli.add_current_folder()
    cli.add_current_folder()
    assert sys.path == ["/somewhere", str(tmp_path)]


@pytest.mark.parametrize("program", [["run.py"], ["-m", "aiirmix", "train"]])
def test_run_py_is_the_train_command(program):
    command = [sys.executable, *program, "env.map=8n"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "did you mean 8m?" in done.stderr
    assert done.stderr.count("\n") == 1
