"""Saves the W&B dashboards of a project: `python -m aiirmix.report.workspace --entity ME --project aiirmix`.

A workspace for each map and one report over all of them. Needs a W&B account (`wandb login`) and the extra `wandb`.
The addresses are kept in `runs/`: called again, the command updates what it saved before.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from aiirmix.common.errors import ConfigError, unknown
from aiirmix.common.files import atomic_write
from aiirmix.common.resources import CONF

RUNS = Path("runs")
ADDRESSES = RUNS / "wandb_dashboards.json"
"""Where which dashboard was saved."""
MAPS = ("2s3z", "3s5z", "8m", "MMM")
Save = Callable[[Any, str | None], str]
"""Sends a workspace or a report to the site, in place of the one at an address or as another; returns its address."""


def main() -> None:
    """Saves what the command line asks for and leaves with an exit code."""
    try:
        for address in command(sys.argv[1:], save):
            print(address)
    except ConfigError as error:
        sys.exit(f"error: {error}")


def command(arguments: Sequence[str], save: Save) -> list[str]:
    """Builds all dashboards, then saves them.

    Returns:
        Their addresses: the workspace of each map, and the report.

    Raises:
        ConfigError: there is no such model, the library is missing, or the site cannot be reached or refuses.
    """
    options = _parser().parse_args(arguments)
    _check(options.models)
    try:
        from aiirmix.report import dashboards
    except ImportError as error:
        raise ConfigError(f"{error.name} is missing; install it with: pip install 'aiirmix[wandb]'") from error
    where = options.entity, options.project
    built = [dashboards.workspace(*where, world, options.models) for world in options.maps]
    report = dashboards.report(*where, options.maps, options.models)
    try:
        return _save_all({dashboards.full_name(one): one for one in (*built, report)}, save, options.new)
    except Exception as error:  # The library raises bare exceptions and those of whatever carries its requests.
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ConfigError(f"W&B did not take the dashboards of {'/'.join(where)}: {reason}") from error


def save(dashboard: Any, address: str | None) -> str:  # noqa: ANN401  (a Workspace or a Report, which share no type)
    """Sends it, in place of the one at the address if there is one; the only function here that needs the network."""
    from aiirmix.report.dashboards import in_place_of

    return str((in_place_of(dashboard, address) if address else dashboard).save().url)


def _save_all(dashboards: Mapping[str, Any], save: Save, new: bool) -> list[str]:
    """Saves dashboards in place of those of the same names, unless they are to be new ones; their addresses."""
    known = json.loads(ADDRESSES.read_text(encoding="utf-8")) if ADDRESSES.exists() else {}
    for name, dashboard in dashboards.items():
        known[name] = save(dashboard, None if new else known.get(name))
        ADDRESSES.parent.mkdir(exist_ok=True)
        atomic_write(ADDRESSES, json.dumps(known, indent=1))
    return [known[name] for name in dashboards]


def _check(models: Sequence[str]) -> None:
    """Refuses models that are neither configured here nor in any run; changes made to them are not looked at."""
    configured = {file.stem for file in (CONF / "model").glob("*.yaml")}
    known = sorted(configured | {folder.name.partition(",")[0] for folder in RUNS.glob("*/*/")})
    for model in models:
        if model.partition(",")[0] not in known:
            raise ConfigError(unknown("model", model, known))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m aiirmix.report.workspace", description="Saves W&B dashboards.")
    parser.add_argument("--entity", required=True, help="user or team on the W&B site")
    parser.add_argument("--project", default="aiirmix", help="as in logger.wandb.project (default: aiirmix)")
    parser.add_argument("--models", nargs="+", default=[], metavar="MODEL", help="aiir_mix, rmix, … (default: all)")
    parser.add_argument("--maps", nargs="+", default=MAPS, metavar="MAP", help=f"default: {' '.join(MAPS)}")
    parser.add_argument("--new", action="store_true", help="save new ones, e.g. if the former were deleted on the site")
    return parser


if __name__ == "__main__":
    main()
