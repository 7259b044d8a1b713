"""The class's page in a real browser: whether sorting, filtering and searching do what they say, and how it looks."""

import random
import unicodedata
from dataclasses import replace

import pytest
from axe_playwright_python.sync_playwright import Axe
from made_class import MadeClass, make_class, marks
from test_pages import LOOKS, look_at

from dcgan_course.instructor.grading.marks.assembly import read_masters
from dcgan_lib.system.paths import course_root

pytestmark = pytest.mark.slow
MASTERS = read_masters(course_root() / "notebooks")
MNIST, GRAY, COLOUR = MASTERS
# From a name to what became of the two exercises of 01: 2 points each.
OUTCOMES = {
    "한서준": ("right", "right"),
    "강민지": ("wrong", "right"),
    "José García": ("error", "stub"),
    "서하은": None,  # Has handed in nothing.
    "김민지": ("right", "timeout"),
    "Lee Jun": ("stub", "stub"),
    "나은": "no notebook",
}
# Fewer points than 2 for what is right: a list of texts would have 1.5 before 1.25, also one that knows whole numbers.
POINTS = {"강민지": 1.5, "김민지": 1.25}
IDS = dict(zip(OUTCOMES, ("2026010", "2026009", "11", "2026100", "2026002", "2026001", "9"), strict=True))
BROKEN = ("could not be graded", "It is no notebook.")


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    """The page of seven students whose marks are known."""
    made = MadeClass(tmp_path_factory.mktemp("few"), MASTERS, list(IDS.items()))
    for name, outcomes in OUTCOMES.items():
        if isinstance(outcomes, tuple):
            pairs = zip(MNIST.exercises, outcomes, strict=True)
            given = {each.key: marks(each, outcome) for each, outcome in pairs}
            for key, each in given.items():
                if each.outcome == "right":
                    given[key] = replace(each, points=POINTS.get(name, each.points))
                elif each.outcome == "timeout":
                    given[key] = replace(each, flags=("uses get_ipython",))
            made.hand_in(name, IDS[name], MNIST, given)
        elif outcomes:
            made.hand_in(name, IDS[name], MNIST, BROKEN)
    made.hand_in("Lee Jun", IDS["Lee Jun"], GRAY, {each.key: marks(each) for each in GRAY.exercises})
    return made.publish()


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """A class of 300, and the path of its page."""
    made = make_class(tmp_path_factory.mktemp("many"), MASTERS)
    return made, made.publish()


@pytest.fixture
def page(browser, few):
    with browser.new_context(viewport={"width": 1400, "height": 900}) as context:
        page = context.new_page()
        page.goto(few.as_uri())
        yield page


def names(page):
    """The students that are shown, in their order."""
    return page.evaluate(
        "[...document.querySelectorAll('#students tbody tr')].filter(row => row.checkVisibility())"
        ".map(row => row.cells[0].textContent)"
    )


def header(page, name):
    return page.locator("#students th[scope=col]").filter(has=page.get_by_role("button", name=name, exact=True))


def sort(page, name):
    header(page, name).get_by_role("button").click()
    return header(page, name).get_attribute("aria-sort"), names(page)


def choose(page, **values):
    for name, value in values.items():
        page.locator(f"#filter [name={name}]").select_option(value)
    return set(names(page))


def said(page):
    return page.get_by_role("status").inner_text()


def test_points_are_sorted_as_numbers_and_who_has_none_comes_last_both_ways(page):
    marked = ["José García", "김민지", "강민지", "한서준", "Lee Jun"]  # 0, 1.25, 1.5, 4 and 14 points.
    assert sort(page, "points") == ("ascending", [*marked, "나은", "서하은"])
    assert sort(page, "points") == ("descending", [*reversed(marked), "나은", "서하은"])


def test_names_are_sorted_as_a_korean_list_does(page):
    korean = ["강민지", "김민지", "나은", "서하은", "한서준"]
    assert sort(page, "student") == ("ascending", [*korean, "José García", "Lee Jun"])
    assert sort(page, "student") == ("descending", ["Lee Jun", "José García", *reversed(korean)])


def test_ids_of_digits_are_sorted_by_their_number(page):
    order = ["나은", "José García", "Lee Jun", "김민지", "강민지", "한서준", "서하은"]
    assert sort(page, "id") == ("ascending", order)


