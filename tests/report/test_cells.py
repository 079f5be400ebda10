"""Cells of an experiment that stand for the paper's models, in claims and figures."""

from pathlib import Path

import pytest

from aiirmix.common.errors import ConfigError
from aiirmix.common.resources import EXPERIMENTS
from aiirmix.report.cells import read_cells, under_models
from aiirmix.report.claim_spec import PAPER_CLAIMS, read_claims
from aiirmix.report.evaluations import load
from aiirmix.report.figure import plan_runs
from aiirmix.report.figure_spec import read_figure_spec
from tests.report.fake_runs import fake_run, run_command

FILES = sorted(EXPERIMENTS.glob("cells_*.yaml"))
PPO = EXPERIMENTS / "cells_ppo.yaml"


@pytest.fixture
def kept(tmp_path, capsys):
    """Keep five runs of AIIR-MIX and of LIIR as the answer has them, and of another cell."""
    cells = read_cells(PPO)
    for seed in range(100, 105):
        for model, level in ((cells["aiir_mix"], 0.9), (cells["liir"], 0.2 + seed / 1000), ("other", 0.5)):
            fake_run(tmp_path / "runs", [0.0, level, level], model=model, map_label="8m", seed=seed)
    run_command(capsys, "summary", tmp_path / "runs", "--out", tmp_path / "kept")
    return tmp_path / "kept" / "evaluations.csv"


@pytest.mark.slow
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_cell_is_planned_in_the_answer_wherever_the_paper_makes_a_claim_or_a_figure(file):
    answer = plan_runs("answer", read_figure_spec("answer"), {"seed": "100"})
    planned = {(path.parts[-3], path.parts[-2]) for path in answer.budgets}
    cells = read_cells(file)
    wanted = {
        (side, name)
        for spec in read_claims(PAPER_CLAIMS)
        if spec.section != "ours"
        for name in spec.maps
        for pair in spec.pairs
        for side in pair
        if isinstance(side, str)
    }
    for figure in ("figure3", "figure4", "figure5", "figure6"):
        budgets = plan_runs(figure, read_figure_spec(figure), {"seed": "100"}).budgets
        wanted |= {(path.parts[-3], path.parts[-2]) for path in budgets}
    assert {(cells[model], name) for model, name in wanted} <= planned


def test_there_are_cells_for_both_updates():
    assert [file.stem for file in FILES] == ["cells_one_step", "cells_ppo"]
    one_step, ppo = map(read_cells, FILES)
    assert {model: label.replace("clipped", "single") for model, label in ppo.items()} == one_step


def test_runs_of_cells_are_runs_of_the_models_that_they_stand_for(kept):
    runs = load(kept)
    found = under_models(runs, read_cells(PPO))
    assert sorted({run.model for run in found}) == ["aiir_mix", "liir"]
    assert len(found) == 10
    assert {run.win_rate[-1] for run in found if run.model == "aiir_mix"} == {0.9}


def test_claims_of_the_paper_are_judged_by_cells(kept, capsys):
    code, table, _ = run_command(capsys, "claims", kept, "--cells", PPO)
    assert code == 0
    assert "| On 8m, AIIR-MIX makes up for that and learns faster than LIIR | **holds** |" in table
    assert "| LIIR masters the homogeneous 8m | **does not hold** |" in table
    assert "ours" not in table
    code, table, _ = run_command(capsys, "claims", kept)
    total = len(read_claims(PAPER_CLAIMS))
    listed = sum(line.startswith("| ") for line in table.splitlines()) - 1
    assert f"Not listed, as no run is of their models: {total - listed} claims." in table


def test_a_figure_of_the_paper_is_drawn_of_cells(kept, capsys):
    words = ["figure4", "env.map=8m", "seed=100-104", "--kept", kept, "--cells", PPO]
    code, out, _ = run_command(capsys, "figure", *words)
    picture = kept.parent / "figure4-cells_ppo.png"
    assert (code, out) == (0, f"figure4: {picture}, of 10 runs\n")
    assert picture.exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- a", "cells.yaml should have a line for each model, such as 'aiir_mix: aiir_mix,update=single'"),
        ("a: 1", "cells.yaml should have a line for each model, such as 'aiir_mix: aiir_mix,update=single'"),
        ("{a: x, b: x}", "cells.yaml: x stands for several models"),
    ],
)
def test_wrong_cells_are_refused_in_one_line(tmp_path, text, message):
    (tmp_path / "cells.yaml").write_text(text)
    with pytest.raises(ConfigError) as refused:
        read_cells(tmp_path / "cells.yaml")
    assert str(refused.value).endswith(message)


def test_cells_without_runs_are_refused_in_one_line(kept, tmp_path, capsys):
    Path(tmp_path, "cells.yaml").write_text("qmix: qmix")
    code, _, error = run_command(capsys, "claims", kept, "--cells", tmp_path / "cells.yaml")
    assert code == 2
    assert error.startswith("error: no run is of qmix; the first models that have runs: ")
    code, _, error = run_command(capsys, "figure", "figure4", "--cells", PPO)
    assert (code, error) == (2, "error: --cells chooses from kept evaluations; add --kept FILE\n")
