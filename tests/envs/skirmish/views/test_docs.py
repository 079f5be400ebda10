"""The examples of docs/views.md run as they stand, one after another."""

import re
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[4] / "docs" / "views.md"


def test_the_examples_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    examples = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    names: dict[str, Any] = {}
    for example in examples:
        exec(example, names)
    assert len(examples) == 3
    assert names["env"].agents == []
