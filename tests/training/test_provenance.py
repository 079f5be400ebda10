"""The commit and the versions that the numbers of a run come from are recorded."""

import subprocess

from omegaconf import OmegaConf

from aiirmix import __version__
from aiirmix.training.provenance import commit, record_provenance
from tests.toys import small_spec


def git(folder, *arguments):
    identity = ["-c", "user.name=test", "-c", "user.email=test@example.org"]
    subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True)


def test_a_commit_is_named_and_a_changed_tree_is_called_dirty(tmp_path):
    (tmp_path / "file").write_text("one")
    git(tmp_path, "init")
    git(tmp_path, "add", "file")
    git(tmp_path, "commit", "-m", "first")
    clean = commit(tmp_path)
    (tmp_path / "file").write_text("two")
    assert len(clean) == 12
    assert commit(tmp_path) == f"{clean}-dirty"


def test_outside_a_repository_the_commit_is_unknown(tmp_path):
    assert commit(tmp_path) == "unknown"


def test_an_installed_package_has_a_version_instead_of_a_commit(tmp_path):
    (tmp_path / "conf").mkdir()
    git(tmp_path, "init")
    assert commit(tmp_path) == f"v{__version__}"


def test_the_first_part_of_a_run_is_recorded(tmp_path):
    file = tmp_path / "provenance.yaml"
    record_provenance(file, small_spec())
    first = file.read_text()
    assert OmegaConf.create(first).environment == small_spec().name
    file.write_text("environment: kept\n")
    record_provenance(file, small_spec())
    assert file.read_text() == "environment: kept\n"
