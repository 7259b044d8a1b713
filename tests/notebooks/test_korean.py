"""English and Korean stay together: each text of the course has both, of the same state."""

import re
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from dcgan_course.exercises.exercise import read_exercises
from dcgan_course.instructor.masters.language import fold_korean, hash_english, split_languages, unfold_korean
from dcgan_course.instructor.masters.pictures import without_pictures

COURSE = Path(__file__).resolve().parents[2]
MASTERS = sorted((COURSE / "notebooks").glob("[0-9]*.ipynb"))
HANGUL = re.compile("[가-힣]")
# What both languages must share: code, numbers of the networks, links, exercises.
SHARED = re.compile(r"`[^`\n]+`|\]\([^)]+\)|\d+,\d{3}|\d+x\d+(?:x\d+)?")

# The repository's, and the one that a release gets.
READMES = (("", "README"), ("dcgan_course/instructor/releasing/", "student_readme"))

each_readme = pytest.mark.parametrize(("folder", "name"), READMES, ids=[name for _, name in READMES])
each_master = pytest.mark.parametrize("master", MASTERS, ids=lambda path: path.stem)


def texts(master):
    """The text cells without their pictures' base64, in which any number or letter may be."""
    cells = [cell for cell in nbformat.read(master, as_version=4).cells if cell.cell_type == "markdown"]
    for cell in cells:
        cell.source = without_pictures(cell.source)
    return cells


def readme_sections(name):
    return re.split(r"^(?=#{1,2} )", (COURSE / name).read_text("utf-8"), flags=re.MULTILINE)[1:]


@each_master
def test_every_text_has_its_korean_and_none_has_changed_without_it(master):
    for cell in texts(master):
        english, heading, korean, written_for = split_languages(cell.source)
        assert korean and HANGUL.search(korean), (
            f"cell {cell.id} has no Korean; see dcgan_course/instructor/masters/language.py"
        )
        assert written_for == hash_english(english), (
            f"The English of cell {cell.id} has changed: translate the change, then set data-english to "
            f'"{hash_english(english)}".'
        )
        assert bool(heading) == english.startswith("#"), f"cell {cell.id}: a heading in one language alone"
        assert not re.search(r"^#", korean, re.MULTILINE), f"cell {cell.id}: a folded heading is listed twice"


@each_master
def test_both_languages_name_the_same_code_numbers_and_links(master):
    for cell in texts(master):
        english, heading, korean, _ = split_languages(cell.source)
        assert set(SHARED.findall(english)) == set(SHARED.findall(f"{heading}\n{korean}")), cell.id


@each_master
def test_the_lectures_terms_are_used_and_sentences_end_politely(master):
    korean = "\n".join(split_languages(cell.source)[2] for cell in texts(master))
    for term in ("생성자", "판별자", "손실값", "가중치"):
        assert term in korean or master.stem == "03_faces_colour", term
    assert not re.search(r"제너레이터|디스크리미네이터|해요\.|했다\.|한다\.(?!\*)", korean)
    assert len(re.findall(r"니다\.", korean)) >= 10


@each_master
def test_each_exercise_has_two_hints_that_are_folded_in_both_languages(master):
    exercises = read_exercises(nbformat.read(master, as_version=4))
    asking = [cell for cell in texts(master) if re.search(r"^\*\*Exercise \d+\.\d+\.\*\*", cell.source, re.MULTILINE)]
    assert len(asking) == len(exercises)
    for exercise, cell in zip(exercises, asking, strict=True):
        english, _, korean, _ = split_languages(cell.source)
        assert f"**Exercise {exercise.key}.**" in english and f"**연습 {exercise.key}.**" in korean
        for text, word in ((english, "Hint"), (korean, "힌트")):
            assert re.findall(r"<summary>(.*)</summary>", text) == [f"{word} 1", f"{word} 2"], cell.id


def test_a_folded_text_comes_apart_as_it_was_put_together():
    source = fold_korean("## 4. The generator\n\nIt makes *images*.", "4. 생성자", "*이미지*를 만듭니다.")
    english, heading, korean, written_for = split_languages(source)
    assert (english, heading, korean) == (
        "## 4. The generator\n\nIt makes *images*.",
        "4. 생성자",
        "*이미지*를 만듭니다.",
    )
    assert written_for == hash_english(english)
    assert split_languages("Only English.") == ("Only English.", None, None, None)


