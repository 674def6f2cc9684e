#!/bin/bash
# Runs a private PostgreSQL server for tests. It prints the URL of the server on
# its first line when it is ready, and lives until its standard input ends: when
# whoever holds the other end of that pipe is gone, however they went, the
# server is stopped and its data directory removed.
#
#   sleep 1h | bash postgres.sh
#
# Root becomes the user postgres (else nobody), because PostgreSQL refuses to
# run as root. COUNTERSIGN_TEST_POSTGRES_FSYNC=off trades safety for speed.
set -euo pipefail

if [ "$(id -u)" = 0 ]; then
	user=postgres
	id -u "$user" >/dev/null 2>&1 || user=nobody
	exec setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups \
		bash -c "${BASH_EXECUTION_STRING:-$(cat "$0")}"
fi

bin=
for dir in /usr/lib/postgresql/*/bin; do # Debian keeps them out of PATH; the last is the newest
	if [ -x "$dir/initdb" ]; then bin=$dir; fi
done
bin=${COUNTERSIGN_TEST_POSTGRES_BIN:-$bin}
if [ ! -x "$bin/initdb" ] || [ ! -x "$bin/postgres" ]; then
	echo "PostgreSQL is not installed. Install it (Debian: apt-get install postgresql), or name the directory of its programs in COUNTERSIGN_TEST_POSTGRES_BIN, or the URL of a running server in COUNTERSIGN_TEST_POSTGRES." >&2
	exit 1
fi

dir=$(mktemp -d "${TMPDIR:-/tmp}/countersign-postgres.XXXXXXXX")
export HOME=$dir
pid=
stop() {
	if [ -n "$pid" ]; then
		kill -QUIT "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	fi
	cd /
	rm -rf "$dir"
}
trap stop EXIT
trap 'exit 1' INT TERM HUP
cd "$dir"

# Everybody on this machine can reach the port, and a superuser of PostgreSQL
# can run programs: hence a password.
password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
printf '%s\n' "$password" >"$dir/password"
if ! "$bin/initdb" -k --no-sync -E UTF8 --locale=C -U postgres -A scram-sha-256 \
	--pwfile="$dir/password" -D "$dir/data" >"$dir/initdb.log" 2>&1; then
	cat "$dir/initdb.log" >&2
	exit 1
fi
cat >>"$dir/data/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 300
fsync = ${COUNTERSIGN_TEST_POSTGRES_FSYNC:-on}
CONF

# PostgreSQL cannot pick a port by itself: try until one is free.
for attempt in 1 2 3 4 5 6 7 8 9 10; do
	port=$((20000 + ($(od -An -N2 -tu2 /dev/urandom) % 12000)))
	"$bin/postgres" -D "$dir/data" -p "$port" >"$dir/log" 2>&1 </dev/null &
	pid=$!
	while kill -0 "$pid" 2>/dev/null; do
		# The eighth line of postmaster.pid says what the server is doing.
		if [ "$(sed -n '8s/ *$//p' "$dir/data/postmaster.pid" 2>/dev/null)" = ready ]; then
			echo "postgres://postgres:$password@127.0.0.1:$port/postgres?sslmode=disable"
			exec >&-
			cat >/dev/null || true
			exit 0
		fi
		sleep 0.05
	done
	wait "$pid" || true
	pid=
	grep -q 'Address already in use' "$dir/log" || break
done
cat "$dir/log" >&2
exit 1
