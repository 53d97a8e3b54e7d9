"""The image and the database's login in `deploy/` are as its page describes them."""

import re
from pathlib import Path

import asyncpg
import pytest

from rollbook.postgres import Embedded
from tests.acceptance.command import environment, rollbook

_LOGIN = "of_compose"
DEPLOY = Path(__file__).parents[2] / "deploy"


def _copied() -> set[str]:
    """The top of each path that the Dockerfile copies from the tree."""
    copies = re.findall(r"^COPY (?!--from)(.+)$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)
    return {path.split("/")[0] for line in copies for path in line.split()[:-1]}


def test_the_builder_is_given_all_that_the_image_copies() -> None:
    """The ignore file lets in exactly what is copied, the plugins too, and nothing else."""
    lines = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    assert "*" in lines
    assert {line.removeprefix("!") for line in lines if line.startswith("!")} == _copied()


def test_base_images_can_be_named_by_digest() -> None:
    """Both by a variable, so that no file must be edited."""
    stages = re.findall(r"^FROM (\S+)", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)
    assert set(stages) == {"${PYTHON_IMAGE}"}
    assert "image: ${POSTGRES_IMAGE:-postgres:17}" in (DEPLOY / "compose.yaml").read_text()


async def test_the_login_of_compose_is_no_superuser_and_serves(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    """Its script makes a login that migrates, and that doctor finds nothing wrong with."""
    script = (DEPLOY / "create-login.sh").read_text()
    (statements,) = re.findall(r"<<'SQL'\n(.*?)\nSQL", script, re.DOTALL)
    with Embedded(tmp_path_factory.mktemp("compose"), durable=False, roles=(_LOGIN,)) as running:
        superuser = await asyncpg.connect(running.dsn())
        # The superuser of this cluster has the name of compose's login already.
        named = re.sub(r"\brollbook\b(?=;|$| login)", _LOGIN, statements, flags=re.MULTILINE)
        for statement in named.replace(":'password'", "'secret'").split(";\n"):
            await superuser.execute(statement)
        facts = await superuser.fetchrow(
            "select rolsuper, rolcreaterole, rolbypassrls from pg_roles where rolname = $1",
            _LOGIN,
        )
        await superuser.close()
        assert facts is not None
        assert tuple(facts) == (False, False, False)
        token = tmp_path / "token"
        token.write_text("a-token")
        token.chmod(0o600)
        env = environment(
            ROLLBOOK_DATABASE_URL=running.dsn("rollbook", _LOGIN),
            ROLLBOOK_TOKEN_FILES=f"admin={token}",
            COLUMNS="200",
        )
        migrated = rollbook("migrate", env=env)
        assert migrated.code == 0, migrated.err
        doctor = rollbook("doctor", env=env)
        assert doctor.code == 0, doctor.out
        assert "superuser" not in doctor.out
