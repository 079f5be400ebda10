"""Example components, each with a YAML file in `my_conf/`: see CONTRIBUTING.md."""
