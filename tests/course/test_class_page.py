"""What the class's page is made of: how marks are spread, who got what wrong, and what it links to."""

import base64
import hashlib
import random
import re
from dataclasses import replace
from html.parser import HTMLParser
from urllib.parse import unquote

import pytest
from made_class import MadeClass, key_of, make_class, make_people, marks

from dcgan_course.instructor.grading.marks.assembly import read_masters
from dcgan_course.instructor.grading.pages.class_page import make_lines, summarize_checks
from dcgan_course.instructor.grading.pages.distribution import make_distribution
from dcgan_lib.system.paths import course_root

MASTERS = read_masters(course_root() / "notebooks")
MNIST, GRAY = MASTERS[:2]
MOST_BYTES = 2_000_000
PEOPLE = [("김민지", "1"), ("김민지", "2"), ("Lee Jun", "3")]


class Page(HTMLParser):
    """The elements of a page: pairs of a name and its attributes."""

    def __init__(self, path):
        super().__init__()
        self.elements = []
        self.text = path.read_text("utf-8")
        self.feed(self.text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    @property
    def links(self):
        return [each["href"] for tag, each in self.elements if tag == "a"]


def given(master, **outcomes):
    """Right marks for a notebook, but for those that are named: `ex22=marks` or `ex22="wrong"`."""
    return {
        each.key: marks(each, outcome) if isinstance(outcome := outcomes.get(each.answer_id, "right"), str) else outcome
        for each in master.exercises
    }


def exercise(key):
    return next(each for master in MASTERS for each in master.exercises if each.key == key)


@pytest.fixture(scope="module")
def whole_class(tmp_path_factory):
    made = make_class(tmp_path_factory.mktemp("class"), MASTERS)
    made.page = Page(made.publish())
    return made


def test_the_page_of_300_students_is_one_small_file_that_asks_no_other_for_anything(whole_class):
    page = whole_class.page
    assert len(page.text.encode()) <= MOST_BYTES
    assert len(whole_class.rows) == 300
    loaded = [each for tag, each in page.elements if tag in ("link", "img", "iframe", "object") or each.get("src")]
    assert loaded == []
    assert not [link for link in page.links if re.match(r"[a-z]+:|//", link)]
    assert not re.search(r"url\(|@import|fetch|XMLHttpRequest", page.text)


def test_the_page_of_a_class_in_which_everything_is_wrong_for_everybody_is_small_enough(tmp_path):
    draw = random.Random(1)
    made = MadeClass(tmp_path, MASTERS, make_people(300, draw))
    for person in made.roster.people:
        for master in MASTERS:
            failed = {
                each.key: marks(each, "error", error="ValueError", message=f"{draw.random()} " * 25)
                for each in master.exercises
            }
            made.hand_in(person.name, person.id, master, failed)
    assert len(made.publish().read_bytes()) <= MOST_BYTES


def test_only_our_own_script_may_run_in_the_page(whole_class):
    text = whole_class.page.text
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.S)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    (policy,) = [each["content"] for tag, each in whole_class.page.elements if "http-equiv" in each]
    assert policy == (
        f"default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    )
    assert text.count("<script") == 1
    assert not [name for _, each in whole_class.page.elements for name in each if name.startswith("on")]


def test_each_link_leads_to_something_that_is_there(whole_class):
    grades, page = whole_class.folder / "grades", whole_class.page
    ids = {each["id"] for _, each in page.elements if "id" in each}
    targets = {}
    for link in page.links:
        file, _, part = unquote(link).partition("#")
        targets.setdefault(file, set()).add(part)
    assert targets.pop("") <= ids
    for file, parts in targets.items():
        text = (grades / file).read_text("utf-8")
        assert all(f'id="{part}"' in text for part in parts if part), file
    graded = [row for row in whole_class.rows if row.notebooks]
    assert len([file for file in targets if file.startswith("feedback/")]) == 300
    assert len([file for file in targets if file.startswith("junit/")]) == sum(len(row.notebooks) for row in graded)
    answers = [link for link in page.links if "#answer-" in link]
    assert len(answers) >= sum(len(row.exercises) for row in graded)


def test_grades_can_be_downloaded_from_beside_the_page(whole_class):
    downloads = [each["href"] for tag, each in whole_class.page.elements if tag == "a" and "download" in each]
    assert downloads == ["grades.csv", "grades.json"]


def test_what_was_not_written_is_not_linked(whole_class, tmp_path):
    lines = make_lines(whole_class.rows, [f"{row.id}.html" for row in whole_class.rows], tmp_path)
    assert {line.page for line in lines} == {line.code("2.3") for line in lines} == {""}
    assert not any(line.xml for line in lines)


def test_without_a_script_all_marks_are_in_the_page_and_what_needs_one_is_hidden(whole_class):
    text = whole_class.page.text
    body = text[text.index("<tbody>", text.index('<table id="students">')) :]
    body = body[: body.index("</tbody>")]
    assert body.count('<th scope="row">') == 300 and "hidden" not in body
    (form,) = [each for tag, each in whole_class.page.elements if tag == "form"]
    assert "hidden" in form
    assert "<button" not in text[text.index("<thead>", text.index('<table id="students">')) :]


def test_who_failed_a_check_is_listed_by_mistake_the_most_common_first(tmp_path):
    people = [(name, str(number)) for number, name in enumerate("ABCDEFG", 1)]
    made = MadeClass(tmp_path, MASTERS, people)
    relu = marks(exercise("2.3"), "wrong", mistake="ReLU")
    error = marks(exercise("2.3"), "error", error="TypeError", message="no size")
    outcomes = ["right", relu, relu, replace(error, message="no shape"), error, error, "stub"]
    for (name, number), outcome in zip(people, outcomes, strict=True):
        made.hand_in(name, number, GRAY, given(GRAY, ex23=outcome))
    made.publish()
    lines = make_lines(made.rows, [f"{row.student}.html" for row in made.rows], tmp_path / "grades")
    (check,) = [each for each in summarize_checks(lines, MASTERS) if each.exercise.key == "2.3"]
    assert (check.right, check.handed_in, check.percent) == (1, 7, 14)
    assert check.mean == pytest.approx(2 / 7)
    found = [(each.name, each.sentence, [line.row.student for line in each.lines]) for each in check.mistakes]
    assert found == [
        ("TypeError", "no size (and 1 other message)", ["D", "E", "F"]),
        ("ReLU", "The values are those of ReLU. The lecture uses LeakyReLU with a slope of 0.2.", ["B", "C"]),
        ("stub", "Nothing is written here yet.", ["G"]),
    ]
    assert check.mistakes[1].lines[0].code("2.3") == "feedback/B.html#answer-2.3"


def test_what_cannot_be_measured_is_grouped_by_why_and_a_half_by_what_is_not_right(tmp_path):
    made = MadeClass(tmp_path, MASTERS, PEOPLE)
    nothing = marks(exercise("2.5"), "error", error="UnusableResult", message="nothing returned")
    for (name, number), outcome in zip(PEOPLE, [nothing, nothing, "partly right"], strict=True):
        made.hand_in(name, number, GRAY, given(GRAY, ex25=outcome))
    made.publish()
    lines = make_lines(made.rows, ["a"] * 3, tmp_path)
    mistakes = summarize_checks(lines, MASTERS)[-1].mistakes
    assert [each.name for each in mistakes] == ["nothing returned", "partly right: not weights"]
    assert "None came back" in mistakes[0].sentence
    # Two students have one name: their ids tell them apart.
    assert [line.called for line in mistakes[0].lines] == ["김민지 1", "김민지 2"]
    assert mistakes[1].lines[0].called == "Lee Jun"


def test_nobody_in_the_class_makes_a_page_too(tmp_path):
    made = MadeClass(tmp_path, MASTERS, PEOPLE)
    text = made.publish().read_text("utf-8")
    assert "3 no submission" in text
    assert "How marks are spread" not in text and "<svg" not in text and 'id="checks"' not in text


def test_the_picture_of_marks_is_said_in_words_too(tmp_path):
    made = MadeClass(tmp_path, MASTERS, PEOPLE)
    for (name, number), outcome in zip(PEOPLE, ["right", "partly right", "wrong"], strict=True):
        made.hand_in(name, number, GRAY, given(GRAY, ex25=outcome))
    text = made.publish().read_text("utf-8")
    words = re.search(r'<svg role="img" aria-labelledby="(.*?)">', text)[1]
    assert re.search(rf'<p id="{words}">(.*?)</p>', text)[1] == (
        "3 marks, from 8 to 14. Median 11, quartiles 9.5 and 12.5, mean 11."
    )
    assert text.count("<svg") == 1  # One notebook was handed in, so its marks are all marks.
    assert text.count('<rect class="count"') == 15


def test_a_result_without_a_file_of_its_run_has_no_link_to_it(tmp_path):
    made = MadeClass(tmp_path, MASTERS, PEOPLE)
    made.hand_in("Lee Jun", "3", MNIST, given(MNIST))
    key = key_of("3", MNIST.name)[:16]
    assert f'href="junit/{key}.xml"' in made.publish().read_text("utf-8")
    (tmp_path / "grades" / "junit" / f"{key}.xml").unlink()
    assert "junit/" not in made.publish().read_text("utf-8")


@pytest.mark.parametrize(
    ("given_marks", "possible", "quartiles", "counts"),
    [
        ([4, 0, 1, 2.5, 2], 4, (1, 2, 2.5), {0: 1, 1: 1, 2: 2, 3: 0, 4: 1}),
        ([3], 4, (3, 3, 3), {0: 0, 1: 0, 2: 0, 3: 1, 4: 0}),
        ([3.99, 4], 4, (3.9925, 3.995, 3.9975), {0: 0, 1: 0, 2: 0, 3: 1, 4: 1}),
        # Points by hand may lead above what the checks give, or below 0.
        ([5.5, -1], 4, (0.625, 2.25, 3.875), {-1: 1, 0: 0, 1: 0, 2: 0, 3: 0, 4: 0, 5: 1}),
        ([0, 100, 7], 100, (3.5, 7, 53.5), {**dict.fromkeys(range(0, 101, 5), 0), 0: 1, 5: 1, 100: 1}),
    ],
)
def test_marks_are_counted_in_bars_and_full_marks_have_their_own(given_marks, possible, quartiles, counts):
    spread = make_distribution("one", given_marks, possible)
    assert (spread.lower, spread.median, spread.upper) == pytest.approx(quartiles)
    assert {bar.low: bar.count for bar in spread.bars} == counts
    assert len(spread.ticks) <= 8 and spread.ticks[-1] == spread.bars[-1].low
    begins, widths = zip(*map(spread.edges, spread.bars), strict=True)
    assert begins[0] == 0 and begins[-1] + widths[-1] == pytest.approx(100)
    assert all(0 <= spread.place(mark) <= 100 for mark in given_marks)


def test_nobodys_marks_are_not_spread():
    assert make_distribution("one", [], 4) is None


def test_a_mistake_that_is_not_of_one_exercise_is_named_too(tmp_path):
    made = MadeClass(tmp_path, MASTERS, PEOPLE[:1])
    came, right = "2.2 scaled: shape [2, 3, 1, 4]\n", "2.2 scaled: shape [2, 4, 1, 3]\n"
    swapped = marks(exercise("2.2"), "wrong", measured=came, expected=right, parts=("scaled",))
    made.hand_in(*PEOPLE[0], GRAY, given(GRAY, ex22=swapped))
    made.publish()
    (mistake,) = summarize_checks(make_lines(made.rows, ["a"], tmp_path), MASTERS)[1].mistakes
    assert (mistake.name, mistake.sentence) == ("axes swapped", "The axes are in another order.")
