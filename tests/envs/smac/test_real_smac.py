"""SMAC's own package on the stand-in shows what skirmish shows. Needs the package: make sc2."""

import logging
import os
import subprocess
import sys
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aiirmix.common.errors import ConfigError
from aiirmix.envs.contract.maps import MAP_NAMES
from aiirmix.envs.contract.version import SKIRMISH_VERSION
from aiirmix.envs.protocol import Outcome
from aiirmix.envs.sc2_server.install import install
from aiirmix.envs.skirmish.env import Skirmish
from aiirmix.envs.smac.env import Smac
from aiirmix.envs.smac.requirements import find_smac
from tests.envs.smac.games import last_available, play
from tests.envs.smac.processes import group_of, needs_proc, wait_for_end
from tests.envs.smac.side_by_side import duel_in_process

try:
    find_smac()
except ConfigError as missing:
    pytest.skip(str(missing), allow_module_level=True)

pytestmark = pytest.mark.real_smac

PAPER_MAPS = ("2s3z", "3s5z", "8m", "MMM")
FLAGS = [
    ("8m", {"obs_last_action": True, "obs_timestep_number": True, "state_timestep_number": True}),
    ("MMM2", {"obs_instead_of_state": True, "reward_only_positive": False}),
    ("2c_vs_64zg", {"obs_pathing_grid": True, "obs_terrain_height": True, "state_last_action": False}),
    ("3s_vs_3z", {"obs_all_health": False, "obs_own_health": False, "step_mul": 4, "move_amount": 3}),
    ("3s5z", {"heuristic_ai": True}),
    ("5m_vs_6m", {"heuristic_ai": True}),
    ("27m_vs_30m", {"heuristic_ai": True}),
    ("2c_vs_64zg", {"heuristic_ai": True}),
    ("bane_vs_bane", {"heuristic_ai": True}),
    ("MMM", {"heuristic_ai": True, "heuristic_rest": True, "reward_sparse": True, "continuing_episode": True}),
    ("3m", {"reward_scale": False, "reward_death_value": 5, "reward_win": 50, "reward_defeat": -3}),
]


@pytest.fixture(autouse=True)
def game(tmp_path, monkeypatch):
    install(tmp_path / "game")
    monkeypatch.setenv("SC2PATH", str(tmp_path / "game"))
    return tmp_path / "game"


duel = partial(duel_in_process, "tests.envs.smac.duel")


@pytest.mark.parametrize("name", MAP_NAMES)
def test_smac_shows_what_skirmish_shows(name):
    seen = duel(name, episodes=5 if name in PAPER_MAPS else 2)
    print(name, seen)
    assert seen["steps"] > 10


@pytest.mark.parametrize(("name", "flags"), FLAGS)
def test_smac_shows_what_skirmish_shows_under_other_flags(name, flags):
    assert duel(name, episodes=2, **flags)["steps"] > 10


def test_the_environment_is_skirmish_on_the_stand_in():
    seeds = np.array([3, 4, 2**62 + 5])
    with closing(Smac("2s3z", relaunch=True, obs_timestep_number=True)) as env:
        skirmish = Skirmish("2s3z", obs_timestep_number=True)
        assert env.spec.name == f"smac-skirmish-{SKIRMISH_VERSION}/2s3z"
        assert env.spec.agent_types == skirmish.spec.agent_types
        frame, expected = env.reset(seeds), skirmish.reset(seeds % 2**32)
        outcome, expected_outcome = Outcome.zeros(3), Outcome.zeros(3)
        while not (outcome.terminated | outcome.truncated).all():
            pairs: Any = zip((*frame, *outcome), (*expected, *expected_outcome), strict=True)
            for mine, theirs in pairs:
                np.testing.assert_allclose(mine, theirs, rtol=0, atol=1e-5)
            actions = last_available(frame)
            env.step(actions, (frame, outcome))
            skirmish.step(actions, (expected, expected_outcome))
        assert (expected_outcome.terminated | expected_outcome.truncated).all()


@pytest.mark.parametrize("fault", ["hang", "crash", "drop", "stub"])
def test_every_fault_of_the_game_is_survived(game, fault, caplog):
    caplog.set_level(logging.WARNING)
    with closing(Smac("3m", step_seconds=5)) as env:
        (game / "fault").write_text(f"{fault}@4")
        outcomes = play(env, np.arange(2))
        assert sum(outcome.aborted.sum() for outcome in outcomes) == 1
        assert not (game / "fault").exists()
        assert not any(outcome.aborted.any() for outcome in play(env, np.arange(2)))
    assert "unfinished battles dropped so far: 1" in caplog.text


@needs_proc
def test_no_process_is_left_when_the_trainer_is_killed():
    code = (
        "import numpy as np, time; from aiirmix.envs.smac.env import Smac; env = Smac('3m'); env.reset(np.arange(2));"
        "print(*[worker.pid for worker in env._games._workers], flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as trainer:
        assert trainer.stdout is not None
        pids = [int(pid) for pid in trainer.stdout.readline().split()]
        assert [len(group_of(pid)) for pid in pids] == [2, 2]
        trainer.kill()
    assert wait_for_end(pids)


def test_a_run_survives_a_crash_and_records_what_it_played(game, tmp_path):
    (game / "fault").write_text("crash@20")
    root = Path(__file__).parents[3]
    settings = ["env=smac", "env.map=3m", "env_steps=400", "evaluation.every=200", "evaluation.episodes=4"]
    command = [sys.executable, str(root / "run.py"), *settings, "env.workers=4", "trainer.enable_progress_bar=false"]
    subprocess.run(command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}, check=True)
    run = next(tmp_path.glob("runs/*/*/*/seed=0"))
    assert f"environment: smac-skirmish-{SKIRMISH_VERSION}/3m" in (run / "provenance.yaml").read_text()
    assert "unfinished battles dropped so far: 1" in (run / "run.log").read_text()
    assert (run / "DONE").exists()
