"""SMACv2's own package on the stand-in shows what skirmish shows. Needs the package: make sc2."""

import os
import subprocess
import sys
from contextlib import closing
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from aiirmix.cli.main import main
from aiirmix.common.errors import ConfigError
from aiirmix.envs.contract.scenarios import SCENARIO_NAMES
from aiirmix.envs.contract.version import SKIRMISH_VERSION
from aiirmix.envs.sc2_server.install import install
from aiirmix.envs.skirmish.env import Skirmish
from aiirmix.envs.smacv2.env import Smacv2
from aiirmix.envs.smacv2.requirements import find_smacv2
from tests.envs.smac.games import play
from tests.envs.smac.side_by_side import duel_in_process

try:
    find_smacv2()
except ConfigError as missing:
    pytest.skip(str(missing), allow_module_level=True)

pytestmark = pytest.mark.real_smac

FLAGS = [
    ("terran_10_vs_11", {"obs_last_action": True, "obs_timestep_number": True, "state_timestep_number": True}),
    ("protoss_5_vs_5", {"reward_only_positive": False, "obs_pathing_grid": True, "obs_terrain_height": True}),
    ("zerg_5_vs_5", {"obs_all_health": False, "obs_own_health": False, "step_mul": 4, "move_amount": 3}),
    ("protoss_10_vs_10", {"fully_observable": True, "use_unit_ranges": False, "obs_own_pos": False}),
    ("terran_5_vs_5", {"min_attack_range": 5.5, "state_last_action": False, "reward_scale": False}),
    ("terran_5_vs_5", {"obs_starcraft": False, "obs_timestep_number": True}),
    ("terran_5_vs_5", {"conic_fov": True, "obs_last_action": True}),
    ("zerg_10_vs_11", {"conic_fov": True, "num_fov_actions": 5, "action_mask": False}),
    ("protoss_5_vs_5", {"obs_blanking": True, "prob_obs_enemy": 0.0, "action_mask": False}),
    ("terran_10_vs_10", {"obs_blanking": True}),
    ("zerg_5_vs_5", {"obs_blanking": True, "conic_fov": True}),
    ("terran_10_vs_10", {"heuristic_ai": True}),
    ("terran_5_vs_5", {"attack": [0.2, 0.9]}),
    ("protoss_10_vs_10", {"attack": [0.5, 1], "health": [0, 0.5], "enemy_mask": 0.4, "obs_last_action": True}),
    ("zerg_5_vs_5", {"health": [0.2, 0.4], "observe_capabilities": False, "kill_unit_step_mul": 3}),
    ("terran_10_vs_11", {"attack": [0, 1], "observe_capabilities": False, "conic_fov": True, "action_mask": False}),
    ("protoss_5_vs_5", {"enemy_mask": 0.7, "obs_all_health": False, "health": [0.1, 0.3]}),
    ("zerg_10_vs_10", {"heuristic_ai": True, "reward_sparse": True}),
    ("terran_5_vs_5", {"heuristic_ai": True, "heuristic_rest": True}),
]


@pytest.fixture(autouse=True)
def game(tmp_path, monkeypatch):
    install(tmp_path / "game")
    monkeypatch.setenv("SC2PATH", str(tmp_path / "game"))
    return tmp_path / "game"


duel = partial(duel_in_process, "tests.envs.smacv2.duel")


@pytest.mark.parametrize("name", SCENARIO_NAMES)
def test_smacv2_shows_what_skirmish_shows(name):
    seen = duel(name, episodes=8)
    print(name, seen)
    assert seen["steps"] > 80
    assert set(seen["starts"]) == {"surrounded", "reflected"}


@pytest.mark.parametrize(("name", "flags"), FLAGS)
def test_smacv2_shows_what_skirmish_shows_under_other_flags(name, flags):
    assert duel(name, episodes=4, **flags)["steps"] > 40


def test_with_relaunch_the_same_seed_gives_the_same_battle():
    with closing(Smacv2("protoss_5_vs_5", relaunch=True)) as env:
        skirmish = Skirmish("protoss_5_vs_5")
        assert env.spec.name == f"smacv2-skirmish-{SKIRMISH_VERSION}/protoss_5_vs_5"
        for name in ("n_agents", "n_actions", "obs_dim", "state_dim", "episode_limit", "agent_types"):
            assert getattr(env.spec, name) == getattr(skirmish.spec, name)
        first, again = env.reset(np.array([3, 4, 3])), env.reset(np.array([4, 3, 5]))
        np.testing.assert_array_equal(first.state[0], first.state[2])
        np.testing.assert_array_equal(first.state[0], again.state[1])
        np.testing.assert_array_equal(first.state[1], again.state[0])
        assert len({state.tobytes() for state in (*first.state, *again.state)}) == 3


def test_a_crash_costs_its_battle_only(game):
    with closing(Smacv2("terran_5_vs_5")) as env:
        (game / "fault").write_text("crash@9")
        assert sum(outcome.aborted.sum() for outcome in play(env, np.arange(2))) == 1
        assert not any(outcome.aborted.any() for outcome in play(env, np.arange(2)))


def test_the_doctor_plays_an_episode(capsys):
    assert main(["doctor", "--map", "zerg_5_vs_5"]) == 0
    assert f"smacv2-skirmish-{SKIRMISH_VERSION}/zerg_5_vs_5" in capsys.readouterr().out


def test_a_run_records_what_it_played(tmp_path):
    root = Path(__file__).parents[3]
    settings = ["env=smacv2", "env.map=10gen_zerg_5_vs_5", "env_steps=300", "evaluation.every=150"]
    settings += ["evaluation.episodes=2", "env.workers=2", "trainer.enable_progress_bar=false"]
    command = [sys.executable, str(root / "run.py"), *settings]
    subprocess.run(command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}, check=True)
    run = next(tmp_path.glob("runs/*/*/*/seed=0"))
    assert f"environment: smacv2-skirmish-{SKIRMISH_VERSION}/zerg_5_vs_5" in (run / "provenance.yaml").read_text()
