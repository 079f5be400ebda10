"""One module per sub-command of `aiirmix`.

The first line of a module's docstring is the help of its command. A module defines either

* `add_arguments(parser)` and `run(options)`, which returns an exit code (None means 0), or
* `main(arguments)`, if it parses its own arguments; then also `complete(words)`, which returns what the last of the
  words could become.

Both raise `ConfigError` for what the user can correct. Import heavy packages inside these functions: the help and the
errors of a command must answer at once.
"""
