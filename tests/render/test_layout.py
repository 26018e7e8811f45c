"""The placing of boxes: nothing overlaps, no arrow crosses a box, whatever the graph."""

from itertools import combinations, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from shapeguard.render.layout import lay_out


@st.composite
def graphs(draw):
    """Sizes of up to 25 boxes and edges that lead forwards, most of them chains with skips."""
    number = draw(st.integers(1, 25))
    sizes = draw(st.lists(st.tuples(st.integers(20, 300), st.integers(20, 150)), min_size=number, max_size=number))
    chain = [(n, n + 1) for n in range(number - 1) if draw(st.integers(0, 9))]
    skips = draw(st.lists(st.tuples(st.integers(0, number - 1), st.integers(0, number - 1)), max_size=12))
    return sizes, [*chain, *[edge for edge in skips if edge[0] < edge[1]]]


@settings(max_examples=150, deadline=None)
@given(graphs())
def test_no_two_boxes_overlap_and_all_lie_inside(graph):
    sizes, edges = graph
    layout = lay_out(sizes, edges)
    boxes = [(x, y, x + w, y + h) for (x, y), (w, h) in zip(layout.corners, sizes, strict=True)]
    for a, b in combinations(boxes, 2):
        assert a[2] < b[0] or b[2] < a[0] or a[3] < b[1] or b[3] < a[1]
    for left, top, right, bottom in boxes:
        assert left >= -0.1
        assert top >= 0
        assert right <= layout.width + 0.2
        assert bottom <= layout.height


@settings(max_examples=150, deadline=None)
@given(graphs())
def test_no_arrow_crosses_a_box_and_each_ends_at_its_target(graph):
    sizes, edges = graph
    layout = lay_out(sizes, edges)
    for (source, target), points in layout.routes.items():
        for (x0, y0), (x1, y1) in pairwise(points):
            assert y0 <= y1
            for number, ((x, y), (w, h)) in enumerate(zip(layout.corners, sizes, strict=True)):
                inside = max(x0, x1) > x and min(x0, x1) < x + w and y1 > y and y0 < y + h
                assert not inside or (number in {source, target} and (y1 <= y or y0 >= y + h))
        (x, y), (w, _) = layout.corners[target], sizes[target]
        assert points[-1][1] == y
        assert x <= points[-1][0] <= x + w
        assert points[0][1] == layout.corners[source][1] + sizes[source][1]


def test_every_edge_leads_down_and_a_chain_is_straight():
    layout = lay_out([(100, 40)] * 5, [(n, n + 1) for n in range(4)])
    assert {x for x, _ in layout.corners} == {0.0}
    assert [y for _, y in layout.corners] == [0.0, 80.0, 160.0, 240.0, 320.0]


def test_the_same_graph_is_placed_the_same_way():
    graph = ([(80, 30)] * 30, [(a, b) for a in range(30) for b in range(a + 1, 30) if (a * 7 + b) % 5 == 0])
    assert lay_out(*graph) == lay_out(*graph)


def test_edges_that_lead_backwards_or_out_of_the_graph_are_left_out():
    assert lay_out([(10, 10)] * 2, [(1, 0), (0, 0), (0, 9), (-1, 1)]).routes == {}


def test_nothing_is_placed_nowhere():
    assert lay_out([], []).corners == ()
