"""Published win rates beside ours."""

import numpy as np
import pytest

from aiirmix.cli.main import main
from aiirmix.common.errors import ConfigError
from aiirmix.common.rank_correlation import kendall, spearman
from aiirmix.report.evaluations import Evaluations
from aiirmix.report.rank_agreement import Published, agreements, format_correlation, read_published, tables

LAB = Published("a lab", "4.10", 2000, {"8m": {"coma": 0.1, "qmix": 1.0, "vdn": 0.9, "iql": 0.5}, "25m": {"qmix": 0.2}})


def evaluated(model, *win_rates, map_label="8m"):
    """Return a run for each win rate, constant over 100 environment steps."""
    steps = np.arange(0, 101, 10)
    rates = [np.full(len(steps), rate) for rate in win_rates]
    return [Evaluations(map_label, model, seed, steps, rate, rate) for seed, rate in enumerate(rates)]


RUNS = [
    *evaluated("qmix", 0.9, 0.8),
    *evaluated("vdn", 0.7, 0.6),
    *evaluated("coma", 0.0, 0.0),
    *evaluated("liir", 0.5),
]


def test_models_and_maps_of_both_are_compared_best_published_first():
    [agreement] = agreements([LAB], RUNS)
    assert (agreement.map_label, agreement.models) == ("8m", ["qmix", "vdn", "coma"])
    assert agreement.theirs.tolist() == [1.0, 0.9, 0.1]
    assert [row.model for row in agreement.ours] == agreement.models


def test_the_tables_show_both_win_rates_with_their_budgets():
    text = tables(agreements([LAB], RUNS), [LAB])
    assert "| a lab | 4.10 | 8m | vdn | 0.90 | 2,000 | 0.65 [0.60, 0.70] | 2 | 100 |" in text
    assert "| a lab | 8m | 3 | 1.00 [1.00, 1.00] | 1.00 [1.00, 1.00] |" in text
    assert "3 of 5 published win rates" in text


def test_seeds_that_change_the_order_widen_the_interval():
    runs = [*evaluated("qmix", 0.75, 0.25), *evaluated("vdn", 0.5, 0.5), *evaluated("coma", 0.0, 0.0)]
    [agreement] = agreements([LAB], runs)
    assert format_correlation(spearman, agreement) == "0.87 [0.50, 1.00]"
    assert format_correlation(kendall, agreement) == "0.82 [0.33, 1.00]"


def test_two_models_have_no_rank_correlation():
    found = agreements([LAB], [*evaluated("qmix", 0.9), *evaluated("vdn", 0.5)])
    assert tables(found, [LAB]).count("| a lab |") == 2


def test_equal_win_rates_have_no_rank_correlation():
    [agreement] = agreements([LAB], [*evaluated("qmix", 0.5), *evaluated("vdn", 0.5), *evaluated("coma", 0.5)])
    assert format_correlation(kendall, agreement) == "–"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{}", "should be a list"),
        ("- {source: a, game: b, env_steps: 1}", "entry 1: win_rates must be given"),
        ("- {source: a, game: b, env_steps: 1, win_rates: {8m: {qmix: 99}}}", "8m.qmix should be from 0 to 1, not 99"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path, text, message):
    file = tmp_path / "published.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=message):
        read_published(file)


def test_the_kept_files_can_be_compared(capsys):
    assert not main(["rank-agreement"])
    printed = capsys.readouterr().out
    assert "44 of 297 published win rates" in printed
    assert "| 3s5z | qmix | 1.00 | 2,000,000 |" in printed
