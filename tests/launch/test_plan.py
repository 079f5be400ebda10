"""The runs that a command plans, before anything starts."""

import re
import shutil
import time
from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any

import pytest
from omegaconf import OmegaConf

from aiirmix.common.errors import ConfigError
from aiirmix.common.resources import CONF
from aiirmix.launch import compose, composition, hydra_adapter, planning
from aiirmix.launch.compose import compose_run, configurations
from aiirmix.launch.plan import plan
from aiirmix.launch.ranges import as_typed
from aiirmix.runs.config import config_text
from tests.marks import slow, slow_but

pytestmark = pytest.mark.usefixtures("folder")


MODELS = ("aiir_mix", "qmix", "coma", "ippo", "qtran", "liir_code")


def planned(line, multirun=True):
    return plan([as_typed(word) for word in line.split()], multirun)


def paths(line, multirun=True):
    return [str(run.directory.path) for run in planned(line, multirun)]


@pytest.mark.parametrize(
    "words",
    [
        "model.actor.share_parameters=false",
        "model.optimizers.actor.lr=1e-3",
        "model.gamma=.90 env.reward_sparse=true",
        "model.balance.gate=null model=aiir",
        "model.intrinsic.inputs=[obs] model=liir",
    ],
)
def test_a_run_has_one_directory_whether_it_is_alone_or_in_a_sweep(words):
    alone = paths(words, multirun=False)
    assert alone == paths(words)
    assert alone[0] in paths(f"{words} seed=0,1")


def test_the_example_in_the_readme_plans_thirty_runs():
    models, maps = ("aiir_mix", "rmix", "liir"), ("8m", "2s3z")
    expected = [f"runs/default/{m}/{w}/seed={s}" for m in models for w in maps for s in range(5)]
    assert paths("model=aiir_mix,rmix,liir env.map=8m,2s3z seed=0-4") == expected


def test_every_run_gets_its_own_settings():
    runs = planned("model=aiir_mix,liir seed=0-1,7 env_steps=200000")
    assert [run.config["seed"] for run in runs] == [0, 1, 7] * 2
    assert {run.config["env_steps"] for run in runs} == {200000}
    assert runs[0].config["model"] != runs[3].config["model"]


def test_runs_with_the_same_components_share_one_composition(monkeypatch):
    """Composing takes most of the time of a plan."""
    composed = []

    def counted(overrides):
        composed.append(overrides)
        return compose_run(overrides)

    monkeypatch.setattr(compose, "compose_run", counted)
    assert len(planned("model=aiir_mix,liir env.map=8m,2s3z seed=0-4")) == 20
    assert len(composed) == 1 + 2  # without a model, to look for the sweep of an experiment


VALUES = [
    "model.gamma=0.9 env.map=2s3z name='x'",
    "env_steps=9000 evaluation.every=300 model.agent_critic.hidden=[3,4]",
    "model=qmix model.epsilon.steps=7 model.epsilon={start: 0.5} env.map=3m",
    "model/mixer=linear +model.mixer.more=1 threads=2 model.lambda_=null seed=7",
    "name=a${seed} seed=3 env_steps=${evaluation.every}0",
    "~callbacks.progress experiment=quick model.gamma=1 env=credit env.agents=3",
    "hydra/launcher=joblib hydra.launcher.n_jobs=3 model.gamma=0.5",
]


@pytest.mark.parametrize("line", slow_but([VALUES[2], VALUES[3], VALUES[5]], VALUES))
def test_changed_values_give_what_hydra_composes(line):
    words = re.split(r" (?![^{]*\})", line)
    with configurations():
        compositions = compose.Compositions()
        # A copy is changed, never what later runs share.
        compositions.compose([*words, "model.max_grad_norm=3.5"])
        found, expected = compositions.compose(words), hydra_adapter.without_help(compose_run(words))
        assert OmegaConf.to_container(found, resolve=False) == OmegaConf.to_container(expected, resolve=False)


def test_a_configuration_is_written_as_omegaconf_writes_it():
    strange: dict[str, Any] = {
        "name": "1e5",
        "a": "on",
        "b": None,
        "c": ["x: y", {"d": 1e-05, "e": True}],
        "f": "ü",
        "g": {},
        "h": "7",
    }
    configurations_ = [run.config for run in planned(f"model={','.join(MODELS)}")]
    for config in (strange, *configurations_):
        assert config_text(config) == OmegaConf.to_yaml(OmegaConf.create(config))


def test_a_plan_of_a_thousand_runs_takes_seconds(monkeypatch):
    """The bound is generous: one composition in ten runs, and milliseconds for each run."""
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=10**15))
    composed = []

    def counted(overrides):
        composed.append(overrides)
        return compose_run(overrides)

    monkeypatch.setattr(compose, "compose_run", counted)
    started = time.process_time()
    assert len(planned("model=aiir_mix,qmix env.map=2s3z,3s5z,8m,MMM,3m seed=0-99")) == 1000
    assert time.process_time() - started < 10
    assert len(composed) == 1 + 2


def test_seeds_are_resolved_together(monkeypatch):
    resolved = []
    one_by_one = composition.Composition._resolve

    def counted(self, seed):
        resolved.append(seed)
        return one_by_one(self, seed)

    monkeypatch.setattr(composition.Composition, "_resolve", counted)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=10**15))
    runs = planned("model=aiir_mix,liir seed=0-499")
    assert len(runs) == 1000
    assert len(resolved) == 2 * 2
    assert runs[417].config == planned("seed=417", multirun=False)[0].config
    assert runs[417].text == OmegaConf.to_yaml(OmegaConf.create(runs[417].config))


