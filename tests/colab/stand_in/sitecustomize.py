"""Colab's kernels have `google.colab` imported when the first cell runs."""

import google.colab  # noqa: F401
