"""A trained model plays as in its test episodes, and its rewards and attention are recorded."""

import numpy as np
import pytest
import torch
from omegaconf import OmegaConf

from aiirmix.common.errors import ConfigError
from aiirmix.data.collector import Collector
from aiirmix.envs.skirmish.env import Skirmish
from aiirmix.runs.directory import RunDirectory
from aiirmix.training.build import build
from aiirmix.viewer.play_battle import replay
from aiirmix.viewer.trained_player import engagement, play_model
from tests.training.toy_runs import train


@pytest.fixture(scope="module")
def recording(run):
    return play_model(run, seed=7)


@pytest.fixture(scope="module")
def learner(run):
    """The model of the run, loaded without the code under test."""
    config = OmegaConf.load(run.config_file)
    learner = build(config.model, spec=Skirmish("2s3z").spec, seed=0)
    learner.load_state_dict(torch.load(run.checkpoint_file, weights_only=True)["state_dict"])
    return learner


@pytest.fixture(scope="module")
def episode(learner):
    return Collector(Skirmish("2s3z")).collect(learner.policy, np.array([7]))


def test_its_title_says_how_far_the_intrinsic_reward_is_engaged(tmp_path):
    directory = RunDirectory(tmp_path)
    assert engagement(directory) == []
    columns = "env_steps,rewards/fraction_of_advantage,balance/agreement"
    directory.metrics_file.write_text(f"{columns}\n0,,\n100,0.123456,0.5\n200,0.25,\n")
    assert engagement(directory) == ["r_in 0.25 of Var(A)", "agreement 0.5"]


def test_it_plays_greedily_as_in_test_episodes(recording, episode):
    np.testing.assert_array_equal(recording.actions, episode.actions[:, 0])
    np.testing.assert_allclose(recording.reward, episode.reward[:, 0], atol=1e-4)
    np.testing.assert_array_equal(recording.alive[:, :5], episode.alive[:, 0])


def test_its_battle_can_be_replayed(recording):
    again = replay(recording).to_dict()
    assert {**again, "insight": recording.to_dict()["insight"]} == recording.to_dict()


def test_rewards_and_attention_are_those_of_the_networks(recording, learner, episode):
    steps = episode.transitions
    with torch.no_grad():
        r_in = learner.intrinsic(steps)
        r_total = learner.mixer(r_in, episode.reward[:, 0])
        attention = learner.intrinsic.attention(steps)
    np.testing.assert_allclose(recording.insight.r_in, r_in, atol=1e-4)
    np.testing.assert_allclose(recording.insight.r_total, r_total, atol=1e-4)
    np.testing.assert_allclose(recording.insight.attention, attention, atol=1e-4)
    assert recording.insight.attention.shape == (recording.steps, 5, 5)


def test_the_recording_names_model_steps_and_map(recording, learner):
    assert recording.played_by.startswith(f"aiir_mix, {int(learner.env_steps):,} steps, r_in ")
    assert recording.settings["map"] == "2s3z"


def test_a_model_without_attention_shows_its_rewards(tmp_path):
    run = train(tmp_path / "liir" / "8m" / "seed=0", "model=liir", "env.map=8m", "env_steps=100", env=None)
    insight = play_model(run, seed=0).insight
    assert insight is not None
    assert insight.attention is None
    assert insight.r_in.any()


def test_other_environments_are_refused(tmp_path):
    run = train(tmp_path / "toy", "env_steps=100")
    with pytest.raises(ConfigError, match="only battles of skirmish can be recorded, not of toy/credit"):
        play_model(run, seed=0)


def test_a_directory_above_a_run_suggests_the_run(run):
    above = run.path.parent.parent
    with pytest.raises(ConfigError, match=f"{above} is not a run: it has no config.yaml; did you mean {run.path}?"):
        play_model(RunDirectory(above), seed=0)


def test_a_run_without_checkpoint_is_refused(tmp_path, run):
    (tmp_path / "config.yaml").write_bytes(run.config_file.read_bytes())
    with pytest.raises(ConfigError, match="has no checkpoint"):
        play_model(RunDirectory(tmp_path), seed=0)


@pytest.mark.parametrize("file", ["config.yaml", "checkpoints/last.ckpt"])
def test_a_damaged_run_is_refused(tmp_path, run, file):
    for name in ("config.yaml", "checkpoints/last.ckpt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes((run.path / name).read_bytes() if name != file else b"\x00{: garbage")
    with pytest.raises(ConfigError, match=rf"{tmp_path / file}"):
        play_model(RunDirectory(tmp_path), seed=0)
