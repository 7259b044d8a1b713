"""What a student reads: hints that fit the mistake, the own answer, and no expected value unless it may be shown."""

import json
import os
import re
import string
import subprocess
import sys
from dataclasses import replace

import nbformat
import pytest
from graded_answer import (
    EXERCISES,
    MASTERS,
    NO_NETWORKS,
    grade,
    make_check,
    notebook_of,
    publish_marks,
)
from nbformat.v4 import new_code_cell
from submissions import files
from submissions.case import GRAY, solution, solved

from dcgan_course.exercises.checks import messages
from dcgan_course.exercises.checks.measured import from_text, show, to_text
from dcgan_course.instructor.grading.marks import plugin, scoring
from dcgan_course.instructor.grading.marks.submission_result import SubmissionResult
from dcgan_course.instructor.grading.pages.feedback import FeedbackOptions, explain
from dcgan_course.instructor.grading.pages.feedback_texts import LANGUAGES, TEXTS, translate
from dcgan_course.instructor.grading.submissions.intake import find_submissions
from dcgan_course.instructor.grading.submissions.reader import read
from dcgan_course.instructor.grading.submissions.reading import Reading
from dcgan_course.instructor.grading.submissions.roster import Roster
from dcgan_course.instructor.masters.mistakes import apply_mistakes
from dcgan_lib.system.paths import course_root

LARGE = 1_000_000  # Bytes.
EN, KO = FeedbackOptions(), FeedbackOptions("ko")
SCALE = "# EXERCISE 2.2 scale_images\ndef scale_images(images):\n    "
# What students write instead of the solution of 2.2, and the check's own sentence about it.
WRONG = {
    "nothing returned": "scaled = (images - 127.5) / 127.5",
    "range 0 to 1": "return images / 255",
    "half of the range": "return (images - 127.5) / 255",
    "own maximum": "return images / images.max() * 2 - 1",
    "one axis too many": "return ((images - 127.5) / 127.5)[None]",
    "not done": "raise NotImplementedError('Exercise 2.2 is not done yet')",
}


@pytest.fixture
def marks(tmp_path):
    """The marks of a wrong answer to 2.2, one of its values the student's own maximum."""
    return grade("2.2", SCALE + WRONG["own maximum"], tmp_path)


@pytest.mark.parametrize("name", WRONG)
def test_a_hint_is_what_the_students_own_check_says_in_both_languages(name, tmp_path):
    marks = grade("2.2", SCALE + WRONG[name], tmp_path)
    for language in LANGUAGES:
        assert explain("2.2", marks, language)[1] == messages.say(name, language, name="scale_images")
    assert marks.points == 0


@pytest.mark.parametrize("key", NO_NETWORKS)
def test_each_known_mistake_is_known_again_by_what_it_gives(key, tmp_path):
    check = make_check(key)
    for name, source in apply_mistakes(key, EXERCISES[key].solution).items():
        marks = grade(key, source, tmp_path)
        assert check.mistakes[marks.mistake] == check.mistakes[name] == marks.measured
        assert explain(key, marks)[1] == messages.say(marks.mistake, "en")


def test_a_mistake_that_is_the_same_in_the_wrong_part_alone_is_known_too(tmp_path):
    right = {"losses": {"d_loss": 1.0, "g_loss": 2.0}, "weights": {"generator": [1.0, 2.0]}}
    wrong = {"losses": {"d_loss": 2.0, "g_loss": 2.0}, "weights": {"generator": [9.0, 9.0]}}
    other = {"losses": {"d_loss": 5.0, "g_loss": 2.0}, "weights": {"generator": [9.0, 9.0]}}
    came = {"losses": wrong["losses"], "weights": right["weights"]}
    texts = {name: to_text("2.5", each) for name, each in {"d_loss is a sum": wrong, "frozen": other}.items()}
    check = replace(make_check("2.2"), output=to_text("2.5", right), parts=tuple(right), mistakes=texts)
    cell = scoring.Cell(False, 1.0, {"right": '["weights"]', "measured": to_text("2.5", came)})
    answered = read_answer("2.2", solution("2.2"), tmp_path)
    marks = scoring.score(EXERCISES["2.5"], check, {"check25": cell}, answered)
    assert (marks.outcome, marks.mistake) == ("partly right", "d_loss is a sum")


