"""``make fit``: fit the tables of weights to the corpora and write ``syndicator/tag/data/weights.tsv``.

Recognition and resolution are fitted to two corpora of places, focus to every second wire story. Weights in ``hand.tsv`` are not fitted. ``GEOWEBNEWS_COUNTS`` evens out the corpora's sizes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path

from syndicator.tag import RegionTagger, ensure_gazetteer, open_gazetteer, tables
from syndicator.tag.mention import Recognizer
from syndicator.tag.sense import Resolver
from syndicator.tag.weights import weights
from tests.bench.places.corpora import Story, Wire, toponyms, wires
from tests.bench.places.focus import rows
from tests.bench.places.learn import ResolutionCase, Seen, fit_logistic, fit_mention, fit_sense, resolution_cases, see

GEOWEBNEWS_COUNTS = {"mention": 1.5, "sense": 3.0}
_HEAD = "# Fitted by `make fit` on two corpora of English news with places marked by hand, and on wire stories with countries chosen by editors.\nmodel\tfeature\tweight\n"


def held(model: str) -> dict[str, float]:
    """Return the weights that are set by hand."""
    return {row["feature"]: float(row["weight"]) for row in tables.rows("hand.tsv") if row["model"] == model}


class Fitted:
    """Both tables, fitted to weighted stories, with a recognizer and a resolver that use them."""

    def __init__(self, stories: list[tuple[Story, float, float]]) -> None:
        """Fit to ``stories``, each with its weight for recognition and for resolution."""
        gazetteer = open_gazetteer(ensure_gazetteer())
        self.gazetteer, self.resolver = gazetteer, Resolver(gazetteer)
        self.recognizer = Recognizer(gazetteer)
        seen: list[tuple[Story, list[Seen], float, float]] = [
            (story, see(self.recognizer, story), mention, sense) for story, mention, sense in stories
        ]
        self.mention = fit_mention((each, counts) for _, names, counts, _ in seen for each in names)
        self.mention = {**self.mention, **held("mention")}
        self.use()
        self.sense = held("sense")
        for _ in range(2):  # what a name means depends on what others mean
            given: list[tuple[ResolutionCase, float]] = []
            for story, names, _, counts in seen:
                fresh = see(self.recognizer, story) if names else []
                given += [(each, counts) for each in resolution_cases(self.resolver, gazetteer, story, fresh)]
            self.sense = fit_sense(given, self.resolver.weights or {}, held("sense"))
            self.use()

    def use(self) -> None:
        """Use the weights fitted so far."""
        self.recognizer = Recognizer(self.gazetteer, self.mention)
        self.resolver = Resolver(self.gazetteer, getattr(self, "sense", None))


def write(path: Path, tables_by_model: Mapping[str, Mapping[str, float]]) -> None:
    """Write what is fitted and not held."""
    lines = [
        f"{model}\t{feature}\t{weight:.3f}\n"
        for model, table in tables_by_model.items()
        for feature, weight in sorted(table.items())
        if feature not in held(model)
    ]
    path.write_text(_HEAD + "".join(lines), encoding="utf-8")


def main() -> None:
    """Fit to both and write."""
    counts = GEOWEBNEWS_COUNTS
    stories = [(story, 1.0, 1.0) for story in toponyms("lgl")]
    stories += [(story, counts["mention"], counts["sense"]) for story in toponyms("geowebnews")]
    fitted = Fitted(stories)
    path = Path(str(resources.files("syndicator.tag").joinpath("data/weights.tsv")))
    fitted_tables = {"mention": fitted.mention, "sense": fitted.sense}
    write(path, fitted_tables | {"focus": dict(weights("focus"))})
    weights.cache_clear()  # focus is of what the new weights find
    fitted_tables["focus"] = fit_focus(wires()[::2])
    write(path, fitted_tables)
    print(f"{path}: {', '.join(f'{len(table)} of {model}' for model, table in fitted_tables.items())}")


def fit_focus(stories: Sequence[Wire]) -> dict[str, float]:
    """Fit what makes a story one about a country to wire stories, by the tagger in force."""
    tagger = RegionTagger(open_gazetteer(ensure_gazetteer()))
    return fit_logistic(list(rows(tagger, stories)), fixed=held("focus"))


if __name__ == "__main__":
    main()
