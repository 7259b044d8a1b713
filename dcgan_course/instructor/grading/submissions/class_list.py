"""The table in a class list's file: encoding, delimiter and header are found by content, whatever program wrote it."""

import csv
import io
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from dcgan_course.exercises.other_files import other_kind, with_article
from dcgan_course.instructor.process.wording import visible
from dcgan_course.refused import Refused

# Names of columns without case, blanks and signs. Those that come first count more.
NAMES = (
    "name", "student", "studentname", "fullname", "displayname", "이름", "성명", "학생명", "학생이름", "학생성명",
    "수강생", "수강생명", "사용자명", "한글성명", "한글이름", "국문성명", "영문성명", "영문이름",
)  # fmt: skip
FIRST = ("firstname", "givenname", "first")
LAST = ("lastname", "surname", "familyname", "last", "성")
IDS = (
    "id", "studentid", "sisuserid", "idnumber", "identifier", "sid", "studentsid", "orgdefinedid", "studentnumber",
    "studentno", "studentidnumber", "학번", "학생번호", "학적번호", "학생id",
)  # fmt: skip
OTHERS = (
    "sisloginid", "login", "loginid", "username", "userid", "email", "emailaddress", "studentemail", "mail",
    "integrationid", "folder", "아이디", "로그인", "로그인아이디", "로그인id", "사용자아이디", "사용자id", "이메일",
    "이메일주소", "전자우편", "메일", "메일주소",
)  # fmt: skip
CANVAS_COLUMNS = ("sisuserid", "sisloginid", "integrationid")  # In such a list "ID" is Canvas's own number.
DELIMITERS = ",\t;|"
MOST_TITLE_LINES = 40
MOST_SHOWN = 12
KNOWN = {*NAMES, *FIRST, *LAST, *IDS, *OTHERS}


HEADER = (
    "has no column of names or ids. The columns seen are: {listed}. One line must name the columns: 'name' or 'id', "
    "'이름' or '학번'. A workbook is saved as 'CSV UTF-8' in Excel."
)
FULL = "first and last name"  # The column that is made of two.


@dataclass(frozen=True)
class ClassList:
    """What a class list's file holds, and which of its columns say who somebody is."""

    rows: list  # Triples: a line's number, its columns as they stand there, and the columns that are known, cleaned.
    names: list  # Columns of names, those that count most first.
    ids: list
    from_canvas: bool


def read_class_list(path, option="--roster", wanted=(), header=HEADER):
    """Reads a class list, or another table with a line for some students; returns a `ClassList`.

    UTF-8, UTF-16 and CP949, commas, tabs, semicolons and bars are known, and lines above the header are passed over.
    What has no header that is understood is `Refused`, with the columns that were seen.

    Args:
        path: The file.
        option: The option that names it.
        wanted: What a table must have beside a column of students: sets of names of columns, one of each.
        header: A sentence that says which columns the header must have.
    """
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise Refused(f"{option}: '{path}' cannot be read ({error.strerror}).") from None
    _refuse_workbook(path, content, option)
    tables = [_split(text, wanted) for text in _decodings(content)]
    table = max(tables, key=lambda table: table[0])  # Of equals the first.
    if not table[0]:
        cells = max(tables[0][1][:MOST_TITLE_LINES], key=lambda row: len(row[1]), default=(1, []))[1]
        listed = (
            ", ".join(f"'{visible(cell.strip()[:40])}'" for cell in cells[:MOST_SHOWN] if cell.strip()) or "nothing"
        )
        raise Refused(f"{option}: '{path}' {header.format(listed=listed)}")
    return _understand(table[1], table[2])


def _refuse_workbook(path, content, option):
    kind = other_kind(content)
    if kind in (None, "Python program"):
        return
    what = "a web page, as some systems write it for Excel" if kind == "web page" else with_article(kind)
    raise Refused(
        f"{option}: '{path}' is {what}, and it must be a text (CSV). Open it in Excel or what it belongs to, "
        f"save it as 'CSV UTF-8' (File, Save As), and name that file."
    )


