"""
What the start-up benchmark imports and uses: small programs of the kind that people start many times a day.

A task is a module of its own, so that every peer can do with its imports what it does: `source` writes it, with
import statements, or with lazy_loader's calls in their place. Each use checks its own result.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Task:
    """`use` runs with the modules `imports` (name in the program: dotted name) at hand."""

    imports: Mapping[str, str]
    use: str

    def source(self, *, lazy_loader: bool = False) -> str:
        """Write the module whose `main` is the use."""
        lines = ["import lazy_loader"] if lazy_loader else []
        for name, module in self.imports.items():
            how = f"{name} = lazy_loader.load({module!r})" if lazy_loader else f"import {module} as {name}"
            lines.append(how if lazy_loader or name != module else f"import {module}")
        return "\n".join([*lines, "", "", "def main():", textwrap.indent(self.use, "    ")])


def task(use: str, *plain: str, **renamed: str) -> Task:
    """Make a task; modules with dots get a name of their own."""
    return Task(imports={name: name for name in plain} | renamed, use=textwrap.dedent(use).strip())


# A name of every module of a package that is imported, and of those that this imports.
EVERYTHING = """
{names}
done = set()
while fresh := [name for name in sys.modules if name.partition(".")[0] == "{package}" and name not in done]:
    for name in fresh:
        done.add(name)
        for each in dir(sys.modules[name]):
            getattr(sys.modules[name], each, None)
