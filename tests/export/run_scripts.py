"""Runs train.py of each folder named on the command line, in one process without our code.

TensorFlow takes seconds to import, so that a process for each would cost minutes in all. Prints
a JSON object: what each script said, or the traceback it ended with.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import runpy
import sys
import traceback

import keras

results = {}
for folder in json.loads(sys.argv[1]):
    os.chdir(folder)
    table = [name for name in os.listdir() if name.endswith(".csv")]
    sys.argv = ["train.py", *table]
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said):
            runpy.run_path("train.py", run_name="__main__")
        results[folder] = {"said": said.getvalue()}
    except (Exception, SystemExit):
        results[folder] = {"said": said.getvalue(), "error": traceback.format_exc()}
    keras.backend.clear_session()
assert not any(name.partition(".")[0] in ("tuning_core", "pages") for name in sys.modules)
print("\n" + json.dumps(results))
