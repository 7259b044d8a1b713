"""What a class may hand in, made from the masters: what it is, why, and which marks it must get.

`files` has what may become of a file, `cells` of a notebook's cells, `runs` what code does that goes wrong,
`cheats` what some try, `variants` right answers written differently.

    python -m submissions FOLDER        in tests/: writes all of them as a folder of folders, and says what is expected
"""
