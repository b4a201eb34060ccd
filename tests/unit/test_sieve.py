"""The first look at very many works, on a made world: what passes, and that nothing worth accepting is lost."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pubtrack.config import Matching
from pubtrack.matching.blocking import Index
from pubtrack.matching.evidence import gather
from pubtrack.matching.pool import Pool
from pubtrack.matching.scoring import judge
from pubtrack.matching.sieve import Sieve
from pubtrack.models import Band

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from matching_world import make


@pytest.fixture(scope="module")
def weighed():
    """1,500 works against 400 projects of 1,400 people, 1 in 5 an output; which pass, and what each would come to."""
    world = make(seed=3, projects=400, people=1_400, works=1_500, share=0.2)
    works = list(world.works())
    pool = Pool(world.projects)
    pool.see(works)
    views = pool.views({}, ["Universiteit van Voorbeeld"])
    index, sieve = Index(views, pool.rarity), Sieve(views, pool.lexicon)
    weights, limits = Matching().weights.model_dump(), Matching()
    found = {}
    for work in works:
        subject = pool.subject(work, harvested=True)
        pairs = gather(subject, index.candidates(subject), pool, index)
        found[work.id] = judge(pairs, weights, accept=limits.accept, review=limits.review)
    return world, {work.id for work in works if sieve.passes(work)}, found


def test_what_would_be_accepted_passes(weighed):
    _, passed, found = weighed

    accepted = {work_id for work_id, held in found.items() if any(match.band is Band.ACCEPT for match in held)}
    assert len(accepted) > 100
    assert accepted <= passed


def test_in_a_made_world_with_homonyms_orcids_and_changed_names_the_accepted_are_right(weighed):
    world, _, found = weighed

    accepted = [match for held in found.values() for match in held if match.band is Band.ACCEPT]
    right = sum(world.truth.get(match.work_id) == match.project_id for match in accepted)
    assert right / len(accepted) >= 0.95
    assert right / len(world.truth) >= 0.5


def test_among_the_projects_of_one_lead_the_right_one_stands_first(weighed):
    world, _, found = weighed

    linked = {work_id: held for work_id, held in found.items() if work_id in world.truth and held}
    first = sum(held[0].project_id == world.truth[work_id] for work_id, held in linked.items())
    assert first / len(linked) >= 0.85


def test_one_world_is_the_same_for_one_seed():
    one, other = (make(seed=5, projects=20, people=60, works=30, share=0.5) for _ in range(2))

    assert one.projects == other.projects
    assert list(one.works()) == list(other.works())
    assert one.truth == other.truth
