"""The command `aiirmix tune`: the studies it makes, resumes, shares and refuses."""

import os
import random
import signal
import time
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
import yaml
from omegaconf import OmegaConf
from optuna.trial import TrialState

from aiirmix.cli.main import main
from aiirmix.common.errors import ConfigError
from aiirmix.common.resources import CONF
from aiirmix.launch.compose import configurations
from aiirmix.report.evaluations import load
from aiirmix.report.studies import kept_studies
from aiirmix.runs.lookup import find_directories
from aiirmix.runs.status import run_state
from aiirmix.training.build import build
from aiirmix.tuning.request import as_setting, read_request
from aiirmix.tuning.study import Study
from aiirmix.tuning.subject import subjects_of
from aiirmix.tuning.trial import areas_so_far
from tests.marks import slow, slow_but
from tests.tuning.conftest import BEST, RUN, SPACE, record, training

FOLDER = Path("runs/tuning")
PATIENCE = 120
"""Seconds after which a study that does not end fails its test."""
PARTS = sorted((CONF / "hydra" / "sweeper").glob("*/*.yaml"))


def study(name="none"):
    [found] = [one for one in kept_studies(FOLDER) if one.study_name == name]
    return found


def test_areas_are_those_of_the_mean_curve_up_to_each_evaluation():
    steps, areas = areas_so_far(
        [np.array([0, 100, 200]), np.array([0, 200, 400])], [np.array([0.0, 9, 1]), np.array([0.0, 0.5, 1])]
    )
    assert steps.tolist() == [0, 200]
    assert areas == pytest.approx([0.0, 0.375])  # half of the mean 0.75 at the end


def test_a_damaged_file_of_studies_is_named_and_left_as_it_is(tune, spaces):
    damaged, content = FOLDER / "studies.db", b"no database" * 400
    damaged.parent.mkdir(parents=True)
    damaged.write_bytes(content)
    answer = tune(f"none {spaces('mine', SPACE)} {RUN} --trials 1 --seeds 1")
    assert answer.code == 2
    assert answer.err == f"error: {damaged} is damaged (file is not a database): move it away\n"
    assert damaged.read_bytes() == content


def test_a_study_finds_good_settings_and_keeps_its_runs(tune, spaces, train_with):
    train_with(training())
    answer = tune(f"none {spaces('mine', SPACE)} {RUN} --trials 6 --seeds 2")
    assert answer.code == 0
    assert "none: done, 6 of 6 trials" in answer.out
    assert "its own settings 0.5000" in answer.out  # the first trial has the best rate: a line from 0 to 1
    trials = study().trials
    assert [trial.number for trial in trials] == list(range(6))
    assert trials[0].params == {"model.optimizers.actor.lr": BEST}
    directories = find_directories(FOLDER)
    assert len(directories) == 12
    assert {directory.labels.seed for directory in directories} == {"1000", "1001"}
    for trial in trials:
        if trial.state is TrialState.COMPLETE:
            rate = float(f"{trial.params['model.optimizers.actor.lr']:.3g}")
            assert trial.value == pytest.approx(np.exp(-(np.log10(rate / BEST) ** 2)) / 2)


@pytest.mark.slow
def test_the_report_has_the_pictures_of_a_study(tune, spaces, train_with):
    train_with(training())
    tune(f"none {spaces('mine', SPACE)} {RUN} --trials 5 --seeds 1 hydra/sweeper/pruner=none")
    assert tune(f"{FOLDER} --no-battles", "report").code == 0
    page = (FOLDER / "report.html").read_text()
    assert "5 trials, 0 pruned · best" in " ".join(page.split())
    assert page.count("data:image/png;base64,") == 4


def test_the_result_can_be_chosen_as_a_model(tune, spaces, train_with):
    train_with(training())
    tune(f"none {spaces('mine', SPACE)} {RUN} --trials 1 --seeds 1 model.gamma=0.9")
    [file] = FOLDER.glob("conf/model/tuned/*.yaml")
    assert file.name == "none-gamma-0.9.yaml"
    assert yaml.safe_load(file.read_text())["model"] == {"gamma": 0.9, "optimizers": {"actor": {"lr": BEST}}}
    answer = tune(f"--config-dir {FOLDER}/conf model=tuned/none-gamma-0.9 --cfg job", "train")
    config = yaml.safe_load(answer.out)["model"]
    assert (config["gamma"], config["optimizers"]["actor"]["lr"]) == (0.9, BEST)
    assert config["intrinsic"]["_target_"].endswith("NoReward")


