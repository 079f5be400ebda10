"""Figures as commands: what would run, how long it takes, and that the rest is drawn."""

import csv
import subprocess
import sys
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from aiirmix.common.errors import ConfigError
from aiirmix.launch.plan import plan
from aiirmix.report import figure
from aiirmix.report.estimate import MEASURED, Speeds
from aiirmix.report.evaluations import load, save
from aiirmix.report.experiment import EXPERIMENTS, read_experiment
from aiirmix.training.recorder import log
from tests.training.toy_runs import train

SMALL = ["model=aiir_mix,liir", "env.map=8m", "seed=0-1", "env_steps=10000"]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def finish(run, win_rates, speed=500):
    """Writes what a finished run would have left."""
    run.directory.open(OmegaConf.create(run.config))
    with run.directory.metrics_file.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["env_steps", "test/return", "test/win_rate"])
        writer.writerows([5000 * i, 1.0, win_rate] for i, win_rate in enumerate(win_rates))
    run.directory.log_file.write_text(f"10000 env steps in 20.0 s: {speed} env steps/s (50 % collecting)")
    run.directory.finish()


def runs_of(*words, name="paper-env_steps-10000"):
    return plan([f"name={name}", *(word.replace("0-1", "0,1") for word in words)], multirun=True)


@pytest.fixture
def trained(monkeypatch):
    """Training takes no time: every command ends with finished runs."""
    commands = []

    def run(command, check):
        commands.append(command[3:])
        for one in plan(command[3:], multirun=True):
            finish(one, [0.0, 0.4, 0.8])
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", run)
    return commands


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.slow if name.startswith("ablation") else ())
        for name in sorted(path.stem for path in EXPERIMENTS.glob("*.yaml") if path.stem != "claims")
    ],
)
def test_every_figure_can_be_planned(name, capsys):
    assert figure.command([name, "env.map=2s3z", "seed=0", "env_steps=5000"], dry=True) == 0
    assert " runs in runs/" in capsys.readouterr().out


def test_the_figures_of_the_paper_are_what_it_shows():
    [three], [four] = (read_experiment(name).commands({}) for name in ("figure3", "figure4"))
    assert {"model=aiir_mix,liir,qmix,coma,qtran", "env.map=2s3z,3s5z,8m,MMM", "seed=0-4", "name=paper"} == set(three)
    assert {"model=aiir_mix,rmix,aiir,liir", "env.map=8m,2s3z"} < set(four)


def test_other_settings_have_a_folder_of_their_own():
    experiment = read_experiment("figure3")
    [words] = experiment.commands({"env_steps": "20000", "env": "smac", "evaluation": "standard", "seed": "3"})
    assert "name=paper-env_steps-20000-evaluation-standard" in words
    assert {"seed=3", "env_steps=20000", "env=smac"} < set(words)
    assert "name=mine" in experiment.commands({"env_steps": "20000", "name": "mine"})[0]


def test_the_stricter_protocol_asks_for_more_seeds():
    experiment = read_experiment("figure4")
    assert "seed=0-9" in experiment.commands({"evaluation": "standard"})[0]
    with pytest.raises(ConfigError, match=r"unknown evaluation strict .*; or say seed=0-4"):
        experiment.commands({"evaluation": "strict"})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("titel: x", "unknown key titel; did you mean title?"),
        ("title: x", "name must be given"),
        ("- x", "the keys title"),
    ],
)
def test_a_wrong_figure_is_told_in_one_line(elsewhere, text, told):
    (elsewhere / "figure9.yaml").write_text(text)
    with pytest.raises(ConfigError, match=told):
        read_experiment("figure9", elsewhere)


def test_an_unknown_figure_is_answered_with_the_nearest(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["figure", "figur4", "--dry"])
    with pytest.raises(SystemExit, match="unknown figure figur4; did you mean figure4"):
        figure.main()


def test_a_dry_run_lists_what_is_missing_and_trusts_what_was_measured(capsys):
    done, *_ = runs_of(*SMALL)
    finish(done, [0.0, 0.4, 0.8], speed=500)
    assert figure.command(["figure4", *SMALL], dry=True) == 0
    title, mine, other, together = capsys.readouterr().out.splitlines()
    assert title == "figure4: AIIR-MIX and its ablations RMIX, AIIR and LIIR; 4 runs in runs/paper-env_steps-10000"
    assert mine == "  aiir_mix on 8m: 1 of 2 runs to do, 20 s of one core at 500 env steps/s (1 runs of aiir_mix on 8m)"
    assert other == "  liir on 8m: 2 of 2 runs to do, 40 s of one core at 500 env steps/s (1 runs of all models)"
    assert together.startswith("  together 60 s of one core, about ")
    assert not (Path("runs") / "paper-env_steps-10000" / "figure4.png").exists()


