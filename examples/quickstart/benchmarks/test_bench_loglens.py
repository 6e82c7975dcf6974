"""The four things that people wait for."""

import pytest

from benchmarks.samples import access_lines, application_lines
from loglens import drop_repeats, find_bursts, merge, parse_lines, sessionise, summarise
from loglens.report import render_summary


@pytest.fixture(scope="module")
def access():
    return parse_lines(access_lines(500))


@pytest.fixture(scope="module")
def application():
    return parse_lines(application_lines(500))


def test_bench_parse(benchmark):
    lines = access_lines(120) + application_lines(80)
    records = benchmark(parse_lines, lines)
    assert len(records) == 200
    assert sum(record.size for record in records) > 0


def test_bench_summarise(benchmark, access):
    summary = benchmark(summarise, access)
    assert summary["records"] == 500
    assert sum(summary["statuses"].values()) == 500


def test_bench_sessions(benchmark, access, application):
    def sessions_and_bursts():
        records = merge(access[:250], application[:250])
        kept = drop_repeats(records)
        bursts = find_bursts([record.time for record in records], 60.0, 40)
        return kept, sessionise(records, gap=300.0), bursts

    kept, sessions, bursts = benchmark(sessions_and_bursts)
    assert len(kept) < 500
    assert sum(len(session.records) for session in sessions) == 500
    assert bursts


def test_bench_render(benchmark, access):
    summary = summarise(access)
    text = benchmark(render_summary, summary)
    assert text.startswith("Log report\n")
    assert text.count("\n") > 50