@pytest.mark.slow
def test_a_repeated_command_says_that_it_is_done_and_more_trials_continue(tune, spaces, train_with):
    train_with(training())
    line = f"none {spaces('mine', SPACE)} {RUN} --seeds 1"
    assert tune(f"{line} --trials 2").err.count("trial ") == 2 * 2
    before = record()
    again = tune(f"{line} --trials 2")
    assert again.code == 0
    assert "done, 2 of 2 trials" in again.out
    assert record() == before
    assert "done, 3 of 3 trials" in tune(f"{line} --trials 3").out
    assert len(record()) == 3


def test_bad_trials_are_pruned_marked_and_left_out_of_reports(tune, spaces, train_with):
    train_with(training(pause=0.1))
    space = SPACE.replace("high: 0.03", "high: 0.3")
    assert (
        tune(f"none {spaces('mine', space)} {RUN} --trials 9 --seeds 1 hydra.sweeper.pruner.n_startup_trials=1").code
        == 0
    )
    states = {trial.number: trial.state for trial in study().trials}
    pruned = [number for number, state in states.items() if state is TrialState.PRUNED]
    assert pruned
    assert len(states) == 9
    marked = [directory for directory in find_directories(FOLDER) if directory.is_pruned]
    assert len(marked) == len(pruned)
    assert not any(directory.checkpoints.exists() for directory in marked)
    assert {run_state(directory) for directory in marked} == {"pruned"}
    assert any(len(directory.metrics_file.read_text().splitlines()) < 6 for directory in marked)
    assert len(load(FOLDER)) == 9 - len(pruned)


def test_a_trial_that_diverges_counts_as_a_bad_one(tune, spaces, train_with):
    train_with(training(diverging=[BEST]))
    answer = tune(f"none {spaces('mine', SPACE)} {RUN} --trials 2 --seeds 2")
    assert answer.code == 0
    assert "trial 0 (2 in all): diverged" in answer.err
    assert [trial.state.name for trial in study().trials] == ["PRUNED", "COMPLETE"]


def test_a_run_that_diverges_stops_the_others_of_its_trial(tune, spaces, train_with):
    def fit(config, directory):
        if config.seed == 1000:
            raise ConfigError("the run diverged after env step 100: a loss is nan")
        return training(pause=0.1)(config, directory)

    train_with(fit)
    assert tune(f"none {spaces('mine', SPACE)} {RUN} --trials 1 --seeds 2").code == 0
    assert [trial.state.name for trial in study().trials] == ["PRUNED"]
    assert all(len(text.splitlines()) < 6 for text in record().values())


def test_a_command_killed_while_it_stops_a_trial_trains_none_of_its_runs_afterwards(tune, spaces, train_with):
    def unlucky(config, directory):
        raise OSError("no luck")

    line = f"none {spaces('mine', SPACE)} {RUN} --trials 1 --seeds 2"
    train_with(unlucky)
    assert tune(line).code == 1
    find_directories(FOLDER)[0].mark_pruned()
    train_with(training())
    assert tune(line).code == 0
    assert record() == {}
    assert all(directory.is_pruned for directory in find_directories(FOLDER))


@pytest.mark.slow
def test_a_trial_that_fails_otherwise_is_tried_again_by_the_same_command(tune, spaces, train_with):
    def unlucky(config, directory):
        raise OSError("no luck")

    line = f"none {spaces('mine', SPACE)} {RUN} --trials 1 --seeds 1"
    train_with(unlucky)
    answer = tune(line)
    assert answer.code == 1
    assert "error: a trial is unfinished: runs/tuning/" in answer.err
    assert "OSError: no luck; the same command continues it" in answer.err
    train_with(training())
    assert tune(line).code == 0
    assert [trial.state.name for trial in study().trials] == ["COMPLETE"]


def test_a_trial_of_another_version_of_the_environment_does_not_count(tune, spaces, train_with, monkeypatch):
    """The code was changed while the command ran: its workers have the new one."""
    monkeypatch.setattr("tests.tuning.conftest.SKIRMISH_VERSION", 99)
    train_with(training())
    answer = tune(f"none {spaces('mine', SPACE)} {RUN} --trials 1 --seeds 1")
    assert answer.code == 1
    assert "seed=1000: it was played in skirmish-99/8m, not in skirmish-" in answer.err
    assert answer.err.count("\n") == 1
    assert [trial.state.name for trial in study().trials] == ["RUNNING"]


