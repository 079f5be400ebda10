"""Figures: their runs are planned, estimated and trained, and the pictures are drawn."""

import csv
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from aiirmix.common.errors import ConfigError
from aiirmix.launch.plan import plan
from aiirmix.report import figure as figures
from aiirmix.report.evaluations import load, save
from aiirmix.report.figure import TRAIN, make_figures, plan_runs
from aiirmix.report.figure_spec import figure_names, read_figure_spec
from aiirmix.report.speeds import Speeds, measured_speed
from aiirmix.runs.directory import RunDirectory
from tests.report.fake_runs import run_command
from tests.training.toy_runs import train

SMALL = ["model=aiir_mix,liir", "env.map=8m", "seed=0-1", "env_steps=10000"]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def finish(run, win_rates, speed=500):
    """Write what a finished run would have left."""
    run.directory.open(OmegaConf.create(run.config))
    with run.directory.metrics_file.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["env_steps", "test/return", "test/win_rate"])
        writer.writerows([5000 * i, 1.0, win_rate] for i, win_rate in enumerate(win_rates))
    run.directory.progress_file.write_text(f'{{"env_steps": 10000, "budget": 10000, "speed": {speed}}}')
    run.directory.mark_done()


def runs_of(*words, name="paper-env_steps-10000"):
    return plan([f"name={name}", *(word.replace("0-1", "0,1") for word in words)], multirun=True)


@pytest.fixture
def trained(monkeypatch):
    """Replace training by finished runs; return the arguments of the commands."""
    commands = []

    def run(command, check):
        commands.append(command[len(TRAIN) :])
        for one in plan(commands[-1], multirun=True):
            finish(one, [0.0, 0.4, 0.8])
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", run)
    return commands


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name in ("figure3", "figure6") else pytest.mark.slow) for name in figure_names()],
)
def test_every_figure_can_be_planned(name, capsys):
    where = [] if name.startswith("credit") else ["env.map=2s3z"]
    assert make_figures([name, *where, "seed=0", "env_steps=10000"], dry=True) == 0
    assert re.search(r" runs? in runs/", capsys.readouterr().out)


def test_figures_3_and_4_have_the_models_and_maps_of_the_paper():
    [three], [four] = (read_figure_spec(name).commands({}) for name in ("figure3", "figure4"))
    assert {"model=aiir_mix,liir,qmix,coma,qtran", "env.map=2s3z,3s5z,8m,MMM", "seed=0-4", "name=paper"} == set(three)
    assert {"model=aiir_mix,rmix,aiir,liir", "env.map=8m,2s3z"} < set(four)


def test_changed_settings_have_a_folder_of_their_own():
    spec = read_figure_spec("figure3")
    [words] = spec.commands({"env_steps": "20000", "env": "smac", "evaluation": "standard", "seed": "3"})
    assert "name=paper-env_steps-20000-evaluation-standard" in words
    assert {"seed=3", "env_steps=20000", "env=smac"} < set(words)
    assert "name=paper" in spec.commands({"threads": "2", "logger": "wandb"})[0]
    assert "name=mine" in spec.commands({"env_steps": "20000", "name": "mine"})[0]


def test_a_sweep_may_have_seeds_of_its_own():
    spec = replace(read_figure_spec("figure4"), sweeps=[{"model": "liir"}, {"model": "liir", "seed": "105-109"}])
    assert ["seed=0-4" in spec.commands({})[0], "seed=105-109" in spec.commands({})[1]] == [True, True]
    assert ["seed=7" in words for words in spec.commands({"seed": "7"})] == [True, True]


def test_the_stricter_protocol_has_more_seeds():
    spec = read_figure_spec("figure4")
    assert "seed=0-9" in spec.commands({"evaluation": "standard"})[0]
    with pytest.raises(ConfigError, match=r"unknown evaluation strict .*; or say seed=0-4"):
        spec.commands({"evaluation": "strict"})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("titel: x", "unknown key titel; did you mean title?"),
        ("title: x", "name must be given"),
        ("- x", "the keys title"),
        ("{title: x, name: x, sweeps: [], seeds: {}}", "figure9.yaml describes no figure: it has no picture"),
    ],
)
def test_a_wrong_figure_is_refused_in_one_line(elsewhere, text, message):
    (elsewhere / "figure9.yaml").write_text(text)
    with pytest.raises(ConfigError, match=message):
        read_figure_spec("figure9", elsewhere)


def test_an_unknown_figure_is_answered_with_the_nearest_one(capsys):
    code, _, error = run_command(capsys, "figure", "figur4", "--dry")
    assert code == 2
    assert error.startswith("error: unknown figure figur4; did you mean figure4?")


def test_a_dry_run_lists_missing_runs_and_estimates_their_time_from_measured_ones(capsys):
    done, *_ = runs_of(*SMALL)
    finish(done, [0.0, 0.4, 0.8], speed=500)
    assert make_figures(["figure4", *SMALL], dry=True) == 0
    title, mine, other, together = capsys.readouterr().out.splitlines()
    assert title == "figure4: AIIR-MIX and its ablations RMIX, AIIR and LIIR; 4 runs in runs/paper-env_steps-10000"
    assert mine == "  aiir_mix on 8m: 1 of 2 runs to do, 20 s of one core at 500 env steps/s (1 run of aiir_mix on 8m)"
    assert other == "  liir on 8m: 2 of 2 runs to do, 40 s of one core at 500 env steps/s (1 run of all models)"
    assert together.startswith("  together 1 min 00 s of one core, about ")
    assert not (Path("runs") / "paper-env_steps-10000" / "figure4.png").exists()


