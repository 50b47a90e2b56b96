"""The tests. What is compiled of them is kept, whatever the environment says.

Rewriting the tests takes as long as importing all else, and each process that a test starts would compile the package
anew. It stands here because this is imported before anything else of the tests.
"""

import os
import sys

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
