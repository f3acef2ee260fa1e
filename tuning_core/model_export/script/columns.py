"""The part of a script that turns the columns of a table into numbers, as the study did."""

from __future__ import annotations

from typing import Any

from tuning_core.datasets.columns.categories import MAX_CATEGORIES, MEANS_SEED
from tuning_core.datasets.columns.texts import BLANKS, LEAST_TEXTS, PUNCTUATION
from tuning_core.model_export.script.code import assigned, indented, listed, written
from tuning_core.model_export.script.facts import Facts


def encoded(facts: Facts, before: list[str]) -> list[str]:
    """Code of ``inputs``; what no training rows matter to is added to ``before``."""
    plans = facts.plans
    categories = [plan.name for plan in plans if plan.kind == "category"]
    texts = {plan.name: (plan.width, plan.characters) for plan in plans if plan.kind == "text"}
    means = {plan.name: plan.means for plan in plans if plan.means}
    many = any(len(facts.raw.x[name].cat.categories) > MAX_CATEGORIES for name in categories)
    numbers = _FILLED if facts.gaps else ""
    gaps = [plan.name for plan in plans if plan.gaps]
    periods = {plan.name: list(plan.periods) for plan in plans if plan.periods}
    before += _constants(facts, categories, texts, means, gaps, periods)
    if means:
        before += [_MEANS, "", ""]
    if texts:
        before += [_TERMS, "", ""]
    branches = [
        (f"if name in CATEGORIES:\n{indented(_category(many, bool(means)))}", bool(categories)),
        (f"if name in TEXTS:\n{indented(_TEXT)}", bool(texts)),
    ]
    code = "\nel".join(branch for branch, there in branches if there)
    told = (_GAPS if gaps else "") + (_PERIODS if periods else "")
    number = numbers + _SCALED + told
    if told:
        number = f"values, seen = column, known\n{number}"
    code = f"{code}\nelse:\n{indented(number)}" if code else number
    answers = "y, " if means else ""
    before += [_ENCODED.format(answers=answers, columns=indented(indented(code))), ""]
    return [f"inputs = encoded(x, {answers}train)"]


def _constants(
    facts: Facts,
    categories: list[str],
    texts: dict[str, Any],
    means: dict[str, int],
    gaps: list[str],
    periods: dict[str, list[float]],
) -> list[str]:
    found = []
    if categories:
        found += [
            listed("CATEGORIES", categories),
            'OTHER = "(other)"  # a missing value or, beside such, one that is in no training row',
        ]
    if means:
        found.append(assigned("MEANS", means) + "  # mean answers: of which, how many")
    if texts:
        words = "# How many terms count; whether they are characters, of scripts without blanks."
        found += [words, assigned("TEXTS", texts)]
    if gaps:
        found += ["# Columns of which it counts whether a value is missing.", listed("GAPS", gaps)]
    if periods:
        found += ["# Days after which dates come again.", assigned("PERIODS", periods)]
    return [*found, "", ""]


def _category(many: bool, means: bool) -> str:
    return (
        (_MEANS_OF if means else "")
        + (_FREQUENT if many else _ALL_WORDS)
        + """
other = OTHER if known.isna().any() else known.mode()[0]  # what has been trained
column = column.where(column.isin(known.dropna()), other)
columns.append(pd.get_dummies(pd.Categorical(column, [OTHER, *words])).to_numpy())"""
        + ("\ncolumns += told" if means else "")
    )


_ENCODED = '''\
def encoded(x, {answers}train):
    """Rows as numbers, by the training rows alone."""
    columns = []
    for name in x.columns:
        column, known = x[name], x[name].iloc[train]
{columns}
    return np.column_stack(columns).astype("float32")'''
_SCALED = """\
std = known.std(ddof=0) if known.nunique() > 1 else 1
columns.append(((column - known.mean()) / std).to_numpy())"""
_FILLED = """\
median = 0 if known.isna().all() else known.median()
column, known = column.fillna(median), known.fillna(median)
"""
_GAPS = """
if name in GAPS:
    columns.append(values.isna() & seen.isna().any())"""
_PERIODS = """
for period in PERIODS.get(name, []):
    angle = 2 * np.pi / period * (values % period)
    columns += [np.sin(angle).fillna(0), np.cos(angle).fillna(0)]"""
_ALL_WORDS = "words = sorted(column.dropna().unique())"
_FREQUENT = f"""\
# The most frequent have a place of their own.
counts = known.value_counts().sort_index().sort_values(ascending=False, kind="stable")
known = known.where(known.isin(counts.index[:{MAX_CATEGORIES}]))
words = sorted(known.dropna().unique())"""
_MEANS_OF = """\
told = mean_answers(column, y, train, MEANS[name]) if name in MEANS else []
"""
_MEANS = f'''\
def mean_answers(column, y, train, count):
    """The mean answers of each category, of a training row those in the other four of 5 folds."""
    numbers = pd.factorize(column.fillna(""))[0]
    found = []
    for place in range(count):
        answer = (y == place) * 1.0 if count > 1 else y.astype("float64")
        means = shrunk_means(numbers, answer, train)
        folds = KFold(min(5, len(train)), shuffle=True, random_state={MEANS_SEED})
        for others, held in folds.split(train):
            of_others = shrunk_means(numbers, answer, train[others])
            means[train[held]] = of_others[train[held]]
        std = means[train].std() or 1
        found.append((means - means[train].mean()) / std)
    return found


def shrunk_means(numbers, answer, rows):
    """Of each row the mean answer of ``rows`` like it, nearer to that of all the fewer they are.

    As scikit-learn's TargetEncoder (Micci-Barreca 2001).
    """
    count = numbers.max() + 1
    like = np.bincount(numbers[rows], minlength=count)
    means = np.bincount(numbers[rows], answer[rows], count) / np.maximum(like, 1)
    squares = np.bincount(numbers[rows], (answer[rows] - means[numbers[rows]]) ** 2, count)
    weight = like * answer[rows].var()
    within = weight + squares / np.maximum(like, 1)
    trust = np.where(within > 0, weight / np.where(within > 0, within, 1), 0)
    return (trust * means + (1 - trust) * answer[rows].mean())[numbers]'''
BLANKS_WRITTEN = repr(BLANKS)[1:-1]
_TERMS = f'''\
def terms(text, characters):
    """A text's words and pairs of neighbouring words, as Keras's TextVectorization has them."""
    lower = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")
    plain = re.sub({written(PUNCTUATION)}, "", text.translate(lower))
    words = list(plain) if characters else [w for w in re.split("[{BLANKS_WRITTEN}]+", plain) if w]
    return words + [f"{{first}} {{second}}" for first, second in zip(words, words[1:])]


def weighed(column, train, width, characters):
    """TF-IDF of the most frequent terms in the training rows; a term counts about 1."""
    texts = column.fillna("").to_numpy()
    vectorizer = TfidfVectorizer(
        analyzer=lambda text: terms(text, characters), min_df={LEAST_TEXTS}, max_features=width
    )
    found = np.zeros((len(texts), width))
    try:
        vectorizer.fit(texts[train])
    except ValueError:  # no term is in two texts
        return found
    counts = vectorizer.transform(texts).toarray()
    found[:, : counts.shape[1]] = counts
    return found * (np.sqrt((counts[train] > 0).sum(axis=1).mean()) or 1)'''
_TEXT = "columns.append(weighed(column, train, *TEXTS[name]))"
