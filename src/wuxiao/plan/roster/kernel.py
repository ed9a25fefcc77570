"""The compiled search over rosters: what rows and cover cost, and annealing by moves of days between people.

Functions take the tables whole and read them by full index: a view made at each move costs more than what it shows.
"""

from __future__ import annotations

import numpy as np

from wuxiao.plan.roster.flat import MANY, Flat, Floats, Ints
from wuxiao.plan.shared.compiled import inlined, njit

#: Places of rules that are booked by other means than the tables.
WEEKENDS, WEEKEND_RUN, SPLIT, MIXED, BEFORE_FREE, UNWANTED = 8, 9, 10, 11, 12, 13
UNSKILLED, WISHES, KEEP, COVER, FAIR = 14, 15, 16, 17, 18
#: Moves between two looks at the temperature and at whether hard rules are kept.
ROUND = 1_000


@inlined
def _pay(units: float, weight: float, one: float) -> tuple[float, float]:
    """Return what so many units beyond a band cost, and how many hard breaches they are."""
    return (0.0, units / one) if weight < 0.0 else (units * weight, 0.0)


@njit(error_model="numpy")
def _row(t: Flat, p: int, rows: Ints, marks: Ints, by: Floats, told: bool) -> tuple[float, float]:
    """Return what the row of one person costs and how many hard rules it breaks; `by` gathers by rule where told."""
    days = rows.shape[1]
    k = t.contract[p]
    soft, hard = 0.0, 0.0
    width, known, far = t.tail.shape[1], t.tails[p], t.sizes[3]
    open_edges = t.open_edges[0]
    before = t.tail[p, width - 1] if known > 0 else 0
    for d in range(days):
        v = rows[p, d]
        soft += t.soft[p, d, v]
        hard += t.hard[p, d, v]
        if v > 0 and before > 0 and t.bars[k, 1, before, v]:
            hard += 1.0
        before = v
    if told:
        for d in range(days):
            v = rows[p, d]
            by[UNSKILLED] += t.parts[p, d, v, 0]
            by[WISHES] += t.parts[p, d, v, 1]
            by[KEEP] += t.parts[p, d, v, 2]
    # Rest across more than one night.
    for gap in range(2, far + 1):
        for d in range(days):
            v = rows[p, d]
            if v > 0:
                if d - gap >= 0:
                    before = rows[p, d - gap]
                elif gap - d <= known:
                    before = t.tail[p, width - (gap - d)]
                else:
                    before = 0
                if before > 0 and t.bars[k, gap, before, v]:
                    hard += 1.0
    for f in range(t.count_rule.shape[1]):
        rule = t.count_rule[k, f]
        if rule < 0:
            break
        count = 0
        for d in range(days):
            count += t.use[k, f, rows[p, d]]
        units, weight = 0.0, 0.0
        if count > t.count_band[k, f, 1]:
            units, weight = count - t.count_band[k, f, 1], t.count_band[k, f, 3]
        elif count < t.count_band[k, f, 0]:
            units, weight = t.count_band[k, f, 0] - count, t.count_band[k, f, 2]
        if units > 0.0:
            a, b = _pay(units, weight, t.count_band[k, f, 4])
            soft += a
            hard += b
            if told:
                by[rule] += a
    # Rows of days. Days beyond the limit that lie before the first day were paid for in their own month; a row that
    # touches an open edge may go on outside and falls short of nothing.
    for r in range(t.run_rule.shape[1]):
        rule = t.run_rule[k, r]
        if rule < 0:
            break
        least, most = t.run_band[k, r, 0], t.run_band[k, r, 1]
        length, at_edge = 0, open_edges
        over, lacks = 0.0, 0.0
        for i in range(-known, days + 1):
            inside = False
            if i < 0:
                inside = t.within[k, r, t.tail[p, width + i]]
            elif i < days:
                inside = t.within[k, r, rows[p, i]]
            if inside:
                length += 1
                if i >= 0 and length > most:
                    over += 1.0
                continue
            if 0 < length < least and i >= 0 and not at_edge and not (open_edges and i == days):
                lacks += least - length
            length, at_edge = 0, False
        if over > 0.0:
            a, b = _pay(over, t.run_band[k, r, 3], 1.0)
            soft += a
            hard += b
            if told:
                by[rule] += a
        if lacks > 0.0:
            a, b = _pay(lacks, t.run_band[k, r, 2], 1.0)
            soft += a
            hard += b
            if told:
                by[rule] += a
    # Weekends.
    in_row = t.ends_band[k, 1, 0] > 0.0 or t.ends_band[k, 1, 1] < MANY
    costs = t.ends_cost[k, 0] > 0.0 or t.ends_cost[k, 1] > 0.0 or t.ends_cost[k, 2] > 0.0
    if in_row or costs or t.ends_band[k, 0, 0] > 0.0 or t.ends_band[k, 0, 1] < MANY:
        worked, many = 0, t.ends_many[k]
        for w in range(many):
            first, after = t.ends[k, w, 0], t.ends[k, w, 1]
            some, every, kind, mixed = False, True, -1, False
            for d in range(first, after):
                v = rows[p, d]
                if v > 0:
                    some = True
                    mixed = mixed or (kind >= 0 and kind != t.kind[v])
                    kind = t.kind[v]
                else:
                    every = False
            marks[w] = 1 if some else 0
            worked += marks[w]
            if costs and t.ends_whole[k, w]:
                if some and not every:
                    soft += t.ends_cost[k, 0]
                    if told:
                        by[SPLIT] += t.ends_cost[k, 0]
                if mixed:
                    soft += t.ends_cost[k, 1]
                    if told:
                        by[MIXED] += t.ends_cost[k, 1]
                if not some and first > 0 and t.night[rows[p, first - 1]]:
                    soft += t.ends_cost[k, 2]
                    if told:
                        by[BEFORE_FREE] += t.ends_cost[k, 2]
        units, weight = 0.0, 0.0
        if worked > t.ends_band[k, 0, 1]:
            units, weight = worked - t.ends_band[k, 0, 1], t.ends_band[k, 0, 3]
        elif worked < t.ends_band[k, 0, 0]:
            units, weight = t.ends_band[k, 0, 0] - worked, t.ends_band[k, 0, 2]
        if units > 0.0:
            a, b = _pay(units, weight, 1.0)
            soft += a
            hard += b
            if told:
                by[WEEKENDS] += a
        if in_row:
            least, most = t.ends_band[k, 1, 0], t.ends_band[k, 1, 1]
            length, at_edge = 0, open_edges
            over, lacks = 0.0, 0.0
            for w in range(many + 1):
                if w < many and marks[w] == 1:
                    length += 1
                    if length > most:
                        over += 1.0
                    continue
                if 0 < length < least and not at_edge and not (open_edges and w == many):
                    lacks += least - length
                length, at_edge = 0, False
            a, b = _pay(over, t.ends_band[k, 1, 3], 1.0)
            e, g = _pay(lacks, t.ends_band[k, 1, 2], 1.0)
            soft += a + e
            hard += b + g
            if told:
                by[WEEKEND_RUN] += a + e
    for n in range(t.steps.shape[1]):
        long = t.steps[k, n]
        if long == 0:
            break
        for d in range(days - long + 1):
            fits = True
            for i in range(long):
                day = t.step_day[k, n, i]
                if not t.step_in[k, n, i, rows[p, d + i]] or (day >= 0 and (d + i + t.first[0]) % 7 != day):
                    fits = False
                    break
            if fits:
                a, b = _pay(1.0, t.step_cost[k, n], 1.0)
                soft += a
                hard += b
                if told:
                    by[UNWANTED] += a
    return soft, hard


