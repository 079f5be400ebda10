"""What `--keep` writes, and when it refuses to."""

from shutil import rmtree

import pytest

from tests.tuning.conftest import RUN, SPACE, training


@pytest.fixture
def line(spaces, train_with):
    """Return a command whose trials take no time."""
    train_with(training())
    return f"none {spaces('mine', SPACE)} {RUN} --seeds 1"


def test_the_ledger_counts_all_trials_done_not_those_of_the_last_command(tune, line, kept_in):
    assert tune(f"{line} --trials 3").code == 0
    assert tune(f"{line} --trials 2 --keep").code == 0
    [entry] = kept_in()
    assert (entry.trials, entry.metric) == (3, "test/win_rate")
    assert entry.settings.startswith("model.optimizers.actor.lr=0.00")
    assert entry.began[:2] == "20"


def test_all_commits_of_a_study_are_kept_and_unknown_ones_refused(tune, line, train_with, folder, kept_in):
    assert tune(f"{line} --trials 1").code == 0
    train_with(training(commit="ba9876543210"))
    assert tune(f"{line} --trials 2 --keep").code == 0
    [entry] = kept_in()
    assert entry.commit == "0123456789ab ba9876543210"
    [preset] = folder.glob("kept/model/tuned/*.yaml")
    assert "# Made by the code of 0123456789ab, ba9876543210.\n" in preset.read_text()
    preset.unlink()
    for run in folder.glob("runs/tuning/none*"):
        rmtree(run)
    assert "not kept: the commit of some runs is not known" in tune(f"{line} --trials 2 --keep").out
    assert kept_in() == [entry]
    assert not preset.exists()
