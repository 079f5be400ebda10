"""Names that differ where contents do."""

import re

from aiirmix.common.digest import content_name, short_digest


def test_a_digest_is_short_and_depends_on_the_content():
    assert re.fullmatch("[0-9a-f]{8}", short_digest(b"one"))
    assert short_digest(b"one") == short_digest(b"one") != short_digest(b"other")


def test_a_file_is_named_by_its_stem_and_its_content(tmp_path):
    (tmp_path / "a").mkdir()
    paths = [tmp_path / "map.yaml", tmp_path / "a" / "map.yaml"]
    for path in paths:
        path.write_text("same")
    assert {content_name(path) for path in paths} == {f"map-{short_digest(b'same')}"}
    paths[0].write_text("other")
    assert content_name(paths[0]) != content_name(paths[1])
