"""`python -m instructor run | notebooks | release | grade`."""

import argparse
import sys

from instructor import masters, release, run
from instructor.grading import command as grade
from instructor.notebook import Refused

COMMANDS = {
    "run": (run, "run notebooks, with one or many settings"),
    "notebooks": (masters, "rewrite the outputs of the notebooks as they are committed"),
    "release": (release, "make the students' notebooks, with stubs for solutions"),
    "grade": (grade, "grade a class's notebooks, with their code in a sandbox"),
}


def main():
    """Reads the command line and runs the command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m instructor", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (module, help_line) in COMMANDS.items():
        command = commands.add_parser(
            name, help=help_line, description=module.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        module.add_arguments(command)
    arguments = parser.parse_args()
    try:
        return COMMANDS[arguments.command][0].main(arguments)
    except Refused as refusal:
        print(f"{arguments.command}: {refusal}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