def test_every_column_but_that_of_links_sorts_and_only_one_says_so(page):
    headers = page.locator("#students thead tr").nth(1).locator("th")
    texts = headers.all_inner_texts()
    assert texts[:4] == ["student", "id", "status", "points"] and texts[-1] == "XML"
    assert headers.get_by_role("button").count() == headers.count() - 1
    for name in texts[:-1]:
        assert sort(page, name)[0] == "ascending"
        assert page.locator("[aria-sort]").count() == 1
        assert len(names(page)) == len(OUTCOMES)


def test_equal_ones_stay_in_the_order_before(page):
    sort(page, "student")
    sort(page, "student")
    _, order = sort(page, "1.1")
    assert order[:3] == ["Lee Jun", "José García", "강민지"]  # 0 points each.


@pytest.mark.parametrize("key", ["Enter", " "])
def test_a_column_is_sorted_by_the_keyboard(page, key):
    header(page, "points").get_by_role("button").focus()
    page.keyboard.press(key)
    assert header(page, "points").get_attribute("aria-sort") == "ascending"
    assert names(page)[0] == "José García"
    page.keyboard.press(key)
    assert header(page, "points").get_attribute("aria-sort") == "descending"


def test_the_keyboard_leads_from_the_search_to_a_students_page(page):
    page.get_by_role("searchbox", name="name or id").focus()
    page.keyboard.type("하은")
    assert said(page) == "1 of 7 students"
    for _ in range(60):
        page.keyboard.press("Tab")
        focused = page.evaluate("document.activeElement.textContent")
        if focused == "서하은":
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/feedback/*.html")
    assert "서하은" in page.locator("h1").inner_text()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("민지", {"강민지", "김민지"}),
        ("김ㅁ", {"김민지"}),  # Half typed.
        (unicodedata.normalize("NFD", "김민"), {"김민지"}),  # As a Mac writes it.
        ("jose", {"José García"}),
        ("JOSÉ", {"José García"}),
        ("jun lee", {"Lee Jun"}),
        ("2026001", {"Lee Jun"}),
        ("민지 2026009", {"강민지"}),
        ("  ", set(OUTCOMES)),
        ("graded", set()),  # Names and ids alone.
        (".*", set()),
    ],
)
def test_a_search_finds_names_and_ids(page, text, found):
    page.get_by_role("searchbox").fill(text)
    assert set(names(page)) == found
    assert said(page) == f"{len(found)} of 7 students"


def test_a_status_shows_those_who_have_it(page):
    assert said(page) == "7 of 7 students"
    assert choose(page, status="no submission") == {"서하은"}
    assert said(page) == "1 of 7 students"
    assert choose(page, status="could not be graded") == {"나은"}
    assert choose(page, status="graded") == set(OUTCOMES) - {"서하은", "나은"}
    assert choose(page, status="") == set(OUTCOMES)


def test_a_notebook_shows_who_has_marks_for_it_or_has_none(page):
    assert choose(page, notebook=GRAY.name) == {"Lee Jun"}
    assert choose(page, notebook=f"-{GRAY.name}") == set(OUTCOMES) - {"Lee Jun"}
    assert choose(page, notebook=f"-{MNIST.name}") == {"서하은", "나은"}


def test_an_outcome_shows_those_who_have_it_in_an_exercise_or_in_any(page):
    assert choose(page, exercise="1.1", outcome="right") == {"한서준", "김민지"}
    assert choose(page, outcome="stub") == {"Lee Jun"}
    assert choose(page, exercise="") == {"Lee Jun", "José García"}
    assert choose(page, outcome="not right") == {"강민지", "José García", "김민지", "Lee Jun"}
    assert choose(page, exercise="1.2") == {"José García", "김민지", "Lee Jun"}
    assert choose(page, exercise="2.3") == set()
    assert choose(page, outcome="no mark") == set(OUTCOMES) - {"Lee Jun"}
    assert choose(page, outcome="") == set(OUTCOMES)


def test_a_box_shows_who_needs_a_person_or_has_flags(page):
    page.get_by_label("needs a person (1)").check()
    assert names(page) == ["나은"]
    page.get_by_label("has flags (1)").check()
    assert names(page) == [] and said(page) == "0 of 7 students"
    page.get_by_label("needs a person (1)").uncheck()
    assert names(page) == ["김민지"]


def test_filters_hold_together_with_the_search_and_the_order_and_one_button_ends_them(page):
    _, order = sort(page, "id")
    page.get_by_role("searchbox").fill("민지")
    choose(page, exercise="1.2", outcome="timeout")
    assert names(page) == ["김민지"] and said(page) == "1 of 7 students"
    page.get_by_role("button", name="Show all").click()
    assert names(page) == order and said(page) == "7 of 7 students"
    assert page.get_by_role("searchbox").input_value() == ""


def test_who_comes_back_from_a_students_page_finds_the_table_as_it_was(page):
    sort(page, "points")
    choose(page, status="graded")
    before = names(page)
    page.locator("#students").get_by_role("link", name="한서준").click()
    page.wait_for_url("**/feedback/*.html")
    page.go_back()
    page.wait_for_url("**/index.html")
    page.wait_for_function("document.getElementById('shown').textContent.startsWith('5 of')")
    assert names(page) == before
    assert header(page, "points").get_attribute("aria-sort") == "ascending"


