"""django-import-export: a resource of a model, in its bulk mode, with its cached loader.

It is the mode that its documentation gives for large files. It answers rows, too: which are new,
changed or skipped.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import django
import import_export
import tablib
from django.conf import settings
from django.db import connection, models
from psycopg.conninfo import conninfo_to_dict

from tests.bench.peers.cells import COLUMNS, users

_ROWS = 1_000
_NUMBERS = ("directory_id", "role_id", "location_id")


def ready(url: str) -> Callable[[Path], None]:
    """Set Django up for a database, and connect to it."""
    where = conninfo_to_dict(url)
    database = {name.upper(): where.get(name, "") for name in ("user", "host", "port")}
    engine = {"ENGINE": "django.db.backends.postgresql", "NAME": where["dbname"], **database}
    settings.configure(
        DATABASES={"default": engine},
        INSTALLED_APPS=["import_export"],
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    )
    django.setup()
    resource = _resource()
    connection.ensure_connection()

    def load(file: Path) -> None:
        with connection.cursor() as cursor:
            rows = list(users(file, lambda query: _asked(cursor, query)))
        table = tablib.Dataset(*([row[name] for name in COLUMNS] for row in rows), headers=COLUMNS)
        result = resource().import_data(table, raise_errors=True, use_transactions=True)
        if result.totals["new"] != len(rows):
            raise RuntimeError(f"not every row is a new user: {result.totals}")

    return load


def _asked(cursor: Any, query: str) -> list[tuple[Any, ...]]:
    cursor.execute(query)
    found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def _resource() -> Any:
    """Of a model of the table's columns, made when Django is set up."""
    from import_export import resources
    from import_export.instance_loaders import CachedInstanceLoader

    columns = {
        name: models.BigIntegerField() if name in _NUMBERS else models.TextField()
        for name in COLUMNS
    }
    meta = type("Meta", (), {"managed": False, "db_table": "users", "app_label": "import_export"})
    kind = {"__module__": import_export.__name__, "Meta": meta}
    model_of_users = type("BenchUser", (models.Model,), {**columns, **kind})

    class Users(resources.ModelResource):
        class Meta:
            model = model_of_users
            fields = COLUMNS
            import_id_fields = ("employee_number",)
            instance_loader_class = CachedInstanceLoader
            use_bulk = True
            batch_size = _ROWS
            skip_unchanged = True
            skip_diff = True

    return Users
