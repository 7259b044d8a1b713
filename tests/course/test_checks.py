"""What a student sees who runs a check cell, in a real kernel: the verdict, the reason, and never a traceback."""

import os
import re
import unicodedata

import nbformat
import pytest
from jupyter_client.manager import start_new_kernel

from dcgan_course.exercises.checks.explanation import describe_error, describe_value
from dcgan_course.exercises.checks.messages import say
from dcgan_course.exercises.table import print_columns
from dcgan_lib.system.paths import course_root

NOTEBOOK = course_root() / "notebooks" / "02_faces_grayscale.ipynb"
CELLS = {cell.id: cell.source for cell in nbformat.read(NOTEBOOK, as_version=4).cells}
SCALE = "# EXERCISE 2.2 scale_images\ndef scale_images(images):\n    "
FACE = "# EXERCISE 2.1 load_face\ndef load_face(path):\n    "
NOT_YET = "2.2 scale_images: not right yet ✗\n  "


class Kernel:
    """A kernel in the notebooks' folder, as Jupyter starts it for a notebook."""

    def __init__(self, file):
        environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "JPY_SESSION_NAME": str(file)}
        self.manager, self.client = start_new_kernel(cwd=str(NOTEBOOK.parent), env=environment)

    def run(self, source):
        """Runs a cell; returns what it shows as text, and whether anything of it is red."""
        texts, red = [], []

        def see(message):
            kind, content = message["msg_type"], message["content"]
            if kind == "stream":
                texts.append(content["text"])
                red.extend([content["text"]] * (content["name"] == "stderr"))
            elif kind == "error":
                red.append(content["evalue"])
            elif kind == "display_data":
                texts.append(content["data"]["text/plain"])

        self.client.execute_interactive(source, timeout=600, output_hook=see)
        return "".join(texts), red

    def check(self, answer, name):
        """Runs an answer and its check; returns what the check shows. Nothing of it may be red."""
        self.run(answer)
        shown, red = self.run(CELLS[name])
        assert red == []
        return shown


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """The student's notebook as it was saved last: one answer is not done."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    next(cell for cell in notebook.cells if cell.id == "ex22").source = SCALE + "raise NotImplementedError('2.2')"
    path = tmp_path_factory.mktemp("mine") / "내 노트북.ipynb"
    nbformat.write(notebook, path)
    return path


@pytest.fixture(scope="module")
def kernel(file):
    kernel = Kernel(file)
    yield kernel
    kernel.manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def ready(kernel):
    """A kernel after section 0. Before it, a check says in one sentence what to run."""
    shown, red = kernel.run(CELLS["check22"])
    assert red == []
    assert shown.startswith("2.2 scale_images: run section 0 and your answer first")
    for name in ("setup", "imports", "parameters"):
        kernel.run(CELLS[name])
    assert kernel.run(CELLS["check22"]) == (shown, [])
    return kernel


MISTAKES = {
    "return forgotten": (SCALE + "images / 127.5 - 1", "check22", NOT_YET + "None came back: is there a `return`"),
    "another range": (SCALE + "return images / 255", "check22", NOT_YET + "range: yours [0, 1], expected [-1, 1]\n"),
    "why another range": (SCALE + "return images / 255", "check22", "The range is 0 to 1, and -1 to 1 is expected."),
    "a wrong name": (SCALE + "return imges / 2", "check22", "Line 3 of your cell ended with NameError: name 'imges'"),
    "the line that failed": (SCALE + "return imges / 2", "check22", "\n    return imges / 2\n"),
    "not done": (SCALE + "raise NotImplementedError('Exercise 2.2 is not done yet')", "check22", "It is not done yet"),
    "a list of texts": (SCALE + "return ['a', 'b']", "check22", "An array of numbers is expected, and a list came"),
    "integers": (SCALE + "return (images // 127.5 - 1).astype(int)", "check22", "dtype: yours int64, expected float"),
    "the library's": ("from dcgan_lib import scale_images", "check22", "is the library's (dcgan_lib.scaling), not yours"),
    "calls the library": (
        SCALE + "import dcgan_lib\n    return dcgan_lib.scale_images(images)",
        "check22",
        "calls the course's library (scale_images)",
    ),
    "sys.exit": (FACE + "import sys; sys.exit(1)", "check21", "Line 3 of your cell ended with SystemExit"),
    "a warning": (SCALE + "import warnings; warnings.warn('red'); return images", "check22", NOT_YET),
    "no channel axis": (
        CELLS["ex21"].replace("[:, :, :1]", "[:, :, 0]"),
        "check21",
        "shape (178x218 photo): yours [28, 28], expected [28, 28, 1]\n  The last axis, the channels, is missing.",
    ),
    "a wrong Reshape": (
        CELLS["ex23"].replace("(7, 7, 128)", "(7, 7, 64)"),
        "check23",
        "ended with ValueError: The total size of the tensor must be unchanged.",
    ),
    "ReLU": (
        CELLS["ex23"].replace("LeakyReLU(negative_slope=0.2)", "'relu'"),
        "check23",
        "The values are those of ReLU. The lecture uses LeakyReLU with a slope of 0.2.",
    ),
    "a function for a network": ("# EXERCISE 2.4 b\ndef build_discriminator():\n    return build_discriminator",
                                 "check24", "A Keras model is expected, and a function came back."),
    "another input": (CELLS["ex24"].replace("(28, 28, 1)", "(28, 28, 3)"), "check24", "It ended with ValueError: Input 0"),
    "fewer arguments": ("# EXERCISE 2.5 t\ndef train_step(real, noise):\n    return 1, 2", "check25", "takes 2 positional"),
    "one loss": (CELLS["ex25"].replace("return sum(d_losses) / 2, ", "return "), "check25", "Two numbers are expected"),
    "half of it": (
        CELLS["ex25"].replace("sum(d_losses) / 2", "sum(d_losses)"),
        "check25",
        "right: weights; not right: losses\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_check_says_what_is_wrong_in_a_few_lines_and_without_a_traceback(ready, mistake):
    answer, name, text = MISTAKES[mistake]
    shown = ready.check(answer, name)
    assert text in shown
    assert "not right yet ✗" in shown
    assert "right ✓" not in shown
    assert len(shown.splitlines()) <= 12
    assert not re.search("Traceback|site-packages|\x1b", shown)
    assert ready.run(CELLS[name]) == (shown, [])  # The second time it says the same.


def test_an_answer_that_ended_in_a_syntax_error_is_not_taken_for_the_one_before_it(ready):
    assert ready.check(CELLS["ex22"], "check22") == "2.2 scale_images: right ✓\n"
    shown = ready.check(SCALE.replace("):", ")") + "return images / 255", "check22")
    assert "an older scale_images is still there" in shown
    assert ready.check(CELLS["ex22"], "check22") == "2.2 scale_images: right ✓\n"
    assert "an older" in ready.check("undefined_name\n" + SCALE + "return images / 255", "check22")
    # The function in a new cell, and the answer cell as it was given out.
    assert ready.check(CELLS["ex22"].split("\n", 1)[1], "check22") == "2.2 scale_images: right ✓\n"


def test_an_answer_that_takes_stdout_away_is_answered_all_the_same(ready):
    right = SCALE + "import sys; sys.stdout = None\n    return images / 127.5 - 1"
    assert ready.check(right, "check22") == "2.2 scale_images: right ✓\n"
    assert ready.run(CELLS["check22"].replace("seed=22", "seed=5"))[0].startswith("2.2 scaled: shape")


def test_a_check_with_another_seed_shows_what_it_measured_and_no_verdict(ready):
    ready.run(CELLS["ex22"])
    shown, red = ready.run(CELLS["check22"].replace("seed=22", "seed=5"))
    assert red == []
    assert shown.startswith("2.2 scaled: shape [2, 3, 2]\n2.2 scaled: dtype float\n")
    assert "right" not in shown
    ready.run(SCALE + "return 1 / 0")
    assert ready.run(CELLS["check22"].replace("seed=22", "seed=5")) == ("ZeroDivisionError: division by zero", [])


def test_the_last_cell_shows_where_a_student_is_and_what_the_saved_file_has(ready, file):
    ready.check(CELLS["ex21"], "check21")
    ready.check(SCALE + "return images", "check22")
    ready.check(CELLS["ex24"], "check24")
    ready.run(CELLS["ex24"])  # Again, after its check.
    ready.run(f"from dcgan_course.exercises.checks import progress; progress._checked.pop('2.5')")  # noqa: F541
    shown, red = ready.run(CELLS["progress"])
    assert red == []
    rows = [re.split(r"  +", line) for line in shown.splitlines()]
    assert rows[0] == ["exercise", "function", "check", "in the saved file"]
    assert rows[1] == ["2.1", "load_face", "right ✓", "answered"]
    assert rows[2] == ["2.2", "scale_images", "not right yet ✗", "not done yet"]
    assert rows[4] == ["2.4", "build_discriminator", "changed since its check: run the check again", "answered"]
    assert rows[5] == ["2.5", "train_step", "check not run yet", "answered"]
    assert rows[6][0].startswith("1 of 5 are right.")
    assert f"the saved file ({file.name})" in shown
    korean, _ = ready.run(CELLS["progress"].replace(")", ', language="ko")'))
    assert "맞음 ✓" in korean and "아직 작성되지 않음" in korean


def test_a_verdict_in_korean_has_no_english_sentence(ready):
    ready.run(SCALE + "return images / 255")
    shown, _ = ready.run(CELLS["check22"].replace("seed=22", 'seed=22, language="ko"'))
    assert shown.startswith("2.2 scale_images: 아직 맞지 않습니다 ✗\n  범위: 나온 값 [0, 1], 기대한 값 [-1, 1]\n")
    assert not re.search(r"[a-z]{3,} [a-z]{3,}", shown)


def test_a_table_with_hangul_has_straight_columns(capsys):
    print_columns([["연습", "b"], ["2.1", "c"]])
    assert capsys.readouterr().out == "연습  b\n2.1   c\n"


def test_a_name_that_a_mac_wrote_in_single_letters_is_as_wide_as_the_same_name_in_syllables(capsys):
    name = "김철수"
    print_columns([[unicodedata.normalize("NFD", name), "b"], [name, "c"], ["abcdef", "d"]])
    lines = unicodedata.normalize("NFC", capsys.readouterr().out).splitlines()
    assert lines == ["김철수  b", "김철수  c", "abcdef  d"]


def test_a_table_prints_what_it_is_given_however_wide_and_whatever_the_texts_look_like(capsys):
    print_columns([["[red]a[/red]", ":smile:", "x" * 500], ["[1, 2]", "", "y"]])
    assert capsys.readouterr().out == f"[red]a[/red]  :smile:  {'x' * 500}\n[1, 2]                 y\n"


def test_numbers_stand_below_each_other_at_their_right_ends(capsys):
    print_columns([["이름", "seconds", "photos/s"], ["dcgan_lib", "1.25", "16,000"]], values="right")
    assert capsys.readouterr().out == "이름       seconds  photos/s\ndcgan_lib     1.25    16,000\n"


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        ("en", ["  yours     1.25  30", "  expected    12   4"]),
        ("ko", ["  나온 값    1.25  30", "  기대한 값    12   4"]),
    ],
)
def test_values_of_a_long_list_stand_above_those_that_were_expected(language, lines):
    head, *rows = describe_value("values", [0, 1.25, 2, 30, 5], [0, 12.0, 2, 4, 5], language)
    assert rows == lines and "2" in head and "5" in head


@pytest.mark.parametrize("quote", ["'", '"'])
def test_a_layers_number_in_the_session_is_left_out_in_the_quotes_of_each_version_of_keras(quote):
    for number in ("", "_3", "_14"):
        error = ValueError(f"Input 0 of layer {quote}conv2d{number}{quote} is incompatible with the layer")
        assert (
            describe_error(error) == f"ValueError: Input 0 of layer {quote}conv2d{quote} is incompatible with the layer"
        )


def test_each_message_says_the_same_values_in_both_languages():
    import json
    from pathlib import Path

    import dcgan_course.exercises.checks.messages as messages

    texts = json.loads(Path(messages.__file__).with_name("messages.json").read_text("utf-8"))
    del texts["words of labels"]
    for name, languages in texts.items():
        fields = [set(re.findall(r"\{(\w+)\}", languages[language])) for language in ("en", "ko")]
        assert fields[0] == fields[1], name
        assert re.search("[가-힣]", languages["ko"]), name
    assert say("nothing returned", "ko") == texts["nothing returned"]["ko"]
