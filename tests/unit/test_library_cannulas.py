"""What is said of a cannula: read strictly, and said in words."""

from __future__ import annotations

import pytest

from kairn.library.cannulas import CANNULAS, read_cannulas, site_label
from kairn.library.reader import LIBRARY, read_yaml_text
from kairn.terms.problem import Unreadable

TEXT = (LIBRARY / "cannulas.yaml").read_text("utf-8")


def test_every_side_has_its_other_side_and_no_label_stands_twice() -> None:
    sides = {site.partition("-")[2] for site in CANNULAS.sites if site.startswith("left-")}
    assert sides == {site.partition("-")[2] for site in CANNULAS.sites if site.startswith("right-")} != set()
    for labels in (CANNULAS.sites, CANNULAS.gauges, CANNULAS.attempts, CANNULAS.looks):
        assert len(set(labels.values())) == len(labels)
    assert CANNULAS.unwanted == {"infiltration": "extravasation"}


@pytest.mark.parametrize(
    ("old", "new"),
    [("local-rules", "somebody"), ("kind: left-hand,", "kind: right-hand,"), ("kind: elsewhere,", "kind: rest,"), ("kind: other,", "kind: rest,"),
     ('label: "Fine"', ""), ("unwanted: extravasation", "unwanted: hiccups"), ('label: "20 G"', 'label: "20 G", unwanted: extravasation')],
)  # fmt: skip
def test_what_the_reader_cannot_trust_is_refused(old: str, new: str) -> None:
    assert TEXT.count(old) >= 1
    read_cannulas(read_yaml_text(TEXT, "cannulas.yaml"))
    with pytest.raises(Unreadable):
        read_cannulas(read_yaml_text(TEXT.replace(old, new, 1), "cannulas.yaml"))


@pytest.mark.parametrize(
    ("site", "where", "said"),
    [("left-hand", "", "Left back of hand"), ("left-hand", "thumb side", "Left back of hand, thumb side"), ("elsewhere", "port", "port"),
     ("elsewhere", "", "Somewhere else"), ("dropped-later", "", "dropped-later")],
)  # fmt: skip
def test_a_site_is_said_in_words(site: str, where: str, said: str) -> None:
    assert site_label(site, where) == said
