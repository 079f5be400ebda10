"""An environment whose package exists only where runs are played."""

import package_of_the_cluster  # type: ignore[import-not-found]

Env = package_of_the_cluster.Env
