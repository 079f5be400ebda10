"""The dashboards of an experiment on Weights & Biases, as unsaved objects of its workspaces library."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import wandb_workspaces.reports.v2 as wr
import wandb_workspaces.workspaces as ws
from wandb_workspaces import expr

from aiirmix.report.evaluations import RETURN, WIN_RATE
from aiirmix.report.style import display_name

X_AXIS, GROUP = "env_steps", "Group"
"""The metric of all x-axes, and the attribute that runs have in common if they differ only in their seeds."""
RANGES = {WIN_RATE.name: (0, 1)}
MAX_GROUPS = 100
"""Lines in a chart, at most; W&B's own limit is 10."""
Dashboard: TypeAlias = ws.Workspace | wr.Report
CONTENT = {ws.Workspace: ("sections", "settings", "runset_settings"), wr.Report: ("blocks",)}
"""The attributes that an update replaces."""


@dataclass(frozen=True)
class Topic:
    """A section of a dashboard."""

    name: str
    metrics: Sequence[str]
    patterns: Sequence[str] = field(default=())
    """Regular expressions for metrics whose names depend on the map's unit types: a chart for each."""


RESULTS = Topic("Test episodes", [WIN_RATE.name, RETURN.name, "test/episode_steps"])
DIAGNOSTICS = (
    Topic(
        "Rewards",
        [
            "rewards/fraction_of_advantage",
            "rewards/correlation_total_extrinsic",
            "rewards/grad_norm",
            "meta/objective",
            "meta/c_mean_over_rms",
        ],
        [r"r_in/.*/mean", r"r_in/.*/std"],
    ),
    Topic("Attention", ["attention/entropy", "attention/self_weight"], [r"attention/.*_to_.*"]),
    Topic("Mixer", ["mixer/slope", "mixer/slope_p05", "mixer/slope_p95", "mixer/offset_at_0"]),
)
"""The metrics are those of docs/aiir_mix.md."""


def workspace(entity: str, project: str, map_label: str, models: Sequence[str]) -> ws.Workspace:
    """Return the saved workspace of one map: a curve for each group of seeds, against environment steps.

    Args:
        entity: user or team on the W&B site.
        project: as in `logger.wandb.project`.
        map_label: the map; runs are tagged with it.
        models: the models to show; none means all.
    """
    return ws.Workspace(
        entity=entity,
        project=project,
        name=_title(map_label, models),
        sections=[ws.Section(name=topic.name, panels=panels(topic), is_open=True) for topic in (RESULTS, *DIAGNOSTICS)],
        settings=ws.WorkspaceSettings(x_axis=X_AXIS, max_runs=MAX_GROUPS),
        runset_settings=ws.RunsetSettings(filters=filters(map_label, models), groupby=[ws.Metric(GROUP)]),
    )


def report(entity: str, project: str, map_labels: Sequence[str], models: Sequence[str]) -> wr.Report:
    """Return one report: the results on each map, then the diagnostics on each; arguments as of `workspace`."""
    blocks = [wr.P("A line is the mean over the seeds of a group of runs; its band is the standard error.")]
    for topic in (RESULTS, *DIAGNOSTICS):
        blocks += [wr.H1(topic.name)]
        for map_label in map_labels:
            runs = wr.Runset(entity, project, map_label, filters=filters(map_label, models), groupby=[GROUP])
            blocks += [wr.H2(map_label), wr.PanelGrid(runsets=[runs], panels=panels(topic))]
    return wr.Report(entity=entity, project=project, title=_title(", ".join(map_labels), models)[:128], blocks=blocks)


def full_name(dashboard: Dashboard) -> str:
    """Return the owner, type and title of a dashboard, which together identify it."""
    title = dashboard.name if isinstance(dashboard, ws.Workspace) else dashboard.title
    return f"{dashboard.entity}/{dashboard.project} {type(dashboard).__name__} {title}"


def in_place_of(dashboard: Dashboard, address: str) -> Dashboard:
    """Return the dashboard at an address of the site with the content of this one, so that saving updates it."""
    there = type(dashboard).from_url(address)
    for part in CONTENT[type(dashboard)]:
        setattr(there, part, getattr(dashboard, part))
    return there


def panels(topic: Topic) -> list[wr.LinePlot]:
    """Return a chart for each metric and each pattern: mean and standard error over a group's seeds."""
    common = {"x": X_AXIS, "groupby_aggfunc": "mean", "groupby_rangefunc": "stderr", "max_runs_to_show": MAX_GROUPS}
    single = [
        wr.LinePlot(title=name, y=[name], range_y=RANGES.get(name, (None, None)), **common) for name in topic.metrics
    ]
    return single + [wr.LinePlot(title=name, metric_regex=name, **common) for name in topic.patterns]


def filters(map_label: str, models: Sequence[str]) -> expr.And:
    """Select the runs that are tagged with the map and, if models are named, with one of these."""
    sets = [[map_label], list(models)] if models else [[map_label]]
    return expr.And(*(expr.Tags().isin(tags) for tags in sets))


def _title(map_labels: str, models: Sequence[str]) -> str:
    """Return a title without "=", which the library takes for an emoji and refuses."""
    return f"{map_labels}: {', '.join(map(display_name, models)) or 'all models'}".replace("=", " ")
