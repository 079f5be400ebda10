"""The hints in the messages of errors."""

import pytest

from aiirmix.common.errors import shown, unknown


@pytest.mark.parametrize(
    ("word", "known", "hint"),
    [
        ("8n", ["2s3z", "8m"], "did you mean 8m?"),
        ("gamma", ["model.mixer", "model.gamma"], "did you mean model.gamma?"),
        ("model.gama", ["model.gamma", "model.lambda_"], "did you mean model.gamma?"),
        ("evaluation.evry", ["evaluation.every", "evaluation.episodes"], "did you mean evaluation.every?"),
        ("AIIR_MIX", ["aiir", "aiir_mix"], "did you mean aiir_mix?"),
        ("mmm", ["8m", "MMM", "MMM2"], "did you mean MMM?"),
    ],
)
def test_the_nearest_word_is_suggested(word, known, hint):
    assert hint in unknown("key", word, known)


def test_no_hint_is_given_where_no_word_is_similar():
    assert unknown("key", "model.foo", ["model.actor", "model.gamma"], listed=False) == "unknown key model.foo"


def test_all_known_words_are_listed_in_order():
    assert unknown("map", "x", ["b", "a"]).endswith("(known: b, a)")


@pytest.mark.parametrize(
    ("value", "text"), [(None, "null"), (True, "true"), ("a", "'a'"), (1.5, "1.5"), ({"a": 1}, "a group of settings")]
)
def test_values_are_shown_as_they_are_written(value, text):
    assert shown(value) == text
