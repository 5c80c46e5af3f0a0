"""Which store a run's settings mean. PostgreSQL's is imported only where it is used."""

from __future__ import annotations

from frontdesk.errors import SettingsError
from frontdesk.settings import Settings
from frontdesk.store.base import Store
from frontdesk.store.sqlite import SqliteStore


def store_of(settings: Settings, *, read_only: bool = False) -> Store:
    """The desk's store, not opened yet. SettingsError for one to be read that was never made."""
    if not settings.store:
        if read_only and not settings.database.exists():
            raise SettingsError(f"{settings.root} holds no sessions yet: `frontdesk run` makes its store.")
        return SqliteStore(settings.database, read_only=read_only)
    if not settings.store.startswith(("postgresql://", "postgres://")):
        kind = settings.store.partition(":")[0][:20]
        raise SettingsError(
            f"There is no store of kind `{kind}`. --store (or FRONTDESK_STORE) takes "
            "postgresql://USER:PASSWORD@HOST:PORT/DATABASE; without it the desk keeps its data in its folder."
        )
    try:
        from frontdesk.store.postgres import PostgresStore
    except ImportError as error:
        if error.name != "asyncpg":
            raise
        raise SettingsError(
            "A store on PostgreSQL needs asyncpg: pip install 'frontdesk[postgres]'."
        ) from error
    return PostgresStore(settings.store, read_only=read_only)