"""

TASKS = {
    "argparse: parse": task(
        """
        parser = argparse.ArgumentParser()
        parser.add_argument("--size", type=int)
        assert parser.parse_args(["--size", "3"]).size == 3
        """,
        "argparse",
    ),
    "dataclasses: make one": task(
        """
        Point = dataclasses.make_dataclass("Point", [("x", int), ("y", int, 0)], order=True)
        assert Point(1) < Point(2)
        """,
        "dataclasses",
    ),
    "textwrap: fill": task("assert textwrap.fill('a b c', 3) == 'a b\\nc'", "textwrap"),
    "logging: a record": task(
        """
        stream = io.StringIO()
        logging.basicConfig(stream=stream, format="%(levelname)s %(message)s")
        logging.getLogger("task").warning("so %d", 1)
        assert stream.getvalue() == "WARNING so 1\\n"
        """,
        "io",
        "logging",
    ),
    "asyncio.run": task(
        """
        async def twice():
            return await asyncio.gather(asyncio.sleep(0, 1), asyncio.sleep(0, 2))
        assert asyncio.run(twice()) == [1, 2]
        """,
        "asyncio",
    ),
    "unittest: one test": task(
        """
        class Case(unittest.TestCase):
            def test(self):
                self.assertEqual(1, 1)
        result = unittest.TextTestRunner(stream=io.StringIO()).run(unittest.TestLoader().loadTestsFromTestCase(Case))
        assert result.wasSuccessful() and result.testsRun == 1
        """,
        "io",
        "unittest",
    ),
    "statistics: quantiles": task("assert statistics.quantiles([1, 2, 3], n=2) == [2.0]", "statistics"),
    "click: a command": task(
        """
        @click.command()
        @click.option("--size", type=int)
        def command(size):
            assert size == 3
        command.main(["--size", "3"], standalone_mode=False)
        """,
        "click",
    ),
    "click: --help": task(
        """
        @click.command()
        @click.option("--size", type=int, help="How big.")
        def command(size):
            raise AssertionError
        command.main(["--help"], standalone_mode=False)
        """,
        "click",
    ),
    "rich: a table": task(
        """
        made = table.Table("name", "size")
        made.add_row("a", "1")
        file = io.StringIO()
        console.Console(file=file).print(made)
        assert "name" in file.getvalue()
        """,
        "io",
        table="rich.table",
        console="rich.console",
    ),
    "requests: prepare": task(
        """
        made = requests.Request("GET", "https://example.org/", params={"a": 1}).prepare()
        assert made.url == "https://example.org/?a=1"
        """,
        "requests",
    ),
    "jinja2: render": task("assert jinja2.Template('{{ a }}!').render(a=1) == '1!'", "jinja2"),
    "attrs: define": task(
        """
        @attr.define
        class Point:
            x: int = attr.field(validator=attr.validators.instance_of(int))
        assert Point(1) == Point(1)
        """,
        "attr",
    ),
    "marshmallow: load": task(
        """
        class Point(marshmallow.Schema):
            x = marshmallow.fields.Integer(required=True)
        assert Point().load({"x": "1"}) == {"x": 1}
        """,
        "marshmallow",
    ),
    "jsonschema: validate": task("jsonschema.validate({'a': 1}, {'required': ['a']})", "jsonschema"),
    "flask: a request": task(
        """
        app = flask.Flask("task")
        app.route("/")(lambda: "hello")
        assert app.test_client().get("/").data == b"hello"
        """,
        "flask",
    ),
    "peewee: SQLite": task(
        """
        database = peewee.SqliteDatabase(":memory:")
        class Point(peewee.Model):
            x = peewee.IntegerField()
            class Meta:
                pass
        Point.bind(database)
        database.create_tables([Point])
        Point.create(x=1)
        assert [point.x for point in Point.select()] == [1]
        """,
        "peewee",
    ),
    "bs4: parse": task("assert bs4.BeautifulSoup('<p>a</p>', 'html.parser').p.text == 'a'", "bs4"),
    "pygments: highlight": task(
        """
        made = pygments.highlight("a = 1", lexers.get_lexer_by_name("python"), formatters.get_formatter_by_name("html"))
        assert "<span" in made
        """,
        "pygments",
        lexers="pygments.lexers",
        formatters="pygments.formatters",
    ),
    "docutils: publish": task("assert b'<p>a</p>' in core.publish_string('a', writer='html5')", core="docutils.core"),
    "almanac: --help": task(
        """
        try:
            cli.main(["--help"])
        except SystemExit as ended:
            assert ended.code == 0
        """,
        cli="almanac.cli",
    ),
    "almanac: stats": task(
        "import os; assert cli.main(['stats', os.environ['RAIN'], 'mm']) == 0",
        cli="almanac.cli",
    ),
}

#: Packages: what a program imports of each, a name that it may want, and what may be done with it.
PACKAGES: dict[str, tuple[dict[str, str], str, str]] = {
    "rich": ({"table": "rich.table", "console": "rich.console"}, "console.Console", ""),
    "networkx": (
        {"networkx": "networkx"},
        "networkx.Graph",
        "assert networkx.shortest_path(networkx.path_graph(4), 0, 3) == [0, 1, 2, 3]",
    ),
    "sqlalchemy": (
        {"sqlalchemy": "sqlalchemy"},
        "sqlalchemy.Integer",
        """
        engine = sqlalchemy.create_engine("sqlite://")
        with engine.connect() as connection:
            assert connection.execute(sqlalchemy.text("select 1")).scalar() == 1
        """,
    ),
    "sympy": (
        {"sympy": "sympy"},
        "sympy.Symbol",
        "x = sympy.Symbol('x'); assert (x + 1) ** 2 == sympy.factor(x**2 + 2 * x + 1)",
    ),
    "flask": ({"flask": "flask"}, "flask.Flask", ""),
    "httpx": (
        {"httpx": "httpx"},
        "httpx.URL",
        "assert httpx.Request('GET', 'https://a.b/', params={'a': 1}).url.query == b'a=1'",
    ),
    "pygments": ({"pygments": "pygments", "lexers": "pygments.lexers"}, "pygments.highlight", ""),
    "almanac": ({"cli": "almanac.cli"}, "cli.main", ""),
}

#: How much of a package is used -> tasks. (A typical task with the others of these packages is among `TASKS`.)
AMOUNTS = {
    "nothing": {
        f"{package}: nothing": Task(imports=imports, use="pass") for package, (imports, _, _) in PACKAGES.items()
    },
    "one name": {
        f"{package}: one name": Task(imports=imports, use=name) for package, (imports, name, _) in PACKAGES.items()
    },
    "a task": {
        f"{package}: a task": Task(imports=imports, use=textwrap.dedent(use).strip())
        for package, (imports, _, use) in PACKAGES.items()
        if use
    },
    "all names": {
        f"{package}: all names": Task(
            imports={"sys": "sys", **imports}, use=EVERYTHING.format(package=package, names=", ".join(imports)).strip()
        )
        for package, (imports, _, _) in PACKAGES.items()
    },
}
