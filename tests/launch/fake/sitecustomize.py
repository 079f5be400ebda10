"""Training that only waits: until the file `FAKE_GATE` exists, if that is set. Each run appends a mark to `trained`.
Seed 666 is killed, unless the run has a time limit. Nothing is built before.

Python imports this module when it starts, in the workers of a sweep too.
"""

import os
import signal
import sys
import time
from pathlib import Path
from types import ModuleType

fake = ModuleType("aiirmix.training.fit")
rehearsal = ModuleType("aiirmix.training.rehearsal")
GATE = Path(os.environ["FAKE_GATE"]) if "FAKE_GATE" in os.environ else None


def fit(cfg, directory):
    with (directory.path / "trained").open("a") as marks:
        marks.write("x")
    if cfg.seed == 666 and cfg.trainer.max_time is None:
        os.kill(os.getpid(), signal.SIGKILL)
    while GATE and not GATE.exists():
        time.sleep(0.01)
    if cfg.seed == 1:
        raise RuntimeError("one is unlucky")
    directory.metrics_file.write_text("env_steps,test/win_rate\n0,0.0\n5000,0.25\n")
    return True


fake.fit = fit  # type: ignore[attr-defined]
sys.modules["aiirmix.training.fit"] = fake
rehearsal.rehearse = lambda config: None  # type: ignore[attr-defined]
sys.modules["aiirmix.training.rehearsal"] = rehearsal
