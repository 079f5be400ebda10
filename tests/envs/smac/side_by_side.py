"""A package's own class and skirmish's view of it, played side by side in a process of their own."""

import json
import os
import subprocess
import sys


def duel_in_process(module, name, episodes, **flags):
    """Play a package beside skirmish and return what was seen; the process fails where they differ."""
    environment = {**os.environ, "PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION": "python"}
    command = [sys.executable, "-m", module, name, str(episodes), json.dumps(flags)]
    found = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600)
    assert found.returncode == 0, found.stderr
    return json.loads(found.stdout.splitlines()[-1])
