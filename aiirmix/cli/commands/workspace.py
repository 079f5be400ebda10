"""Save the W&B dashboards of a project.

Saves a workspace for each map and one report over all of them, and prints their addresses. Called again, it updates
what it saved before. Needs a W&B account (wandb login) and the extra `wandb`.
"""

import argparse

MAPS = ("2s3z", "3s5z", "8m", "MMM")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the project, the models and the maps."""
    parser.add_argument("--entity", required=True, help="user or team on the W&B site")
    parser.add_argument("--project", default="aiirmix", help="as in logger.wandb.project (default: aiirmix)")
    parser.add_argument("--models", nargs="+", default=[], metavar="MODEL", help="aiir_mix, rmix, … (default: all)")
    parser.add_argument("--maps", nargs="+", default=MAPS, metavar="MAP", help=f"default: {' '.join(MAPS)}")
    parser.add_argument("--new", action="store_true", help="save new ones, e.g. after the earlier ones were deleted")


def run(options: argparse.Namespace) -> None:
    """Save the dashboards and print their addresses."""
    from aiirmix.report.workspace import save_dashboards

    addresses = save_dashboards(options.entity, options.project, options.maps, options.models, options.new)
    print("\n".join(addresses))
