"""The tables of the pages are those that commands print from the kept results."""

import csv
import re
from functools import cache
from pathlib import Path

import pytest
import yaml

from aiirmix.cli.main import main
from aiirmix.report.evaluations import load
from aiirmix.report.measures import final

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "experiments" / "results"
KEPT = sorted(file.parent.name for file in RESULTS.glob("*/evaluations.csv"))


NEW = ("one_step", "critic", "sharing", "sharing_team", "open_loop", "smacv2")
"""Those that are not of simulator version 2."""


def rows_of(file):
    """Return the rows of a file's tables."""
    return rows_in(file.read_text(encoding="utf-8"))


def rows_in(text):
    return [line for line in text.splitlines() if line.startswith("|")]


@pytest.mark.parametrize("name", KEPT)
def test_the_kept_tables_are_those_of_the_kept_evaluations(name, capsys):
    assert main(["summary", str(RESULTS / name / "evaluations.csv")]) == 0
    tables = (RESULTS / name / "summary.md").read_text(encoding="utf-8")
    out = capsys.readouterr().out
    assert re.match(r"\n(These runs are of \d+ commits: .*\n\n)?Tuning budgets", out.removeprefix(tables))
    assert rows_in(out) == rows_in(tables)


@pytest.mark.parametrize(("name", "claims"), [("paper", "claims.yaml"), ("sharing", "results/sharing/claims.yaml")])
def test_the_kept_verdicts_are_those_of_the_kept_evaluations(name, claims, capsys):
    words = [str(RESULTS / name / "evaluations.csv"), "--claims", str(RESULTS.parent / claims)]
    assert main(["claims", *words]) == 0
    assert set(rows_of(RESULTS / name / "claims.md")) <= set(capsys.readouterr().out.splitlines())


def test_the_page_of_results_has_the_kept_tables():
    kept = rows_of(RESULTS / "paper" / "summary.md") + rows_of(RESULTS / "paper" / "claims.md")
    assert rows_of(ROOT / "docs" / "results.md") == kept


def test_all_kept_battles_are_of_the_version_that_the_page_of_results_names():
    assert "**All kept results on this page are of simulator version 2.**" in (ROOT / "docs" / "results.md").read_text(
        encoding="utf-8"
    )
    found = {name: versions_in(RESULTS / name / "evaluations.csv") for name in KEPT}
    assert [found.pop(name) for name in NEW] == [{"skirmish-3"}] * len(NEW)
    assert set().union(*found.values()) == {"skirmish-2"}


def versions_in(file):
    return set(re.findall(r"skirmish-\d+(?=/)", file.read_text(encoding="utf-8")))


def test_the_page_of_smacv2_says_which_maps_were_won_without_looking():
    outcomes = [row.split(" | ") for row in rows_of(RESULTS / "open_loop" / "outcomes.md") if "open_loop" in row]
    assert len(outcomes) == 7
    shown = rows_of(ROOT / "docs" / "smacv2.md")
    for label, _, runs, _, wins, distinct in outcomes:
        assert runs == "3"
        assert f"{label} | {wins} | {distinct}" in shown


CONTROLS = [("smacv2", "none"), ("critic", "mappo"), ("sharing", "none"), ("sharing_team", "none_balanced")]


@pytest.mark.parametrize(("name", "control"), CONTROLS)
def test_the_kept_effects_are_those_of_the_kept_evaluations(name, control, capsys):
    assert main(["effects", str(RESULTS / name / "evaluations.csv"), "--control", control]) == 0
    assert rows_of(RESULTS / name / "effects.md") == rows_in(capsys.readouterr().out)


def test_the_page_of_smacv2_has_our_win_rates_beside_the_published_ones(capsys):
    kept = [row.strip("| ").split(" | ") for row in rows_of(RESULTS / "smacv2" / "summary.md") if "_5_vs_5" in row]
    ours = {(name, model): final for name, model, _, _, _, final, *_ in kept}
    assert main(["rank-agreement", str(RESULTS / "smacv2" / "evaluations.csv")]) == 0
    printed = [row.strip("| ").split(" | ") for row in rows_in(capsys.readouterr().out) if "_5_vs_5" in row]
    theirs = {(name, model, steps): rate for _, _, name, model, rate, steps, *_ in printed}
    shown = [row.strip("| ").split(" | ") for row in rows_of(ROOT / "docs" / "smacv2.md")]
    table = [row for row in shown if len(row) == 5 and row[1] in ("qmix", "mappo", "aiir_mix", "none")]
    assert len(table) == len(ours) == 12
    for name, model, here, *published in table:
        assert here == ours[name, model]
        assert published == [theirs.get((name, model, steps), "–") for steps in ("1,000,000", "10,000,000")]


