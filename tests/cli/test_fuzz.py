"""Any command line is answered in one line or does what it says, and nothing that exists is harmed."""

import logging
import os
import re
import subprocess
import sys
import tempfile
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from types import ModuleType
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf

from aiirmix.cli.main import main
from aiirmix.common.resources import CONF
from tests.answers import Answer

ROOT = Path(__file__).parents[2]


GROUPS = [
    *("model", "env", "evaluation", "experiment", "logger", "callbacks", "trainer", "model/mixer", "model/similarity"),
    *("model/intrinsic", "model/nothing", "env/map", "hydra/sweeper", "hydra/job_logging", "hydra/output", ""),
]
KEYS = [
    *("seed", "name", "env_steps", "threads", "evaluation.every", "evaluation.episodes", "env.map", "model.gamma"),
    *("model.mixer", "model.optimizers.actor.lr", "model.intrinsic.similarity", "trainer.devices", "trainer.max_time"),
    *("trainer.max_epochs", "logger.csv", "callbacks.recorder", "env._target_", "model._target_", "gama", "a.b.c"),
    *("hydra.run.dir", "hydra.sweep.dir", "hydra.sweep.subdir", "hydra.job.chdir", "hydra.output_subdir"),
    *("hydra.sweeper.params.seed", "hydra.searchpath", "hydra.verbose", "hydra.job.name", "hydra", "model", "_self_"),
]
ODD = [
    *("", "null", "true", "0", "-1", "3", "1e5", "0x10", "007", "1_000", "nan", "inf", "9" * 40, "0-2", "2-0", "1,2"),
    *(
        "a,b",
        "[1,2]",
        "[]",
        "{}",
        "{a:1}",
        "'a b'",
        '"a=b"',
        "a b",
        "a=b",
        "a#b",
        "100%",
        "ä",
        "…",
        "'",
        '"',
        "\\",
        "$",
    ),
    *("${env_steps}", "${seed}", "${nothing}", "${now:%S}", "${hydra:job.num}", "${", "range(0,3)", "glob(*)", "???"),
    *("interval(0,1)", "choice(1,2)", "tag(a,1)", "sort(2,1)", "8m", "2s3z", "liir", "linear", "dot", "matrix_game"),
    *(
        "no.module.Name",
        "aiirmix",
        "aiirmix.nets",
        ".",
        "/",
        "maps/none.yaml",
        "./conf",
        "\udc80",
        "\0",
        "a\nb",
        "x" * 300,
    ),
]
FLAGS = [
    ["-m"],
    ["--multirun"],
    ["--cfg", "job"],
    ["--config-dir", "my conf's=#%ä"],
    ["--config-dir", "none"],
    ["--no"],
]

options = sorted({path.stem for path in CONF.rglob("*.yaml")} - {"joblib", "submitit_slurm"})
values = st.one_of(
    st.sampled_from(ODD), st.sampled_from(options), st.integers(-9, 10**12).map(str), st.text(max_size=8)
)
words = st.builds(
    lambda sign, key, value: f"{sign}{key}={value}",
    st.sampled_from(["", "", "", "+", "++", "~"]),
    st.sampled_from([*GROUPS, *KEYS]),
    values,
)
others = st.one_of(
    st.sampled_from([f"~{key}" for key in KEYS]), st.text(max_size=6).filter(lambda text: "h" not in text)
)
settings_typed = st.lists(st.one_of(words, words, words, others), min_size=1, max_size=3)
lines = st.tuples(st.lists(st.sampled_from(FLAGS), max_size=2), settings_typed).map(
    lambda parts: [word for flag in parts[0] for word in flag] + parts[1]
)


@contextmanager
def quick_training():
    """Replace training by nothing, and restore what Hydra changes in this process."""
    module = ModuleType("aiirmix.training.fit")
    module.fit = lambda config, directory: True  # type: ignore[attr-defined]
    root, path = logging.getLogger(), list(sys.path)
    handlers, level = list(root.handlers), root.level
    with patch.dict(sys.modules, {module.__name__: module}), patch.object(sys, "argv", ["run.py"]):
        yield
    root.handlers, root.level, sys.path[:] = handlers, level, path


@contextmanager
def folder():
    """Enter a folder with a run that is done, a configuration folder with an odd name, and other files."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory(prefix="a b'c=d,e#f%ä") as name:
        os.chdir(name)
        Path("my conf's=#%ä/experiment").mkdir(parents=True)
        Path("my conf's=#%ä/experiment/mine.yaml").write_text("# @package _global_\nname: mine\n")
        Path("notes.txt").write_text("mine")
        assert answer(["name=kept"]).code == 0
        try:
            yield Path(name)
        finally:
            os.chdir(before)


def answer(line):
    with quick_training(), redirect_stdout(StringIO()) as out, redirect_stderr(StringIO()) as err:
        code = main(["train", *line])
    return Answer(code, out.getvalue(), err.getvalue())


def files(place):
    return {path: path.read_bytes() for path in place.rglob("*") if path.is_file()}


def check(line, given_answer, before, after):
    code, out, err = given_answer
    assert "Traceback" not in out + err, (line, err)
    assert code in (0, 2), (line, given_answer)
    assert {path: after.get(path) for path in before} == before, line
    if code == 2:
        assert err.startswith("error: "), (line, err)
        assert err.count("\n") == 1, (line, err)
        assert after == before, line
    elif "--cfg" not in line:
        assert err == "", (line, err)
        new = {path for path in after if path not in before}
        for config in (path for path in new if path.name == "config.yaml"):
            assert config.with_name("DONE") in after, line
            check_values(line, OmegaConf.load(config))


def check_values(line, config):
    """Check that a run got the plain values that were typed last for it."""
    typed = dict(word.split("=", 1) for word in line if re.fullmatch(r"(seed|env_steps|name)=[\w.-]+", word, re.ASCII))
    for key, value in typed.items():
        if not re.search(rf"[+~]{key}", " ".join(line)) and not re.search("-", value if key == "seed" else ""):
            assert str(config[key]) == (value.lstrip("0") or "0" if key == "seed" else value), (line, key)


@pytest.mark.slow
def test_any_training_command_is_answered():
    with folder() as place:

        @settings(max_examples=int(os.environ.get("FUZZ", "500")), deadline=None, suppress_health_check=[*HealthCheck])
        @given(lines)
        def run(line):
            before = files(place)
            given_answer = answer(line)
            check(line, given_answer, before, files(place))
            for path in files(place).keys() - before.keys():
                path.unlink()

        run()


@pytest.mark.slow
@pytest.mark.parametrize(
    "line",
    [
        ["train", "name=\udc80"],
        ["train", "model=ä…", "env.map='"],
        ["train", "-m", "seed=0,4294967296"],
        ["summary", "a b'c=d,e#f%ä…"],
        ["curves", "/dev/null"],
        ["status", "\udc80"],
        ["evaluate", "none", "--episodes", "9" * 30],
        ["export", "."],
        ["watch", "none.json.gz"],
    ],
)
@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_wrong_command_is_answered_in_any_encoding(tmp_path, line, encoding):
    variables = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": encoding}
    words = [sys.executable, "-m", "aiirmix", *line]
    done = subprocess.run(words, cwd=tmp_path, env=variables, capture_output=True, check=False)
    assert done.returncode in (1, 2), done.stderr
    assert done.stdout == b""
    assert done.stderr.startswith(b"error: ")
    assert done.stderr.count(b"\n") == 1
