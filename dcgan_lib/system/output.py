"""Sentences for the student, on whatever they are shown."""


def say(sentence):
    """Prints a sentence; letters that the output has none for are written as escapes."""
    try:
        print(sentence)
    except UnicodeEncodeError:
        print(sentence.encode("ascii", "backslashreplace").decode())
