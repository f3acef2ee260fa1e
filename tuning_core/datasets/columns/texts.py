"""A column of texts: how much each frequent word and pair of words is in a text, by TF-IDF."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from tuning_core.catalog.columns import ColumnPlan

if TYPE_CHECKING:
    import pandas as pd

MOST_TERMS = 1_000
"""Terms of a column of texts that are counted: the most frequent of the training rows."""
LEAST_TEXTS = 2
"""Texts that a term has to be in."""
MOST_NUMBERS = 100_000_000
"""Numbers that the texts of a table may become, in all rows and columns: 400 MB."""
PUNCTUATION = "[" + re.escape(string.punctuation) + "]"
BLANKS = " \t\n\v\f\r"
_LOWER = {ord(letter): letter.lower() for letter in string.ascii_uppercase}
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
"""Letters of Thai, Lao, Burmese, Khmer, Japanese and Chinese, which have no blanks."""
_LOOKED = 1_000


@dataclass(frozen=True)
class TextColumn:
    """x' = scale * v / |v| with v = count of a term in the text * idf, 0 where none is known.

    ``idf`` is ln((1 + n) / (1 + texts with the term)) + 1 over the n training rows, as in
    scikit-learn (Salton and Buckley 1988, "Term-weighting approaches in automatic text
    retrieval"). ``scale`` is the square root of the mean number of known terms in a training
    row, so that a term counts about as much as the slot of a category. ``width`` is that of
    the whole table; slots beyond the ``vocabulary`` stay 0.
    """

    name: str
    vocabulary: tuple[str, ...]
    idf: tuple[float, ...]
    scale: float
    width: int
    characters: bool = False

    kind: ClassVar[Literal["text"]] = "text"

    def counts(self, values: pd.Series) -> Any:
        """How often each term is in each text: a scipy matrix (n, terms)."""
        from scipy.sparse import csr_matrix

        place = {term: number for number, term in enumerate(self.vocabulary)}
        rows, columns = [], []
        for number, text in enumerate(values.cat.categories):
            found = [place[term] for term in terms(str(text), self.characters) if term in place]
            rows += [number] * len(found)
            columns += found
        # One more for what is missing: code -1 takes the last row.
        shape = (len(values.cat.categories) + 1, max(1, len(self.vocabulary)))
        return csr_matrix((np.ones(len(rows)), (rows, columns)), shape)[values.cat.codes.to_numpy()]

    def encoded(self, values: pd.Series) -> np.ndarray:
        """Raw values (n,) as float32 (n, width)."""
        found = np.zeros((len(values), self.width), np.float32)
        if not self.vocabulary:
            return found
        weighed = self.counts(values).multiply(np.array(self.idf)).tocsr()
        length = np.sqrt(np.asarray(weighed.multiply(weighed).sum(axis=1)))[:, 0]
        weighed = weighed.multiply(self.scale / np.where(length > 0, length, 1.0)[:, None])
        found[:, : len(self.vocabulary)] = weighed.toarray()
        return found


def terms(text: str, characters: bool = False) -> list[str]:
    """The words of a text and its pairs of neighbouring words, as Keras's TextVectorization.

    A to Z in lower case and without ASCII punctuation, cut at blanks; or its characters.
    """
    plain = re.sub(PUNCTUATION, "", text.translate(_LOWER))
    words = list(plain) if characters else [w for w in re.split(f"[{BLANKS}]+", plain) if w]
    return [*words, *(f"{first} {second}" for first, second in pairwise(words))]


def unspaced(texts: Iterable[str]) -> bool:
    """Whether most letters are of a script that does not part words by blanks."""
    sample = "".join(text for text, _ in zip(texts, range(_LOOKED), strict=False))
    return len(_UNSPACED.findall(sample)) * 3 > len(sample.replace(" ", ""))


def text_width(column: pd.Series, characters: bool, most: int) -> int:
    """Terms that are in at least two texts of the whole table, no more than ``most``."""
    once: set[str] = set()
    often: set[str] = set()
    counts = np.bincount(column.cat.codes[column.cat.codes >= 0])
    for code in np.flatnonzero(counts).tolist():
        found = {*terms(str(column.cat.categories[code]), characters)}
        often |= found if counts[code] >= LEAST_TEXTS else found & once
        once |= found
        if len(often) >= most:
            return most
    return max(1, len(often))


def fit_text(plan: ColumnPlan, column: pd.Series) -> TextColumn:
    """The most frequent terms of these rows, and how rare each is.

    scikit-learn's ``TfidfVectorizer`` finds them, as it does in ``train.py``.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    def analyse(text: str) -> list[str]:
        return terms(text, plan.characters)

    words = column.astype(object).where(column.notna(), "").tolist()
    vectorizer = TfidfVectorizer(
        analyzer=analyse, min_df=LEAST_TEXTS, max_features=plan.width, dtype=np.float64
    )
    try:
        found = vectorizer.fit_transform(words)
    except ValueError:  # No term is in two texts.
        return TextColumn(plan.name, (), (), 1.0, plan.width, plan.characters)
    known = np.diff(found.indptr).mean()
    return TextColumn(
        plan.name,
        tuple(vectorizer.get_feature_names_out().tolist()),
        tuple(vectorizer.idf_.tolist()),
        float(np.sqrt(known)) or 1.0,
        plan.width,
        plan.characters,
    )
