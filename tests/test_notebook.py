"""The notebook runs from top to bottom, and shows what it says."""

import os
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat", reason='needs the extra `notebook`: pip install "aiirmix[notebook]"')
nbclient = pytest.importorskip("nbclient")

ROOT = Path(__file__).parents[1]
NOTEBOOK = ROOT / "notebooks" / "aiir_mix.ipynb"
SHORT = "500"
"""Environment steps of a training."""


@pytest.fixture(scope="module")
def played():
    """Execute the notebook with a small budget."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIIRMIX_NOTEBOOK_STEPS", SHORT)
        patch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
        nbclient.NotebookClient(notebook, timeout=600, kernel_name="python3").execute()
    return notebook


def outputs_of(notebook, kind):
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    return [output.data[kind] for output in outputs if kind in output.get("data", {})]


@pytest.mark.slow
def test_it_shows_battles_curves_and_attention(played):
    assert sum("<iframe srcdoc=" in html for html in outputs_of(played, "text/html")) == 2
    assert len(outputs_of(played, "image/png")) == 2


@pytest.mark.slow
def test_the_similarity_was_swapped(played):
    text = "".join(outputs_of(played, "text/plain"))
    assert "'aiir_mix', 'aiir_mix,similarity=cosine'" in text


def test_what_is_committed_has_no_outputs():
    """They would be large, and different in every change."""
    cells = [cell for cell in nbformat.read(NOTEBOOK, as_version=4).cells if cell.cell_type == "code"]
    assert [cell.outputs for cell in cells] == [[]] * len(cells)