def test_a_mark_leads_to_the_answer_on_the_students_page(page):
    row = page.locator("#students tbody tr", has_text="강민지")
    row.locator("[data-label='1.1'] a").click()
    page.wait_for_url("**/feedback/*.html#answer-1.1")
    assert page.locator("[id='answer-1.1']").is_visible()


def test_a_check_opens_by_the_keyboard_and_leads_to_those_who_failed_it(page):
    check = page.locator("details.check").first
    assert "2 of 5 all right (40 %)" in check.locator("summary").inner_text()
    check.locator("summary").focus()
    page.keyboard.press("Enter")
    assert check.get_by_role("heading", level=3).first.is_visible()
    check.get_by_role("link", name="강민지").click()
    page.wait_for_url("**/feedback/*.html#answer-1.1")


def test_no_other_script_runs_in_the_page(page):
    page.evaluate(
        "() => { const script = document.createElement('script'); script.textContent = 'window.ran = true';"
        " document.body.append(script); }"
    )
    assert page.evaluate("window.ran") is None


def test_without_a_script_everybody_is_there_and_nothing_pretends_to_work(browser, few):
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(few.as_uri())
        rows = page.locator("#students tbody tr")
        assert rows.count() == 7 and rows.last.is_visible()
        assert not page.locator("#filter").is_visible()
        assert page.locator("#students button").count() == 0
        page.locator("details.check summary").first.click()
        assert page.locator("details.check h3").first.is_visible()


@pytest.mark.parametrize("width", [1400, 400])
def test_on_a_narrow_screen_the_same_buttons_sort_and_the_same_boxes_filter(browser, few, width):
    with browser.new_context(viewport={"width": width, "height": 900}) as context:
        page = context.new_page()
        page.goto(few.as_uri())
        assert sort(page, "points")[1][0] == "José García"
        assert choose(page, status="no submission") == {"서하은"}


def test_the_page_is_readable_for_everybody(browser, tmp_path_factory, screenshot):
    made = make_class(tmp_path_factory.mktemp("some"), MASTERS, count=16)
    assert look_at(browser, screenshot, made.publish(), "class_of_16") == []


def test_what_is_open_chosen_and_sorted_is_readable_for_everybody(browser, few):
    for width, scheme in LOOKS:
        with browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme) as context:
            page = context.new_page()
            page.goto(few.as_uri())
            for summary in page.locator("main summary").all():
                if summary.evaluate("summary => !summary.parentElement.open"):
                    summary.click()
            sort(page, "points")
            choose(page, outcome="not right")
            found = Axe().run(page).response["violations"]
            assert [each["help"] for each in found] == [], (width, scheme)


def test_300_students_are_found_sorted_and_shown(browser, many, screenshot):
    made, path = many
    with browser.new_context(viewport={"width": 1400, "height": 900}) as context:
        page = context.new_page()
        page.goto(path.as_uri())
        assert said(page) == "300 of 300 students"
        screenshot(page, "class_of_300")
        missed = {row.id for row in made.rows if "2.3" in row.exercises and row.exercises["2.3"].outcome != "right"}
        choose(page, exercise="2.3", outcome="not right")
        assert said(page) == f"{len(missed)} of 300 students"
        shown = page.locator("#students tbody tr:visible [data-label=id]").all_inner_texts()
        assert set(shown) == missed
        sort(page, "points")
        points = page.locator("#students tbody tr:visible [data-label=points]").all_inner_texts()
        assert list(map(float, points)) == sorted(map(float, points))
        page.locator("#marks").scroll_into_view_if_needed()
        screenshot(page, "class_of_300_filtered")
        choose(page, exercise="", outcome="")
        draw = random.Random(3)
        for row in draw.sample(made.rows, 5):
            page.get_by_role("searchbox").fill(row.id)
            assert names(page) == [row.student]
