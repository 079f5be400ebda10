"""Saves the W&B dashboards of a project: a workspace for each map, and one report over all of them.

It needs a W&B account (`wandb login`) and the extra `wandb`. The addresses are kept in `runs/`, so that the next call
updates the same dashboards.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from aiirmix.common.errors import ConfigError, in_a_line, unknown
from aiirmix.common.files import atomic_write
from aiirmix.common.resources import CONF

RUNS = Path("runs")
ADDRESSES = RUNS / "wandb_dashboards.json"
"""The address of each saved dashboard, by its name."""
Save = Callable[[Any, str | None], str]
"""Saves a dashboard on the site, in place of the one at an address if there is one; returns the address."""


def save(dashboard: Any, address: str | None) -> str:  # noqa: ANN401 - a Workspace and a Report have no common type
    """Save a dashboard, in place of the one at the address if there is one."""
    from aiirmix.report.dashboards import in_place_of

    return str((in_place_of(dashboard, address) if address else dashboard).save().url)


def save_dashboards(
    entity: str,
    project: str,
    maps: Sequence[str],
    models: Sequence[str] = (),
    new: bool = False,
    save: Save = save,
) -> list[str]:
    """Build all dashboards, then save them.

    Args:
        entity: user or team on the W&B site.
        project: as in `logger.wandb.project`.
        maps: the maps, by their labels.
        models: the models to show; none means all.
        new: save new dashboards even if there are addresses of earlier ones.
        save: saves one dashboard; the only part that needs the network.

    Returns:
        Their addresses: the workspace of each map, and the report.

    Raises:
        ConfigError: there is no such model, the library is missing, or the site cannot be reached or refuses.
    """
    _check(models)
    try:
        from aiirmix.report import dashboards
    except ImportError as error:
        raise ConfigError(f"{error.name} is missing; install it with: pip install 'aiirmix[wandb]'") from error
    built = [dashboards.workspace(entity, project, map_label, models) for map_label in maps]
    report = dashboards.report(entity, project, maps, models)
    try:
        return _save_all({dashboards.full_name(one): one for one in (*built, report)}, save, new)
    except Exception as error:  # The library raises bare exceptions and those of the libraries that send its requests.
        raise ConfigError(f"W&B did not take the dashboards of {entity}/{project}: {in_a_line(error)}") from error


def _save_all(dashboards: Mapping[str, Any], save: Save, new: bool) -> list[str]:
    """Save dashboards, in place of earlier ones of the same names unless they are to be new; return their addresses."""
    known = json.loads(ADDRESSES.read_text(encoding="utf-8")) if ADDRESSES.exists() else {}
    for name, dashboard in dashboards.items():
        known[name] = save(dashboard, None if new else known.get(name))
        ADDRESSES.parent.mkdir(exist_ok=True)
        atomic_write(ADDRESSES, json.dumps(known, indent=1))
    return [known[name] for name in dashboards]


def _check(models: Sequence[str]) -> None:
    """Refuse models that neither `conf/model/` nor any run has; the changes made to a model are ignored."""
    configured = {file.stem for file in (CONF / "model").glob("*.yaml")}
    known = sorted(configured | {folder.name.partition(",")[0] for folder in RUNS.glob("*/*/")})
    for model in models:
        if model.partition(",")[0] not in known:
            raise ConfigError(unknown("model", model, known))