def test_a_speed_is_the_median_of_the_most_similar_runs(elsewhere):
    for one, speed in zip(runs_of(*SMALL), (100, 300, 50, 70), strict=True):
        finish(one, [0.5], speed)
    speeds = Speeds(elsewhere / "runs")
    found = [speeds.of(*case) for case in (("aiir_mix", "8m"), ("liir", "MMM"), ("coma", "8m"))]
    assert [speed.env_steps_per_second for speed in found] == [200, 60, 85]
    assert Speeds(elsewhere / "nothing").of("coma", "8m").source == "nothing measured yet"


def test_a_running_run_has_a_speed_and_a_waiting_one_has_none(elsewhere):
    running, waiting = runs_of(*SMALL)[:2]
    for one in (running, waiting):
        one.directory.open(OmegaConf.create(one.config))
    running.directory.progress_file.write_text('{"env_steps": 100, "budget": 10000, "speed": 40.0}')
    assert str(Speeds(elsewhere / "runs").of("aiir_mix", "8m")) == "40 env steps/s (1 run of aiir_mix on 8m)"


def test_training_leaves_the_speed_that_estimates_read(elsewhere):
    train(elsewhere / "run", "env_steps=100")
    assert (measured_speed(RunDirectory(elsewhere / "run")) or 0) > 0


def test_a_sweep_that_was_killed_by_a_signal_is_no_success(elsewhere, monkeypatch):
    finish(runs_of(*SMALL)[0], [0.0, 0.4, 0.8])
    codes = iter([0, -9, 0])
    monkeypatch.setattr(subprocess, "run", lambda command, check: subprocess.CompletedProcess(command, next(codes)))
    planned = plan_runs("figure4", read_figure_spec("figure4"), {"seed": "0", "env_steps": "10000"})
    planned = replace(planned, commands=[[], [], []])
    assert figures.train(planned)[0] == -9


def test_a_figure_trains_its_runs_on_all_cores_and_draws_them(elsewhere, trained, capsys):
    assert make_figures(["figure4", *SMALL], dry=False) == 0
    [words] = trained
    assert "hydra/launcher=joblib" in words
    folder = elsewhere / "runs" / "paper-env_steps-10000"
    with (folder / "figure4.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {row["model"] for row in rows} == {"aiir_mix", "liir"}
    assert (folder / "figure4.png").exists()
    assert capsys.readouterr().out.splitlines()[-1].startswith("figure4: runs/paper-env_steps-10000/figure4.png")


@pytest.mark.slow
def test_a_figure_shows_only_its_own_runs(elsewhere, trained):
    finish(runs_of("model=aiir_mix", *SMALL[1:])[0], [0.5, 0.5, 0.5])
    make_figures(["figure4", *SMALL[1:], "model=liir"], dry=False)
    with (elsewhere / "runs" / "paper-env_steps-10000" / "figure4.csv").open() as file:
        assert {row["model"] for row in csv.DictReader(file)} == {"liir"}


@pytest.mark.slow
def test_a_figure_is_drawn_from_kept_evaluations(elsewhere, trained, capsys):
    make_figures(["figure4", *SMALL], dry=False)
    folder = elsewhere / "runs" / "paper-env_steps-10000"
    finish(runs_of("model=coma", "env.map=8m", "seed=0")[0], [0.0, 0.0, 0.0])
    kept = elsewhere / "kept" / "evaluations.csv"
    kept.parent.mkdir()
    save(load(folder), kept)
    assert make_figures(["figure4", *SMALL], dry=False, kept=kept) == 0
    assert (kept.parent / "figure4.csv").read_bytes() == (folder / "figure4.csv").read_bytes()
    assert (kept.parent / "figure4.png").exists()
    assert len(trained) == 1
    assert capsys.readouterr().out.endswith(f"figure4: {kept.parent / 'figure4.png'}, of 4 runs\n")


def test_a_figure_of_a_battle_cannot_be_drawn_from_kept_evaluations(elsewhere):
    with pytest.raises(ConfigError, match="figure5 takes more than evaluations to draw; leave --kept out"):
        make_figures(["figure5"], dry=False, kept=elsewhere / "evaluations.csv")


@pytest.mark.slow
def test_an_ablation_compares_settings(elsewhere, trained):
    make_figures(["ablation_meta", *SMALL[1:], "model=aiir_mix"], dry=False)
    assert len(trained) == 2
    folder = elsewhere / "runs" / "ablations-env_steps-10000"
    with (folder / "ablation_meta.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["model"].partition(",")[2] for row in rows] == [
        "balance=total,meta=exact",
        "balance=total,meta=liir_code",
        "balance=total,optimizers.rewards.lr=0.0",
    ]
    assert {(row["area_mean"], row["final_mean"], row["seeds"]) for row in rows} == {("0.4", "0.8", "2")}
    assert (folder / "ablation_meta.png").exists()


@pytest.mark.slow
def test_a_figure_from_nothing(elsewhere):
    """Train a small model, play a battle and draw both pictures of it."""
    words = ["env_steps=1000", "evaluation.every=500", "evaluation.episodes=2", "name=small"]
    assert make_figures(["figure5", "figure6", *words], dry=False) == 0
    made = {path.name for path in (elsewhere / "runs" / "small").glob("figure*")}
    assert made == {"figure5.png", "figure5.csv", "figure6.png", "figure6.csv"}


def test_settings_without_a_figure_are_refused(capsys):
    code, _, error = run_command(capsys, "figure", "env_steps=100")
    assert (code, error.count("\n")) == (2, 1)
    assert error.startswith("error: name a figure: ")
