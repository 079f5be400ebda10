"""Runs that take no time. Python imports this when it starts, in the workers of a sweep too."""

import sys
from types import ModuleType

fake = ModuleType("aiirmix.training.fit")


def fit(cfg, directory):
    if cfg.seed == 1:
        raise RuntimeError("one is unlucky")
    directory.metrics_file.write_text("env_steps,test/win_rate\n0,0.0\n5000,0.25\n")


fake.fit = fit  # type: ignore[attr-defined]
sys.modules["aiirmix.training.fit"] = fake
