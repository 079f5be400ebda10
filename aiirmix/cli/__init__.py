"""The command line `aiirmix`: one parser, and one place that turns an error into one line and an exit code."""
