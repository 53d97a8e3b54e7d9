"""`rollbook doctor` names settings that work but are a risk."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from rollbook.client import Client
from rollbook.v1.tokens_pb2 import Token
from tests.acceptance.command import environment, rollbook
from tests.environment import Server


def _said(server: Server, token: Path, **settings: str) -> str:
    env = environment(
        ROLLBOOK_DATABASE_URL=server.database_url,
        ROLLBOOK_TOKEN_FILES=f"admin={token}",
        COLUMNS="400",
        **settings,
    )
    looked = rollbook("doctor", env=env)
    assert looked.code == 0, looked.out
    return " ".join(looked.out.split())


async def test_doctor_names_risks(server: Server, tmp_path: Path) -> None:
    """A superuser's login, a token of ten years, clear text for all, and files of a wrong mode."""
    token = tmp_path / "token"
    token.write_text("a-token-of-some-length\n")
    token.chmod(0o600)
    before = _said(server, token)
    assert "login a risk: a superuser" in before
    assert "tls well" in before
    assert "files a risk" not in before
    wanted = Token(principal="old", scopes=["users:read"], all_directories=True)
    wanted.expire_time.FromDatetime(datetime.now(UTC) + timedelta(days=3_650))
    async with Client(server.address, server.token) as client:
        await client.tokens.create(wanted)
    token.chmod(0o646)
    after = _said(server, token, ROLLBOOK_ALLOW_PLAINTEXT="true")
    assert "long tokens a risk: " in after
    assert "tls a risk: none: clear text" in after
    assert f"{token} can be read by everybody" in after
    assert f"{token} can be changed by others" in after
