"""Statistics, tables and pictures of experiments, made from run directories and kept evaluations alone."""

from aiirmix.common.cache import prepare_matplotlib

prepare_matplotlib()
