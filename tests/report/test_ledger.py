"""The ledger of tuning: what is kept there, and what tables say about it."""

import pytest

from aiirmix.common.errors import ConfigError
from aiirmix.report.ledger import Entry, keep_entry, read_ledger, tuning_budgets
from aiirmix.runs.seeds import is_for_tuning, tuning_seeds
from tests.report.fake_runs import fake_run, run_command

LIIR = Entry("liir", "intrinsic", 12, 2, 300_000, "2s3z 8m", "0.4321", "0123456789ab", "2026-11-26", "test/win_rate")
OLD = "model,space,trials,seeds,steps,maps,best,commit,date"
"""The columns of earlier versions."""
HEADING = "Tuning budgets (ledger.csv), matched by name. Its column settings has the values that won; runs may differ:"


@pytest.fixture
def ledger(tmp_path):
    return tmp_path / "ledger.csv"


def test_an_entry_is_kept_once(ledger):
    keep_entry(LIIR, ledger)
    keep_entry(LIIR._replace(date="2026-12-01"), ledger)
    keep_entry(LIIR._replace(trials=24), ledger)
    assert ledger.read_text().splitlines() == [
        f"{OLD},metric,began,settings",
        "liir,intrinsic,12,2,300000,2s3z 8m,0.4321,0123456789ab,2026-11-26,test/win_rate,,",
        "liir,intrinsic,24,2,300000,2s3z 8m,0.4321,0123456789ab,2026-11-26,test/win_rate,,",
    ]
    assert read_ledger(ledger)[0] == LIIR


def test_more_trials_of_the_same_study_replace_its_row(ledger):
    one, other = (LIIR._replace(began=f"2026-11-2{day}T10:00:00") for day in (5, 6))
    for entry in (one, other, one._replace(trials=24)):
        keep_entry(entry, ledger)
    assert read_ledger(ledger) == [other, one._replace(trials=24)]


def test_a_ledger_of_an_earlier_version_is_read(ledger):
    ledger.write_text(f"{OLD}\nliir,intrinsic,12,2,300000,2s3z 8m,0.4321,0123456789ab,2026-11-26\n")
    assert read_ledger(ledger) == [LIIR._replace(metric="")]


def test_all_studies_of_a_model_count(ledger):
    """So that it does not help to keep tuning it in further ones."""
    keep_entry(LIIR, ledger)
    keep_entry(LIIR._replace(trials=1, seeds=1, steps=1000, maps="8m"), ledger)
    assert tuning_budgets(["liir"], ledger).splitlines()[1:] == ["* liir: 13 trials in 2 studies, 14,401,000 env steps"]


def test_budgets_are_all_environment_steps_of_a_study():
    assert LIIR.budget == 12 * 2 * 300_000 * 2


def test_equal_budgets_need_no_warning(ledger):
    keep_entry(LIIR, ledger)
    keep_entry(LIIR._replace(model="aiir_mix,update=clipped", trials=24), ledger)
    assert tuning_budgets(
        ["tuned-aiir_mix-update-clipped", "tuned-aiir_mix-update-clipped,gamma=0.9", "liir,gamma=0.9"], ledger
    ).splitlines() == [
        HEADING,
        "* liir,gamma=0.9: as liir: 12 trials × 2 seeds × 300,000 env steps × 2 maps",
        "* tuned-aiir_mix-update-clipped: 24 trials × 2 seeds × 300,000 env steps × 2 maps",
        "* tuned-aiir_mix-update-clipped,gamma=0.9: as tuned-aiir_mix-update-clipped: "
        "24 trials × 2 seeds × 300,000 env steps × 2 maps",
    ]


def test_unequal_budgets_are_warned_of(ledger):
    keep_entry(LIIR, ledger)
    keep_entry(LIIR._replace(model="coma", trials=5), ledger)
    assert tuning_budgets(["liir", "coma"], ledger).splitlines()[-1] == (
        "warning: tuning budgets differ by more than 2×: liir had 14,400,000 env steps, coma 6,000,000; "
        "who was tuned more may win for that alone"
    )


def test_a_model_that_was_never_tuned_says_so(ledger):
    assert tuning_budgets(["liir"], ledger) == "Tuning budgets: no kept study has tuned any of these models."
    keep_entry(LIIR, ledger)
    *_, line, warning = tuning_budgets(["liir", "qmix"], ledger).splitlines()
    assert line == "* qmix: never tuned by a kept study"
    assert warning.startswith("warning: tuning budgets differ")


@pytest.mark.parametrize(
    "text", ["a,b\n1,2\n", f"{OLD}\nx,y,many,1,1,8m,0,c,d\n", "model,trials,seeds,steps\nx,1,1,1\n"]
)
def test_another_file_is_no_ledger(ledger, text):
    ledger.write_text(text)
    with pytest.raises(ConfigError, match=r"ledger.csv is no ledger of tuning: its columns should be model, space"):
        read_ledger(ledger)


def test_summary_and_claims_print_the_budgets(tmp_path, capsys):
    for seed in range(2):
        fake_run(tmp_path / "x", [0.0, 0.3, 1.0], seed=seed)
    for command in ("summary", "claims"):
        code, out, _ = run_command(capsys, command, tmp_path / "x")
        assert code == 0
        assert "Tuning budgets" in out


def test_tuning_has_seeds_of_its_own():
    assert list(tuning_seeds(3)) == [1000, 1001, 1002]
    assert [seed for seed in (0, 999, 1000, 1999, 2000) if is_for_tuning(seed)] == [1000, 1999]


def test_runs_with_tuning_seeds_are_neither_mixed_with_others_nor_kept_nor_judged(tmp_path, capsys):
    fake_run(tmp_path / "x", [0.0, 0.3], seed=1000)
    assert run_command(capsys, "summary", tmp_path / "x")[0] == 0
    refused = "error: seed 1000 is for tuning, like all from 1000 to 1999; "
    code, _, err = run_command(capsys, "summary", tmp_path / "x", "--out", tmp_path / "kept")
    assert (code, err) == (2, f"{refused}kept results need other seeds, e.g. 0-4\n")
    assert not (tmp_path / "kept" / "evaluations.csv").exists()
    code, _, err = run_command(capsys, "claims", tmp_path / "x")
    assert (code, err) == (2, f"{refused}claims are judged by other seeds, e.g. 0-4\n")
    fake_run(tmp_path / "x", [0.0, 0.3], seed=1)
    code, _, err = run_command(capsys, "summary", tmp_path / "x")
    assert (code, err) == (2, f"{refused}they must not be mixed with other seeds, e.g. 0-4\n")


def test_a_figure_of_tuning_seeds_is_refused(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, _, err = run_command(capsys, "figure", "figure3", "seed=1000-1001", "model=none", "env.map=8m", "--dry")
    assert code == 2
    assert err.startswith("error: seed 1000 is for tuning")
