"""The commands beside the notebooks: `python -m dcgan_lib celeba | photos | samples | check`."""

import argparse
import sys

from dcgan_data.commands import add_commands
from exercises.check import add_check


def main(arguments=None):
    """Runs one command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m dcgan_lib", description="Beside the DCGAN course's notebooks.")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    add_commands(commands)
    add_check(commands)
    options = parser.parse_args(arguments)
    try:
        return options.run(options)
    except (ImportError, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
