"""Statistics, tables and pictures of experiments, made from run directories and kept evaluations alone."""