@inlined
def _covered(t: Flat, c: int, there: int) -> tuple[float, float]:
    """Return what a cover costs with so many people there, and how many hard breaches that is."""
    apart = there - t.cover_need[c]
    return _pay(abs(apart), t.cover_under[c] if apart < 0 else t.cover_over[c], 1.0)


@njit(error_model="numpy")
def _borne(t: Flat, p: int, rows: Ints, what: int) -> int:
    """Return what a person bears of a burden, what was carried in included."""
    count = 0
    if what == 1:
        k = t.contract[p]
        for w in range(t.ends_many[k]):
            for d in range(t.ends[k, w, 0], t.ends[k, w, 1]):
                if rows[p, d] > 0:
                    count += 1
                    break
    else:
        for d in range(rows.shape[1]):
            v = rows[p, d]
            if what == 0:
                count += 1 if t.night[v] else 0
            elif what == 2:
                count += 1 if v > 0 else 0
            else:
                count += t.minutes[v]
    return count + int(t.carried[p, what])


@njit(error_model="numpy")
def _uneven(t: Flat, borne: Ints, by: Floats, told: bool) -> tuple[float, float]:
    """Return what unevenness costs, and its hard breaches; `borne[f, p]` is what each person bears."""
    soft, hard = 0.0, 0.0
    for f in range(len(t.fair_what)):
        low, high = MANY, -MANY
        for p in range(borne.shape[1]):
            if t.fair_who[f, p]:
                low, high = min(low, borne[f, p]), max(high, borne[f, p])
        apart = high - low
        if apart > t.fair_most[f]:
            # Whoever stands above the least by too much counts, so that each step towards even is one.
            hard += apart - t.fair_most[f]
            for p in range(borne.shape[1]):
                if t.fair_who[f, p] and borne[f, p] - low > t.fair_most[f]:
                    hard += 0.1 * (borne[f, p] - low - t.fair_most[f])
        soft += apart * t.fair_weight[f]
        if told:
            by[FAIR + t.fair_what[f]] += apart * t.fair_weight[f]
    return soft, hard


