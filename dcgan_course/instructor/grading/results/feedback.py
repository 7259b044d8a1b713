"""What a student is told: what was right, what happened where it was not, and what to do. No expected values."""

from dcgan_course.instructor.grading.marks.scoring import ENDINGS

SENTENCES = {
    "right": "Right.",
    "partly right": "Right: {right}. Not right: {wrong}.",
    "wrong": "It ran, but what it gives is not what the exercise asks for.",
    "error": "It ended with an error: {error}.",
    "missing": "No answer was found.",
    "stub": "Nothing is written here yet.",
    "not Python": "The cell is not valid Python, so it could not be run: {message}.",
    **{ending: f"It was ended: {sentence}." for ending, sentence in ENDINGS.items()},
}
HINTS = {
    "partly right": "Compare shapes, numbers of parameters and values with the text of the exercise, part by part.",
    "wrong": "Run the check below the exercise in your own notebook and compare with the output that came with it. "
    "Inputs and sizes are others when it is graded: an answer that fits one example only does not count.",
    "missing": "An answer's cell begins with the line '# EXERCISE {key}'. Keep that line, and the function's name.",
    "stub": "Replace the line 'raise NotImplementedError' by your answer.",
    "not Python": "Restart the kernel and run all cells before you hand in (Runtime, Restart and run all on Colab).",
    "timeout": "Look for a loop that does not end, or for training inside the answer: it should only define functions.",
    "died": "Look for sys.exit, os._exit or a kill, and for memory that is written past its end.",
    "memory": "Look for lists or arrays that grow in a loop.",
    "processes": "An answer needs no process of its own.",
    "disk": "An answer needs no files of its own.",
    "output": "Take the prints out of the loop.",
}
ERRORS = {
    "NameError": "A name is not defined. Your answer's cell must have everything that it uses, or import it.",
    "NotImplementedError": "The line 'raise NotImplementedError' is still reached: delete it.",
    "ModuleNotFoundError": "While grading there are only Keras, TensorFlow, NumPy, Pillow and the standard library; of "
    "the course's library, whatever would be the answer itself is not there.",
    "ImportError": "While grading, whatever would be the answer itself is not in the course's library.",
    "FileNotFoundError": "While grading there are no files but those that the check makes and gives you the path of.",
    "TypeError": "Look at the function's arguments: their number and order are those of the exercise.",
    "ValueError": "Look at shapes: those of the check are not those of your own example.",
    "MemoryError": "Look for lists or arrays that grow in a loop.",
    "KeyboardInterrupt": "Look for a loop that does not end.",
}


def explain(key, marks):
    """Says in words how an exercise went.

    Args:
        key: Its number.
        marks: Its `Marks`.

    Returns:
        A sentence, and a hint or "".
    """
    sentence = SENTENCES[marks.outcome].format(
        right=", ".join(marks.right),
        wrong=", ".join(part for part in marks.parts if part not in marks.right),
        error=marks.error,
        message=marks.message,
    )
    if marks.outcome == "partly right" and marks.error:
        sentence += f" It ended with an error: {marks.error}."
    hint = ERRORS.get(marks.error, "") if marks.error else HINTS.get(marks.outcome, "")
    return sentence, hint.format(key=key)
