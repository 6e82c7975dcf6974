import pytest

from loglens.records import Record
from loglens.sessions import (
    Session,
    close_idle,
    drop_duplicates,
    drop_repeats,
    find_bursts,
    find_session,
    merge,
    sessionise,
    template,
)


def at(*times, host="a"):
    return [Record(float(time), host) for time in times]


def test_merge_is_in_order_of_time():
    merged = merge(at(1, 4, 5), at(2, 3, 9, 10, host="b"))

    assert [record.time for record in merged] == [1, 2, 3, 4, 5, 9, 10]


def test_of_records_at_the_same_time_the_left_one_goes_first():
    merged = merge(at(1, 2, 2), at(1, 2, host="b"))

    assert [record.host for record in merged] == ["a", "b", "a", "a", "b"]


def test_merge_leaves_what_it_was_given_alone():
    left, right = at(1, 3), at(2, host="b")
    merge(left, right)

    assert (len(left), len(right)) == (2, 1)


@pytest.mark.parametrize(("left", "right", "times"), [([], [1, 2], [1, 2]), ([1, 2], [], [1, 2]), ([], [], [])])
def test_merge_with_nothing(left, right, times):
    assert [record.time for record in merge(at(*left), at(*right))] == times


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("job 17 done in 3.5s", "job # done in #.#s"),
        ('table "orders_2" locked', 'table "" locked'),
        ("at 0xdeadbeef", "at #"),
        ('say "" and "b"', 'say "" and ""'),
        ("nothing special", "nothing special"),
        ("", ""),
    ],
)
def test_templates(message, expected):
    assert template(message) == expected


def test_repeats_differ_in_numbers_and_quoted_words_only():
    first = Record(1.0, "a", message='job 1 of "x" failed')
    again = Record(2.0, "a", message='job 22 of "y" failed')
    other = Record(3.0, "a", message="job 1 succeeded")

    assert drop_repeats([first, again, other]) == [first, other]


def test_repeats_on_another_host_path_or_level_are_kept():
    records = [Record(1.0, "a"), Record(2.0, "b"), Record(3.0, "a", path="/x"), Record(4.0, "a", level="ERROR")]

    assert drop_repeats(records) == records


def test_only_the_first_of_the_repeats_stays_in_its_place():
    records = at(1) + at(2, host="b") + at(3) + at(4, host="c") + at(5, host="b")

    assert [record.time for record in drop_repeats(records)] == [1, 2, 4]


def test_duplicates_are_equal_in_everything():
    records = at(1, 2, 1, 2, 3)

    assert drop_duplicates(records) == at(1, 2, 3)


def test_find_session():
    sessions = {"a": Session("a", 0.0, 1.0), "b": Session("b", 0.0, 2.0)}

    assert find_session(sessions, "b") is sessions["b"]
    assert find_session(sessions, "c") is None
    assert find_session({}, "a") is None


def test_idle_sessions_are_forgotten_and_the_others_stay():
    sessions = {"a": Session("a", 0.0, 1.0), "b": Session("b", 0.0, 50.0), "c": Session("c", 0.0, 2.0)}
    close_idle(sessions, 60.0, 20.0)

    assert list(sessions) == ["b"]


def test_a_long_pause_ends_a_session():
    sessions = sessionise(at(0, 10, 40, 41), gap=20.0)

    assert [(session.start, session.end) for session in sessions] == [(0.0, 10.0), (40.0, 41.0)]


def test_a_pause_of_exactly_the_gap_does_not_end_a_session():
    assert len(sessionise(at(0, 20), gap=20.0)) == 1


def test_sessions_come_in_the_order_in_which_they_began():
    records = merge(merge(at(0, 5, 90), at(1, 80, host="b")), at(2, 3, host="c"))
    sessions = sessionise(records, gap=30.0)

    assert [(session.host, session.start) for session in sessions] == [
        ("a", 0),
        ("b", 1),
        ("c", 2),
        ("b", 80),
        ("a", 90),
    ]


def test_every_record_is_in_one_session():
    records = merge(at(0, 5, 9, 200), at(1, 80, 81, host="b"))
    sessions = sessionise(records, gap=30.0)

    assert sorted(record.time for session in sessions for record in session.records) == [0, 1, 5, 9, 80, 81, 200]


def test_length_of_a_session():
    assert sessionise(at(3, 5, 10))[0].length == 7.0


def test_sessions_of_nothing():
    assert sessionise([]) == []


def test_bursts_are_times_with_many_events_before_them():
    assert find_bursts([0, 1, 2, 10, 11, 30], 5.0, 3) == [2]


def test_an_event_exactly_the_width_ago_still_counts():
    assert find_bursts([0, 5, 10], 5.0, 2) == [5, 10]


def test_a_burst_lasts_until_its_events_have_passed():
    assert find_bursts([0, 0, 0, 4, 6, 20], 5.0, 3) == [0, 4]


def test_no_bursts():
    assert find_bursts([], 5.0, 1) == []
    assert find_bursts([1, 100, 200], 5.0, 2) == []