def _decodings(content):
    """Yields the texts that a file's bytes may be. Which of them it is, the header decides."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        yield content.decode("utf-16", "replace")
    elif 0 in content:
        yield content.decode("utf-16-le", "replace")
        yield content.decode("utf-16-be", "replace")
    for codec in ("utf-8-sig", "cp949"):
        try:
            yield content.decode(codec)
            return
        except UnicodeDecodeError:
            pass
    yield content.decode("utf-8-sig", "replace")  # A broken byte costs its own line.
    yield content.decode("cp949", "replace")


def _split(text, wanted):
    """Splits a text at the delimiter that gives the best header.

    Returns how many of its columns are known, the rows as pairs of a line's number and a list of texts, and the
    header's index. `csv.Sniffer` is no help: it guesses from the data, and is led astray by "Kim, Minji".
    """
    best = (0, [], 0)
    for delimiter in DELIMITERS:
        rows = _rows(text, delimiter)
        for index, (_, cells) in enumerate(rows[:MOST_TITLE_LINES]):
            keys = {column_key(cell) for cell in cells}
            is_header = keys & {*NAMES, *IDS} or (keys & {*FIRST} and keys & {*LAST})
            if wanted:
                is_header = (is_header or keys & {*OTHERS}) and all(keys & names for names in wanted)
            known = len(keys & KNOWN) if is_header else 0
            if known > best[0]:
                best = (known, rows, index)
        # With nothing known, what has the most columns is shown.
        if not best[0] and max((len(cells) for _, cells in rows), default=0) > max(
            (len(c) for _, c in best[1]), default=0
        ):
            best = (0, rows, 0)
    return best


def _rows(text, delimiter):
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows, begins = [], 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return rows
        except csv.Error:  # A line that is too long; it is shown as one that nobody can match.
            cells = ["?"]
        if any(cell.strip() for cell in cells):
            rows.append((begins, cells))
        begins = reader.line_num + 1


def _understand(rows, header_index):
    """Makes a `ClassList` of rows."""
    header = rows[header_index][1]
    columns = {}
    for column in header:
        columns.setdefault(column_key(column), column)

    def find(keys):
        return [columns[key] for key in keys if key in columns]

    names, ids, others = find(NAMES), find(IDS), find(OTHERS)
    first, last = find(FIRST) or find(["이름"]), find(LAST)
    parts = (first[0], last[0]) if first and last else ()
    if parts:
        names = [FULL, *(name for name in names if name not in parts)]
    elif not names:
        names = first or last
    found = []
    for line, cells in rows[header_index + 1 :]:
        if cells == header:  # Lists that are made for printing repeat it on each page.
            continue
        # A line may be shorter than the header. Of two columns with one name the first counts.
        row = dict(reversed(list(zip(header, [*cells, *[""] * len(header)], strict=False))))
        known = {column: clean(row[column]) for column in names if column != FULL}
        known |= {column: clean(row[column]).lstrip("#") for column in others}
        if parts:
            known = {FULL: ", ".join(filter(None, (clean(row[parts[1]]), clean(row[parts[0]]))))} | known
        found.append((line, row, known | {column: clean_id(row[column]) for column in ids}))
    return ClassList(found, names, ids, any(key in columns for key in CANVAS_COLUMNS))


def column_key(column):
    """Returns a column's name without case, blanks, signs and what stands in brackets."""
    bare = re.sub(r"\(.*?\)|\[.*?\]", "", unicodedata.normalize("NFKC", column)) or column
    return "".join(letter for letter in bare.casefold() if letter.isalnum())


def clean(text):
    """Returns a value as it is meant: without Excel's `="..."`, and without what nobody sees."""
    text = "".join(letter for letter in text if unicodedata.category(letter) != "Cf").strip()
    formula = re.fullmatch(r'=\s*"(.*)"', text, re.DOTALL)
    return (formula[1] if formula else text).strip()


def clean_id(text):
    """Returns an id as it is meant: 2023001 for `="2023001"`, `2023001.0`, `'2023001`, `#2023001` and `2,023,001`."""
    text = re.sub(r"^['#]+", "", unicodedata.normalize("NFKC", clean(text)))
    if re.fullmatch(r"[0-9]+\.0+", text):
        return text.split(".")[0]
    if re.fullmatch(r"[0-9]{1,3}(?:,[0-9]{3})+", text):
        return text.replace(",", "")
    if number := re.fullmatch(r"([0-9])(?:\.([0-9]+))?E\+?([0-9]{1,2})", text, re.IGNORECASE):
        digits, exponent = number[2] or "", int(number[3])
        if len(digits) >= exponent:
            return (number[1] + digits)[: exponent + 1]
    return text


def is_rounded(number):
    """Says whether Excel has written an id like 2.02E+09, so that nobody knows its last digits."""
    return re.fullmatch(r"[0-9](?:\.[0-9]+)?E\+?[0-9]+", number, re.IGNORECASE) is not None