@njit(error_model="numpy")
def whole(t: Flat, rows: Ints, by: Floats, there: Ints, borne: Ints, own: Floats) -> tuple[float, float, float, float]:
    """Return what a roster costs and its hard breaches, then the same of unevenness alone; `by` gathers by rule.

    Fills who is there for each cover, what each person bears, and `own[p]`, cost and breaches of each row.
    """
    soft, hard = 0.0, 0.0
    people, days = rows.shape
    there[:] = 0
    marks = np.zeros(days, np.int64)
    for p in range(people):
        a, b = _row(t, p, rows, marks, by, True)
        own[p, 0], own[p, 1] = a, b
        soft += a
        hard += b
        for d in range(days):
            v = rows[p, d]
            for c in range(t.covers[d, v, 0], t.covers[d, v, 1]):
                if t.counts[p, c]:
                    there[c] += 1
        for f in range(len(t.fair_what)):
            borne[f, p] = _borne(t, p, rows, t.fair_what[f])
    for c in range(len(there)):
        a, b = _covered(t, c, there[c])
        soft += a
        hard += b
        by[COVER] += a
    e, g = _uneven(t, borne, by, True)
    changed = 0
    for p in range(people):
        for d in range(days):
            if t.keep_on[p, d] and rows[p, d] != t.keep_value[p, d]:
                changed += 1
    hard += max(0.0, changed - t.keep_most[0])
    return soft + e, hard + g, e, g


