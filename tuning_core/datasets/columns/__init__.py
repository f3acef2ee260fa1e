"""What the columns of a table become: plans of the whole table, encodings fitted on training rows.

Each is made again, number for number, in the exported model (``tuning_core/models/columns.py``)
and in the scripts of a bundle (``tuning_core/model_export/script/columns.py``).
"""

from __future__ import annotations

from tuning_core.datasets.columns.categories import MAX_CATEGORIES, CategoryColumn
from tuning_core.datasets.columns.numbers import NumberColumn
from tuning_core.datasets.columns.plans import plan_columns
from tuning_core.datasets.columns.table import TablePreprocessing, fit_table
from tuning_core.datasets.columns.texts import TextColumn

__all__ = [
    "MAX_CATEGORIES",
    "CategoryColumn",
    "NumberColumn",
    "TablePreprocessing",
    "TextColumn",
    "fit_table",
    "plan_columns",
]
