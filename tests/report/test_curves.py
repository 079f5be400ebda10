"""Pictures of learning curves, and the labels beside them."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_rgb
from matplotlib.image import imread

from aiirmix.report.evaluations import load, save
from aiirmix.report.labels import spread
from aiirmix.report.style import MODEL_STYLES, SPARE_COLOURS, model_styles
from tests.report.fake_runs import fake_run, run_command


@pytest.fixture
def experiment(tmp_path):
    return tmp_path / "paper"


@pytest.fixture
def draw(capsys):
    """Draw curves from the command line; return what was printed, or the error message."""

    def draw(*arguments):
        code, out, error = run_command(capsys, "curves", *arguments)
        return error if code else out

    return draw


def has_colour(picture, colour):
    return bool(np.isclose(imread(picture)[..., :3], to_rgb(colour), atol=0.02).all(-1).any())


def test_a_line_has_the_colour_of_its_model(experiment, draw):
    fake_run(experiment, [0.0, 0.5], model="aiir_mix")
    fake_run(experiment, [0.0, 0.7], model="liir", map_label="8m")
    picture = experiment / "learning_curves.png"
    assert draw(experiment) == f"learning curves: {picture}\n"
    drawn = {model for model in ("aiir_mix", "rmix", "aiir", "liir") if has_colour(picture, MODEL_STYLES[model].colour)}
    assert drawn == {"aiir_mix", "liir"}


def test_every_map_has_a_panel(tmp_path, draw):
    sizes = []
    for maps in (1, 2, 3):
        experiment = tmp_path / f"maps{maps}"
        for number in range(maps):
            fake_run(experiment, [0.5, 0.5], map_label=str(number))
        draw(experiment)
        sizes.append(imread(experiment / "learning_curves.png").shape[:2])
    (height, width), beside, below = sizes
    assert beside[0] == height < below[0]
    assert width < beside[1] == below[1]


def test_unfinished_runs_are_named_and_drawn(experiment, draw):
    fake_run(experiment, [0.0, 0.5], budget=1000, seed=0)
    fake_run(experiment, [], budget=1000, seed=1)
    assert draw(experiment).splitlines()[0] == "unfinished: AIIR-MIX on 2s3z, 0 of 2 runs, 5 %"
    assert has_colour(experiment / "learning_curves.png", MODEL_STYLES["aiir_mix"].colour)


def test_the_numbers_are_beside_the_picture(experiment, draw):
    fake_run(experiment, [0.0, 0.6])
    draw(experiment, "--smooth", 2)
    assert (experiment / "learning_curves.csv").read_text().splitlines()[1:] == [
        "2s3z,aiir_mix,test/win_rate,1,0,0.0,,",
        "2s3z,aiir_mix,test/win_rate,1,100,0.3,,",
    ]


def test_the_picture_may_be_written_elsewhere(experiment, draw, tmp_path):
    fake_run(experiment, [0.0, 0.6])
    assert draw(experiment, "--out", tmp_path / "mine.svg") == f"learning curves: {tmp_path / 'mine.svg'}\n"
    assert (tmp_path / "mine.csv").exists()
    assert not list(experiment.glob("learning_curves*"))


def test_nothing_to_draw_is_one_line(experiment, draw):
    assert draw(experiment).startswith(f"error: there is no directory {experiment}")
    fake_run(experiment, [], budget=100)
    assert draw(experiment) == f"error: no run in {experiment} has been evaluated yet\n"


@pytest.mark.parametrize("width", ["0", "-3", "some"])
def test_smoothing_takes_a_positive_number(experiment, draw, width):
    assert f"{width} is not a positive number" in draw(experiment, f"--smooth={width}")


WITHOUT_TORCH = """
import sys
from aiirmix.cli.main import main

for words in (["summary", "x"], ["claims", "x"], ["curves", "x"], ["figure", "figure4", "seed=0", "--dry"]):
    assert main(words) == 0
    assert "torch" not in sys.modules, words
"""


def test_tables_and_curves_are_made_without_torch(tmp_path):
    fake_run(tmp_path / "x", [0.0, 0.5])
    subprocess.run([sys.executable, "-c", WITHOUT_TORCH], cwd=tmp_path, check=True)


def test_every_model_has_a_style():
    styles = model_styles(["liir", "b,gamma=0.9", "a", "b,gamma=0.9", "aiir_mix"])
    assert styles["liir"] == MODEL_STYLES["liir"]
    assert [styles["a"].colour, styles["b,gamma=0.9"].colour] == list(SPARE_COLOURS[:2])
    assert styles["b,gamma=0.9"].name == "b, gamma=0.9"


def test_no_two_models_look_alike():
    assert len({(style.colour, style.dashes) for style in MODEL_STYLES.values()}) == len(MODEL_STYLES)


boxes = st.lists(st.tuples(st.floats(0, 1), st.floats(0.01, 0.3)), min_size=1, max_size=8).map(sorted)


@given(boxes)
def test_labels_do_not_overlap(boxes):
    centres, heights = zip(*boxes, strict=True)
    moved = spread(centres, heights, top=1.0)
    for i in range(1, len(moved)):
        assert moved[i] - moved[i - 1] >= (heights[i] + heights[i - 1]) / 2 - 1e-9
    assert moved[-1] + heights[-1] / 2 <= 1 + 1e-9


def test_labels_with_space_around_them_stay():
    assert spread([0.2, 0.5, 0.8], [0.1, 0.2, 0.1], top=1.0) == [0.2, 0.5, 0.8]


def test_the_numbers_of_a_picture_overwrite_no_other_file(tmp_path, capsys):
    fake_run(tmp_path / "x", [0.0, 0.5])
    kept = tmp_path / "evaluations.csv"
    save(load(tmp_path / "x"), kept)
    before = kept.read_text()
    code, _, error = run_command(capsys, "curves", kept, "--out", kept.with_suffix(".png"))
    assert (code, error.count("\n")) == (2, 1)
    assert f"would overwrite {kept}: choose another name" in error
    assert kept.read_text() == before
    assert [run_command(capsys, "curves", kept, "--out", tmp_path / "y.svg")[0] for _ in range(2)] == [0, 0]


def test_a_picture_of_unknown_format_is_refused_before_anything_is_written(tmp_path, capsys):
    fake_run(tmp_path / "x", [0.0, 0.5])
    code, _, error = run_command(capsys, "curves", tmp_path / "x", "--out", tmp_path / "y.xyz")
    assert (code, error) == (
        2,
        f"error: {tmp_path / 'y.xyz'} is no picture: its name should end with .png, .svg, .pdf\n",
    )
    assert not list(tmp_path.glob("y.*"))
