"""Processes of a sweep: what a killed one leaves behind is removed without a word."""

import subprocess
import sys

import pytest

LEAVE_A_SEMAPHORE = """
import sys
from joblib.externals.loky.backend import resource_tracker
from aiirmix.launch.workers import Workers
if "workers" in sys.argv:
    Workers(lambda call, reason: reason)([])
resource_tracker.ensure_running()
resource_tracker.register("/loky-left-by-a-killed-worker", "semlock")
"""


@pytest.mark.parametrize(("arguments", "warns"), [(["workers"], False), ([], True)])
def test_the_tracker_of_what_workers_leave_is_quiet(arguments, warns):
    """The tracker inherits stderr and outlives its command, so the pipe ends when it has said what it had to say."""
    answer = subprocess.run(
        [sys.executable, "-c", LEAVE_A_SEMAPHORE, *arguments], capture_output=True, text=True, check=True
    )
    assert ("leaked semlock" in answer.stderr) == warns
    assert warns or answer.stderr == ""
