"""The folder name that the settings of a run give."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from omegaconf import OmegaConf

from aiirmix.launch.naming import label, run_path, settings


def path(*overrides, model="aiir_mix", env="skirmish", **env_settings):
    """Return the path of a run with seed 3."""
    hydra = {"runtime": {"choices": {"model": model, "env": env}}, "overrides": {"task": list(overrides)}}
    return run_path(OmegaConf.create({"name": "n", "seed": 3, "env": env_settings, "hydra": hydra}))


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ([], "n/aiir_mix/8m/seed=3"),
        (["model=aiir_mix", "env.map=8m", "env_steps=10", "evaluation.every=5"], "n/aiir_mix/8m/seed=3"),
        (["model/similarity=mlp"], "n/aiir_mix,similarity=mlp/8m/seed=3"),
        (["model.gamma=0.95"], "n/aiir_mix,gamma=0.95/8m/seed=3"),
        (["++model.intrinsic.temperature=1"], "n/aiir_mix,intrinsic.temperature=1/8m/seed=3"),
        (["model.gamma=0.9", "model/mixer=linear"], "n/aiir_mix,gamma=0.9,mixer=linear/8m/seed=3"),
        (["model/mixer=linear", "model.gamma=0.9"], "n/aiir_mix,gamma=0.9,mixer=linear/8m/seed=3"),
        (["~model.gamma"], "n/aiir_mix,gamma=null/8m/seed=3"),
        (["model.critic.hidden=[64,64]"], "n/aiir_mix,critic.hidden=-64-64-/8m/seed=3"),
        (["model.path=/a/../b"], "n/aiir_mix,path=-a-..-b/8m/seed=3"),
        (["env.reward_sparse=true"], "n/aiir_mix/8m,reward_sparse=True/seed=3"),
        (["env.reward_sparse=True"], "n/aiir_mix/8m,reward_sparse=True/seed=3"),
        (["model.gamma=9e-1"], "n/aiir_mix,gamma=0.9/8m/seed=3"),
        (["+model.gamma=0.90"], "n/aiir_mix,gamma=0.9/8m/seed=3"),
        (["model.gate=null"], "n/aiir_mix,gate=null/8m/seed=3"),
    ],
)
def test_settings_of_model_and_environment_are_in_the_path(overrides, expected):
    assert path(*overrides, map="8m") == expected


def test_an_environment_other_than_the_default_is_in_the_path():
    assert path(env="smac", map="8m") == "n/aiir_mix/smac-8m/seed=3"
    assert path(env="matrix") == "n/aiir_mix/matrix/seed=3"


@given(st.lists(st.tuples(st.text(), st.text())))
def test_any_settings_give_one_short_folder_name(changes):
    name = label("aiir_mix", dict(changes))
    assert "/" not in name
    assert name.startswith("aiir_mix")
    assert len(name.encode()) < 220


def test_long_labels_differ_if_their_settings_differ():
    assert label("m", {"key": "a" * 200}) != label("m", {"key": "a" * 199 + "b"})


def test_only_settings_inside_the_part_count():
    assert settings("env", ["env=smac", "env_steps=3", "model.env.x=1", "env.map=8m"]) == {"map": "8m"}


def test_a_map_file_is_named_by_its_content(tmp_path):
    own = tmp_path / "my map.yaml"
    own.write_text("episode_limit: 9")
    first = path(f"env.map='{own}'", map=str(own))
    assert first.startswith("n/aiir_mix/my-map-")
    own.write_text("episode_limit: 10")
    assert path(f"env.map='{own}'", map=str(own)) != first
