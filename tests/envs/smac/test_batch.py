"""Games in worker processes run in lockstep, share memory with their parent, and survive every failure of a game."""

import os
import signal
import subprocess
import sys
import time
from functools import partial

import numpy as np
import pytest

from aiirmix.envs.protocol import BatchEnv, Frame, Outcome
from aiirmix.envs.skirmish.env import Skirmish
from aiirmix.envs.skirmish.views.smac import StarCraft2Env
from aiirmix.envs.smac.batch import MAX_FAILURES, GameBatch
from tests.envs.smac.games import LIMIT, ToyGame, describe, last_available, play
from tests.envs.smac.processes import group_of, needs_proc, wait_for_end
from tests.marks import slow

STOP = 1
SEEDS = np.array([7, 8, 9])


def skirmish_game(seed):
    """Make SMAC's class on skirmish."""
    return StarCraft2Env("2s3z", seed=seed, continuing_episode=True)


@pytest.fixture
def faults(tmp_path):
    """A folder in which a failure can be requested."""
    (tmp_path / "faults").mkdir()
    return tmp_path / "faults"


@pytest.fixture
def games(faults):
    batch = GameBatch(partial(ToyGame, faults=str(faults)), describe)
    yield batch
    batch.close()


def test_games_of_skirmish_equal_skirmish_number_for_number():
    batch, skirmish = GameBatch(skirmish_game, describe, relaunch=True), Skirmish("2s3z")
    assert (batch.spec.obs_dim, batch.spec.state_dim) == (skirmish.spec.obs_dim, skirmish.spec.state_dim)
    envs: tuple[BatchEnv, BatchEnv] = batch, skirmish
    frames = [env.reset(SEEDS[:2]) for env in envs]
    over = np.zeros(2, bool)
    while not over.all():
        for mine, theirs in zip(*frames, strict=True):
            np.testing.assert_array_equal(mine, theirs)
        actions = last_available(frames[0])
        (_, outcome), (_, expected) = (
            env.step(actions, (frame, Outcome.zeros(2))) for env, frame in zip(envs, frames, strict=True)
        )
        for mine, theirs in zip(outcome, expected, strict=True):
            np.testing.assert_array_equal(mine, theirs)
        over |= outcome.terminated | outcome.truncated
    batch.close()


def test_a_time_out_is_truncated_and_a_win_is_won(games):
    assert any(outcome.won.any() for outcome in play(games, SEEDS))
    seeds = np.arange(8)
    frame, outcome = games.reset(seeds), Outcome.zeros(len(seeds))
    for _ in range(LIMIT):
        games.step(np.where(frame.alive, STOP, 0), (frame, outcome))
    assert (outcome.terminated != outcome.truncated).all()
    assert (outcome.terminated == ~frame.alive.any(1)).all()
    assert 0 < outcome.truncated.sum() < len(seeds)


@pytest.mark.parametrize("fault", ["crash", "hang", *slow(["raise", "empty"])])
def test_a_game_that_fails_costs_its_battle_and_nothing_else(games, faults, fault, caplog):
    calm = play(games, SEEDS)
    (faults / "2").write_text(fault)
    if fault == "hang":
        games.step_seconds = 5.0
    struck = play(games, SEEDS + 10)
    aborted = np.array([outcome.aborted for outcome in struck])
    assert aborted.sum() == 1
    assert aborted[1].sum() == 1
    ended = np.array([outcome.terminated | outcome.truncated for outcome in struck]).any(0)
    assert (ended != aborted.any(0)).all()
    assert not np.array([outcome.aborted for outcome in calm]).any()
    assert games.dropped == 1
    assert "unfinished battles dropped so far: 1" in caplog.text
    assert not any(outcome.aborted.any() for outcome in play(games, SEEDS + 20))


def test_the_rows_of_an_aborted_battle_keep_their_values(games, faults):
    frame = games.reset(SEEDS)
    (faults / "1").write_text("raise")
    buffers = Frame(*(np.ones_like(array) for array in frame)), Outcome.zeros(3)
    first = Frame(*(array.copy() for array in frame))
    games.step(last_available(first), buffers)
    lost = buffers[1].aborted
    assert lost.sum() == 1
    for array in buffers[0]:
        assert (array[lost] == 1).all()
    assert not (buffers[0].obs[~lost] == 1).all()


@pytest.mark.slow
def test_a_game_that_fails_to_start_is_tried_again(games, faults, caplog):
    (faults / "0").write_text("raise")
    assert not any(outcome.aborted.any() for outcome in play(games, SEEDS))
    assert games.dropped == 0
    assert "failed and is restarted: OSError: the game is gone" in caplog.text


@pytest.mark.slow
def test_games_that_always_fail_end_the_run(games, faults):
    for _ in range(MAX_FAILURES - 1):
        (faults / "0").write_text("raise")
        games.reset(SEEDS[:1])
    (faults / "0").write_text("raise")
    with pytest.raises(RuntimeError, match=rf"games failed {MAX_FAILURES} times in a row, at last: OSError"):
        games.reset(SEEDS[:1])


def test_a_game_that_cannot_be_made_is_an_error_that_says_why():
    with pytest.raises(RuntimeError, match=r"no game can be made: TypeError: .* positional arguments"):
        GameBatch(partial(ToyGame, 1, 2), describe)


@needs_proc
def test_closing_ends_all_processes(games):
    games.reset(SEEDS)
    pids = [worker.pid for worker in games._workers]
    assert all(len(group_of(pid)) == 2 for pid in pids)
    games.close()
    assert wait_for_end(pids)


@needs_proc
def test_a_worker_that_vanishes_leaves_no_game_behind(games):
    frame = games.reset(SEEDS)
    victim = games._workers[1].pid
    os.kill(victim, signal.SIGKILL)
    _, outcome = games.step(last_available(frame))
    assert outcome.aborted.tolist() == [False, True, False]
    assert wait_for_end([victim])


PARENT = """
import signal, sys, time
from functools import partial
import numpy as np
from aiirmix.envs.smac.batch import GameBatch
from tests.envs.smac.games import ToyGame, describe

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
games = GameBatch(partial(ToyGame, faults=sys.argv[1]), describe)
games.reset(np.arange(3))
print(*[worker.pid for worker in games._workers], flush=True)
{then}
"""


@needs_proc
@pytest.mark.parametrize(
    ("then", "kill"),
    [("time.sleep(600)", signal.SIGKILL), ("time.sleep(600)", signal.SIGINT), ("sys.exit()", None)],
)
def test_workers_and_games_end_with_their_parent_and_leave_no_files(faults, then, kill, tmp_path_factory):
    command, temporary = [sys.executable, "-c", PARENT.format(then=then), str(faults)], tmp_path_factory.mktemp("left")
    environment = {**os.environ, "TMPDIR": str(temporary)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    ) as parent:
        assert parent.stdout is not None
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        if kill:
            assert all(len(group_of(pid)) == 2 for pid in pids)
            parent.send_signal(kill)
    assert len(pids) == 3
    assert wait_for_end(pids)
    assert not list(temporary.iterdir())


@needs_proc
def test_a_hung_worker_ends_with_its_parent(faults):
    command = [sys.executable, "-c", PARENT.format(then="games.step(np.ones((3, 3), int))"), str(faults)]
    (faults / "1").write_text("hang")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as parent:
        assert parent.stdout is not None
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        while (faults / "1").exists():
            time.sleep(0.05)
        parent.kill()
    assert wait_for_end(pids)