def read_answer(key, source, folder):

    nbformat.write(solved(notebook_of(key), **{EXERCISES[key].answer_id: source}), folder / "a.ipynb")
    return read(folder / "a.ipynb", MASTERS).answers[key]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return scaled_images", "A name is not defined"),
        ("return helper(images) - 1\ndef helper(images):\n    images / 127.5", "no `return`"),
        ("import dcgan_lib_of_mine\n    return images", "Nothing of the course's library"),
        ("return images.scaled()", "behind the point"),
        ("return images + 'a'", "shows the line"),
    ],
)
def test_an_error_has_the_line_that_failed_and_a_hint_that_fits(body, expected, tmp_path):
    marks = grade("2.2", SCALE + body, tmp_path)
    assert marks.outcome == "error"
    assert expected in explain("2.2", marks)[1]
    assert marks.line and marks.line in SCALE + body
    assert marks.line in text_of(publish_marks(tmp_path, {"2.2": marks}))


def test_a_function_with_too_few_arguments_is_told_so_and_no_other_type_error_is(tmp_path):
    marks = grade("2.2", "# EXERCISE 2.2 scale_images\ndef scale_images():\n    return 1", tmp_path)
    assert "number and order" in explain("2.2", marks)[1]
    marks = grade("2.2", SCALE + "return len(3)", tmp_path)
    assert "another type" in explain("2.2", marks)[1]


def test_an_answer_that_fails_before_it_defines_its_function_says_why(tmp_path):
    marks = grade("2.2", "# EXERCISE 2.2 scale_images\n@missing\n" + solution("2.2").split("\n", 1)[1], tmp_path)
    assert (marks.outcome, marks.error, marks.points) == ("error", "NameError", 0)
    marks = grade("2.2", "# EXERCISE 2.2 scale_images\ndef scale(images):\n    return images", tmp_path)
    assert "no function scale_images" in explain("2.2", marks)[1]


def test_every_way_to_go_wrong_has_its_sentence(marks):
    for language in LANGUAGES:
        for outcome in ("right", "partly right", "wrong", "error", "missing", "stub", "not Python", *scoring.ENDINGS):
            error = "NameError" if outcome == "error" else None
            sentence, hint = explain("2.2", replace(marks, outcome=outcome, error=error, message="m"), language)
            assert sentence.endswith(".")
            assert bool(hint) == (outcome != "right")


def test_the_page_shows_the_answer_as_it_stands_and_what_came_along(tmp_path):
    def in_two_cells(notebook, cell):
        notebook.cells.insert(0, new_code_cell("HALF = 127.5  # the middle\nimport no_such_module"))
        cell.source = SCALE + "return (images - HALF) / HALF  # to -1 ... 1\n%time\nno_such_name"

    marks = grade("2.2", "", tmp_path, in_two_cells)
    assert marks.outcome == "right"
    page = publish_marks(tmp_path, {"2.2": marks})
    answer = page[page.index('id="answer-2.2"') :]
    assert "<pre" in answer and "<code>" in answer and "# to -1 ... 1" in answer
    text = text_of(page)
    assert "Your answer was taken from cell" in text
    assert "HALF = 127.5" in text[: text.index("Your answer to")]
    assert "The line '%time' is passed over" in text
    assert "failed and was left out: NameError: name 'no_such_name' is not defined" in text
    assert "Nothing: all is right." in text


def text_of(page):
    """Returns the text that a browser shows of a page."""
    import html

    return html.unescape(re.sub(r"<[^>]*>", "", page[page.index("<body>") :]))


def numbers_of(lines):
    """Returns the values in a check's lines that cannot be there by chance."""
    return {number for number in re.findall(r"-?\d+\.\d{3}", lines) if not number.endswith("000")}


def test_no_expected_value_and_no_measured_one_is_anywhere_unless_it_may_be_shown(tmp_path, marks):
    for options in (EN, KO):
        page = publish_marks(tmp_path, {"2.2": marks}, options)
        written = page + (tmp_path / "grades.json").read_text("utf-8")
        assert not {number for number in numbers_of(marks.expected + marks.measured) if number in written}
        assert marks.expected not in json.dumps(written)
    assert "return images / images.max()" not in (tmp_path / "grades.json").read_text("utf-8")