@pytest.mark.parametrize(("losses", "code"), [(2, 0), (3, 1)])
def test_a_trial_whose_worker_was_killed_is_tried_again_twice(tune, spaces, train_with, losses, code):
    left = [None] * losses

    def killed(config, directory):
        if left:
            left.pop()
            raise ConfigError("its process ended with SIGKILL, probably for lack of memory")
        return training()(config, directory)

    train_with(killed)
    answer = tune(f"none {spaces('mine', SPACE)} {RUN} --trials 1 --seeds 1")
    assert answer.code == code
    assert answer.err.count("probably for lack of memory; it is tried again\n") == 2
    assert left == []
    assert [trial.state.name for trial in study().trials] == ["RUNNING" if code else "COMPLETE"]


WRONG = {
    "non": "unknown model non; did you mean none?",
    "env.map=8m": "name a model to tune",
    "none none": "name each model once",
    "none seed=0-4": "seed=range(0,5): tuning has seeds of its own, 1000, 1001, …; say how many: --seeds 2",
    "none --seeds 2000": "there are 1000 seeds for tuning, 1000 to 1999; 2000 are too many",
    "none --trials 0": "trials must be a whole number from 1, not 0",
    "none --trials many": "trials must be a whole number from 1, not 'many'",
    "none --metric win": "unknown metric win",
    "none env_steps=400,500": "a trial has one value of env_steps, averaged over seeds, env=… and env.map=… only",
    "none model.gamma=0.9,0.99": "a trial has one value of model.gamma",
    "none space=pppo": "unknown space pppo; did you mean ppo?",
    "none hydra.sweeper.trails=3": "unknown key hydra.sweeper.trails",
    "none hydra/sweeper/pruner=medain": "unknown pruner medain; did you mean median?",
    "none model.entropy_coef=0.1": "model.entropy_coef is searched in the space actor_critic; leave it out",
    "iql space=ppo": "unknown key model.optimizers.actor.lr",
    "aiir_mix_literal": "no space names the model aiir_mix_literal: choose one with space=…",
    "none hydra.sweeper.pruner.n_startup_trials=-1": "hydra/sweeper/pruner cannot be used: ",
    "none hydra.sweeper.sampler._target_=optuna.samplers.Nope": "hydra/sweeper/sampler cannot be used: ",
    "none --trails 3": "unknown option --trails; did you mean --trials?",
}


COMMON = ["non", "env.map=8m", "none seed=0-4", "none space=pppo", "none --trails 3"]


@pytest.mark.parametrize("line", slow_but(COMMON, WRONG))
def test_a_wrong_command_prints_one_line_and_changes_nothing(tune, folder, line):
    answer = tune(f"{line} env_steps=5000" if "env_steps" not in line else line)
    assert answer.code == 2
    assert answer.err.startswith("error: ")
    assert WRONG[line] in answer.err
    assert answer.err.count("\n") == 1
    assert list(folder.iterdir()) == []


OTHERS = [
    ("env_steps=500", "another env_steps: 400 there, 500 here; give this name=…"),
    ("--seeds 2", "another number of seeds: 1 there, 2 here"),
    ("--metric test/return", "another metric: test/win_rate there, test/return here"),
    ("env.map=2s3z", "another list of maps"),
    ("evaluation.episodes=3", "another setting of its runs"),
]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("SPACE", "holds a study of none with another set of ranges"),
        *slow(OTHERS),
    ],
)
def test_another_study_under_the_same_name_is_refused(tune, spaces, train_with, change, message):
    train_with(training())
    line = f"none {spaces('mine', SPACE)} {RUN} --trials 1 --seeds 1"
    tune(line)
    before = {file: file.read_bytes() for file in Path("runs").rglob("*") if file.is_file()}
    if change == "SPACE":
        spaces("mine", SPACE.replace("0.0003", "0.001"))
    answer = tune(
        line
        if change == "SPACE"
        else line.replace("env_steps=400", change)
        if change.startswith("env_s")
        else f"{line} {change}"
    )
    assert answer.code == 2
    assert message in answer.err
    assert {file: file.read_bytes() for file in Path("runs").rglob("*") if file.is_file()} == before


def test_the_sweeper_of_hydra_is_the_same_command(tune, spaces, train_with):
    train_with(training())
    space = spaces("mine", SPACE).replace("space=", "hydra.sweeper.space=")
    line = f"model=none {space} {RUN} hydra/sweeper=optuna hydra.sweeper.trials=2 hydra.sweeper.seeds=1"
    assert tune(line, "train").code == 2  # without -m
    answer = tune(f"-m {line}", "train")
    assert "none: done, 2 of 2 trials" in answer.out


