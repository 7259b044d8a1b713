"""What is late and what was adjusted by hand, as the class's page and a student's page show it in a real browser."""

import pytest
from decided_class import DUE, FACES, DecidedClass
from test_pages import look_at

pytestmark = pytest.mark.slow
HOUR = 3_600


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The pages of a class with every kind of lateness, an extension and adjustments."""
    folder = tmp_path_factory.mktemp("late")
    at_work = DecidedClass(folder, "name,id\n김민지,007\nLee Jun,8\nPark Seo,9\nChoi Ara,10\n")
    at_work.hand_in("김민지/a.ipynb", 3.0, after=-HOUR)
    at_work.hand_in("김민지/b.ipynb", 9.0, after=30 * HOUR, notebook=FACES)
    at_work.hand_in("leejun_LATE_12_34_hw.ipynb", 4.0)
    at_work.hand_in("Choi Ara/a.ipynb", 4.0, after=20 * HOUR)
    comment = "A long comment, as people write them: " + "the axis was another, but the idea is right; " * 4
    options = {
        "due": DUE,
        "grace": "15 min",
        "late_penalty": "10% per day, at most 50%",
        "extensions": at_work.table("more.csv", "id,days\n10,1\n"),
        "adjust": at_work.table("by hand.csv", f'id,exercise,points,comment\n007,2.3,1.5,"{comment}"\n9,1.1,2,종이\n'),
    }
    at_work.run(language="ko", **options)
    return at_work


@pytest.mark.parametrize("name", ["index.html", "feedback/김민지.html", "feedback/Park Seo.html"])
def test_pages_with_lateness_have_no_fault_in_any_width_and_light(browser, screenshot, pages, name):
    shown = "late_" + name.split("/")[-1].removesuffix(".html").replace(" ", "_")
    assert look_at(browser, screenshot, pages.folder / name, shown) == []


def test_the_table_sorts_by_total_and_by_what_is_taken_off(browser, pages):
    with browser.new_context(viewport={"width": 1400, "height": 900}) as context:
        page = context.new_page()
        page.goto((pages.folder / "index.html").as_uri())
        for column, expected in (
            ("total", ["Park Seo", "Lee Jun", "Choi Ara", "김민지"]),
            ("taken off", ["Lee Jun", "김민지", "Park Seo", "Choi Ara"]),  # Who has none keeps the order, at the end.
        ):
            page.locator("#students").get_by_role("button", name=column, exact=True).click()
            assert page.locator("#students tbody th").all_inner_texts() == expected, column