@pytest.mark.parametrize(
    ("table", "page"),
    [
        ("critic/summary.md", "aiir_mix.md"),
        ("critic/effects.md", "aiir_mix.md"),
        ("one_step/summary.md", "sharing.md"),
    ],
)
def test_the_pages_have_the_kept_tables(table, page):
    assert set(rows_of(RESULTS / table)) <= set(rows_of(ROOT / "docs" / page))


MODELS = {
    "AIIR-MIX": "aiir_mix,{}",
    "LIIR": "liir,{}intrinsic.inputs=-obs-,",
    "AIIR": "aiir,{}",
    "RMIX": "rmix,{}intrinsic.inputs=-obs-,",
}
ACTORS = {"one": "True", "an actor each": "False"}


def cells_in(table):
    """Return the cells of a kept table by map and model."""
    rows = (row.strip("| ").split(" | ") for row in rows_of(RESULTS / table))
    return {(name, model): cells for name, model, *cells in (row for row in rows if len(row) > 8)}


@pytest.mark.parametrize(
    ("heading", "kept", "control"),
    [
        ("What came out", "sharing", "none"),
        ("With an extrinsic critic of the team", "sharing_team", "none_balanced"),
    ],
)
def test_the_tables_about_sharing_are_of_the_kept_areas(heading, kept, control):
    areas, effects = cells_in(f"{kept}/summary.md"), cells_in(f"{kept}/effects.md")
    section = (ROOT / "docs" / "sharing.md").read_text(encoding="utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [row.strip("| ").split(" | ") for row in rows_in(section)]
    shown = [row for row in rows if len(row) == 4 + 1 + len(MODELS) and row[2] in ACTORS]
    settings = set()
    for name, steps, actors, rate, none, *of_models in shown:
        shared, rest = f"actor.share_parameters={ACTORS[actors]},", f"optimizers.actor.lr={rate},{STEPS[steps]}"
        settings.add((name, f"{control},{shared}{rest}"))
        assert none == areas[name, f"{control},{shared}{rest}"][5]
        for cell, label in zip(of_models, MODELS.values(), strict=True):
            effect = effects.get((name, label.format(shared) + rest))
            expected = "–" if effect is None else effect[5] + " (inert)" * ("inert" in effect[7])
            assert cell == expected
    assert len(shown) == len(settings)
    assert settings == {key for key in areas if key[1].startswith(f"{control},") and not re.search("maps|,", key[0])}


REWARDS = {
    "LIIR's network": "liir,{}intrinsic.inputs=-obs-,meta=regress_advantage,",
    "LIIR's network, one each": "liir,{}intrinsic=individual_unshared,intrinsic.inputs=-obs-,meta=regress_advantage,",
    "AIIR's network": "aiir,{}meta=regress_advantage,",
    "AIIR-MIX's network": "aiir_mix,{}meta=regress_advantage,",
    "attention, own action": "aiir,{}intrinsic=attention_own_action,meta=regress_advantage,",
    "attention, own action, γ = 0": ("aiir,{}balance.gamma=0,intrinsic=attention_own_action,meta=regress_advantage,"),
    **{
        f"attention, own action, γ = 0, κ up to {kappa}": (
            f"aiir,{{}}balance.gamma=0,balance.kappa_max={kappa},intrinsic=attention_own_action,meta=regress_advantage,"
        )
        for kappa in ("0.3", "0.1")
    },
    "true contributions": "random,{}balance=scaled,intrinsic=oracle,",
    "shares, LIIR's network": "liir_decomposed,{}",
    "shares, attention": "aiir_decomposed,{}",
    "equal shares": "random,{}balance=scaled,intrinsic=equal_share,",
    "random, never learns": "random,{}balance=scaled,",
}


def test_the_tables_about_other_teachers_are_of_the_kept_effects():
    areas, effects = cells_in("sharing/summary.md"), cells_in("sharing/effects.md")
    text = "".join((ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("sharing.md", "decomposition.md"))
    rows = [row.strip("| ").split(" | ") for row in rows_in(text)]
    shown = [row for row in rows if row[0] in REWARDS]
    of_rewards = set()
    for reward, steps, name, actors, *cells in shown:
        shared, rest = f"actor.share_parameters={ACTORS[actors]},", f"optimizers.actor.lr=0.003,{STEPS[steps]}"
        name += ",credited=difference" * (reward == "true contributions")
        label = REWARDS[reward].format(shared) + rest
        of_rewards.add((name, label))
        _, runs, _, _, final, area, _, fraction, credit = effects[name, label]
        assert cells == [runs, areas[name, f"none,{shared}{rest}"][5], area, final, fraction, credit]
    kept = {key for key in effects if re.search("regress|decomposed|^random", key[1]) and "maps" not in key[0]}
    assert of_rewards == kept


@pytest.mark.parametrize(
    ("page", "kept"),
    [("sharing.md", ["sharing", "sharing_team"]), ("decomposition.md", ["sharing"]), ("aiir_mix.md", ["critic"])],
)
def test_the_estimates_in_the_text_are_kept_ones(page, kept):
    """Signed numbers with their intervals, outside of tables."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    prose = " ".join(line.strip() for line in text.splitlines() if not line.startswith("|"))
    estimates = set(re.findall(r"[+−]\d\.\d\d \[[^]]+\]", prose))
    assert estimates
    tables = "".join((RESULTS / name / "effects.md").read_text(encoding="utf-8") for name in kept)
    assert estimates <= set(re.findall(r"[+−]\d\.\d\d \[[^]]+\]", tables))


def test_the_intervals_of_claims_in_the_text_are_kept_ones():
    text = " ".join((ROOT / "docs" / "sharing.md").read_text(encoding="utf-8").split())
    claims = " ".join((RESULTS / "sharing" / "claims.md").read_text(encoding="utf-8").split())
    quoted = re.findall(r"([+−]\d\.\d\d), Welch's interval (\[[^]]+\])", text)
    assert quoted
    assert all(f"{effect} {interval}" in claims for effect, interval in quoted)


def test_the_range_of_what_the_papers_models_add_is_the_kept_one():
    models = [label.format("").split(",")[0] for label in MODELS.values()]
    changed = "meta=|intrinsic=|balance"
    fractions = [
        float(cells[-2].split()[0])
        for (name, label), cells in cells_in("sharing/effects.md").items()
        if label.split(",")[0] in models and not re.search(changed, label) and "maps" not in name
    ]
    low, high = (f"{100 * bound:.0f}" for bound in (min(fractions), max(fractions)))
    assert f"{low} to {high} % of the variance of the advantage" in " ".join(
        (ROOT / "docs" / "sharing.md").read_text(encoding="utf-8").split()
    )


@cache
def mean_in_sharing(metric, label, name, env_steps):
    """Return the mean over seeds of a kept diagnostic."""
    with (RESULTS / "sharing" / "evaluations.csv").open(newline="", encoding="utf-8") as file:
        cell = (label, name, str(env_steps))
        rows = [row for row in csv.DictReader(file) if (row["model"], row["map"], row["env_steps"]) == cell]
    assert len(rows) > 2
    return sum(float(row[metric]) for row in rows) / len(rows)


def test_the_agreement_of_shares_with_what_was_done_is_the_kept_one():
    rest = "optimizers.actor.lr=0.003,update=clipped"
    labels = (
        f"liir_decomposed,actor.share_parameters=False,{rest}",
        f"random,actor.share_parameters=False,balance=scaled,intrinsic=equal_share,{rest}",
    )
    learnt, equal = (mean_in_sharing("credit/correlation_of_r_in", label, "3s5z", 500000) for label in labels)
    assert f"at {learnt:.2f}, and equal shares do at {equal:.2f}:" in (ROOT / "docs" / "decomposition.md").read_text()


def test_as_many_seeds_win_with_shares_as_the_page_says():
    label = "liir_decomposed,actor.share_parameters=False,optimizers.actor.lr=0.003,update=clipped"
    runs = [
        run for run in load(RESULTS / "sharing" / "evaluations.csv") if (run.model, run.map_label) == (label, "3s5z")
    ]
    winning = [run for run in runs if final(run.env_steps, run.win_rate) > 0.5]
    assert (len(winning), len(runs)) == (7, 10)
    page = " ".join((ROOT / "docs" / "decomposition.md").read_text(encoding="utf-8").split())
    assert "In seven of the ten seeds most battles are won in the end" in page


def test_how_long_actors_explore_without_discount_is_kept():
    rest = "optimizers.actor.lr=0.003,update=single"
    labels = (
        "aiir,actor.share_parameters=False,balance.gamma=0,intrinsic=attention_own_action,meta=regress_advantage,"
        + rest,
        f"none,actor.share_parameters=False,{rest}",
    )
    of_it, of_none = (mean_in_sharing("actor/entropy", label, "2s3z", 60000) for label in labels)
    text = " ".join((ROOT / "docs" / "sharing.md").read_text().split())
    assert f"the entropy of the actors is {of_it:.2f} nats, and {of_none:.2f} without intrinsic reward" in text


def test_the_page_of_the_simulator_has_rows_that_calibrate_printed():
    printed = rows_of(RESULTS / "calibration" / "tables.md")
    policies = ("| random |", "| scripted |", "| scan_margin ", "| body_fraction ", "| formation_")
    shown = [row for row in rows_of(ROOT / "docs" / "skirmish.md") if row.startswith(policies)]
    assert len(shown) > 20
    assert set(shown) <= set(printed)


LINES = {
    "none": "none,actor.share_parameters={shared},{update}",
    "true contributions": "none,actor.share_parameters={shared},gamma=0,{oracle},{update}",
    "individual, linear (LIIR)": "liir,{start}intrinsic.inputs=-obs-,{end}",
    "individual, hypernetwork (RMIX)": "rmix,{start}intrinsic.inputs=-obs-,{end}",
    "attention, linear (AIIR)": "aiir,{start}{end}",
    "attention, hypernetwork (AIIR-MIX)": "aiir_mix,{start}{end}",
    "individual, regression on Â_ex": "liir,{start}intrinsic.inputs=-obs-,meta=regress_advantage,{end}",
    "individual, a network each, regression": (
        "liir,{start}intrinsic=individual_unshared,intrinsic.inputs=-obs-,meta=regress_advantage,"
        "optimizers.rewards.lr=0.003,{update}"
    ),
    "attention, regression on Â_ex": "aiir,{start}meta=regress_advantage,{end}",
}
STEPS = {"one": "update=single", "PPO's": "update=clipped"}


def label_of_line(name, steps, shared):
    """Return the label of the runs that a cell of the table about credit is of."""
    return LINES[name].format(
        shared=shared,
        update=STEPS[steps],
        oracle="intrinsic=oracle,mixer.weight=100.0",
        start=f"actor.share_parameters={shared},balance=balanced,balance.gamma=0,",
        end=f"optimizers.rewards.lr=0.003,path=start_only,{STEPS[steps]}",
    )


def curves_of(name, env_steps):
    """Return the rows of a kept figure's numbers after so many steps, by label and metric."""
    with (RESULTS / name / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return {(row["model"], row["metric"]): row for row in csv.DictReader(file) if row["env_steps"] == env_steps}


def cells_of(row):
    """Return the ways in which a table may show a mean and its interval."""
    mean, low, high = (f"{float(row[part]):.2f}" for part in ("mean", "low", "high"))
    mean, low, high = (cell.replace("-", "−") if float(cell) else "0.00" for cell in (mean, low, high))
    return f"{mean} [{low}, {high}]", *([mean, mean.removesuffix(".00")] if low == high else [])


def test_the_table_about_credit_is_of_the_kept_curves():
    last = curves_of("credit", "8000")
    rows = [row.strip("| ").split(" | ") for row in rows_of(ROOT / "docs" / "aiir_mix.md")]
    shown = {(row[0], row[1]): row[2:] for row in rows if row[0] in STEPS and len(row) == 6}
    assert shown.keys() == {(steps, name) for steps in STEPS for name in LINES}
    columns = [
        ("test/return", False),
        ("test/return", True),
        ("credit/correlation", False),
        ("credit/correlation", True),
    ]
    for (steps, name), cells in shown.items():
        for cell, (metric, shared) in zip(cells, columns, strict=True):
            assert cell in cells_of(last[label_of_line(name, steps, shared), metric])


GATED = "balance=gated,balance.gamma=0,"
PATHS = {
    "no intrinsic reward": "none,{shared},{update}",
    "attention, hypernetwork (AIIR-MIX)": f"aiir_mix,{{shared}},{GATED}optimizers.rewards.lr=0.003,{{update}}",
    "individual, linear (LIIR)": (
        f"liir,{{shared}},{GATED}intrinsic.inputs=-obs-,optimizers.rewards.lr=0.003,{{update}}"
    ),
    "individual, regression on Â_ex": (
        f"liir,{{shared}},{GATED}intrinsic.inputs=-obs-,meta=regress_advantage,optimizers.rewards.lr=0.003,{{update}}"
    ),
    "individual, a network each, regression": (
        f"liir,{{shared}},{GATED}intrinsic=individual_unshared,intrinsic.inputs=-obs-,meta=regress_advantage,"
        "optimizers.rewards.lr=0.003,{update}"
    ),
    "attention, regression on Â_ex": (
        f"aiir,{{shared}},{GATED}meta=regress_advantage,optimizers.rewards.lr=0.003,{{update}}"
    ),
    "own action, regression on Â_ex": (
        f"aiir,{{shared}},{GATED}intrinsic=attention_own_action,meta=regress_advantage,"
        "optimizers.rewards.lr=0.003,{update}"
    ),
    "own action, regression, hypernetwork": (
        f"aiir_mix,{{shared}},{GATED}intrinsic=attention_own_action,meta=regress_and_mix,"
        "optimizers.rewards.lr=0.003,{update}"
    ),
}


def test_the_table_about_the_path_of_credit_is_of_the_kept_curves():
    first, last = curves_of("credit_path", "1000"), curves_of("credit_path", "8000")
    columns = [
        (last, "test/return"),
        (first, "credit/correlation_without"),
        (first, "credit/correlation_of_c"),
        (last, "credit/correlation_of_c"),
        (last, "credit/correlation_of_r_in"),
    ]
    rows = [row.strip("| ").split(" | ") for row in rows_of(ROOT / "docs" / "aiir_mix.md")]
    shown = {tuple(row[:3]): row[3:] for row in rows if row[0] in STEPS and len(row) == 8}
    assert shown.keys() == {(steps, actors, name) for steps in STEPS for actors in ACTORS for name in PATHS}
    for (steps, actors, name), cells in shown.items():
        label = PATHS[name].format(shared=f"actor.share_parameters={ACTORS[actors]}", update=STEPS[steps])
        for cell, (curves, metric) in zip(cells, columns, strict=True):
            assert cell in (cells_of(curves[label, metric]) if (label, metric) in curves else ["–"])


def test_the_table_about_sources_is_of_the_kept_curves():
    picture = yaml.safe_load((ROOT / "experiments" / "credit_sources.yaml").read_text(encoding="utf-8"))["picture"]
    early, last = curves_of("credit_sources", "3000"), curves_of("credit_sources", "8000")
    columns = [
        (early, "test/return"),
        (last, "test/return"),
        (last, "credit/correlation"),
        (last, "rewards/fraction_of_advantage"),
    ]
    rows = [row.strip("| ").split(" | ") for row in rows_of(ROOT / "docs" / "sources.md")]
    shown = {(row[0], row[1]): row[2:] for row in rows if row[0] in picture["rows"].values()}
    assert len(shown) == len(picture["rows"]) * len(picture["lines"])
    for setting, steps in picture["rows"].items():
        for label, name in picture["lines"].items():
            cells = zip(shown[steps, name], columns, strict=True)
            assert all(cell in cells_of(curves[f"{label},{setting}", metric]) for cell, (curves, metric) in cells)


def test_the_seeds_that_the_page_of_the_models_speaks_of_end_as_it_says():
    runs = [run for run in load(RESULTS / "critic" / "evaluations.csv") if run.map_label == "3s5z"]
    ends = {(run.model, run.seed): float(final(run.env_steps, run.win_rate)) for run in runs}
    mappo = [end for (model, _), end in ends.items() if model == "mappo"]
    team = sorted(end for (model, _), end in ends.items() if model.startswith("none_balanced"))
    assert len(mappo) == len(team) == 6
    assert min(mappo) >= 0.915
    assert [round(end, 2) for end in team[:2]] == [0.26, 0.4]
    assert team[2] > 0.5