def test_with_show_expected_the_values_that_differ_come_first(tmp_path, marks):
    page = publish_marks(tmp_path, {"2.2": marks}, FeedbackOptions(show_expected=True))
    first, _, rest = text_of(page).partition("All that the check has measured")
    differ, same = [], []
    for came, expected in zip(marks.measured.splitlines(), marks.expected.splitlines(), strict=True):
        (same if came == expected else differ).append(expected)
    assert differ and same
    assert not [line for line in same if line.split(": ", 1)[1] in first]
    assert "expected" in first and "yours" in first
    assert all(line in rest for line in (*marks.measured.splitlines(), *marks.expected.splitlines()))
    (row,) = json.loads((tmp_path / "grades.json").read_text("utf-8"))
    written = row["notebooks"]["02_faces_grayscale"]["exercises"]["2.2"]
    assert (written["measured"], written["expected"]) == (marks.measured, marks.expected)
    assert "answer" not in written and "source" not in written


def test_what_is_right_shows_no_value_even_then(tmp_path):
    marks = grade("2.2", solution("2.2"), tmp_path)
    page = publish_marks(tmp_path, {"2.2": marks}, FeedbackOptions(show_expected=True))
    assert not {number for number in numbers_of(marks.expected) if number in page}


def test_what_to_do_next_has_a_line_for_each_exercise_that_is_not_right(tmp_path, marks):
    page = publish_marks(tmp_path, {"1.1": grade("1.1", solution("1.1"), tmp_path), "2.2": marks})
    steps = page[page.index("What to do next") : page.index("</ul>")]
    assert steps.count("<li>") == 1
    assert '<a href="#exercise-2.2">2.2 scale_images</a>' in steps
    assert messages.say("own maximum", "en").replace("`", "") in text_of(page)
    assert "two folded hints" in page and 'id="exercise-2.2"' in page


def test_a_korean_page_is_korean_and_says_so(tmp_path, marks):
    page = publish_marks(tmp_path, {"2.2": marks}, KO, warnings=["2 damaged cells were passed over.", "Something new."])
    assert '<html lang="ko">' in page
    assert messages.say("own maximum", "ko").replace("`", "") in text_of(page)
    assert "손상된 셀 2개를 건너뛰었습니다." in page
    assert '<span lang="en">Something new.</span>' in page
    left = re.sub(r"<(code|title|h1)>.*?</\1>|<style>.*?</style>|<[^>]*>", " ", page, flags=re.DOTALL)
    words = set(re.findall(r"[A-Za-z_]{3,}", left)) - {"Something", "new"}
    assert words <= {"faces_grayscale", "_faces_grayscale", "ipynb", "EXERCISE", "Kim", "scale_images"}


HOSTILE = "<script>alert(1)</script>\x1b[2J\x00\u202e\ud800</code></pre><img src=x onerror=alert(1)>"


def test_hostile_texts_are_shown_and_do_nothing(tmp_path, marks):
    hostile = replace(
        marks, outcome="error", error=HOSTILE, message=HOSTILE, printed=HOSTILE, source=HOSTILE, support=HOSTILE,
        line=HOSTILE, warnings=(HOSTILE,), left_out=(HOSTILE,), measured=f"2.2 scaled: {HOSTILE} 1",
    )  # fmt: skip
    for options in (FeedbackOptions("en", True), FeedbackOptions("ko", True)):
        page = publish_marks(tmp_path, {"2.2": hostile}, options, student=f"Kim {HOSTILE}", warnings=[HOSTILE])
        assert "<script" not in page and "<img" not in page
        assert "&lt;script&gt;" in page
        assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e\ud800-\udfff]", page)
        assert r"\u202e" in page


@pytest.mark.parametrize(
    "measured",
    [
        "2.2 scaled: shape " + "[" * 900 + "]" * 900,
        "2.2 scaled: " + "9" * 5000,
        "2.2 scaled: shape (2x3 images) " + "9" * 4000,
        "2.2 scaled: values [{}, null, true, 1e999]",
        "2.2: :\n2.2 scaled:",
        "",
    ],
)
def test_whatever_an_answer_shows_as_measured_a_page_is_written(measured, tmp_path, marks):
    labels = [line.rsplit(" [", 1)[0] for line in marks.expected.splitlines()]
    forged = "\n".join(f"{label} {measured[-200:]}" for label in labels)
    for text in (measured, forged):
        page = publish_marks(tmp_path, {"2.2": replace(marks, measured=text)}, FeedbackOptions("ko", True))
        assert "2.2" in page


