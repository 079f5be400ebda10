"""Where the configuration files and the experiments are."""

from aiirmix.common.resources import CONF, EXPERIMENTS, folder, is_packaged


def test_in_a_clone_they_are_beside_the_package():
    assert not is_packaged()
    assert (CONF / "config.yaml").is_file()
    assert (EXPERIMENTS / "claims.yaml").is_file()


def test_in_an_installed_package_they_are_inside(tmp_path):
    package = tmp_path / "site-packages" / "aiirmix"
    (package / "conf").mkdir(parents=True)
    (tmp_path / "site-packages" / "conf").mkdir()
    assert is_packaged(package)
    assert folder("conf", package) == package / "conf"
    assert folder("experiments", package) == package / "experiments"
