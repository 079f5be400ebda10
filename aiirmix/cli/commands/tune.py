"""Search the settings of models, with equal budgets.

Every model is tried with as many settings of its space, conf/tune/<space>.yaml, and as many seeds, which are never
those of results. Words are models, space=…, and settings of `aiirmix train`, such as env.map=2s3z,8m env_steps=300000.
The same command typed again continues, or says that it is done.
"""

import argparse

from aiirmix.cli.parser import add_config_dir

OPTIONS = ("trials", "seeds", "metric", "at_once")
"""Options that are settings of the search, in conf/hydra/sweeper/optuna.yaml."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare models and settings, the size of the search, and what to do instead or afterwards."""
    parser.add_argument("words", nargs="+", metavar="MODEL", help="aiir_mix, … and settings, key=value")
    parser.add_argument("--trials", metavar="N", help="settings to try for each model (default: 12)")
    parser.add_argument("--seeds", metavar="N", help="seeds of each trial (default: 2)")
    parser.add_argument("--metric", help="test/win_rate (default), or test/return where nothing is won")
    parser.add_argument("--at-once", metavar="N", help="trials at the same time (default: 1)")
    parser.add_argument("--dry", action="store_true", help="only list what would run, and how long it will take")
    add_config_dir(parser)
    parser.add_argument("--keep", action="store_true", help="write conf/model/tuned/ and experiments/tuning_ledger.csv")


def run(options: argparse.Namespace) -> int:
    """Tune the models; return 1 if a trial is unfinished."""
    from aiirmix.launch.job import treat_sigterm_as_ctrl_c
    from aiirmix.launch.searchpath import searchpath
    from aiirmix.tuning.command import tune
    from aiirmix.tuning.request import as_setting

    treat_sigterm_as_ctrl_c()
    models = [word for word in options.words if "=" not in word]
    settings = [as_setting(word) for word in options.words if "=" in word]
    sizes = [f"hydra.sweeper.{name}={value}" for name in OPTIONS if (value := getattr(options, name)) is not None]
    named = [f"model={','.join(models)}"] if models else []
    return tune([*searchpath(options.config_dir), *named, *settings, *sizes], options.dry, options.keep)