def test_a_changed_english_is_found_by_its_hash():
    source = fold_korean("It makes images.", "", "이미지를 만듭니다.")
    english, _, _, written_for = split_languages(source.replace("makes images", "makes one image"))
    assert written_for != hash_english(english)


def test_a_korean_notebook_has_the_korean_first_and_the_english_folded_below():
    text = new_markdown_cell(fold_korean("## 4. The generator\n\nIt makes images.", "4. 생성자", "이미지를 만듭니다."))
    short = new_markdown_cell(fold_korean("Once more.", "", "한 번 더 합니다."))
    code = new_code_cell("# ## not a heading")
    notebook = new_notebook(cells=[text, short, code, new_markdown_cell("Only English.")])
    unfold_korean(notebook)
    first, second, unchanged, alone = (cell.source for cell in notebook.cells)
    assert first == (
        '## 4. 생성자\n\n이미지를 만듭니다.\n\n<details lang="en"><summary>English</summary>\n\n'
        "**4. The generator**\n\nIt makes images.\n\n</details>"
    )
    assert second.startswith('한 번 더 합니다.\n\n<details lang="en">')
    assert (unchanged, alone) == ("# ## not a heading", "Only English.")


@each_master
def test_a_masters_korean_is_whole_once_unfolded_and_nothing_else_changes(master):
    before, after = (nbformat.read(master, as_version=4) for _ in range(2))
    unfold_korean(after)
    for old, new in zip(before.cells, after.cells, strict=True):
        if old.cell_type != "markdown":
            assert new == old
            continue
        english, heading, korean, _ = split_languages(old.source)
        opening, _, folded = new.source.partition('\n\n<details lang="en">')
        assert korean in opening and heading in opening and HANGUL.search(opening)
        assert not english.startswith("#") or opening.startswith(english.split(" ", 1)[0] + " ")
        folds = 0
        for english_word, korean_word in (("Hint ", "힌트 "), ("Answer", "답")):  # Folded in the fold, in English.
            count = opening.count(f"<details><summary>{korean_word}")
            assert folded.count(f"<details><summary>{english_word}") == count
            folds += count
        assert new.source.count("<details") == new.source.count("</details>") == 1 + 2 * folds
    nbformat.validate(after)


@each_master
def test_each_column_of_a_table_has_a_name_for_those_who_hear_the_page(master):
    for cell in texts(master):
        for table in re.findall(r"(?:^\|.*\n?)+", cell.source, re.MULTILINE):
            names = table.splitlines()[0].strip("|").split("|")
            assert all(name.strip() for name in names), f"cell {cell.id}: {names}"


@each_readme
def test_the_korean_readme_has_each_section_and_none_has_changed_without_it(folder, name):
    english, korean = readme_sections(f"{folder}{name}.md"), readme_sections(f"{folder}{name}.ko.md")
    expected = [hash_english(section) for section in english]
    written_for = [re.search(r"<!-- english (\w+) -->", section) for section in korean]
    for section, digest, found in zip(english, expected, written_for, strict=True):
        title = section.splitlines()[0]
        assert found and found[1] == digest, (
            f"{name}.md's section '{title}' has changed: translate the change in {name}.ko.md, then write there "
            f"<!-- english {digest} -->."
        )


@each_readme
def test_both_readmes_name_the_same_commands_files_and_links(folder, name):
    named = re.compile(r"`[^`\n]+`|\]\((?!README)[^)]+\)")
    sections = (readme_sections(f"{folder}{each}.md") for each in (name, f"{name}.ko"))
    for english, korean in zip(*sections, strict=True):
        assert set(named.findall(english)) == set(named.findall(korean)), english.splitlines()[0]


@pytest.mark.parametrize("name", ["colab", "library"])
def test_what_the_readmes_leave_to_a_document_stands_there_in_both_languages(name):
    english, heading, korean, written_for = split_languages((COURSE / "docs" / f"{name}.md").read_text("utf-8"))
    assert english.startswith("# ") and HANGUL.search(heading) and len(re.findall(r"니다\.|세요\.", korean)) >= 10
    assert written_for == hash_english(english), (
        f"The English of docs/{name}.md has changed: translate the change, then set data-english to "
        f'"{hash_english(english)}".'
    )
    assert len(re.findall("^## ", english, re.MULTILINE)) == len(re.findall("^## ", korean, re.MULTILINE))
    assert set(SHARED.findall(english)) == set(SHARED.findall(korean))
