"""A wrong command prints one line that says what would be right, exits with code 2, and changes nothing."""

import importlib.util
import subprocess
import sys

import pytest

from tests.marks import slow

COMMON = [
    ("model=aiir_mx", "unknown model aiir_mx; did you mean aiir_mix? (known: aiir, aiir_decomposed,"),
    ("env.map=8n", "env.map: unknown map 8n; did you mean 8m? (known: 2s3z, 3s5z, 8m, MMM"),
    ("model/mixr=linear", "unknown group model/mixr; did you mean model/mixer?"),
    ("model.gama=1", "unknown key model.gama; did you mean model.gamma?"),
    ("model.gamma=abc", "model.gamma must be a number, not 'abc'"),
    ("seed=0-4", "several values for seed are several runs: add -m"),
    ("-m seed=0,0", "two of these runs are the same"),
    ("env_steps=100", "env_steps=100 is less than one evaluation interval, evaluation.every=5000"),
    ("nonsense", "cannot read nonsense: settings are key=value"),
    ("--seed 3", "unknown option --seed; settings are written key=value, see --help"),
]
RARE = [
    ("model.max_grad_norm=0", "model.max_grad_norm must be a number above 0, not 0"),
    ("model.max_grad_norm=nan", "model.max_grad_norm must be a number above 0, not nan"),
    ("model.update.epochs=0", "model.update.epochs must be 1 or more, not 0"),
    ("model.target_update_every=-1", "model.target_update_every must be 1 or more or null, not -1"),
    ("model.entropy_coef=-1", "model.entropy_coef must be 0 or more, not -1"),
    ("model.balance.gate.power=0", "model.balance.gate.power must be a number above 0, not 0"),
    ("model=liir_redistributed model.teacher.steps=0", "model.teacher.steps must be 1 or more, not 0"),
    ("model.actor.hidden=0", "model.actor.hidden must be 1 or more, not 0"),
    ("model.intrinsic.temperature=0", "model.intrinsic.temperature must be a number above 0, not 0"),
    ("model.intrinsic.hidden=[64,0]", "model.intrinsic.hidden must be a list, each entry 1 or more, not [64, 0]"),
    ("model=qmix model.batch_size=0", "model.batch_size must be 1 or more, not 0"),
    ("env.reward_scale_rate=0", "env.reward_scale_rate must be a number above 0, not 0"),
    ("model.lr_schedules.actor.steps=-1", "model.lr_schedules.actor.steps must be 0 or more, not -1"),
    ("env.prob_obs_enemy=2", "env.prob_obs_enemy must be from 0 to 1, not 2"),
    ("env.obs_starcraft=false", "env.obs_starcraft=false needs obs_timestep_number=true: agents would observe nothing"),
    ("env.conic_fov=true env.num_fov_actions=1", "env.num_fov_actions must be at least 2, not 1"),
    ("env.step_mul=0", "env.step_mul must be at least 1, not 0"),
    ("env.attack=[0.9,0.1]", "env.attack must be two numbers from 0 to 1, the lower first, not [0.9, 0.1]"),
    ("model/similarity=cosin", "unknown similarity cosin; did you mean cosine? (known: cosine, dot, mlp,"),
    ("model=liir model/similarity=dot", "model/similarity=dot has nothing to choose here"),
    ("model.mixer=linear", "model.mixer=linear sets a value; to choose a component, write model/mixer="),
    ("env/map=8m", "env/map is a setting, not a component: write env.map="),
    ("gamma=0.9", "unknown key gamma; did you mean model.gamma?"),
    ("+env_steps=9", "env_steps is there already: write env_steps="),
    ("--cfg job seed=0,1", "seed has several values; give one"),
    ("env=pettingzoo env.arguments={N:2}", "env.arguments gets further keys one by one: +env.arguments.N=…"),
    ("env_steps=2e6", "env_steps must be an integer, not 2000000.0"),
    ("seed=4-0", "seed=4-0: the range 4-0 is empty; write 0-4"),
    ("seed=-1", "seed must be at least 0, not -1"),
    ("-m seed=range(4294967290,4294967300)", "seed must be at most 4294967295, not 4294967296"),
    ("name=run-${now:%H%M%S}", "run-${now:%H%M%S} does not work here: ${now:…} may change while a run waits"),
    ("hydra.run.dir=out", "hydra.run.dir=out does not work here: a run's folder follows from its settings; write hyd"),
    *(
        (f"model.{moving_average}.decay=1", f"model.{moving_average}.decay must be a number from 0 to below 1, not 1")
        for moving_average in ("value_normaliser", "balance.gate")
    ),
    ("model=[1,2]", "model=[1,2]: a choice is a name, or a list of names"),
    ("env._target_=null", "env._target_ must be the name of a class or function, not null"),
    ("hydra.searchpath=[no/such]", "hydra.searchpath: there is no folder no/such"),
    ("logger=wanb", "unknown logger wanb; did you mean wandb? (known: csv, tensorboard, wandb)"),
    ("hydra/launcher=jobli", "unknown launcher jobli; did you mean joblib?"),
    ("env=smca", "unknown env smca"),
    ("env.map=8", "env.map must be one of 2s3z, 3s5z, 8m, MMM"),
    ("env.map=", "env.map: unknown map ''"),
    ("model/mixer=liner", "unknown mixer liner; did you mean linear? (known: hypernet, linear, replace)"),
    ("-m model=aiir_mix,liir model/similarity=dot", "model/similarity=dot has nothing to choose here"),
    ("model.intrinsic.similarity=dot", "model.intrinsic.similarity must be a component"),
    ("model=null", "model must be one of aiir, aiir_mix,"),
    ("evaluation.evry=9", "unknown key evaluation.evry; did you mean evaluation.every?"),
    ("+evaluation.evry=9", "unknown key evaluation.evry; did you mean evaluation.every?"),
    ("+model.gama=1", "unknown key model.gama; did you mean model.gamma?"),
    ("~env_steps", "env_steps must be given"),
    ("model.optimizers.actor.lr=fast", "model.optimizers.actor.lr must be a number, not 'fast'"),
    ("seed=abc", "seed must be an integer, not 'abc'"),
    ("trainer.enable_progress_bar=maybe", "trainer.enable_progress_bar must be true or false or null, not 'maybe'"),
    ("-m model.gamma=interval(0,1)", "model.gamma=interval(0,1) is not a list of values"),
    ("seed=4294967296", "seed must be at most 4294967295, not 4294967296"),
    ("env_steps=${seed}000", "env_steps must be at least 1, not 0"),
    ("name=null", "name must be text, not null"),
    ("name=${hydra:job.num}", "${hydra:job.num} does not work here: ${hydra:…} may change"),
    ("-m +hydra.sweeper.params.seed=0,1", "+hydra.sweeper.params.seed=0,1: a setting of Hydra itself cannot have "),
    ("+hydra.sweeper.params.seed=0,1", "+hydra.sweeper.params.seed=0,1: a setting of Hydra itself cannot have "),
    ("-m hydra.sweep.subdir=${seed}", "hydra.sweep.subdir=0 does not work here: a run's folder follows from its set"),
    ("hydra.job.chdir=true", "hydra.job.chdir=True does not work here: paths are relative to the folder of the comm"),
    ("hydra.output_subdir=.", "hydra.output_subdir=. does not work here: config.yaml in the run directory has every"),
    ("hydra.mode=MULTIRUN", "hydra.mode=MULTIRUN does not work here: -m makes a sweep"),
    ("env_steps=0", "env_steps must be at least 1, not 0"),
    ("name=a/b", "name=a/b must be a folder name"),
    ("name=", "name= must be a folder name"),
    ("-m hydra/sweeper=basci", "unknown sweeper basci; did you mean basic?"),
    ("model.gamma=${gama}", "model.gamma: Interpolation key 'gama' not found"),
    ("--config-name other", "--config-name does not work here"),
    ("-m --cfg job", "-m cannot be combined with --cfg, --info or --shell-completion"),
    ("--cfg job model=aiir_mx", "unknown model aiir_mx; did you mean aiir_mix?"),
]


