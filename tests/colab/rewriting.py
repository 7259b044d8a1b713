"""What Colab makes of a notebook that a student has opened, run and saved there."""

import copy
import json


def as_colab_saves(notebook):
    """Rewrites a notebook as Colab saves it.

    Format 4.0 with each cell's id in its metadata, who ran it and how long it took, outputs with Colab's own MIME types
    beside the plain ones, and no kernelspec.

    Args:
        notebook: A `NotebookNode` or dict of format 4.5.

    Returns:
        A dict, as it stands in the file.
    """
    saved = copy.deepcopy(json.loads(json.dumps(notebook)))
    saved["nbformat_minor"] = 0
    own = saved["metadata"].get("colab", {})
    saved["metadata"] = {"colab": {"provenance": [], "gpuType": "T4", **own}, "accelerator": "GPU"}
    for cell in saved["cells"]:
        cell["metadata"]["id"] = cell.pop("id")
        if cell["cell_type"] != "code":
            continue
        cell["metadata"]["colab"] = {"base_uri": "https://localhost:8080/", "height": 34}
        cell["metadata"]["executionInfo"] = {
            "status": "ok",
            "timestamp": 1787600000000,
            "user_tz": -540,
            "elapsed": 12,
            "user": {"displayName": "Student", "userId": "01234567890123456789"},
        }
        cell["metadata"]["outputId"] = "0f2c1e3a-1111-2222-3333-444455556666"
        for output in cell["outputs"]:
            if "data" in output and "text/plain" in output["data"]:
                output["data"]["application/vnd.google.colaboratory.intrinsic+json"] = {"type": "string"}
    return saved
