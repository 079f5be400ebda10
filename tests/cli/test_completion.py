"""Shell completion: what is suggested, and a real bash that asks for it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from aiirmix.cli.completion import SCRIPTS, completions
from aiirmix.cli.main import command_names, main

ROOT = Path(__file__).parents[2]
PROBE = """
{script}
COMP_LINE={line!r} COMP_POINT=${{#COMP_LINE}} COMP_WORDS=({line}) COMP_CWORD=$(({words} - 1))
{function}
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.fixture(autouse=True)
def completed_line(monkeypatch):
    """Hydra reads the line from the environment, which is restored."""
    monkeypatch.setenv("COMP_LINE", "")


def test_commands_are_completed():
    assert completions(["tr"]) == ["train"]
    assert completions([""]) == [*command_names(), "--help", "--version"]


def test_options_and_choices_are_completed():
    assert completions(["bench", "--s"]) == ["--steps", "--simulator-only", "--seconds"]
    assert completions(["bench", "--steps", ""]) == []
    assert completions(["completion", "z"]) == ["zsh"]


def test_settings_are_completed_by_hydra():
    assert completions(["train", "model=aiir_mix"]) == [
        "model=aiir_mix",
        "model=aiir_mix_literal",
        "model=aiir_mix_paper",
    ]
    assert completions(["train", "-m", "env=matrix_game", "env.p"]) == ["env.payoff."]


def test_settings_of_a_folder_of_ones_own_are_completed(tmp_path):
    (tmp_path / "env").mkdir()
    (tmp_path / "env" / "mine.yaml").write_text("_target_: mine.Env\n")
    assert completions(["train", "--config-dir", str(tmp_path), "env=mi"]) == ["env=mine"]


def test_flags_of_training_and_their_values_are_completed():
    assert completions(["train", "--c"]) == ["--cfg", "--config-dir"]
    assert completions(["train", "--cfg", "j"]) == ["job"]
    assert completions(["train", "--config-dir", ""]) == []
    assert completions(["train", "--info", "d"]) == ["defaults", "defaults-tree"]


def test_an_unknown_command_has_no_completions(capsys):
    assert main(["completion", "bash", "--", "trian", ""]) == 2


@pytest.mark.parametrize("shell", SCRIPTS)
def test_the_script_of_each_shell_asks_for_completions(shell, capsys):
    assert main(["completion", shell]) == 0
    assert f"completion {shell} -- " in capsys.readouterr().out


def test_hydras_own_script_is_refused_where_it_does_not_work(capsys):
    assert main(["train", "-sc", "install=bash"]) == 2
    assert "aiirmix completion bash" in capsys.readouterr().err


@pytest.fixture
def bash(tmp_path):
    """Complete a line in bash; return what is suggested."""
    if not shutil.which("bash"):
        pytest.skip("bash is not installed")
    for name, words in (("aiirmix", "-m aiirmix"), ("python", "")):
        (tmp_path / name).write_text(f'#!/bin/sh\nexec {sys.executable} {words} "$@"\n')
        (tmp_path / name).chmod(0o755)

    def complete(line, function, script):
        words = len(line.split()) + line.endswith(" ")
        probe = PROBE.format(script=script, line=line, words=words, function=function)
        environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            ["bash", "-c", probe], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout.split()

    return complete


@pytest.mark.parametrize(
    ("line", "suggested"),
    [
        ("aiirmix tra", ["train"]),
        ("aiirmix completion ", ["bash", "zsh", "fish"]),
        ("aiirmix bench --mo", ["--model"]),
        ("aiirmix train env=matrix", ["matrix_game"]),
        ("aiirmix trian ", []),
    ],
)
def test_bash_completes_aiirmix(bash, line, suggested):
    assert bash(line, "_aiirmix", SCRIPTS["bash"]) == suggested


def test_bash_completes_run_py(bash):
    script = 'eval "$(python run.py -sc install=bash)"'
    assert bash("python run.py env=matrix", "hydra_bash_completion", script) == ["env=matrix_game"]