@pytest.mark.parametrize(("line", "message"), [*COMMON, *slow(RARE)])
def test_a_wrong_command_prints_one_line(type_in, folder, line, message):
    answer = type_in(line)
    assert answer.code == 2
    assert answer.err.startswith(f"error: {message}")
    assert answer.err.count("\n") == 1
    assert answer.out == ""
    assert list(folder.iterdir()) == []


def test_a_configuration_file_that_is_not_yaml_is_named(type_in, folder):
    broken = folder / "mine" / "model" / "broken.yaml"
    broken.parent.mkdir(parents=True)
    broken.write_text("a: [1", encoding="utf-8")
    answer = type_in("--config-dir mine model=broken")
    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert answer.err.startswith("error: a configuration file is not YAML: ")
    assert str(broken) in answer.err


@pytest.mark.parametrize("package", ["wandb", "tensorboard"])
def test_a_logger_without_its_package_names_the_extra_to_install(type_in, folder, monkeypatch, package):
    installed = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == package else installed(name))
    answer = type_in(f"logger={package}")
    assert answer == (2, "", f"error: logger={package} needs the package {package}: pip install 'aiirmix[{package}]'\n")
    assert list(folder.iterdir()) == []


def test_the_launcher_ray_names_the_extra_to_install(type_in, folder, monkeypatch):
    installed = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "ray" else installed(name))
    answer = type_in("-m seed=0-1 hydra/launcher=ray")
    assert answer == (2, "", "error: hydra/launcher=ray needs Ray: pip install 'aiirmix[ray]'\n")
    assert list(folder.iterdir()) == []


HEAVY = """
import sys
from aiirmix.cli.main import main
from aiirmix.launch.plan import plan
code = 0
try:
    code = main(["train", *sys.argv[1:]]) if sys.argv[1:] else len(plan(["model=aiir_mix"], multirun=False)) - 1
finally:
    print(sorted({"torch", "numba", "pytorch_lightning", "matplotlib"} & set(sys.modules)), file=sys.stderr)
sys.exit(code)
"""
ANSWERS = {
    "": (0, ""),
    "model.gama=1": (2, "error: unknown key model.gama"),
    "-m model=aiir_mix,liir seed=0-4 env_steps=1": (2, "error: env_steps=1 is less than one evaluation interval"),
    "--help": (0, ""),
}


@pytest.mark.parametrize("line", ANSWERS)
def test_a_command_is_checked_and_answered_without_heavy_imports(folder, line):
    """They take seconds, and the user waits for the answer. The empty line stands for a plan that is correct."""
    answer = subprocess.run([sys.executable, "-c", HEAVY, *line.split()], capture_output=True, text=True, check=False)
    *message, heavy = answer.stderr.splitlines()
    code, beginning = ANSWERS[line]
    assert (answer.returncode, heavy) == (code, "[]")
    assert "".join(message[-1:]).startswith(beginning)
