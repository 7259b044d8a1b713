"""Who moved when an exercise was graded again, as the class's page shows it in a real browser."""

from dataclasses import replace

import pytest
from made_class import make_class, marks
from test_pages import look_at

from dcgan_course.instructor.grading.marks.assembly import read_masters
from dcgan_course.instructor.grading.results.regradings import Regrading
from dcgan_lib.system.paths import course_root

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    masters = read_masters(course_root() / "notebooks")
    made = make_class(tmp_path_factory.mktemp("regraded"), masters, count=40)
    exercise = next(exercise for master in masters for exercise in master.exercises if exercise.key == "2.3")
    made.ledger.begin_regrading(Regrading("2.3", "corrected", 60.0, 3.0))
    for result in list(made.ledger.results.values()):
        if "2.3" in result.exercises:
            made.ledger.record_again(replace(result, exercises={"2.3": marks(exercise)}))
    return made.publish()


def test_the_page_of_who_moved_has_no_fault_in_any_width_and_light(browser, screenshot, index):
    assert look_at(browser, screenshot, index, "regraded") == []


def test_the_table_names_who_moved_with_both_marks_and_its_link_leads_there(browser, index):
    with browser.new_context(viewport={"width": 1400, "height": 900}) as context:
        page = context.new_page()
        page.goto(index.as_uri())
        page.get_by_role("link", name="Graded again").click()
        table = page.get_by_role("table", name="Exercise 2.3: who moved")
        lines = table.locator("tbody tr").all_inner_texts()
        assert lines and all("2 of 2" in line and "-> right" in line for line in lines)
        assert f"{len(lines)} with other points" in page.locator("#regraded + p").inner_text()
        assert table.bounding_box()["y"] < 900
