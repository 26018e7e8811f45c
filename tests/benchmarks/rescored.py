"""The answer that a recorded search gives with other weights: the engine's steps behind the search, on its records."""

from benchmarks.recorded_searches import outcome
from helpers.weights_table import TABLE

from shapeguard.diagnosis.scoring.weights import SHOWN
from shapeguard.diagnosis.verification import OTHERS, TRIED

MARGIN, FAR_BEHIND, FAR_FETCHED, GUESS = (float(TABLE[n]) for n in ("MARGIN", "FAR_BEHIND", "FAR_FETCHED", "GUESS"))
TYPO, KERNEL_TYPO, TWO_AXES_TYPO = (float(TABLE[name]) for name in ("TYPO", "KERNEL_TYPO", "TWO_AXES_TYPO"))


def scores_of(candidates, shifts):
    """The scores with weights shifted by so much."""
    return [
        each.score + sum(shift * each.terms[name] for name, shift in shifts.items() if name in each.terms)
        for each in candidates
    ]


def answered(recorded, shifts):
    """([first, third, sure and right, sure and wrong], how far ahead of the others the right answer is)."""
    search, scores = recorded.search, scores_of(recorded.search.candidates, shifts)
    chosen = _chosen(search, scores)
    sure = _is_sure(search, chosen, scores)
    if sure:
        chosen = [n for n in chosen if scores[n] < scores[chosen[0]] + FAR_BEHIND]
    ranked = sorted(
        [*((scores[n], search.candidates[n].accepted, True) for n in chosen), *_of_targets(search, shifts)],
        key=lambda each: each[0],
    )
    if search.others:
        others = min(score for score, _, is_own in ranked if not is_own)
        is_ahead = bool(chosen) and ranked[0][2] and others - ranked[0][0] >= MARGIN
        sure = search.settled or (sure and is_ahead)
        ranked = [each for each in ranked if not each[2]] if search.settled else ranked[:SHOWN]
    hits = [accepted for _, accepted, _ in ranked]
    if search.doubt is not None and chosen and scores[chosen[0]] > _typo(search, chosen[0]):
        hits, sure = [search.doubt, *hits], False
    return outcome(hits, sure=sure, reserved=recorded.reserved), _lead(ranked, recorded)


def _chosen(search, scores):
    """The candidates that are shown, by number: one for each blame, none that Keras refuses."""
    candidates = search.candidates
    order = sorted(range(len(candidates)), key=lambda n: (round(scores[n], 3), candidates[n].order))
    best = []
    for n in order:
        if all(candidates[n].blame != candidates[b].blame and b not in candidates[n].nested for b in best):
            best.append(n)
    kept, left = [], OTHERS
    for n in best[:TRIED]:
        values = [
            m
            for m in order
            if m != n and candidates[m].blame == candidates[n].blame and scores[m] <= scores[n] + MARGIN
        ][:left]
        tried = [n, *values]
        taken = next((m for m in tried if not candidates[m].refused), None)
        left -= (len(tried) if taken is None else tried.index(taken) + 1) - 1
        if taken is not None:
            kept.append(taken)
        if len(kept) == SHOWN:
            break
    places = [candidates[n].place for n in kept]
    kept = [n for i, n in enumerate(kept) if places[i] == -1 or places[i] not in places[1:i]]
    if search.crashed and any(candidates[n].verified for n in kept):
        kept.sort(key=lambda n: (candidates[n].guessed or candidates[n].unprovable) and scores[n] > 0)
    return kept


def _is_sure(search, chosen, scores):
    if not chosen:
        return False
    first = search.candidates[chosen[0]]
    if not first.may_be_cause or scores[chosen[0]] > FAR_FETCHED or (first.guessed and scores[chosen[0]] > 0):
        return False
    for n in chosen[1:]:
        other = search.candidates[n]
        if (other.place == -1 or other.place != first.place) and not (other.guessed and scores[n] > GUESS):
            return scores[n] - scores[chosen[0]] >= MARGIN
    return True


def _of_targets(search, shifts):
    return [
        (score, each.accepted, False)
        for score, each in zip(scores_of(search.others, shifts), search.others, strict=True)
    ]


def _typo(search, number):
    """The score above which the annotation is doubted instead."""
    kernel = KERNEL_TYPO if search.candidates[number].is_kernel else 0
    return TYPO + kernel + (TWO_AXES_TYPO if search.axes > 1 else 0)


def _lead(ranked, recorded):
    """By how much the best right answer is cheaper than the best wrong one, up to `MARGIN`; 0 where there is none."""
    right = [score for score, accepted, _ in ranked if accepted]
    wrong = [score for score, accepted, _ in ranked if not accepted]
    if not right or not wrong or recorded.reserved:
        return MARGIN if right and not wrong else 0.0
    return max(-MARGIN, min(MARGIN, min(wrong) - min(right)))
