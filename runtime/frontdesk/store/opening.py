"""Which store a run's settings mean. PostgreSQL's is imported only where it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from frontdesk.errors import SettingsError
from frontdesk.settings import Settings
from frontdesk.store.base import Store
from frontdesk.store.sqlite import SqliteStore

if TYPE_CHECKING:
    from frontdesk.store.archive import Archive

POSTGRES = ("postgresql://", "postgres://")  # how its addresses begin


def store_of(settings: Settings, *, read_only: bool = False) -> Store:
    """The desk's store, not opened yet. SettingsError for one to be read that was never made."""
    if not settings.store:
        if read_only and not settings.database.exists():
            raise SettingsError(f"{settings.root} holds no sessions yet: `frontdesk run` makes its store.")
        return SqliteStore(settings.database, read_only=read_only)
    if not settings.store.startswith(POSTGRES):
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


def archive_of(settings: Settings) -> Archive:
    """The desk's data as a whole, where `store_of` would open it."""
    store = store_of(settings)
    if isinstance(store, SqliteStore):
        from frontdesk.store.sqlite_archive import SqliteArchive

        return SqliteArchive(store.path)
    from frontdesk.store.postgres_archive import PostgresArchive

    return PostgresArchive(settings.store)
