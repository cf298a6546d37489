"""The checks of the Scientific Python guide pass, or pyproject.toml says why not."""

from pathlib import Path

from repo_review.processor import process


def test_no_check_fails_without_a_reason():
    results = process(Path(__file__).parents[2]).results
    assert [check.name for check in results if check.result is False] == []
    assert sum(check.result is True for check in results) > 40
