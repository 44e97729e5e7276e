"""Where an artifact can be looked at."""

import pytest

from publish.site.links import links


@pytest.mark.parametrize(
    ("kind", "name", "first"),
    [
        ("github", "kubeflow/kubeflow", "https://github.com/kubeflow/kubeflow"),
        ("pypi", "kfp", "https://pypistats.org/packages/kfp"),
        ("docker", "library/postgres", "https://hub.docker.com/_/postgres"),
        ("docker", "kubeflow/one", "https://hub.docker.com/r/kubeflow/one"),
        ("search", "Kube flow?", "https://trends.google.com/trends/explore?q=Kube%20flow%3F"),
    ],
)
def test_each_kind_has_its_page(kind: str, name: str, first: str) -> None:
    assert links(kind, name)[0] == first


def test_an_unknown_kind_has_none() -> None:
    assert links("npm", "left-pad") == ()