@pytest.mark.parametrize(
    "message", ["nothing returned {'message': 'x', 'name': 'y'}", "value {'label': 'x'}", "{'a': 1", ""]
)
def test_an_unusable_result_that_is_made_up_has_the_general_hint(message, marks):
    for language in LANGUAGES:
        marks = replace(marks, outcome="error", error="UnusableResult", message=message)
        assert explain("2.2", marks, language)[1]


def test_a_huge_answer_costs_neither_the_record_nor_the_page_much(tmp_path):
    huge = SCALE + "return images\n" + "# \u202e <script>\n" * 150_000 + f"x = '{'y' * 2_000_000}'\n"
    marks = grade("2.2", huge, tmp_path)
    assert len(json.dumps(marks.to_json())) < 250_000
    assert len(publish_marks(tmp_path, {"2.2": marks})) < 100_000


def test_what_a_check_measures_of_a_huge_result_is_cut():
    lines = "2.2 scaled: values [" + "1.000, " * 1_000_000 + "1.000]\n" + "2.2 scaled: \x1b 1\n" * 100_000
    cut = plugin._shorten_measured(lines)
    assert len(cut) <= plugin.MOST_MEASURED
    assert "\x1b" not in cut
    assert from_text("2.2", cut)["scaled"]["values"].endswith(" ...]")


@pytest.mark.parametrize("key", NO_NETWORKS)
def test_a_measurement_is_read_back_from_its_lines(key):
    for lines in (make_check(key).output, *make_check(key).mistakes.values()):
        assert to_text(key, from_text(key, lines)) == lines
    odd = {"part": {"of none": None, "nan": [float("nan"), float("-inf")], "dtype (a: b)": "uint8", "n": [[1], []]}}
    assert show(from_text("1.1", to_text("1.1", odd))["part"]["nan"]) == "[nan, -inf]"
    assert from_text("1.1", to_text("1.1", odd))["part"]["n"] == [[1], []]


# What a record of an earlier version has of an exercise.
EARLIER = {"status": "answered", "found": "likeness", "warnings": ["It was found."], "flags": [], "digest": "b695",
           "points": 0.0, "possible": 2, "outcome": "error", "right": [], "parts": ["scaled"], "error": "UnusableResult",
           "message": "nothing returned", "printed": "", "seconds": 0.01}  # fmt: skip


def test_a_record_of_an_earlier_version_has_its_page_and_the_better_hint(tmp_path):
    marks = SubmissionResult.from_json({"key": "k", "batch": "b", "exercises": {"2.2": EARLIER}}).exercises["2.2"]
    for options in (FeedbackOptions("en", True), FeedbackOptions("ko", True)):
        page = publish_marks(tmp_path, {"2.2": marks}, options)
        assert messages.say("nothing returned", options.language).replace("`", "") in text_of(page)
        assert TEXTS["page"]["no code kept"][options.language] in page
    assert marks.to_json() == EARLIER


def texts_of(node, path=()):
    """Yields each text of `feedback.json` with its languages, and where it stands."""
    if isinstance(node, dict) and set(node) & set(LANGUAGES):
        yield path, node
    else:
        for name, inner in node.items() if isinstance(node, dict) else enumerate(node):
            yield from texts_of(inner, (*path, name))


def test_both_languages_say_the_same():
    words = TEXTS["words of notes"]
    for path, text in texts_of({name: group for name, group in TEXTS.items() if group is not words}):
        assert tuple(text) == LANGUAGES, path
        english, korean = (
            {field for _, field, _, _ in string.Formatter().parse(text[each]) if field} for each in LANGUAGES
        )
        assert english == korean, path
        assert re.search("[가-힣]", text["ko"]) and not re.search("[가-힣]", text["en"]), path


