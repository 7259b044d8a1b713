"""What the tests of grading share."""

import pytest

from dcgan_course.instructor.grading.sandbox.sandbox import build_library


@pytest.fixture(scope="session")
def library(tmp_path_factory):
    """The folder of what a sandboxed kernel imports, which nobody writes into."""
    folder = tmp_path_factory.mktemp("library")
    build_library(folder)
    return folder
