import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from rollbook.v1 import notices_pb2 as _notices_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PluginState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PLUGIN_STATE_UNSPECIFIED: _ClassVar[PluginState]
    PLUGIN_STATE_LOADED: _ClassVar[PluginState]
    PLUGIN_STATE_RUNNING: _ClassVar[PluginState]
    PLUGIN_STATE_HANGING: _ClassVar[PluginState]
    PLUGIN_STATE_STOPPED: _ClassVar[PluginState]
    PLUGIN_STATE_UNLISTED: _ClassVar[PluginState]
    PLUGIN_STATE_BROKEN: _ClassVar[PluginState]
PLUGIN_STATE_UNSPECIFIED: PluginState
PLUGIN_STATE_LOADED: PluginState
PLUGIN_STATE_RUNNING: PluginState
PLUGIN_STATE_HANGING: PluginState
PLUGIN_STATE_STOPPED: PluginState
PLUGIN_STATE_UNLISTED: PluginState
PLUGIN_STATE_BROKEN: PluginState

class GetServerInfoRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Limit(_message.Message):
    __slots__ = ("name", "value", "description")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    name: str
    value: float
    description: str
    def __init__(self, name: _Optional[str] = ..., value: _Optional[float] = ..., description: _Optional[str] = ...) -> None: ...

class Profile(_message.Message):
    __slots__ = ("name", "title", "description", "required_fields", "options", "columns", "username_from", "without_fields")
    class OptionsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    REQUIRED_FIELDS_FIELD_NUMBER: _ClassVar[int]
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    USERNAME_FROM_FIELD_NUMBER: _ClassVar[int]
    WITHOUT_FIELDS_FIELD_NUMBER: _ClassVar[int]
    name: str
    title: str
    description: str
    required_fields: _containers.RepeatedScalarFieldContainer[str]
    options: _containers.ScalarMap[str, str]
    columns: _containers.RepeatedCompositeFieldContainer[ProfileColumn]
    username_from: str
    without_fields: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., title: _Optional[str] = ..., description: _Optional[str] = ..., required_fields: _Optional[_Iterable[str]] = ..., options: _Optional[_Mapping[str, str]] = ..., columns: _Optional[_Iterable[_Union[ProfileColumn, _Mapping]]] = ..., username_from: _Optional[str] = ..., without_fields: _Optional[_Iterable[str]] = ...) -> None: ...

class ProfileColumn(_message.Message):
    __slots__ = ("field", "aliases")
    FIELD_FIELD_NUMBER: _ClassVar[int]
    ALIASES_FIELD_NUMBER: _ClassVar[int]
    field: str
    aliases: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, field: _Optional[str] = ..., aliases: _Optional[_Iterable[str]] = ...) -> None: ...

class GetServerInfoResponse(_message.Message):
    __slots__ = ("version", "limits", "profiles", "mails")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    PROFILES_FIELD_NUMBER: _ClassVar[int]
    MAILS_FIELD_NUMBER: _ClassVar[int]
    version: str
    limits: _containers.RepeatedCompositeFieldContainer[Limit]
    profiles: _containers.RepeatedCompositeFieldContainer[Profile]
    mails: _containers.RepeatedCompositeFieldContainer[MailKind]
    def __init__(self, version: _Optional[str] = ..., limits: _Optional[_Iterable[_Union[Limit, _Mapping]]] = ..., profiles: _Optional[_Iterable[_Union[Profile, _Mapping]]] = ..., mails: _Optional[_Iterable[_Union[MailKind, _Mapping]]] = ...) -> None: ...

class MailKind(_message.Message):
    __slots__ = ("mail", "missing")
    MAIL_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    mail: _notices_pb2.NoticeMail
    missing: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, mail: _Optional[_Union[_notices_pb2.NoticeMail, str]] = ..., missing: _Optional[_Iterable[str]] = ...) -> None: ...

class ListPluginsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class PluginPrice(_message.Message):
    __slots__ = ("hook", "calls", "rows", "duration", "failures")
    HOOK_FIELD_NUMBER: _ClassVar[int]
    CALLS_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    DURATION_FIELD_NUMBER: _ClassVar[int]
    FAILURES_FIELD_NUMBER: _ClassVar[int]
    hook: str
    calls: int
    rows: int
    duration: _duration_pb2.Duration
    failures: int
    def __init__(self, hook: _Optional[str] = ..., calls: _Optional[int] = ..., rows: _Optional[int] = ..., duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., failures: _Optional[int] = ...) -> None: ...

class Plugin(_message.Message):
    __slots__ = ("name", "version", "distribution", "hooks", "order", "state", "error", "prices")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    DISTRIBUTION_FIELD_NUMBER: _ClassVar[int]
    HOOKS_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    PRICES_FIELD_NUMBER: _ClassVar[int]
    name: str
    version: str
    distribution: str
    hooks: _containers.RepeatedScalarFieldContainer[str]
    order: int
    state: PluginState
    error: str
    prices: _containers.RepeatedCompositeFieldContainer[PluginPrice]
    def __init__(self, name: _Optional[str] = ..., version: _Optional[str] = ..., distribution: _Optional[str] = ..., hooks: _Optional[_Iterable[str]] = ..., order: _Optional[int] = ..., state: _Optional[_Union[PluginState, str]] = ..., error: _Optional[str] = ..., prices: _Optional[_Iterable[_Union[PluginPrice, _Mapping]]] = ...) -> None: ...

class ListPluginsResponse(_message.Message):
    __slots__ = ("plugins",)
    PLUGINS_FIELD_NUMBER: _ClassVar[int]
    plugins: _containers.RepeatedCompositeFieldContainer[Plugin]
    def __init__(self, plugins: _Optional[_Iterable[_Union[Plugin, _Mapping]]] = ...) -> None: ...
