"""Two connections of the pool: the second one after a line on standard input, while the first one is held."""

import importlib
import sys

from sqlalchemy import text

WHO = (
    "SELECT CURRENT_USER(), VARIABLE_VALUE FROM performance_schema.session_status "
    "WHERE VARIABLE_NAME = 'Ssl_cipher'"
)


def open_session(pool):
    connection = pool.connect()
    me, cipher = connection.execute(text(WHO)).one()
    print(f"session of {me} by {cipher}", flush=True)
    return connection


try:
    pool = importlib.import_module(sys.argv[1]).pool
    first = open_session(pool)
    sys.stdin.readline()
    second = open_session(pool)
except Exception as error:
    print(f"refused: {error!r}", flush=True)
    sys.exit(1)
