"""The house itself: who imports whom, who is guarded, what is documented, what is migrated."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from databases import Databases
from flask import Flask
from openapi_spec_validator import OpenAPIV31SpecValidator

from inspect_app import create_app
from inspect_app.api.openapi import document
from inspect_app.extensions import db
from inspect_app.migrations import upgrade
from inspect_app.models.base import Base
from inspect_app.problems import WEB_SLUGS, status_of
from inspect_app.rules.errors import RuleError
from inspect_app.settings import Settings

ROOT = Path(__file__).parents[2]
PACKAGES = ("sampling", "report_templates", "inspect_app")

# Folder -> what its modules may import besides the standard library; a name covers what is below.
MAY_IMPORT: dict[str, frozenset[str]] = {
    "sampling": frozenset({"sampling", "numpy", "scipy", "polars", "tomli_w"}),
    "report_templates": frozenset({"report_templates", "reportlab"}),
    "inspect_app/rules": frozenset(
        {
            "inspect_app.rules",
            "sampling.findings",
            # Value types that verdicts are decided from; nothing is computed by them.
            "sampling.indicators.Indicator",
            "sampling.reach.Reach",
        }
    ),
    "inspect_app/models": frozenset({"inspect_app.models", "inspect_app.rules", "sqlalchemy"}),
    "inspect_app/schemas": frozenset(
        {
            "inspect_app.schemas",
            "inspect_app.rules",
            "inspect_app.settings.Limits",
            "marshmallow",
        }
    ),
    "inspect_app/services": frozenset(
        {
            "inspect_app.services",
            "inspect_app.models",
            "inspect_app.rules",
            "inspect_app.entropy",
            "inspect_app.settings",
            "inspect_app.version",
            "sampling",
            "report_templates",
            "sqlalchemy",
            "polars",
            "cryptography",
            "structlog",
        }
    ),
    "inspect_app/api": frozenset(
        {
            "inspect_app.api",
            "inspect_app.schemas",
            "inspect_app.services",
            "inspect_app.models",
            "inspect_app.rules",
            "inspect_app.auth",
            "inspect_app.clock",
            "inspect_app.cookies",
            "inspect_app.entropy",
            "inspect_app.extensions",
            "inspect_app.problems",
            "inspect_app.requests",
            "flask",
            "flask_smorest",
        }
    ),
}
# Pages answer people as the API answers programs: the same services, and no query of their own.
MAY_IMPORT["inspect_app/pages"] = (
    MAY_IMPORT["inspect_app/api"] - {"inspect_app.api", "inspect_app.models", "flask_smorest"}
) | {
    "inspect_app.pages",
    "inspect_app.settings.Settings",
    "report_templates.wording",
    "marshmallow",
    "markupsafe",
    "werkzeug",
}
SIGNATURES = frozenset({"pyhanko", "pyhanko_certvalidator", "asn1crypto"})
# What a file may import beyond its folder, because it is the one place where that is done.
ALSO: dict[str, frozenset[str]] = {
    "sampling/cli": frozenset({"click", "rich"}),
    "sampling/remoteness.py": frozenset({"sklearn"}),
    "sampling/plots": frozenset({"matplotlib"}),
    "sampling/engines/duckdb.py": frozenset({"duckdb"}),
    "sampling/engines/spark.py": frozenset({"pyspark"}),
    "sampling/risk.py": frozenset({"sklearn"}),
    "sampling/threads.py": frozenset({"sklearn", "threadpoolctl"}),
    "sampling/readers.py": frozenset({"openpyxl", "fastexcel"}),
    "report_templates/archive.py": frozenset({"pikepdf"}),  # what ReportLab cannot write
    "report_templates/gate.py": frozenset({"pikepdf"}),  # reads what was written, as a stranger
    "report_templates/reading.py": frozenset({"pikepdf"}),  # reads all that a file tells
    "inspect_app/schemas/interviews.py": frozenset({"orjson"}),
    "inspect_app/schemas/sync.py": frozenset({"structlog"}),  # bodies that fail the reader itself
    "inspect_app/services/intake.py": frozenset({"orjson"}),  # one text for equal answers, quickly
    "inspect_app/services/passwords.py": frozenset({"argon2"}),
    "inspect_app/services/health.py": frozenset({"alembic"}),
    # Certificates and signatures in files, inside the functions.
    "inspect_app/services/signing.py": SIGNATURES,
    "inspect_app/services/verification.py": SIGNATURES,
    "inspect_app/services/xlsforms.py": frozenset({"openpyxl"}),  # spreadsheets, in its functions
    "inspect_app/pages/questionnaire.py": frozenset({"jinja2"}),  # a page without a server
    "inspect_app/services/exports.py": frozenset({"pyreadstat"}),  # Stata, inside its function
    "inspect_app/api/metrics.py": frozenset({"inspect_app.metrics"}),
    "inspect_app/api/openapi.py": frozenset({"apispec"}),
    # It adds to the same document, and writes its guide out for people.
    "inspect_app/api/examples.py": frozenset({"apispec", "markdown_it", "markupsafe"}),
    "inspect_app/api/sync.py": frozenset({"inspect_app.metrics"}),  # counts ops by status
}
# The public has no token: every address that answers without one stands here, on purpose.
PUBLIC = frozenset(
    {
        "accounts.log_in",
        "accounts.open_session",
        "accounts.use_password_link",
        "api_page.read_api",
        "campaigns.get_seed",
        "devices.enrol",
        "ledger.get_root",
        "ledger.prove_op",
        "devices.renew",
        "devices.hello",
        "health.is_alive",
        "health.is_ready",
        "invitations.accept_as_stranger",
        "pages.join",  # who comes in has no token yet
        "pages.show_join",
        "pages.show_sign_in",
        "pages.sign_in",
        "metrics.read_metrics",  # guarded by its own token, or by being on this machine
        "phone.get_file",  # the phone app is nobody's secret; what it holds is
        "phone.get_worker",
        "phone.show_app",
        "publication.get_publication",  # the draw is promised and revealed to everybody
        "publication.list_published_villages",
        "samples.get_sealed_sample",
        "verify.find_file",  # whoever holds a report may check it
        "verify.get_verdict",
        "verify_pages.find",
        "verify_pages.get_public_edition",  # anybody reads the public edition once it is published
        "verify_pages.show",
    }
)
SERVED_BY_LIBRARY = frozenset({"api-docs.openapi_json"})
PROBLEMS_OF_THE_WEB_LAYER = frozenset({"sampling-refused", "http-error"})
REGENERATE = "run `exit-inspection openapi --out docs/openapi.json` and read the difference"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return create_app(Settings.for_folder(tmp_path_factory.mktemp("house")))


def modules(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    """Every module below these folders, as path from the root and syntax tree."""
    for folder in folders or PACKAGES:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield str(path.relative_to(ROOT)), ast.parse(path.read_text("utf-8"))


def imports(tree: ast.Module) -> Iterator[str]:
    """Every name imported anywhere in a module, dotted."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_covered(name: str, allowed: frozenset[str]) -> bool:
    return name.partition(".")[0] in sys.stdlib_module_names or any(
        name == other or name.startswith(f"{other}.") for other in allowed
    )


