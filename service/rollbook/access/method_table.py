"""The table of all gRPC methods with the scopes that each accepts."""

from collections.abc import Mapping

from rollbook.access.scopes import Scope

ANYBODY: frozenset[Scope] = frozenset()
"""No scope is asked for: any valid token will do."""

_IMPORTING = frozenset({Scope.IMPORTS_PREVIEW, Scope.IMPORTS_WRITE})
"""What is committed needs `imports:write`; `imports/opening.py` asks for that."""


def _rules(service: str, needed: Mapping[str, frozenset[Scope]]) -> dict[str, frozenset[Scope]]:
    return {f"/{service}/{method}": scopes for method, scopes in needed.items()}


def _each(scope: Scope, *methods: str) -> dict[str, frozenset[Scope]]:
    return dict.fromkeys(methods, frozenset({scope}))


_DIRECTORIES = {
    "Directory": "Directories",
    "Role": "Roles",
    "Location": "Locations",
    "OrganizationalUnit": "OrganizationalUnits",
}

NEEDED: Mapping[str, frozenset[Scope]] = {
    **_rules(
        "rollbook.v1.ImportService",
        {
            "ImportUsers": _IMPORTING,
            "CancelImport": _IMPORTING,
            "GetSample": ANYBODY,
            **_each(Scope.IMPORTS_WRITE, "ApplyImport"),
            **_each(
                Scope.IMPORTS_READ,
                "GetImport",
                "ListImports",
                "ListImportIssues",
                "ListImportRows",
                "ListImportNotices",
                "DownloadReport",
                "WatchImport",
            ),
            **_each(Scope.IMPORTS_APPROVE, "ApproveImport"),
        },
    ),
    **_rules(
        "rollbook.v1.UserService",
        {
            **_each(Scope.USERS_READ, "GetUser", "ListUsers", "ListUserChanges"),
            **_each(Scope.USERS_WRITE, "WriteUser", "SetLocks", "SetSources"),
            **_each(Scope.USERS_WRITE, "SuspendUser", "ReactivateUser"),
            **_each(Scope.NOTIFICATIONS_SEND, "SendInvitations"),
        },
    ),
    **_rules(
        "rollbook.v1.NotificationService",
        _each(Scope.NOTIFICATIONS_SEND, "ResendNotices", "RecordBounce"),
    ),
    **_rules(
        "rollbook.v1.DirectoryService",
        {
            **_each(
                Scope.DIRECTORIES_READ,
                *(f"Get{one}" for one in _DIRECTORIES),
                *(f"List{many}" for many in _DIRECTORIES.values()),
            ),
            **_each(
                Scope.DIRECTORIES_WRITE,
                *(f"Create{one}" for one in _DIRECTORIES),
                *(f"Update{one}" for one in _DIRECTORIES),
                *(f"Delete{one}" for one in _DIRECTORIES),
                *(f"Load{many}" for many in _DIRECTORIES.values() if many != "Directories"),
            ),
        },
    ),
    **_rules(
        "rollbook.v1.CredentialService",
        {
            **_each(
                Scope.CREDENTIALS_VERIFY, "VerifyPassword", "RequestPasswordReset", "SetPassword"
            ),
            **_each(Scope.CREDENTIALS_WRITE, "SetUserPassword"),
            "GetPasswordPolicy": frozenset({Scope.CREDENTIALS_VERIFY, Scope.CREDENTIALS_WRITE}),
        },
    ),
    **_rules(
        "rollbook.v1.TokenService",
        _each(Scope.TOKENS_WRITE, "CreateToken", "ListTokens", "RevokeToken"),
    ),
    **_rules(
        "rollbook.v1.SessionService",
        dict.fromkeys(("CreateSession", "GetCaller", "EndSession"), ANYBODY),
    ),
    **_rules(
        "rollbook.v1.ServerService",
        {"GetServerInfo": ANYBODY, **_each(Scope.SERVER_READ, "ListPlugins")},
    ),
    **_rules("grpc.reflection.v1alpha.ServerReflection", {"ServerReflectionInfo": ANYBODY}),
}
"""By `/package.Service/Method`. A test holds it to the contract; no server starts without."""
