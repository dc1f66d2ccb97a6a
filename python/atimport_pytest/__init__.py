"""
The pytest plugin, as far as it is loaded by every run of pytest: its options, and the decision whether to do anything.

Question: "was anything asked for?" The answer must not cost a run that asks for nothing, so this is a package beside
`atimport`, whose import would load the native module; what is done then stands in `atimport.pytest_plugin`.

```console
$ pytest --atimport-defer='click.*'
```

PYTEST_DONT_REWRITE: there is no assertion here.
"""

from __future__ import annotations

import pytest

__all__ = ["pytest_addoption", "pytest_load_initial_conftests"]

#: Option, key in the configuration file, and what it says.
OPTIONS = (
    ("--atimport-defer", "atimport_defer", "treat matching modules as opted in, and report what was never resolved"),
    ("--atimport-eager", "atimport_eager", "execute matching modules eagerly, whatever they declare"),
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options, repeatable, and the same as lines in a configuration file."""
    group = parser.getgroup("atimport", "deferred module execution (atimport)")
    for option, key, what in OPTIONS:
        text = f"{what}: `pkg`, `pkg.*` with all below it, a glob, or an absolute path"
        group.addoption(option, action="append", default=[], metavar="PATTERN", dest=key, help=f"{text}. Repeatable.")
        parser.addini(key, text, type="linelist", default=[])


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Install the loader, if an option asks for it, before the first conftest is imported."""
    defer, eager = (
        (*early_config.getini(key), *getattr(early_config.known_args_namespace, key)) for _, key, _ in OPTIONS
    )
    if defer or eager:
        from atimport.pytest_plugin import Deferral

        early_config.pluginmanager.register(Deferral(early_config, defer=defer, eager=eager), "atimport_deferral")
