"""What `--keep` writes, and when it refuses to."""

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
    assert entry.trials == 3
