import os

import boto3
import mysql.connector
from sqlalchemy import create_engine

HOST, PORT = os.environ["DB_HOST"], int(os.environ.get("DB_PORT", "3306"))
NAME, USER = os.environ["DB_NAME"], os.environ["DB_USER"]
rds = boto3.client("rds")


def connect():
    """Called by the pool once for each new connection."""
    return mysql.connector.connect(
        host=HOST,
        port=PORT,
        database=NAME,
        user=USER,
        password=rds.generate_db_auth_token(HOST, PORT, USER),
        auth_plugin="mysql_clear_password",
        ssl_ca=os.environ["DB_CA"],
        ssl_verify_cert=True,
        ssl_verify_identity=True,
    )


pool = create_engine("mysql+mysqlconnector://", creator=connect)
