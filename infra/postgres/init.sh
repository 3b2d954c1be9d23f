#!/usr/bin/env bash
# The ledger's database, its owner, and a user for each role; run once by the image of PostgreSQL on an empty volume, and
# as often as wanted by hand: what is there stays, passwords are set anew. What each may do: `mohor migrate` grants it
# (shared/ledger-postgres/migrations/roles.sql).
#
#   SECRETS    the folder with a file ledger_ROLE for each password (default /run/secrets)
#   PGHOST, PGPORT, PGUSER, PGPASSWORD    where and as whom, as psql knows them (default: this container's server)
set -euo pipefail
secrets=${SECRETS:-/run/secrets}
export PGUSER=${PGUSER:-${POSTGRES_USER:-postgres}} PGDATABASE=${PGDATABASE:-postgres}

for role in owner intake mint sign store notify sla reconcile portal operator; do
  # Quoted by psql: a password is never part of the SQL's text, nor of a command line.
  psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --set role="mohor_$role" <<SQL
\set password \`cat '$secrets/ledger_$role'\`
SELECT format('CREATE ROLE %I LOGIN', :'role') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role') \gexec
ALTER ROLE :"role" PASSWORD :'password';
SQL
done

psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 <<'SQL'
SELECT 'CREATE DATABASE mohor OWNER mohor_owner' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'mohor') \gexec
REVOKE ALL ON DATABASE mohor FROM PUBLIC;
SELECT format('GRANT CONNECT ON DATABASE mohor TO %I', rolname) FROM pg_roles WHERE rolname LIKE 'mohor\_%' \gexec
SQL
