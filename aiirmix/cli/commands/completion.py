"""Print the script that completes commands and settings in your shell.

  bash:  eval "$(aiirmix completion bash)"       in ~/.bashrc
  zsh:   eval "$(aiirmix completion zsh)"        in ~/.zshrc, after compinit
  fish:  aiirmix completion fish | source        in ~/.config/fish/config.fish

For `python run.py`: eval "$(python run.py -sc install=bash)".
"""

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the shell, and the words that the script asks about."""
    parser.add_argument("shell", choices=("bash", "zsh", "fish"), help="the shell")
    parser.add_argument("words", nargs="*", metavar="-- WORD", help="print what the last WORD could become instead")


def run(options: argparse.Namespace) -> None:
    """Print the script, or the completions of a command line."""
    from aiirmix.cli.completion import SCRIPTS, completions

    print("\n".join(completions(options.words)) if options.words else SCRIPTS[options.shell])