@njit(error_model="numpy")
def anneal(t: Flat, rows: Ints, best: Ints, state: Floats, moves: int, hot: float, cold: float, seed: int) -> None:
    """Search from `rows` for so many moves while it cools; `rows` and `best` are changed in place.

    `state` is: cost of the best roster without a hard breach (inf where there was none yet), weight of a hard breach,
    cost and hard breaches of `rows`, cost and breaches of the roster with fewest breaches (which `best` holds until
    there is one without), least and most a hard breach may weigh.
    """
    np.random.seed(seed)
    people, days, values = t.sizes[0], t.sizes[1], t.sizes[2]
    by = np.zeros(32)
    there = np.zeros(len(t.cover_need), np.int64)
    fairs = len(t.fair_what)
    borne = np.zeros((fairs, people), np.int64)
    own = np.zeros((people, 2))
    soft, hard, fair_soft, fair_hard = whole(t, rows, by, there, borne, own)
    changed = 0
    kept = t.keep_most[0] < MANY
    for p in range(people):
        for d in range(days):
            if t.keep_on[p, d] and rows[p, d] != t.keep_value[p, d]:
                changed += 1
    weight = state[1]
    marks = np.zeros(days, np.int64)
    old = np.zeros((2, days), np.int64)
    old_borne = np.zeros((fairs, 2), np.int64)
    fresh = np.zeros((2, 2))
    who = np.zeros(2, np.int64)
    temperature = hot
    cooling = (cold / hot) ** (1.0 / max(1.0, moves / ROUND))
    for move in range(moves):
        if move % ROUND == 0 and move > 0:
            temperature *= cooling
            # Hard rules weigh more while one is broken and less while none is: the search keeps to their edge.
            weight = min(state[7], weight * 1.05) if hard > 1e-9 else max(state[6], weight * 0.97)
        p = np.random.randint(people)
        q = p
        kind = np.random.randint(8)
        d = np.random.randint(days)
        other = d
        long = 1
        value = -1
        if kind < 3 or people < 2:
            # A cell, or a block of days, gets one value.
            if kind == 0:
                long = 1 + np.random.randint(min(4, days))
            value = np.random.randint(values)
        elif kind < 7:
            # Two people change a block of days.
            q = np.random.randint(people - 1)
            if q >= p:
                q += 1
            if kind > 3:
                long = 1 + np.random.randint(min(days, 7 if kind < 6 else 14))
        else:
            # Two blocks of one person's row change places.
            long = 1 + np.random.randint(min(3, days))
            other = min(np.random.randint(days), days - long)
            if abs(other - min(d, days - long)) < long:
                continue
        d = min(d, days - long)
        # What cannot be in a cell is not tried there.
        differs, barred = False, False
        for i in range(d, d + long):
            b = rows[p, i]
            if value >= 0:
                a = value
            elif q != p:
                a = rows[q, i]
                barred = barred or t.hard[q, i, b] > t.hard[q, i, a]
            else:
                a = rows[p, i - d + other]
                barred = barred or t.hard[p, i - d + other, b] > t.hard[p, i - d + other, a]
            differs = differs or a != b
            barred = barred or t.hard[p, i, a] > t.hard[p, i, b]
            if barred:
                break
        if barred or not differs:
            continue
        who[0], who[1] = p, q
        two = 1 if q == p else 2
        for j in range(two):
            for i in range(days):
                old[j, i] = rows[who[j], i]
        for i in range(d, d + long):
            if value >= 0:
                rows[p, i] = value
            elif q != p:
                rows[p, i], rows[q, i] = old[1, i], old[0, i]
            else:
                rows[p, i], rows[p, i - d + other] = old[0, i - d + other], old[0, i]
        d_soft, d_hard = 0.0, 0.0
        for j in range(two):
            a_, b_ = _row(t, who[j], rows, marks, by, False)
            fresh[j, 0], fresh[j, 1] = a_, b_
            d_soft += a_ - own[who[j], 0]
            d_hard += b_ - own[who[j], 1]
        sections = 2 if other != d and two == 1 and value < 0 else 1
        for section in range(sections):
            for i in range(d if section == 0 else other, (d if section == 0 else other) + long):
                for j in range(two):
                    for turn in range(2):
                        v = old[j, i] if turn == 0 else rows[who[j], i]
                        for c in range(t.covers[i, v, 0], t.covers[i, v, 1]):
                            if t.counts[who[j], c]:
                                e, g = _covered(t, c, there[c])
                                there[c] += 2 * turn - 1
                                e2, g2 = _covered(t, c, there[c])
                                d_soft += e2 - e
                                d_hard += g2 - g
        new_fair_soft, new_fair_hard = fair_soft, fair_hard
        if fairs:
            for f in range(fairs):
                for j in range(two):
                    old_borne[f, j] = borne[f, who[j]]
                    borne[f, who[j]] = _borne(t, who[j], rows, t.fair_what[f])
            new_fair_soft, new_fair_hard = _uneven(t, borne, by, False)
            d_soft += new_fair_soft - fair_soft
            d_hard += new_fair_hard - fair_hard
        new_changed = changed
        if kept:
            for j in range(two):
                for i in range(days):
                    if t.keep_on[who[j], i]:
                        was = t.keep_value[who[j], i]
                        new_changed += (1 if rows[who[j], i] != was else 0) - (1 if old[j, i] != was else 0)
            d_hard += max(0.0, new_changed - t.keep_most[0]) - max(0.0, changed - t.keep_most[0])
        delta = d_soft + weight * d_hard
        if delta <= 0.0 or np.random.random() < np.exp(-delta / temperature):
            for j in range(two):
                own[who[j], 0], own[who[j], 1] = fresh[j, 0], fresh[j, 1]
            fair_soft, fair_hard, changed = new_fair_soft, new_fair_hard, new_changed
            soft += d_soft
            hard += d_hard
            if hard <= 1e-9:
                if soft < state[0] - 1e-9:
                    state[0] = soft
                    best[:] = rows
            elif state[0] == np.inf and (hard < state[5] - 1e-9 or (hard < state[5] + 1e-9 and soft < state[4])):
                state[4], state[5] = soft, hard
                best[:] = rows
            continue
        # Not taken: all is as it was.
        for section in range(sections):
            for i in range(d if section == 0 else other, (d if section == 0 else other) + long):
                for j in range(two):
                    for turn in range(2):
                        v = old[j, i] if turn == 0 else rows[who[j], i]
                        for c in range(t.covers[i, v, 0], t.covers[i, v, 1]):
                            if t.counts[who[j], c]:
                                there[c] -= 2 * turn - 1
        for j in range(two):
            for i in range(days):
                rows[who[j], i] = old[j, i]
            for f in range(fairs):
                borne[f, who[j]] = old_borne[f, j]
    state[1], state[2], state[3] = weight, soft, hard
