"""Show how much each model gains from tuning.

Searches settings for all maps together and for each map alone, trains the winners and the model's own settings with
fresh seeds, and draws the areas under their curves. Words are models and settings that replace those of
experiments/sensitivity.yaml, such as env_steps=50000 env.map=2s3z,8m. The same command typed again continues.
"""

import argparse

from aiirmix.cli.parser import add_config_dir


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare models and settings, the size of the search, and what to do instead."""
    parser.add_argument("words", nargs="*", metavar="MODEL", help="aiir_mix, … and settings, key=value")
    parser.add_argument("--trials", metavar="N", help="settings that each study tries")
    add_config_dir(parser)
    parser.add_argument("--dry", action="store_true", help="only list what would be searched")


def run(options: argparse.Namespace) -> int:
    """Tune, train and draw; return 1 if something is unfinished."""
    from aiirmix.launch.job import treat_sigterm_as_ctrl_c
    from aiirmix.launch.searchpath import searchpath
    from aiirmix.tuning.request import require_optuna

    treat_sigterm_as_ctrl_c()
    require_optuna()
    from aiirmix.tuning.sensitivity import sensitivity

    return sensitivity([*options.words, *searchpath(options.config_dir)], options.trials, options.dry)