def exceptions_of(path: str) -> frozenset[str]:
    """What `ALSO` adds for a file, by itself or by its folder."""
    return frozenset().union(
        *(names for place, names in ALSO.items() if path == place or path.startswith(f"{place}/"))
    )


def calls(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Every call `owner.method(…)`, owner being the last name before the method."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
            yield name, node.func.attr


def slugs(kind: type[RuleError] = RuleError) -> Iterator[tuple[str, int]]:
    yield kind.slug, status_of(kind())
    for child in kind.__subclasses__():
        yield from slugs(child)


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_modules_import_only_what_their_folder_may(folder: str) -> None:
    strangers = [
        f"{path} imports {name}"
        for path, tree in modules(folder)
        for name in imports(tree)
        if not is_covered(name, MAY_IMPORT[folder] | exceptions_of(path))
    ]

    assert strangers == []


def test_the_walk_sees_an_import_that_is_not_allowed() -> None:
    tree = ast.parse("def late():\n    from flask import request\n")

    assert [name for name in imports(tree)] == ["flask.request"]
    assert not is_covered("flask.request", MAY_IMPORT["inspect_app/services"])
    assert not is_covered("samplings.x", frozenset({"sampling"}))


def test_every_exception_is_still_needed() -> None:
    """An exception for a file that has gone, or that no longer imports the name, is removed."""
    existing = {place for place in ALSO if (ROOT / place).exists()}
    unused = [
        f"{place}: {name}"
        for place in sorted(existing)
        for name in sorted(ALSO[place])
        if not any(
            is_covered(imported, frozenset({name}))
            for path, tree in modules(place.partition("/")[0])
            if path == place or path.startswith(f"{place}/")
            for imported in imports(tree)
            if imported.partition(".")[0] not in sys.stdlib_module_names
        )
    ]

    assert unused == []
    assert sorted(set(ALSO) - existing) == []


def test_only_the_clock_reads_the_clock() -> None:
    readers = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today")}
    readers |= {("date", "today"), ("time", "time"), ("time", "time_ns"), ("time", "localtime")}

    found = {path for path, tree in modules(*PACKAGES) for call in calls(tree) if call in readers}

    assert found == {"inspect_app/clock.py"}


def test_views_neither_query_nor_commit() -> None:
    database = {"commit", "rollback", "flush", "execute", "scalar", "scalars", "query", "merge"}

    found = [
        f"{path}: {owner}.{method}"
        for path, tree in modules("inspect_app/api", "inspect_app/pages")
        for owner, method in calls(tree)
        if method in database
    ]

    assert found == []


def test_every_route_has_a_guard_or_is_public_on_purpose(app: Flask) -> None:
    views = {rule.endpoint: app.view_functions[rule.endpoint] for rule in app.url_map.iter_rules()}
    unguarded = {name for name, view in views.items() if not hasattr(view, "roles")}
    public = {name for name, view in views.items() if getattr(view, "roles", None) == ()}

    assert unguarded == SERVED_BY_LIBRARY
    assert public == PUBLIC


def test_every_operation_has_a_name_and_one_sentence(app: Flask) -> None:
    operations = [
        operation
        for path in document(app)["paths"].values()
        for method, operation in path.items()
        if method != "parameters"
    ]

    names = [operation.get("operationId") for operation in operations]
    assert None not in names
    assert len(set(names)) == len(names)
    assert [
        name for name, one in zip(names, operations, strict=True) if "." not in one["summary"]
    ] == []


def test_every_error_answers_as_a_problem(app: Flask) -> None:
    described = document(app)
    wrong = [
        f"{path} {method} {status}"
        for path, item in described["paths"].items()
        for method, operation in item.items()
        if method != "parameters"
        for status, answer in operation["responses"].items()
        if status == "default"
        or (int(status) >= 400 and answer.get("$ref") != f"#/components/responses/Problem{status}")
    ]

    assert wrong == []


def test_every_slug_is_documented_with_its_status() -> None:
    rows = re.findall(
        r"^\| `([a-z-]+)` \| (\S+)", (ROOT / "docs/problems.md").read_text("utf-8"), re.M
    )
    of_classes = dict(slugs())
    of_web = {slug: status for status, (slug, _) in WEB_SLUGS.items()}
    known = {**of_web, **of_classes}

    assert [slug for slug, _ in rows] == sorted(set(known) | PROBLEMS_OF_THE_WEB_LAYER)
    assert {slug: status for slug, status in rows if slug in known} == {
        slug: str(status) for slug, status in known.items()
    }


def test_no_two_errors_share_a_slug() -> None:
    named = [slug for slug, _ in slugs()]

    assert sorted(named) == sorted(set(named))


def test_migrations_are_numbered_and_stand_alone() -> None:
    versions = sorted((ROOT / "inspect_app/migrations/versions").glob("*.py"))

    assert [path.name[:4] for path in versions] == [
        f"{number:04}" for number in range(1, len(versions) + 1)
    ]
    for path in versions:
        named = set(imports(ast.parse(path.read_text("utf-8"))))
        outside = {name.partition(".")[0] for name in named} - set(sys.stdlib_module_names)
        assert outside <= {"sqlalchemy", "alembic"}


def test_models_match_the_migrations_from_an_empty_database(
    databases: Databases, tmp_path: Path
) -> None:
    url = databases.empty(tmp_path)
    settings = Settings.for_folder(tmp_path, database_url=url)
    application = create_app(settings)
    with application.app_context():
        upgrade()
        command.check(application.extensions["migrate"].migrate.get_config())
        db.session.remove()
        db.engine.dispose()
    databases.drop(url)


def test_every_table_is_described() -> None:
    rows = re.findall(r"^\| (`.*?) \|", (ROOT / "docs/data-model.md").read_text("utf-8"), re.M)
    told = [name for row in rows for name in re.findall(r"`(\w+)`", row)]

    assert sorted(told) == sorted(Base.metadata.tables)


def test_the_api_document_is_valid(app: Flask) -> None:
    OpenAPIV31SpecValidator(document(app)).validate()


def test_the_committed_api_document_is_current(app: Flask) -> None:
    committed = (ROOT / "docs/openapi.json").read_text("utf-8")

    # Compared as data: a newer apispec may write the same document with other white space.
    assert json.loads(committed) == json.loads(json.dumps(document(app))), REGENERATE


def test_pages_of_the_library_are_current() -> None:
    check = subprocess.run(
        [sys.executable, ROOT / "docs" / "make_api.py", "--check"], capture_output=True, text=True
    )

    assert check.stdout == "", "run `python docs/make_api.py`"
    assert check.returncode == 0, check.stderr
