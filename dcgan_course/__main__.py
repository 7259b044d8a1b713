"""The course's one command line: `python -m dcgan_course COMMAND`, or `dcgan-course COMMAND`."""

import argparse
import importlib
import sys
from pathlib import Path

from dcgan_course.refused import Refused

INSTRUCTOR = "dcgan_course.instructor"  # A student's copy of the course does not have it.
COMMANDS = {
    "check": ("dcgan_course.exercises.command", "say whether a notebook can be graded, before you hand it in"),
    "photos": ("dcgan_course.datasets.photos", "say what is in a folder or zip of photos"),
    "samples": ("dcgan_course.datasets.samples", "write the drawn digits and faces as files"),
    "celeba": ("dcgan_course.datasets.celeba", "fetch a few photos of CelebA from Hugging Face"),
    "run": (f"{INSTRUCTOR}.running.command", "run notebooks, with one or many settings"),
    "notebooks": (f"{INSTRUCTOR}.masters.command", "rewrite the outputs of the notebooks as they are committed"),
    "release": (f"{INSTRUCTOR}.releasing.command", "make the students' notebooks, with stubs for solutions"),
    "site": (f"{INSTRUCTOR}.site.command", "make pages of the notebooks that anybody can read in a browser"),
    "grade": (f"{INSTRUCTOR}.grading.command", "grade a class's notebooks, with their code in a sandbox"),
}


def main(arguments=None):
    """Reads the command line and runs the command; returns the exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    have_instructor = Path(__file__).with_name("instructor").is_dir()
    named = next((argument for argument in arguments if not argument.startswith("-")), None)
    if named in COMMANDS and _is_instructors(named) and not have_instructor:
        print(f"{named}: this is one of the instructor's commands, which the students' copy lacks.", file=sys.stderr)
        return 2
    options = _parse(arguments, named, have_instructor)
    try:
        return options.main(options)
    except Refused as refusal:
        print(f"{named}: {refusal}", file=sys.stderr)
        return 2
    except (ImportError, OSError, ValueError) as error:
        if _is_instructors(named):
            raise
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parse(arguments, named, have_instructor):
    """Parses the command line; only the named command's module is imported, so that help answers at once."""
    parser = argparse.ArgumentParser(prog="python -m dcgan_course", description="Commands of the DCGAN course.")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, (home, help_line) in COMMANDS.items():
        if _is_instructors(name) and not have_instructor:
            continue
        command = commands.add_parser(name, help=help_line, formatter_class=argparse.RawDescriptionHelpFormatter)
        if name == named:
            module = importlib.import_module(home)
            command.description = module.__doc__
            module.add_arguments(command)
            command.set_defaults(main=module.main)
    return parser.parse_args(arguments)


def _is_instructors(name):
    return COMMANDS[name][0].startswith(INSTRUCTOR)


if __name__ == "__main__":
    sys.exit(main())
