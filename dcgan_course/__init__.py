"""The course around the notebooks: commands, exercises, Colab, and the instructor's part."""

PACKAGES = ("dcgan_lib", "dcgan_course")  # All that is installed; everything else that lists them asks here.
