"""The instructor's side of the course: `python -m instructor --help`."""

import sys

# Reading notebooks imports jsonschema, which builds 38 grammars whenever this package is there, in two seconds, to
# check forms of addresses that no notebook has. None makes its import fail, as if it were not there.
sys.modules.setdefault("rfc3987_syntax", None)
