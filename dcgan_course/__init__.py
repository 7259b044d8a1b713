"""The course around the notebooks: commands, exercises, Colab, and the instructor's part."""
