"""Damaged files: one line with the file and the cure, the checkpoint before is used, and no wrong success.

Every file of a run directory is truncated at every tenth of its length.
"""

import os
import shutil
from pathlib import Path

import pytest
import torch

from aiirmix.cli.main import main
from aiirmix.common.errors import ConfigError
from aiirmix.evaluation.trained_run import load_trained
from aiirmix.report.evaluations import read
from aiirmix.runs.csv_table import Table
from aiirmix.runs.directory import RunDirectory
from aiirmix.runs.recorded import read_runs
from aiirmix.runs.status import run_status
from aiirmix.training.checkpoint import LastCheckpoint, env_steps_of, load_checkpoint
from aiirmix.training.fit import fit
from aiirmix.training.resume import rewind
from tests.training.test_resume import OVERFLOWING
from tests.training.toy_runs import assert_same_record, cut, open_run, toy_config, train

FEW, ALL = pytest.param([0, 9], id="few"), pytest.param(range(10), id="all", marks=pytest.mark.slow)
"""Tenths of a file's length at which it is truncated."""


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Return a run that is done, with absolute results."""
    directory = train(tmp_path_factory.mktemp("done") / "aiir_mix" / "toy" / "seed=0", "evaluation.final_episodes=4")
    directory.mark_done()
    return directory


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return train(tmp_path_factory.mktemp("whole") / "qmix" / "toy" / "seed=0", *OVERFLOWING)


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory):
    """Return a run with a replay buffer, stopped before its fourth checkpoint is written."""
    config, path = toy_config(*OVERFLOWING), tmp_path_factory.mktemp("cut") / "qmix" / "toy" / "seed=0"
    cut(config, path, LastCheckpoint, "_save", 3)
    return RunDirectory(path)


def files_of(directory):
    """Return the files of a run, by their paths inside its directory."""
    return sorted(file.relative_to(directory.path) for file in directory.path.rglob("*") if file.is_file())


def copies(original, folder, tenths):
    """Yield a copy of the run for each of its files and each of these tenths, with that file truncated."""
    for file in files_of(original):
        for tenth in tenths:
            copy = RunDirectory(folder / f"{file.name}-{tenth}" / "model" / "toy" / "seed=0")
            shutil.copytree(original.path, copy.path)
            damaged = copy.path / file
            os.truncate(damaged, damaged.stat().st_size * tenth // 10)
            yield copy, damaged


def attempt(act, *arguments):
    """Return what the function returns and no error, or nothing and its error."""
    try:
        return act(*arguments), None
    except ConfigError as error:
        return None, error


def one_line(error, damaged):
    """Whether a message is one line that names the file."""
    return "\n" not in str(error) and str(damaged) in str(error)


def assert_no_wrong_numbers(copy, damaged, original):
    """Status and tables show the true numbers, or name the file."""
    run_status(copy)
    [*runs], [*unreadable] = read_runs(copy.path)
    assert len(runs) + len(unreadable) == 1
    for one in unreadable:
        assert one_line(one.reason, damaged)
        return
    true = [row["test/return"] for row in Table(original.metrics_file).rows()]
    for evaluations in read(runs):
        shown = [float(x) for x in evaluations.returns]
        assert shown == [float(x) for x in true[: len(shown)]]
        assert not original.is_done or len(shown) == len(true)


def assert_no_wrong_model(copy, damaged, original):
    trained, error = attempt(load_trained, copy)
    if error:
        assert one_line(error, damaged)
    else:
        expected = load_checkpoint(original.checkpoint_file)["state_dict"]
        torch.testing.assert_close(dict(trained.learner.state_dict()), dict(expected), rtol=0, atol=0)


def assert_resumable(copy, damaged, config):
    """The run can be resumed from one of its checkpoints, or the file and the cure are named."""
    chosen, error = attempt(lambda: rewind(open_run(config, copy.path)))
    if error:
        assert one_line(error, damaged)
        assert "restore it from a copy, or remove the folder" in str(error)
        return
    assert chosen == copy.checkpoint_file
    steps = env_steps_of(load_checkpoint(chosen))
    rows = [int(row["env_steps"]) for row in Table(copy.metrics_file).rows()]
    assert rows == list(range(0, steps + 1, 50))


@pytest.mark.parametrize("tenths", [FEW, ALL])
def test_a_truncated_file_of_a_finished_run_gives_no_wrong_number(finished, tmp_path, tenths):
    for copy, damaged in copies(finished, tmp_path, tenths):
        assert_no_wrong_numbers(copy, damaged, finished)
        if damaged.suffix in (".ckpt", ".yaml", ".json"):
            assert_no_wrong_model(copy, damaged, finished)


@pytest.mark.parametrize("tenths", [FEW, ALL])
def test_a_truncated_file_of_an_interrupted_run_gives_no_wrong_number(interrupted, tmp_path, tenths):
    config = toy_config(*OVERFLOWING)
    for copy, damaged in copies(interrupted, tmp_path, tenths):
        assert_no_wrong_numbers(copy, damaged, interrupted)
        assert_resumable(copy, damaged, config)


def assert_resumed(copy, damaged, config, whole):
    """The run ends with the numbers of an uninterrupted one, after the cure that an error names."""
    _, error = attempt(lambda: fit(config, open_run(config, copy.path)))
    if error:
        assert one_line(error, damaged)
        shutil.rmtree(copy.checkpoints)
        fit(config, open_run(config, copy.path))
    assert_same_record(copy, whole)


@pytest.mark.slow
@pytest.mark.parametrize("tenth", [0, 9])
def test_a_run_with_a_truncated_file_ends_with_the_numbers_of_an_uninterrupted_one(interrupted, whole, tmp_path, tenth):
    """After the cure that the message names, where one is needed."""
    config = toy_config(*OVERFLOWING)
    for copy, damaged in copies(interrupted, tmp_path, [tenth]):
        if damaged.name not in ("run.log", "run.lock", "progress.json", "previous.ckpt"):
            assert_resumed(copy, damaged, config, whole)


@pytest.mark.slow
def test_a_run_with_any_truncated_file_ends_with_the_numbers_of_an_uninterrupted_one(interrupted, whole, tmp_path):
    config = toy_config(*OVERFLOWING)
    for copy, damaged in copies(interrupted, tmp_path, range(10)):
        assert_resumed(copy, damaged, config, whole)


def test_the_commands_answer_in_lines(finished, tmp_path, capsys):
    for copy, damaged in copies(finished, tmp_path, [5]):
        folder = str(copy.path.parents[2])
        for words in (["status", folder], ["summary", folder]):
            code = main(words)
            answer = capsys.readouterr()
            assert code in (0, 2)
            assert code == 0 or one_line(answer.err.strip(), damaged)


def test_the_checkpoint_before_takes_the_place_of_a_damaged_one(interrupted, tmp_path, caplog):
    copy = RunDirectory(tmp_path / "run")
    shutil.copytree(interrupted.path, copy.path)
    before = env_steps_of(load_checkpoint(copy.previous_checkpoint_file))
    assert before < env_steps_of(load_checkpoint(copy.checkpoint_file))
    copy.checkpoint_file.write_bytes(b"")
    for tests_of_another_model in (copy.absolute_file, copy.best_file):
        tests_of_another_model.touch()
    rewind(copy)
    assert not copy.absolute_file.exists()
    assert not copy.best_file.exists()
    assert f"{copy.checkpoint_file} is damaged" in caplog.text
    assert f"going on from the checkpoint before it, of env step {before}" in caplog.text
    assert env_steps_of(load_checkpoint(copy.checkpoint_file)) == before
    assert not copy.previous_checkpoint_file.exists()


def flip(file: Path, place: float) -> None:
    """Change a byte of a file."""
    content = bytearray(file.read_bytes())
    content[int(place * len(content))] ^= 0xFF
    file.write_bytes(content)


def test_a_changed_byte_is_noticed_by_its_checksum(interrupted, tmp_path):
    copy = tmp_path / "last.ckpt"
    shutil.copy(interrupted.checkpoint_file, copy)
    flip(copy, 0.5)
    with pytest.raises(ConfigError, match=f"^{copy} is damaged: "):
        load_checkpoint(copy)


@pytest.mark.parametrize("content", ["tensor", "dictionary", "lightning"])
def test_a_foreign_checkpoint_is_refused(interrupted, tmp_path, content):
    foreign = {
        "tensor": torch.zeros(3),
        "dictionary": {"state_dict": {}},
        "lightning": {"state_dict": {"env_steps": torch.tensor(100)}},
    }[content]
    copy = RunDirectory(tmp_path / "run")
    shutil.copytree(interrupted.path, copy.path)
    torch.save(foreign, copy.checkpoint_file)
    with pytest.raises(ConfigError, match=f"^{copy.checkpoint_file} is not the checkpoint of a run"):
        load_trained(copy)
    assert rewind(copy)


def test_a_checkpoint_of_another_run_is_refused(finished, interrupted, tmp_path):
    copy = RunDirectory(tmp_path / "run")
    shutil.copytree(interrupted.path, copy.path)
    for file in (copy.checkpoint_file, copy.previous_checkpoint_file):
        shutil.copy(finished.checkpoint_file, file)
    with pytest.raises(ConfigError, match=rf"^{copy.checkpoint_file} belongs to another run: [^\n]* is [^\n]* there"):
        rewind(copy)
