#!/bin/sh
# Runs once, inside the database's container, when the database is made: the server's own login, which
# is no superuser and may make no roles, the role that it takes in each transaction, and its database.
set -eu
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
    --set password="$(cat /run/secrets/database_password)" <<'SQL'
create role rollbook_app nologin;
create role rollbook login password :'password';
grant rollbook_app to rollbook;
create database rollbook owner rollbook;
SQL
