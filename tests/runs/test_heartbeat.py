"""The heartbeat follows a run and never disturbs it."""

import threading

from aiirmix.runs.heartbeat import heartbeat, read_heartbeat


def read(file):
    found = read_heartbeat(file)
    assert found
    return found


class Played:
    """Environment steps of a run; `seen` is set each time that the heartbeat reads them."""

    def __init__(self, env_steps):
        self.env_steps, self.seen = env_steps, threading.Semaphore(0)

    def __call__(self):
        self.seen.release()
        return self.env_steps

    def wait_for_two_beats(self):
        """The second beat starts after the first one is written."""
        while self.seen.acquire(blocking=False):
            pass
        for _ in range(3):
            assert self.seen.acquire(timeout=30)


def test_the_file_follows_the_run_to_its_end(tmp_path):
    file, played = tmp_path / "progress.json", Played(100)
    with heartbeat(file, played, budget=1000, every=0.01):
        assert read(file)._replace(speed=0) == (100, 1000, 0)
        played.env_steps = 300
        played.wait_for_two_beats()
        assert read(file).env_steps == 300
        assert read(file).speed > 0
        played.env_steps = 400
    assert read(file).env_steps == 400


def test_a_file_that_cannot_be_written_does_not_end_the_run(tmp_path):
    played = Played(0)
    with heartbeat(tmp_path / "removed" / "progress.json", played, budget=1000, every=0.01):
        played.wait_for_two_beats()
    assert read_heartbeat(tmp_path / "removed" / "progress.json") is None