def test_whatever_is_said_of_a_file_is_said_in_korean_too(tmp_path):
    said, folder = set(), tmp_path / "in"
    folder.mkdir()
    for number, case in enumerate(files.CASES):
        for name, content in case.files.items():
            content = content() if callable(content) else content
            if len(content) < LARGE:
                (folder / f"{number} {name.replace('/', ' ')}").write_bytes(content)
    for submission in find_submissions(folder, Roster(), tmp_path / "scratch").submissions:
        reading = read(submission.path, MASTERS) if submission.path else Reading()
        said |= {submission.problem or "", reading.problem or "", *reading.warnings}
        said |= {warning for answer in reading.answers.values() for warning in answer.warnings}
    assert len(said) >= 20
    assert {text for text in said for _, language in translate(text, "ko") if language == "en"} == set()


FACE = "# EXERCISE 2.1 load_face\ndef load_face(path):\n    "
# The mistakes that students make most, in two notebooks, and what the page says of each.
TYPICAL = {
    "Kim": {
        "2.1": (solution("2.1").replace("[:, :, :1]", "[:, :, 0]"), "channel axis missing"),
        "2.2": (SCALE + "scaled = (images - 127.5) / 127.5", "nothing returned"),
        "2.3": (solution("2.3").replace("LeakyReLU(negative_slope=0.2)", "'relu'"), "ReLU"),
        "2.4": (
            solution("2.4").replace("build_discriminator()", "build_discriminator(image_shape)"),
            "number and order",
        ),
        "2.5": (solution("2.5").replace("sum(d_losses) / 2", "sum(d_losses)"), "d_loss is a sum"),
    },
    "이서연": {
        "2.1": (FACE + "return np.asarray(open_photo(path))", "A name is not defined"),
        "2.2": (None, "not done"),
        "2.3": (solution("2.3").replace("return Sequential(", "return Sequential(("), "not valid Python"),
        "2.4": (solution("2.4").replace("Dropout(0.3)", "Dropout(0.5)"), "Dropout of a half"),
        "2.5": (solution("2.5").replace("return sum(d_losses) / 2, float(g_loss)", "return 0.5"), "no two losses"),
    },
}


def grade_class(folder, *options):
    command = [sys.executable, "-m", "dcgan_course", "grade", "class", "--output", "grades", "--workers", "1", *options]
    run = subprocess.run(
        command, cwd=folder, env={**os.environ, "PYTHONPATH": str(course_root())}, capture_output=True, text=True
    )
    assert run.returncode in (0, 1), run.stdout + run.stderr
    written = (folder / "grades" / "grades.json").read_text("utf-8")
    pages = {path.stem: path.read_text("utf-8") for path in (folder / "grades" / "feedback").iterdir()}
    return run.stdout, pages, written


@pytest.mark.slow
def test_the_most_typical_mistakes_from_the_command_to_the_page(tmp_path):
    for student, answers in TYPICAL.items():
        changes = {EXERCISES[key].answer_id: source or EXERCISES[key].stub for key, (source, _) in answers.items()}
        (tmp_path / "class" / student).mkdir(parents=True)
        nbformat.write(solved(GRAY, **changes), tmp_path / "class" / student / "hw.ipynb")

    printed, pages, written = grade_class(tmp_path)
    assert "2 graded now" in printed
    unsaid = {}
    for student, answers in TYPICAL.items():
        for key, (source, expected) in answers.items():
            section = re.search(rf'<section [^>]*id="exercise-{key}".*?</section>', pages[student], re.DOTALL)[0]
            said = text_of(f"<body>{section}")
            if hint_of(key, expected, "en") not in said or (source or "").strip() not in said:
                unsaid[student, key] = said
    assert unsaid == {}
    ledger = (tmp_path / "grades" / "ledger.jsonl").read_text("utf-8")
    right = {number for line in ledger.splitlines() for number in numbers_of(line)}
    assert len(right) > 50
    assert not [number for number in right if number in written + "".join(pages.values())]

    printed, pages, _ = grade_class(tmp_path, "--language", "ko", "--show-expected")
    assert "0 graded now" in printed
    assert (tmp_path / "grades" / "ledger.jsonl").read_text("utf-8") == ledger
    assert hint_of("2.2", "nothing returned", "ko") in text_of(pages["Kim"])
    assert [number for number in right if number in pages["Kim"]]


def hint_of(key, name, language):
    """Returns the sentence of the checks that has this name, as the page shows it; else the name itself."""
    try:
        return messages.say(name, language, name=EXERCISES[key].title, type="float").replace("`", "")
    except KeyError:
        return name
