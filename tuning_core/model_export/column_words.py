"""What the columns of a table become, in words for a model card."""

from __future__ import annotations

from tuning_core.datasets.columns import (
    CategoryColumn,
    NumberColumn,
    TablePreprocessing,
    TextColumn,
)
from tuning_core.datasets.spreadsheet import markdown


def column_words(pre: TablePreprocessing) -> str:
    """What the columns become, by formula where it is not the usual one."""
    numbers = [column for column in pre.columns if isinstance(column, NumberColumn)]
    categories = [column for column in pre.columns if isinstance(column, CategoryColumn)]
    texts = [column for column in pre.columns if isinstance(column, TextColumn)]
    found = []
    if numbers:
        found.append(
            "numbers minus their mean, divided by their standard deviation in the training rows, "
            "missing ones as their median"
        )
    if gaps := [column.name for column in numbers if column.missing is not None]:
        found.append(f"1 where a value is missing, else 0, of {_names(gaps)}")
    if dates := [column.name for column in numbers if column.periods]:
        found.append(
            f"sine and cosine of 2 pi days / period of {_names(dates)}, for the periods of a day, "
            "a week and a year (1, 7 and 365.25 days) that the dates go through"
        )
    if categories:
        found.append(
            "categories one slot for each of the training rows (of the 100 most frequent) and one "
            "for anything else, which counts as the most frequent category where no training row "
            "was such"
        )
    if means := [column.name for column in categories if column.means is not None]:
        found.append(
            f"the mean answer of the training rows of each category of {_names(means)}, drawn to "
            "that of all the fewer they are (empirical Bayes, as scikit-learn's TargetEncoder; of "
            "a training row, those in the other four of five folds), standardised"
        )
    if texts:
        found.append(
            f"texts ({_names([column.name for column in texts])}) the counts c of their words and "
            "pairs of words (A to Z in lower case, without ASCII punctuation) times idf = ln((1 + "
            "n) / (1 + texts with the term)) + 1, divided by the length of that vector, times the "
            "square root of the mean number of known terms in a training row; known are the at "
            "most 1,000 most frequent terms in two training rows or more"
        )
    return "; ".join(found) + "."


def _names(columns: list[str]) -> str:
    shown = ", ".join(markdown(name) for name in columns[:5])
    return shown + (f" and {len(columns) - 5} more" if len(columns) > 5 else "")
