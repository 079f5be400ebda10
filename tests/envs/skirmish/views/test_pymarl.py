"""Code written for SMAC runs: a miniature of PyMARL's episode runner with only the import changed."""

import os
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from aiirmix.envs.contract.maps import MAP_NAMES
from aiirmix.envs.skirmish.views.smac import StarCraft2Env

ROOT = Path(__file__).parents[4]
REGISTRY = {"sc2": partial(lambda env, **kwargs: env(**kwargs), env=StarCraft2Env)}
SC2_YAML = {
    "continuing_episode": False, "difficulty": "7", "game_version": None, "step_mul": 8, "move_amount": 2,
    "obs_all_health": True, "obs_instead_of_state": False, "obs_last_action": False, "obs_own_health": True,
    "obs_pathing_grid": False, "obs_terrain_height": False, "obs_timestep_number": False, "reward_death_value": 10,
    "reward_defeat": 0, "reward_negative_scale": 0.5, "reward_only_positive": True, "reward_scale": True,
    "reward_scale_rate": 20, "reward_sparse": False, "reward_win": 200, "replay_dir": "", "replay_prefix": "",
    "state_last_action": True, "state_timestep_number": False, "heuristic_ai": False, "heuristic_rest": False,
    "debug": False, "window_size_x": 1920, "window_size_y": 1200,
}  # fmt: skip
"""PyMARL's env_args without map and seed."""


class Runner:
    """Runs one episode at a time and stores every step in tensors of fixed sizes."""

    def __init__(self, env_args):
        self.env = REGISTRY["sc2"](**env_args)
        self.episode_limit, self.rng = self.env.episode_limit, torch.Generator().manual_seed(0)

    def new_batch(self):
        """Return zeros for the longest episode, in PyMARL's layout."""
        info, timesteps = self.env.get_env_info(), self.episode_limit + 1
        return {
            "state": torch.zeros(1, timesteps, info["state_shape"]),
            "obs": torch.zeros(1, timesteps, info["n_agents"], info["obs_shape"]),
            "avail_actions": torch.zeros(1, timesteps, info["n_agents"], info["n_actions"], dtype=torch.int),
            "actions": torch.zeros(1, timesteps, info["n_agents"], 1, dtype=torch.long),
            "reward": torch.zeros(1, timesteps, 1),
            "terminated": torch.zeros(1, timesteps, 1, dtype=torch.uint8),
            "filled": torch.zeros(1, timesteps, 1, dtype=torch.long),
        }

    def run(self):
        """Run an episode of random available actions; return what is stored, its return and the last info."""
        self.batch, self.t = self.new_batch(), 0
        self.env.reset()
        terminated, episode_return = False, 0
        while not terminated:
            self.update(
                {
                    "state": [self.env.get_state()],
                    "avail_actions": [self.env.get_avail_actions()],
                    "obs": [self.env.get_obs()],
                }
            )
            avail = self.batch["avail_actions"][:, self.t].float().reshape(-1, self.env.get_total_actions())
            actions = torch.multinomial(avail, 1, generator=self.rng).reshape(1, -1)
            reward, terminated, env_info = self.env.step(actions[0])
            episode_return += reward
            self.update(
                {
                    "actions": actions[..., None],
                    "reward": [(reward,)],
                    "terminated": [(terminated != env_info.get("episode_limit", False),)],
                    "filled": 1,
                }
            )
            self.t += 1
        self.update({"state": [self.env.get_state()], "obs": [self.env.get_obs()]})
        return self.batch, episode_return, env_info

    def update(self, data):
        for name, value in data.items():
            stored = self.batch[name][:, self.t]
            stored[...] = torch.as_tensor(np.asarray(value), dtype=stored.dtype).reshape(stored.shape)


@pytest.mark.parametrize("name", MAP_NAMES)
def test_pymarls_runner_plays(name):
    runner = Runner({"map_name": name, "seed": 7, **SC2_YAML})
    batch, episode_return, env_info = runner.run()
    steps = int(batch["filled"].sum())
    assert 0 < steps <= runner.episode_limit
    assert batch["reward"].sum().item() == pytest.approx(episode_return, rel=1e-5)
    assert batch["terminated"].sum() == 1
    assert batch["terminated"][0, steps - 1]
    assert not any(torch.isnan(stored).any() for stored in batch.values() if stored.is_floating_point())
    assert batch["avail_actions"].gather(3, batch["actions"])[0, :steps].all()
    assert {"battle_won", "dead_allies", "dead_enemies"} == set(env_info)
    stats = runner.env.get_stats()
    assert (stats["battles_game"], stats["battles_won"]) == (1, env_info["battle_won"])
    runner.env.close()


def test_time_outs_are_bootstrapped_from_only_in_continuing_episodes():
    ends = {}
    for continuing in (False, True):
        runner = Runner({"map_name": "3s_vs_3z", "seed": 0, **SC2_YAML, "continuing_episode": continuing})
        runner.env.battle.engine.world.rules["episode_limit"] = runner.episode_limit = 3
        batch, _, _ = runner.run()
        ends[continuing] = int(batch["terminated"].sum())
    assert ends == {False: 1, True: 0}


CHECKOUTS = {"PYMARL": "src/envs/__init__.py", "EPYMARL": "src/envs/smac_wrapper.py"}
"""Environment variables that name checkouts, and the file of each that imports SMAC."""
SETTINGS = (
    "env_args.map_name=3m t_max=300 test_interval=200 test_nepisode=2 log_interval=100 runner_log_interval=100 "
    "learner_log_interval=100 batch_size=4 buffer_size=8 use_cuda=False use_tensorboard=False save_model=False"
)


@pytest.mark.real_smac
@pytest.mark.parametrize("variable", CHECKOUTS)
def test_an_unmodified_checkout_trains_with_another_import(variable, tmp_path):
    if not os.environ.get(variable):
        pytest.skip(f"set {variable} to a checkout of oxwhirl/pymarl or uoe-agents/epymarl, and pip install sacred")
    pytest.importorskip("sacred")
    shutil.copytree(os.environ[variable], tmp_path / "checkout")
    importing = tmp_path / "checkout" / CHECKOUTS[variable]
    source = importing.read_text()
    assert source.count("from smac.env import") == 1
    importing.write_text(source.replace("from smac.env import", "from aiirmix.envs.skirmish.views.smac import"))
    main = [sys.executable, "-m", "tests.envs.skirmish.views.run_checkout", str(tmp_path / "checkout" / "src")]
    command = [*main, "--config=qmix", "--env-config=sc2", "with", *SETTINGS.split()]
    played = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert played.returncode == 0, played.stderr[-3000:]
    assert "test_return_mean" in played.stderr + played.stdout
