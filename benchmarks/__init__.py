"""Side-by-side measurements: Tunescape and its peers, in turn, on the same work.

``python -m benchmarks`` runs all, ``python -m benchmarks.NAME`` one; ``--quick`` is a short
version that shows that everything works, not a measurement. Each prints a Markdown table.
"""
