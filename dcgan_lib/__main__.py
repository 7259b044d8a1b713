"""The commands beside the notebooks: `python -m dcgan_lib celeba | photos | samples`."""

import argparse
import sys

from dcgan_data.commands import add_commands


def main(arguments=None):
    """Runs one command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m dcgan_lib", description="Data for the DCGAN course.")
    add_commands(parser.add_subparsers(metavar="COMMAND", required=True))
    options = parser.parse_args(arguments)
    try:
        return options.run(options)
    except (ImportError, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