def test_speeds_are_those_of_the_likest_runs(elsewhere):
    for one, speed in zip(runs_of(*SMALL), (100, 300, 50, 70), strict=True):
        finish(one, [0.5], speed)
    speeds = Speeds(elsewhere / "runs")
    told = [speeds.of(*case) for case in (("aiir_mix", "8m"), ("liir", "MMM"), ("coma", "8m"))]
    assert [speed.env_steps_per_second for speed in told] == [200, 60, 85]
    assert Speeds(elsewhere / "nothing").of("coma", "8m").source == "nothing measured yet"


def test_a_run_that_goes_on_tells_its_speed_too(elsewhere):
    going_on, waiting = runs_of(*SMALL)[:2]
    for one in (going_on, waiting):
        one.directory.open(OmegaConf.create(one.config))
    going_on.directory.progress_file.write_text('{"env_steps": 100, "budget": 10000, "speed": 40.0}')
    assert str(Speeds(elsewhere / "runs").of("aiir_mix", "8m")) == "40 env steps/s (1 runs of aiir_mix on 8m)"


def test_a_run_says_its_speed_as_it_is_read(elsewhere, caplog):
    with caplog.at_level("INFO", log.name):
        train(elsewhere / "run", "env_steps=100")
    assert MEASURED.search(caplog.text)


def test_a_figure_trains_what_it_takes_on_all_cores_and_draws_it(elsewhere, trained, capsys):
    assert figure.command(["figure4", *SMALL], dry=False) == 0
    [words] = trained
    assert "hydra/launcher=joblib" in words
    folder = elsewhere / "runs" / "paper-env_steps-10000"
    with (folder / "figure4.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {row["model"] for row in rows} == {"aiir_mix", "liir"}
    assert (folder / "figure4.png").exists()
    assert capsys.readouterr().out.splitlines()[-1].startswith("figure4: runs/paper-env_steps-10000/figure4.png")


def test_a_figure_shows_its_own_runs_alone(elsewhere, trained):
    finish(runs_of("model=aiir_mix", *SMALL[1:])[0], [0.5, 0.5, 0.5])
    figure.command(["figure4", *SMALL[1:], "model=liir"], dry=False)
    with (elsewhere / "runs" / "paper-env_steps-10000" / "figure4.csv").open() as file:
        assert {row["model"] for row in csv.DictReader(file)} == {"liir"}


def test_a_figure_is_drawn_from_evaluations_that_outlived_their_runs(elsewhere, trained, capsys):
    figure.command(["figure4", *SMALL], dry=False)
    folder = elsewhere / "runs" / "paper-env_steps-10000"
    finish(runs_of("model=coma", "env.map=8m", "seed=0")[0], [0.0, 0.0, 0.0])
    kept = elsewhere / "kept" / "evaluations.csv"
    kept.parent.mkdir()
    save(load(folder), kept)
    assert figure.command(["figure4", *SMALL], dry=False, kept=kept) == 0
    assert (kept.parent / "figure4.csv").read_bytes() == (folder / "figure4.csv").read_bytes()
    assert (kept.parent / "figure4.png").exists()
    assert len(trained) == 1
    assert capsys.readouterr().out.endswith(f"figure4: {kept.parent / 'figure4.png'}, of 4 runs\n")


def test_kept_evaluations_show_no_battle(elsewhere):
    with pytest.raises(ConfigError, match="figure5 takes more than evaluations to draw; leave --kept out"):
        figure.command(["figure5"], dry=False, kept=elsewhere / "evaluations.csv")


def test_an_ablation_compares_settings(elsewhere, trained):
    figure.command(["ablation_meta", *SMALL[1:], "model=aiir_mix"], dry=False)
    assert len(trained) == 2
    folder = elsewhere / "runs" / "ablations-env_steps-10000"
    with (folder / "ablation_meta.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["model"].partition(",")[2] for row in rows] == [
        "meta=exact",
        "meta=liir_code",
        "optimizers.rewards.lr=0.0",
    ]
    assert {(row["area_mean"], row["final_mean"], row["seeds"]) for row in rows} == {("0.4", "0.8", "2")}
    assert (folder / "ablation_meta.png").exists()


@pytest.mark.slow
def test_a_figure_from_nothing(elsewhere):
    """Training, a battle and both pictures of it."""
    words = ["env_steps=1000", "evaluation.every=500", "evaluation.episodes=2", "name=small"]
    assert figure.command(["figure5", "figure6", *words], dry=False) == 0
    made = {path.name for path in (elsewhere / "runs" / "small").glob("figure*")}
    assert made == {"figure5.png", "figure5.csv", "figure6.png", "figure6.csv"}
