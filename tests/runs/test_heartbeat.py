"""What a run tells of itself while it runs."""

import time

from aiirmix.runs.heartbeat import heartbeat, read_heartbeat


def told(file):
    heartbeat = read_heartbeat(file)
    assert heartbeat
    return heartbeat


def test_the_file_follows_the_run_and_ends_with_it(tmp_path):
    file, played = tmp_path / "progress.json", [100]
    with heartbeat(file, lambda: played[0], budget=1000, every=0.01):
        assert told(file)._replace(speed=0) == (100, 1000, 0)
        played[0] = 300
        time.sleep(0.2)
        assert told(file).env_steps == 300
        assert 0 < told(file).speed <= 200 / 0.1
        played[0] = 400
    assert told(file).env_steps == 400


def test_a_file_that_cannot_be_written_does_not_end_the_run(tmp_path):
    with heartbeat(tmp_path / "removed" / "progress.json", lambda: 0, budget=1000, every=0.01):
        time.sleep(0.05)
    assert read_heartbeat(tmp_path / "removed" / "progress.json") is None