def test_an_estimate_changes_nothing(tune, spaces, folder):
    answer = tune(f"none {spaces('mine', SPACE)} {RUN} --trials 3 --dry")
    assert answer.code == 0
    assert "none: 3 of 3 trials × 2 seeds × 400 env steps on 8m" in answer.out
    assert not Path("runs").exists()


@pytest.mark.parametrize(("part", "name"), [(file.parent.name, file.stem) for file in PARTS])
def test_every_sampler_and_pruner_can_be_built(part, name):
    if name == "cmaes":
        pytest.importorskip("cmaes")
    [file] = [one for one in PARTS if (one.parent.name, one.stem) == (part, name)]
    assert build(OmegaConf.create(yaml.safe_load(file.read_text())), **({"seed": 0} if part == "sampler" else {}))


def start(line):
    """Run the command without pruning in a fork of this process, which starts at once."""
    words = ["tune", *line.split(), "hydra/sweeper/pruner=none"]
    process = get_context("fork").Process(target=lambda: os._exit(main(words)))
    process.start()
    return process


def exit_code(process):
    process.join(PATIENCE)
    return process.exitcode


def summary():
    """Return all trials but those that were forgotten, as their workers were killed before they had their settings."""
    kept = (trial for trial in study().trials if trial.state.name != "FAIL")
    return [(trial.state.name, trial.params, trial.value) for trial in kept]


def test_a_trial_whose_worker_was_killed_before_it_had_its_settings_is_drawn_again(tune, spaces, train_with):
    line = f"none {spaces('mine', SPACE)} {RUN}"
    train_with(training())
    assert tune(f"{line} --trials 3").code == 0
    whole, runs = summary(), record()
    Path("runs").rename("whole")
    assert tune(f"{line} --trials 1").code == 0
    study().ask({})
    assert tune(f"{line} --trials 3").code == 0
    assert [trial.state.name for trial in study().trials].count("FAIL") == 1
    assert summary() == whole
    assert record() == runs


def test_the_models_own_settings_are_tried_even_if_their_trial_was_forgotten(tune, spaces, train_with):
    line = f"none {spaces('mine', SPACE)} {RUN}"
    train_with(training())
    assert tune(f"{line} --trials 1").code == 0
    whole = summary()
    Path("runs/tuning/studies.db").unlink()
    with configurations():
        request = read_request([as_setting(word) for word in f"model={line}".split()])
    [subject] = subjects_of(request)
    Study(subject).study.ask({})
    assert tune(f"{line} --trials 1").code == 0
    assert summary() == whole


@pytest.mark.slow
def test_a_study_survives_sigkill_and_goes_on_with_the_same_trials(spaces, train_with, capfd):
    line = f"none {spaces('mine', SPACE)} {RUN} --trials 5 --seeds 2"
    train_with(training(pause=0.02))
    assert exit_code(start(line)) == 0
    whole, runs = summary(), record()
    Path("runs").rename("whole")
    chance, kills = random.Random(0), 0
    for _ in range(4):
        before, process = record(), start(line)
        while process.is_alive() and record() == before:
            time.sleep(0.01)
        time.sleep(chance.uniform(0, 0.15))
        process.kill()
        kills += exit_code(process) == -signal.SIGKILL
    assert kills  # a fast machine may end the study before the last kill
    assert exit_code(start(line)) == 0
    assert summary() == whole
    assert record() == runs
    assert all(directory.is_done for directory in find_directories(FOLDER))


@pytest.mark.slow
def test_two_workers_share_a_study(spaces, train_with, capfd):
    line = f"none {spaces('mine', SPACE)} {RUN} --trials 6 --seeds 1"
    train_with(training(pause=0.05))
    assert [exit_code(process) for process in [start(line), start(line)]] == [0, 0]
    assert [(trial.number, trial.state.name) for trial in study().trials] == [(n, "COMPLETE") for n in range(6)]
    assert len({str(trial.params) for trial in study().trials}) == 6
    assert all(len(text.splitlines()) == 6 for text in record().values())


@pytest.mark.slow
def test_models_advance_together(tune, spaces, train_with):
    train_with(training())
    answer = tune(f"none random {spaces('mine', SPACE)} {RUN} --trials 2 --seeds 1")
    assert [line.split(" (")[0] for line in answer.err.splitlines()] == [
        *("none trial 0", "random trial 0", "none trial 1", "random trial 1")
    ]
