"""The private functions of Hydra that the adapter uses still do what it needs."""

import pickle
import subprocess
import sys
import warnings

import hydra
import pytest
from hydra.core.config_store import ConfigStore
from hydra.errors import HydraException, OverrideParseException
from omegaconf import OmegaConf
from packaging.requirements import Requirement

from aiirmix.launch import hydra_adapter
from aiirmix.launch.command import REFUSED
from aiirmix.launch.compose import compose_run, configurations
from tests.marks import slow


@pytest.fixture(autouse=True)
def initialized(folder):
    with configurations():
        yield


def test_the_installed_version_is_a_supported_one():
    from importlib.metadata import requires

    [supported] = [one for one in map(Requirement, requires("aiirmix") or []) if one.name == "hydra-core"]
    assert hydra.__version__ in supported.specifier


def test_flags_and_overrides_are_told_apart():
    options = hydra_adapter.argument_parser().parse_intermixed_args(["seed=1", "-m", "--cfg", "job", "model=liir"])
    assert options.overrides == ["seed=1", "model=liir"]
    assert (options.multirun, options.cfg, options.help, options.hydra_help) == (True, "job", False, False)
    assert (options.info, options.shell_completion, options.config_dir) == (None, False, None)
    assert (options.config_name, options.config_path, options.experimental_rerun) == (None, None, None)


def test_flags_are_listed_with_the_values_that_they_take():
    flags = hydra_adapter.flags()
    assert flags["--cfg"] == ("job", "hydra", "all")
    assert (flags["--config-dir"], flags["--multirun"]) == ((), None)
    assert set(REFUSED) < set(flags)


def test_overrides_are_parsed():
    sweep, choice = hydra_adapter.parse_overrides(["seed=1,2", "model/mixer=linear"])
    assert sweep.is_sweep_override()
    assert (choice.key_or_group, choice.value()) == ("model/mixer", "linear")
    assert choice.input_line == "model/mixer=linear"


def test_an_override_without_meaning_is_an_error():
    with pytest.raises(OverrideParseException):
        hydra_adapter.parse_overrides(["nonsense"])


def test_a_sweep_is_split_with_the_last_key_changing_fastest():
    overrides = hydra_adapter.parse_overrides(["model=rmix,liir", "env_steps=9", "seed=range(0,2)"])
    assert hydra_adapter.split_sweep(overrides) == [
        (f"model={model}", "env_steps=9", f"seed={seed}") for model in ("rmix", "liir") for seed in (0, 1)
    ]


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("a.b=true", "a.b=True"),
        ("++a.b=1e-3", "++a.b=0.001"),
        ("a/b=c", "a/b=c"),
        ("a=[x,1.50]", "a=[x,1.5]"),
        ("a='0 1'", "a='0 1'"),
        ("~a.b", "~a.b"),
        ("a=1,2", "a=1,2"),
        ("no override", "no override"),
    ],
)
def test_an_override_is_written_as_in_a_sweep(typed, written):
    assert hydra_adapter.in_a_sweep(typed) == written
    assert hydra_adapter.in_a_sweep(written) == written


def test_a_sweep_that_is_not_a_list_of_values_is_an_error():
    with pytest.raises(HydraException):
        hydra_adapter.split_sweep(hydra_adapter.parse_overrides(["model.gamma=interval(0,1)"]))


def test_groups_and_options_are_listed():
    assert {"model", "env", "hydra"} <= set(hydra_adapter.groups())
    assert {"mixer", "similarity"} <= set(hydra_adapter.groups("model/"))
    assert hydra_adapter.options("model/mixer") == ["hypernet", "linear", "replace"]


def test_schemas_are_not_options():
    assert {"basic", "joblib", "submitit_slurm"} <= set(hydra_adapter.options("hydra/launcher"))
    assert not [option for option in hydra_adapter.options("hydra/launcher") if option.endswith("_schema")]


def test_the_chosen_launcher_runs_the_task(runs_of):
    ran = []
    basic = hydra_adapter.launcher(["env_steps=7000"], lambda config: ran.append((config.env_steps, config.seed)))
    basic.launch([("seed=3", "env_steps=7000"), ("seed=4", "env_steps=7000")], initial_job_idx=0)
    assert ran == [(7000, 3), (7000, 4)]
    assert type(hydra_adapter.launcher(["hydra/launcher=joblib"], ran.append)).__name__ == "JoblibLauncher"


@pytest.mark.parametrize("name", hydra_adapter.LAUNCHERS)
def test_a_launcher_has_the_types_of_its_plugin_without_a_warning(name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        config = compose_run([f"hydra/launcher={name}"])
    settings = {"joblib": ("backend", "temp_folder"), "submitit_slurm": ("comment", "gres")}[name]
    assert set(settings) <= set(config.hydra.launcher)


def test_a_plugin_that_is_not_installed_gets_an_empty_schema(monkeypatch):
    launchers = {"joblib.yaml": ConfigStore.instance().load("hydra/launcher/joblib_schema.yaml")}
    monkeypatch.setitem(ConfigStore.instance().repo["hydra"], "launcher", launchers)
    hydra_adapter.name_launcher_schemas()
    hydra_adapter.name_launcher_schemas()
    launchers = ConfigStore.instance().repo["hydra"]["launcher"]
    assert sorted(launchers) == ["joblib_schema.yaml", "submitit_slurm_schema.yaml"]
    assert OmegaConf.is_missing(launchers["joblib_schema.yaml"].node, "n_jobs") is False
    assert launchers["submitit_slurm_schema.yaml"].node == {}


def test_a_schema_that_a_worker_stores_again_keeps_its_new_name():
    hydra_adapter.name_launcher_schemas()
    copied = pickle.loads(pickle.dumps(ConfigStore.instance()))
    copied.store("joblib", {"n_jobs": 3}, group="hydra/launcher")
    stored = copied.repo["hydra"]["launcher"]
    assert "joblib.yaml" not in stored
    assert stored["joblib_schema.yaml"].node == {"n_jobs": 3}


@pytest.mark.parametrize("line", ["--cfg hydra hydra/launcher=joblib", *slow(["--help", "--cfg job", "model.gama=1"])])
def test_a_command_answers_without_a_warning(folder, line):
    words = [sys.executable, "-W", "error", "-m", "aiirmix", "train", *line.split()]
    answer = subprocess.run(words, capture_output=True, text=True, check=False)
    assert "Warning" not in answer.stderr
    assert answer.returncode == (2 if "gama" in line else 0), answer.stderr
