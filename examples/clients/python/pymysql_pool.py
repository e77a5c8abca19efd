import os
import ssl

import boto3
import pymysql
from sqlalchemy import create_engine

HOST, PORT = os.environ["DB_HOST"], int(os.environ.get("DB_PORT", "3306"))
NAME, USER = os.environ["DB_NAME"], os.environ["DB_USER"]
rds = boto3.client("rds")
tls = ssl.create_default_context(cafile=os.environ["DB_CA"])


def connect():
    """Called by the pool once for each new connection."""
    token = rds.generate_db_auth_token(HOST, PORT, USER)
    return pymysql.connect(host=HOST, port=PORT, database=NAME, user=USER, password=token, ssl=tls)


pool = create_engine("mysql+pymysql://", creator=connect)
