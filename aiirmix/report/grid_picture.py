"""Curves of several metrics in a grid: a row of panels for each map and some settings, a column for each metric."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter

from aiirmix.common.errors import ConfigError
from aiirmix.report.curve_drawing import Styles, draw_curve
from aiirmix.report.evaluations import Evaluations, Metric, grouped
from aiirmix.report.learning_curves import Curve, default_width, learning_curve, write_curves
from aiirmix.report.setting_names import SettingNames
from aiirmix.report.style import PAGE_WIDTH, RC_PARAMS, model_styles

PANEL_HEIGHT, MARGIN = 1.55, 1.2
"""The height of a panel, and that of the title and the legend together, in inches."""
NOTES = "Lines: means over seeds. Bands: 95 % bootstrap intervals."


def grid_picture(
    evaluations: Sequence[Evaluations],
    path: Path,
    title: str,
    rows: dict[str, str],
    columns: dict[str, str],
    lines: dict[str, str],
) -> None:
    """Draw the curves, with a CSV file beside the picture.

    Args:
        evaluations: of runs.
        path: of the picture.
        title: above it.
        rows: settings of the model that make a row of panels, and how the picture calls them.
        columns: metrics, and how the picture calls them.
        lines: the rest of the models' labels, and how the picture calls them.

    Raises:
        ConfigError: no run has been evaluated yet.
    """
    if not evaluations:
        raise ConfigError(f"no run in {path.parent} has been evaluated yet")
    names = SettingNames(rows, lines)
    has_maps = len({run.map_label for run in evaluations}) > 1

    def row_name(run: Evaluations) -> str:
        map_name = run.map_label.partition(",")[0] if has_maps else ""
        return ", ".join(filter(None, [map_name, names.panel(run.model)]))

    metrics = [Metric(name, label) for name, label in columns.items()]
    panels = grouped(evaluations, row_name)
    curves = [[_curves(panel, metric) for metric in metrics] for panel in panels]
    write_curves([curve for row in curves for cell in row for curve in cell], path.with_suffix(".csv"))
    styles = model_styles(sorted({names.line(run.model) for run in evaluations}))
    with rc_context(RC_PARAMS):
        figure = Figure(figsize=(PAGE_WIDTH, PANEL_HEIGHT * len(panels) + MARGIN), layout="constrained")
        axes = figure.subplots(len(panels), len(metrics), squeeze=False, sharex=True, sharey="col")
        for row, cells, panel in zip(axes, curves, panels, strict=True):
            for axis, cell in zip(row, cells, strict=True):
                _draw_cell(axis, [(names.line(curve.model), curve) for curve in cell], styles)
            row[0].set_ylabel(row_name(panel[0]).replace(", ", ",\n"))
        axes[0][0].set_xlim(left=0)
        for axis, metric in zip(axes[0], metrics, strict=True):
            axis.set_title(metric.label, loc="left", fontsize=9, fontweight="bold")
        _write_legend(figure)
        figure.suptitle(title, x=0.01, ha="left", fontsize=10, fontweight="bold")
        figure.savefig(path)


def _curves(runs: Sequence[Evaluations], metric: Metric) -> list[Curve]:
    """Return the curve of each model that has recorded the metric."""
    finite = (_finite(run, metric) for run in runs if metric.name in run.metrics)
    recorded = [run for run in finite if len(run.env_steps)]
    return [
        learning_curve(of_model, metric, default_width(of_model)) for of_model in grouped(recorded, lambda r: r.model)
    ]


def _finite(run: Evaluations, metric: Metric) -> Evaluations:
    """Keep the evaluations at which the metric is known."""
    known = np.isfinite(run.metrics[metric.name])
    diagnostics = {name: values[known] for name, values in run.diagnostics.items() if name == metric.name}
    arrays = {name: getattr(run, name)[known] for name in ("env_steps", "win_rate", "returns")}
    return replace(run, **arrays, diagnostics=diagnostics)


def _draw_cell(axis: Axes, curves: Sequence[tuple[str, Curve]], styles: Styles) -> None:
    for name, curve in curves:
        draw_curve(axis, curve, styles[name])
    axis.xaxis.set_major_formatter(EngFormatter(sep=""))


def _write_legend(figure: Figure) -> None:
    """Name every line once, below the panels."""
    lines = {str(line.get_label()): line for axis in figure.axes for line in axis.lines}
    named = {name: line for name, line in lines.items() if not name.startswith("_")}
    style: dict[str, Any] = {"ncols": 3, "fontsize": 7, "frameon": False, "title": NOTES, "title_fontsize": 6.5}
    figure.legend(list(named.values()), list(named), loc="outside lower left", **style)