def test_a_setting_may_depend_on_the_seed():
    runs = planned("name=n${seed} evaluation.final_episodes=${seed} seed=1-3")
    assert [run.config["evaluation"]["final_episodes"] for run in runs] == [1, 2, 3]
    assert [str(run.directory.path) for run in runs] == [f"runs/n{n}/aiir_mix/8m/seed={n}" for n in (1, 2, 3)]
    assert [OmegaConf.create(run.text) for run in runs] == [run.config for run in runs]


def test_a_long_plan_says_so(monkeypatch, capsys):
    monkeypatch.setattr(planning, "SILENCE", 0.0)
    assert list(planning.planning(range(planning.FEW))) == list(range(planning.FEW))
    assert capsys.readouterr().err == ""
    assert list(planning.planning(range(2000))) == list(range(2000))
    assert capsys.readouterr().err == "planning 2,000 runs\n"


@pytest.mark.parametrize("line", ["seed=0-4000000000", "seed=0-1999 model.gamma=range(0,1000)"])
def test_more_runs_than_anybody_means_are_refused(line):
    with pytest.raises(ConfigError, match=r"^these are more than 100,000 runs$"):
        planned(line)


def test_a_single_run_needs_no_overrides():
    assert paths("", multirun=False) == ["runs/default/aiir_mix/8m/seed=0"]


@pytest.mark.parametrize(
    ("line", "folders"),
    [
        ("model/mixer=linear", ["aiir_mix,mixer=linear"]),
        ("model/intrinsic=individual", ["aiir_mix,intrinsic=individual"]),
        ("model/similarity=cosine,mlp", ["aiir_mix,similarity=cosine", "aiir_mix,similarity=mlp"]),
        ("model.gamma=0.9,0.99", ["aiir_mix,gamma=0.9", "aiir_mix,gamma=0.99"]),
        *slow([("model/similarity=dot", ["aiir_mix,similarity=dot"])]),
    ],
)
def test_components_and_their_settings_can_be_replaced(line, folders):
    assert paths(line) == [f"runs/default/{folder}/8m/seed=0" for folder in folders]


@pytest.mark.parametrize("group", ["env", *slow(["evaluation", "experiment", "logger", "trainer", "model"])])
def test_every_component_in_conf_can_be_planned(group):
    missing = set() if find_spec("jaxmarl") else {"smax"}
    # What these require is tested in tests/envs/smac and smacv2.
    choices = sorted(
        {path.stem for path in (CONF / group).glob("*.yaml")} - {"smac", "smac_delayed", "smacv2"} - missing
    )
    assert [planned(f"{group}={choice}", multirun=False)[0].config["seed"] for choice in choices] == [0] * len(choices)
    assert choices


def test_an_experiment_changes_only_what_it_names():
    [run] = planned("experiment=quick env_steps=30000", multirun=False)
    assert run.config["name"] == "quick"
    assert run.config["env_steps"] == 30000
    assert run.config["evaluation"] == {"every": 2000, "episodes": 10, "final_episodes": 0}


def test_an_experiment_may_define_a_sweep(tmp_path):
    (tmp_path / "experiment").mkdir()
    sweep = "{sweeper: {params: {seed: 'range(0,3)', model: 'liir,rmix'}}}"
    text = f"# @package _global_\nname: mine\nhydra: {sweep}\n"
    (tmp_path / "experiment" / "mine.yaml").write_text(text)
    found = paths(f"hydra.searchpath=['file://{tmp_path}'] experiment=mine model=aiir")
    assert found == [f"runs/mine/aiir/8m/seed={seed}" for seed in range(3)]


def test_runs_can_be_recorded_in_another_folder():
    assert paths("hydra.sweep.dir=/big/disk") == ["/big/disk/default/aiir_mix/8m/seed=0"]


@pytest.mark.parametrize("line", ["seed=0,0", "seed=0-2,1", "model=liir,liir"])
def test_two_equal_runs_are_refused(line):
    with pytest.raises(ConfigError, match="are the same"):
        planned(line)


def test_different_runs_with_the_same_directory_are_refused():
    with pytest.raises(ConfigError, match=r"evaluation.every is 1000 and 5000; give each its own name"):
        planned("evaluation.every=1000,5000")


def test_runs_with_different_names_have_different_directories():
    assert paths("name=a,b") == ["runs/a/aiir_mix/8m/seed=0", "runs/b/aiir_mix/8m/seed=0"]


def test_one_directory_with_another_configuration_stops_the_whole_sweep(tmp_path):
    [run] = planned("seed=1 env_steps=10000", multirun=False)
    run.directory.open(OmegaConf.create(run.config))
    with pytest.raises(
        ConfigError, match=r"seed=1 holds another configuration: env_steps is 10000 there, 2000000 here"
    ):
        planned("seed=0-4")
    assert [path.name for path in tmp_path.rglob("seed=*")] == ["seed=1"]


def test_only_missing_runs_need_space(monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=50 * 10**6))
    assert len(planned("seed=0-1")) == 2
    with pytest.raises(ConfigError, match=r"^no disk space: this needs 60 MB free in .*, there are 50 MB$"):
        planned("seed=0-2")
    for run in planned("seed=0"):
        run.directory.open(OmegaConf.create(run.config))
        run.directory.mark_done()
    assert len(planned("seed=0-2")) == 3
